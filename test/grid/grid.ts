/**
 * The whole grid: every class of the catalogue in every state.
 *
 * Owns the order of rows and columns.
 */
import { faultClasses } from '../../src/emulator/faults/catalogue.js';
import { runCell } from './cell.js';
import type { Found } from './explain.js';
import { gridStates } from './states.js';

export interface Row {
  readonly name: string;
  readonly cells: readonly Found[];
}

/** `told` hears of each row that is done. */
export async function runGrid(told: (row: Row, done: number, rows: number) => void = () => {}): Promise<Row[]> {
  const rows: Row[] = [];
  const classes = Object.entries(faultClasses);
  for (const [name, fault] of classes) {
    const cells: Found[] = [];
    for (const state of gridStates) cells.push({ name, fault, state, cell: await runCell(state, fault) });
    const row = { name, cells };
    rows.push(row);
    told(row, rows.length, classes.length);
  }
  return rows;
}
