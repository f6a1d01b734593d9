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
  const chunks = Math.floor(samples.length / samplesPerChunk);
  return {
    chunks,
    async play(send, onChunk) {
      const receipts: Receipt[] = [];
      const startedAtMs = clock.now();
      for (let n = 0; n < chunks; n += 1) {
        const pcm = samples.slice(n * samplesPerChunk, (n + 1) * samplesPerChunk);
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
