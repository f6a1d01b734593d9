/**
 * A slice of the grid of docs/FAULTS.md: each class in two states, each state with many classes. The check `faults-page`
 * takes all of it.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { faultClasses } from '../../src/emulator/faults/catalogue.js';
import { runCell } from './cell.js';
import type { Found } from './explain.js';
import { cellText } from './page.js';
import { gridStates } from './states.js';

const lines = readFileSync(new URL('../../docs/FAULTS.md', import.meta.url), 'utf8').split('\n');

/** What the page says of a class in each state. */
function committed(name: string): string[] {
  const row = lines.findLast((line) => line.startsWith(`| \`${name}\` | `)) ?? '';
  return row
    .split(' | ')
    .slice(1, -1)
    .concat(row.split(' | ').at(-1)?.replace(/ \|$/, '') ?? '');
}

const slice = Object.entries(faultClasses).flatMap(([name, fault], row) =>
  [row % gridStates.length, (row * 5 + 3) % gridStates.length].map((column) => {
    const state = gridStates[column] as (typeof gridStates)[number];
    return { name, fault, state, column, title: `${name}, ${state.name}` };
  }),
);

describe('G10 whatever goes wrong, the session is up again, or says why it is not', () => {
  test.each(slice)('$title', async ({ name, fault, state, column }) => {
    const found: Found = { name, fault, state, cell: await runCell(state, fault) };
    // `?` in the place of the letter: nobody expected this.
    expect(cellText(found)).not.toContain('<sup>?</sup>');
    expect(cellText(found)).toBe(committed(name)[column]);
  });
});
