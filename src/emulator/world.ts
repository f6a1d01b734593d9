/**
 * What an emulator is given, and what a connection gets from it; all but `grant` is shared by all of them. Owns nothing
 * itself: emulator.ts builds it.
 */
import type { Clock } from '../clock.js';
import type { Random } from '../random.js';
import type { HandleVault } from './session/handles.js';
import type { EmulatorSettings } from './options.js';
import type { Archive } from './record/archive.js';
import type { Grant } from './protocol/tokens.js';

/** What an emulator is built with, beside its options. */
export interface EmulatorParts {
  readonly clock?: Clock;
  readonly random?: Random;
  /** How many times as fast as `clock` everything happens here, 0.01 to 1,000. Default 1. */
  readonly speed?: number;
}

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Readonly<EmulatorSettings>;
  readonly vault: HandleVault;
  readonly archive: Archive;
  /** What the connection's ephemeral token allows; null: it has none, or one of another origin. */
  readonly grant: Grant | null;
  /** A duration on the server's clock, as the client's watch shows it. */
  clientMs(serverMs: number): number;
  /** Sessions that are open now. */
  openSessions(): number;
  /** False: no handle is issued. */
  resumable(): boolean;
  log(connection: number | null, what: string, detail: string): void;
  countHandle(): void;
}
