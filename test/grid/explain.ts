/**
 * Why each outcome is what the protocol and the guarantees lead one to expect.
 *
 * Owns the sentences below docs/FAULTS.md and the rule for each. Written from docs/PROTOCOL.md and machines/SPEC.md,
 * never from a run: a cell that no rule expects fails the grid.
 */
import type { FaultClass } from '../../src/emulator/faults/catalogue.js';
import type { Cell } from './cell.js';
import type { GridState } from './states.js';

export interface Case {
  readonly className: string;
  readonly fault: FaultClass;
  readonly state: GridState;
  readonly cell: Cell;
}

export interface Explanation {
  readonly because: string;
  fits(found: Case): boolean;
}
