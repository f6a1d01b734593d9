/**
 * A microphone made of a recording: numbered chunks of 20 ms, one every 20 ms of real time.
 *
 * Owns the pacing and the numbers, which lie in the lowest bits of the samples: not to be heard, and enough to ask the
 * emulator for every single chunk afterwards.
 */
import type { Clock } from '../../clock.js';
import { stampAudio } from '../../emulator/index.js';
import type { Receipt } from '../../outbox/receipt.js';
import { inputRate } from './wav.js';

const chunkMs = 20;
const leastSeconds = 20;
const samplesPerChunk = (inputRate * chunkMs) / 1000;

export interface Microphone {
  readonly chunks: number;
  /** Resolves when the recording is over. `onChunk` gets the share that is done, 0 to 1. */
  play(
    send: (audio: { data: string; mimeType: string }) => Receipt,
    onChunk: (share: number) => void,
  ): Promise<Receipt[]>;
}

export function microphone(samples: Int16Array, clock: Clock): Microphone {
  // A short recording is said again, so that there is time for all that happens.
  const least = leastSeconds * inputRate;
  const repeats = samples.length > 0 && samples.length < least ? Math.ceil(least / samples.length) : 1;
  const chunks = Math.floor((samples.length * repeats) / samplesPerChunk);
  return {
    chunks,
    async play(send, onChunk) {
      const receipts: Receipt[] = [];
      const startedAtMs = clock.now();
      for (let n = 0; n < chunks; n += 1) {
        const pcm = Int16Array.from(
          { length: samplesPerChunk },
          (_, i) => samples[(n * samplesPerChunk + i) % samples.length] ?? 0,
        );
        stampAudio(pcm, n);
        const data = Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64');
        receipts.push(send({ data, mimeType: `audio/pcm;rate=${inputRate}` }));
        onChunk((n + 1) / chunks);
        // Against the start, so that late timers do not add up.
        const dueMs = startedAtMs + (n + 1) * chunkMs - clock.now();
        await new Promise<void>((resolve) => clock.setTimeout(resolve, Math.max(0, dueMs)));
      }
      return receipts;
    },
  };
}
