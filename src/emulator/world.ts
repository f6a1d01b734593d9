/**
 * What a connection gets from its emulator; all but `grant` is shared by all of
 * them. Owns nothing itself: emulator.ts builds it.
 */
import type { Clock } from '../clock.js';
import type { Random } from '../random.js';
import type { Faults } from './faults/faults.js';
import type { HandleVault } from './session/handles.js';
import type { EmulatorSettings } from './options.js';
import type { ContextRecord } from './record/records.js';
import type { Grant } from './protocol/tokens.js';

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Readonly<EmulatorSettings>;
  readonly vault: HandleVault;
  readonly faults: Faults;
  readonly contexts: ContextRecord[];
  /** What the connection's ephemeral token allows; null: it has none, or one of another origin. */
  readonly grant: Grant | null;
  /** Sessions that are open now. */
  openSessions(): number;
  log(connection: number | null, what: string, detail: string): void;
  countHandle(): void;
  newCallId(): string;
}
