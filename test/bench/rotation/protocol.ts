/** What a contestant's process and the referee say to each other. Types only. */

export interface Assignment {
  readonly baseUrl: string;
  readonly model: string;
  /** Numbers of this run begin here. */
  readonly firstNumber: number;
  /** Hand-offs come this often: a library that counts unstable connections is told what is stable here. */
  readonly stableAfterMs: number;
}

export type FromContestant =
  | { readonly type: 'connected' }
  /** A piece of the model's audio, as the app gets it. */
  | { readonly type: 'audio'; readonly at: number }
  /** It gave up, and says why; it sends on all the same, as an app would. */
  | { readonly type: 'ended'; readonly why: string }
  | {
      readonly type: 'done';
      readonly sent: number;
      readonly chunkMs: number;
      /** Numbers that the contestant itself reports as possibly doubled; null where it has no such report. */
      readonly possiblyDoubled: readonly number[] | null;
    };

export type ToContestant = { readonly type: 'stop' };
