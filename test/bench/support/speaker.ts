/**
 * A microphone that is never off: numbered chunks of 20 ms, speech and silence in turns as the seed has it.
 *
 * Owns the numbers and the rhythm. Each chunk carries its number in its samples (src/emulator/watermark.ts).
 */
import type { Random } from '../../../dist/src/random.js';
import { stampAudio, stampSamples } from '../../../dist/src/emulator/index.js';

export const chunkMs = 20;
const samples = 320;

export interface Chunk {
  readonly data: string;
  readonly mimeType: string;
}

function pcmOf(loud: boolean): Int16Array {
  return Int16Array.from({ length: samples }, (_, i) => (loud ? Math.round(8_000 * Math.sin(i / 3)) : 0));
}

const speech = pcmOf(true);
const silence = pcmOf(false);

export function numberedChunk(n: number, loud: boolean): Chunk {
  const pcm = (loud ? speech : silence).slice();
  stampAudio(pcm, n);
  return { data: Buffer.from(pcm.buffer).toString('base64'), mimeType: 'audio/pcm;rate=16000' };
}

/** The smallest chunk that can carry a number: 36 samples of silence. */
export function smallChunk(n: number): Chunk {
  const pcm = new Int16Array(stampSamples);
  stampAudio(pcm, n);
  return { data: Buffer.from(pcm.buffer).toString('base64'), mimeType: 'audio/pcm;rate=16000' };
}

export interface SpeakerLimits {
  readonly speechMs: readonly [least: number, most: number];
  readonly silenceMs: readonly [least: number, most: number];
}

/** Words of 0.4 to 3 s; pauses in which the model is interrupted as well as ones in which it finishes. */
export const talkative: SpeakerLimits = { speechMs: [400, 3_000], silenceMs: [700, 6_000] };

export class Speaker {
  readonly #random: Random;
  readonly #limits: SpeakerLimits;
  #loud = false;
  #leftMs = 0;

  constructor(random: Random, limits: SpeakerLimits = talkative) {
    this.#random = random;
    this.#limits = limits;
  }

  get isLoud(): boolean {
    return this.#loud;
  }

  /** Whether the next chunk is speech. */
  next(): boolean {
    if (this.#leftMs <= 0) {
      this.#loud = !this.#loud;
      const [least, most] = this.#loud ? this.#limits.speechMs : this.#limits.silenceMs;
      this.#leftMs = least + this.#random.next() * (most - least);
    }
    this.#leftMs -= chunkMs;
    return this.#loud;
  }
}
