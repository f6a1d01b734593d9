/**
 * The speaker: plays chunks of 24 kHz, 16-bit PCM one after the other, and falls silent at once when told to.
 *
 * Answers arrive faster than they are played, so that a queue of a few seconds is normal; `flush` throws it away.
 */
import { fromBase64 } from './pcm.js';

const sampleRate = 24_000;
/** Head start of the first chunk, so that a late second one makes no gap. */
const leadSeconds = 0.06;

export class Speaker {
  readonly #context: AudioContext;
  readonly #queued = new Set<AudioBufferSourceNode>();
  #nextAt = 0;

  constructor(context: AudioContext) {
    this.#context = context;
  }

  play(base64: string): void {
    const samples = fromBase64(base64);
    if (samples.length === 0) return;
    const buffer = this.#context.createBuffer(1, samples.length, sampleRate);
    buffer.copyToChannel(
      Float32Array.from(samples, (sample) => sample / 32_768),
      0,
    );
    const source = new AudioBufferSourceNode(this.#context, { buffer });
    source.connect(this.#context.destination);
    source.addEventListener('ended', () => this.#queued.delete(source));
    this.#queued.add(source);
    const { currentTime } = this.#context;
    const at = this.#nextAt > currentTime ? this.#nextAt : currentTime + leadSeconds;
    source.start(at);
    this.#nextAt = at + buffer.duration;
  }

  /** The user interrupted: what was not heard yet is not said any more. */
  flush(): void {
    for (const source of this.#queued) source.stop();
    this.#queued.clear();
    this.#nextAt = 0;
  }
}
