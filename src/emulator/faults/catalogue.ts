/**
 * The fault classes by name: what a person picks from a list, a file or the page.
 *
 * Owns the names and what each is made of. docs/FAULTS.md is written from this table.
 */
import type { Fault } from './fault.js';

export type FaultGroup = 'dial' | 'stream' | 'server' | 'resumption' | 'compression';

export interface FaultClass {
  readonly group: FaultGroup;
  /** One line: what the client sees. */
  readonly summary: string;
  /** Where it was seen, or why it is here. */
  readonly source: string;
  readonly faults: readonly Fault[];
}

export const faultClasses: Readonly<Record<string, FaultClass>> = {
  'stream/half-open': {
    group: 'stream',
    summary: 'The socket stays open and nothing passes any more.',
    source: 'LOG: a network that drops packets without a word',
    faults: [{ match: { at: 'now' }, action: { do: 'halfOpen' } }],
  },
};
