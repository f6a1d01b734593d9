/**
 * What the runner and a client's process say to each other over the IPC channel.
 *
 * Owns the shapes. The emulator runs in the runner, so a client can only be proved by what went over its socket; orders
 * (announce an end, cut) and the emulator's records go this way.
 */

export interface Assignment {
  /** `http://127.0.0.1:PORT` */
  readonly baseUrl: string;
}

export interface ConnectionSeen {
  readonly id: number;
  readonly provider: string;
  readonly path: string;
  readonly model: string | null;
  readonly resumedFrom: number | null;
  readonly closeCode: number | null;
  readonly reason: string;
  /** camelCase keys, whatever the client sent. */
  readonly setup: Readonly<Record<string, unknown>> | null;
  readonly isReady: boolean;
  readonly isOpen: boolean;
  /** How often the context window slid on it. */
  readonly compressions: number;
}

/** What a client may ask of the emulator. */
export interface Orders {
  goAway(order: { readonly timeLeftMs: number }): void;
  cut(order: { readonly how: 'rst' } | { readonly how: 'close'; readonly code: number; readonly reason: string }): void;
  connections(): readonly ConnectionSeen[];
  /** What the model said last on the newest connection: for libraries that pass on its audio and no words. */
  lastAnswer(): string;
  /** Whether a resume is refused while the old socket of the session is open. */
  refuseWhileOldSocketOpen(on: boolean): void;
}

export type Order = {
  [Name in keyof Orders]: { readonly name: Name; readonly args: Parameters<Orders[Name]> };
}[keyof Orders];

export interface CheckResult {
  readonly what: string;
  /** null: passed. */
  readonly failure: string | null;
}

export type FromClient =
  | { readonly type: 'order'; readonly id: number; readonly order: Order }
  | ({ readonly type: 'check' } & CheckResult)
  /** What this client does at a rotation, in one sentence. */
  | { readonly type: 'atRotation'; readonly text: string }
  /** It cannot run on this machine. */
  | { readonly type: 'notRun'; readonly why: string }
  | { readonly type: 'done' };

export interface ToClient {
  readonly type: 'answer';
  readonly id: number;
  readonly value: unknown;
}
