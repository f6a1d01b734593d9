/**
 * What a class of faults is.
 *
 * Owns the shape only.
 */
import type { Fault } from '../fault.js';

export type FaultGroup = 'dial' | 'stream' | 'server' | 'resumption' | 'compression';

export interface FaultClass {
  readonly group: FaultGroup;
  /** One line: what the client sees. */
  readonly summary: string;
  /** Where it was seen, or why it is here: DOC, REC, LOG, OWN as in options.ts. */
  readonly source: string;
  readonly faults: readonly Fault[];
}

/** The classes of one group, from rows of summary, source and faults. */
export function group(
  name: FaultGroup,
  rows: Readonly<Record<string, readonly [summary: string, source: string, ...faults: Fault[]]>>,
): Record<string, FaultClass> {
  return Object.fromEntries(
    Object.entries(rows).map(([key, [summary, source, ...faults]]) => [key, { group: name, summary, source, faults }]),
  );
}
