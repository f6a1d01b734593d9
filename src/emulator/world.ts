/**
 * What a connection gets from its emulator; all but `startSession` is shared by all of them. Owns nothing itself: emulator.ts builds it.
 */
import type { Clock } from '../clock.js';
import type { Random } from '../random.js';
import type { HandleVault } from './session/handles.js';
import type { EmulatorSettings } from './options.js';
import type { Archive } from './record/archive.js';
import type { Closing } from './protocol/refusals.js';

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Readonly<EmulatorSettings>;
  readonly vault: HandleVault;
  readonly archive: Archive;
  /** A duration on the server's clock, as the client's watch shows it. */
  clientMs(serverMs: number): number;
  /** A setup without a handle uses up an ephemeral token; null: go ahead. */
  startSession(): Closing | null;
  /** False: no handle is issued. */
  resumable(): boolean;
  log(connection: number | null, what: string, detail: string): void;
  countHandle(): void;
}
