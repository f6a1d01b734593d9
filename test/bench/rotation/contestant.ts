/**
 * The frame of every contestant: a process that streams numbered audio through one library, and says what it is told.
 *
 * Owns the microphone and the conversation with the referee. Knows nothing of the library; what a contestant brings is
 * four functions. Silence only: the model speaks when the referee makes it.
 */
import { stampAudio } from '../../../dist/src/emulator/index.js';
import type { Assignment, FromContestant, ToContestant } from './protocol.js';

export interface Contestant {
  /** Default 20. Longer where the library cuts the audio anew and a number would not stay at the head of a chunk. */
  readonly chunkMs?: number;
  connect(assignment: Assignment, report: Reports): Promise<void>;
  /** May throw: the chunk is then lost, as it would be to the app. */
  send(pcm: Int16Array, n: number): void;
  /** Numbers that the library reports as possibly doubled. */
  possiblyDoubled?(): number[];
  close(): Promise<void> | void;
}

export interface Reports {
  audio(): void;
  ended(why: string): void;
}

const settleMs = 3_000;

export async function compete(contestant: Contestant): Promise<void> {
  const { chunkMs = 20 } = contestant;
  const assignment = JSON.parse(process.argv[2] ?? '{}') as Assignment;
  const tell = (message: FromContestant): void => void process.send?.(message);
  // What a library throws where nobody can catch it is the app's problem, and no end of the contest.
  process.on('uncaughtException', (error) => tell({ type: 'ended', why: `uncaught: ${error.message}` }));
  process.on('unhandledRejection', (error) => tell({ type: 'ended', why: `unhandled: ${String(error)}` }));
  await contestant.connect(assignment, {
    audio: () => tell({ type: 'audio', at: Date.now() }),
    ended: (why) => tell({ type: 'ended', why }),
  });
  tell({ type: 'connected' });
  let sent = 0;
  const startedAt = Date.now();
  const timer = setInterval(() => {
    while (Date.now() - startedAt >= sent * chunkMs) {
      const n = assignment.firstNumber + sent;
      sent += 1;
      const pcm = new Int16Array(16 * chunkMs);
      stampAudio(pcm, n);
      try {
        contestant.send(pcm, n);
      } catch {
        // Counted as lost by whoever compares.
      }
    }
  }, chunkMs / 2);
  process.on('message', (message: ToContestant) => {
    if (message.type !== 'stop') return;
    clearInterval(timer);
    setTimeout(() => {
      const possiblyDoubled = contestant.possiblyDoubled?.() ?? null;
      process.send?.({ type: 'done', sent, chunkMs, possiblyDoubled } satisfies FromContestant, () => {
        void Promise.resolve(contestant.close()).finally(() => process.exit(0));
      });
    }, settleMs);
  });
}

export function base64(pcm: Int16Array): string {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64');
}

export const mimeType = 'audio/pcm;rate=16000';
