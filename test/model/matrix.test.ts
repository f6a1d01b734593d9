/**
 * The committed table of state × event (matrix.json) is that of the chart, and the chart does what the table says.
 * `UPDATE_MATRIX=1 npx vitest run --config test/vitest.config.ts test/model/matrix` writes it anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { AnyStateNode } from 'xstate';
import {
  sessionMachine,
  type ContextState,
  type ResumabilityState,
  type SessionEvent,
  type TurnState,
} from '../../machines/index.js';
import { explore } from '../../src/testing/index.js';
import { stateNodesOf } from '../../src/testing/transitions.js';
import { connectionOf } from '../spec/machine/invariants.js';
import { alphabet, exploreOptions, scenarios } from './sessionModel.js';
import committed from './matrix.json' with { type: 'json' };

/** `taken`: always. `guarded`: when a guard says so. `ignored`: never, in this region. */
type Cell = 'taken' | 'guarded' | 'ignored';

type ConnectionState =
  | 'idle'
  | `connecting.${'dialing' | 'backingOff'}`
  | 'active'
  | `goingAway.${'draining' | 'holding' | 'leaving' | 'overlapping'}`
  | `resuming.${'dialing' | 'backingOff'}`
  | 'expired'
  | 'closing'
  | 'closed'
  | 'failed';

type State =
  | `connection.${ConnectionState}`
  | `context.${ContextState}`
  | `resumability.${ResumabilityState}`
  | `turn.${TurnState}`;

type Matrix = Record<State, Record<SessionEvent['type'], Cell>>;

/** Assigned, not asserted: a row or a column that is missing from the file is an error of the compiler. */
const rows: Record<State, Record<SessionEvent['type'], string>> = committed;
const matrix = rows as Matrix;

const root = sessionMachine.root as unknown as AnyStateNode;
const leaves = stateNodesOf(root).filter((node) => Object.keys(node.states).length === 0);
const eventTypes = [
  ...new Set([
    ...stateNodesOf(root).flatMap((node) => [...node.transitions.keys()]),
    ...Object.keys(Object.values(matrix)[0] ?? {}),
  ]),
]
  .filter((type) => !type.startsWith('xstate.'))
  .sort() as SessionEvent['type'][];

/** The candidates in the order in which XState asks: the state itself, then its parents. */
function cellOf(leaf: AnyStateNode, event: string): Cell {
  let cell: Cell = 'ignored';
  for (let node: AnyStateNode | undefined = leaf; node; node = node.parent) {
    for (const { guard, target, actions } of node.transitions.get(event) ?? []) {
      const forbids = !target && actions.length === 0;
      if (guard !== undefined) cell = 'guarded';
      else if (forbids) return cell;
      else return 'taken';
    }
  }
  return cell;
}

function chartMatrix(): Record<string, Record<string, Cell>> {
  return Object.fromEntries(
    leaves.map((leaf) => [
      leaf.path.join('.'),
      Object.fromEntries(eventTypes.map((type) => [type, cellOf(leaf, type)])),
    ]),
  );
}

const file = fileURLToPath(new URL('matrix.json', import.meta.url));

test('matrix.json is the table of the chart as it is', () => {
  const text = `${JSON.stringify(chartMatrix(), null, 2)}\n`;
  if (process.env['UPDATE_MATRIX']) writeFileSync(file, text);
  expect(readFileSync(file, 'utf8')).toBe(text);
});

/** The leaf of each region that a snapshot is in. */
function leavesOf(snapshot: { readonly value: Record<string, unknown> }): State[] {
  const { value } = snapshot;
  return Object.keys(value).map((region) =>
    region === 'connection' ? `connection.${connectionOf({ value })}` : `${region}.${String(value[region])}`,
  ) as State[];
}

test('every state is met: ignored events return the same snapshot, taken ones take a transition of it', () => {
  const met = new Set<State>();
  const counts = { taken: 0, guarded: 0, ignored: 0 };
  for (const scenario of scenarios) {
    const { moments, stepper } = explore(sessionMachine, { ...exploreOptions(scenario, ['none']), patience: 250 });
    for (const moment of moments.values()) {
      const states = leavesOf(moment.snapshot);
      if (states.every((state) => met.has(state))) continue;
      for (const state of states) met.add(state);
      for (const event of alphabet(moment.snapshot) as readonly SessionEvent[]) {
        const cells = states.map((state) => matrix[state][event.type]);
        const next = stepper.step(moment, event);
        const own = (state: State) => next.taken.some((id) => id.includes(` ${event.type} #`) && sourceIsIn(id, state));
        for (const [index, cell] of cells.entries()) {
          const state = states[index] as State;
          counts[cell] += 1;
          if (cell === 'taken') expect(own(state), `${event.type} in ${state}`).toBe(true);
          // `composing` forbids an event of its parent, which XState counts as taken.
          const isForbidden = state === 'turn.composing' && event.type === 'connection.established';
          if (cell === 'ignored' && !isForbidden) expect(own(state), `${event.type} in ${state}`).toBe(false);
        }
        if (cells.every((cell) => cell === 'ignored')) expect(next.snapshot).toBe(moment.snapshot);
      }
    }
  }
  // `leaving` decides at once, so no snapshot rests in it.
  expect(Object.keys(matrix).filter((state) => !met.has(state as State))).toEqual(['connection.goingAway.leaving']);
  expect(counts.taken).toBeGreaterThan(100);
  expect(counts.ignored).toBeGreaterThan(500);
});

const pathsById = new Map(stateNodesOf(root).map((node) => [node.id, node.path.join('.')]));

/** Whether the transition is declared by the state or one of its parents below the root. */
function sourceIsIn(id: string, state: State): boolean {
  const source = pathsById.get(id.slice(0, id.indexOf(' '))) ?? '';
  return source !== '' && (state === source || state.startsWith(`${source}.`));
}
