/**
 * Every transition of the statechart, every pair of successive ones that can be, and every guard both ways are taken by
 * generated paths: predicted by the pure machine, then run for real.
 */
import { beforeAll, expect, test } from 'vitest';
import { acceptsInput, sessionMachine, type SessionSnapshot } from '../../machines/index.js';
import {
  assertCoverage,
  coverageOf,
  executeTour,
  formatCoverage,
  listTransitions,
  runsOf,
  takeSimplePaths,
  type CoverageReport,
  type ExecutedPath,
  type Run,
  type Tour,
} from '../../src/testing/index.js';
import { sessionPairTours, sessionTransitionTours, sessionUnreachable } from '../../src/testing/lifeline/tours.js';
import type { SessionMachine } from '../support/machine.js';
import { virtualClock } from '../support/virtualClock.js';
import { checkInvariants } from '../spec/machine/invariants.js';

let transitionTours: readonly Tour<SessionMachine>[] = [];
let pairTours: readonly Tour<SessionMachine>[] = [];
let executed: readonly ExecutedPath[] = [];

beforeAll(async () => {
  transitionTours = sessionTransitionTours();
  pairTours = sessionPairTours();
  executed = await execute([...transitionTours, ...pairTours]);
}, 60_000);

async function execute(tours: readonly Tour<SessionMachine>[]): Promise<readonly ExecutedPath[]> {
  const results: ExecutedPath[] = [];
  for (const tour of tours) {
    const paths = await executeTour(sessionMachine, tour, {
      clock: virtualClock,
      afterStep: (actor) => {
        const snapshot = actor.getSnapshot() as SessionSnapshot;
        checkInvariants(null, null, { ...snapshot, open: acceptsInput(snapshot) });
      },
    });
    results.push(...paths);
  }
  return results;
}

function report(runs: readonly Run[]): CoverageReport {
  return coverageOf(sessionMachine, runs, {
    unreachable: sessionUnreachable(),
    met: [...transitionTours, ...pairTours].flatMap(({ exploration }) => [...exploration.configurations]),
  });
}

const least = { states: 1, events: 1, transitions: 1, transitionPairs: 0.95, guards: 1 } as const;

test('ids are unique, and the chart has the regions that the exploration steers through', () => {
  const ids = listTransitions(sessionMachine).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(120);
});

test('the transition tour alone takes every transition', () => {
  const { dimensions, problems } = report(transitionTours.flatMap(runsOf));
  expect(dimensions.transitions.uncovered).toEqual([]);
  expect(dimensions.transitions.unreachable).toEqual({});
  expect(problems).toEqual([]);
});

test('pure: transitions, pairs that can be, and guards both ways', () => {
  const pure = report([...transitionTours, ...pairTours].flatMap(runsOf));
  expect(() => assertCoverage(pure, least)).not.toThrow();
  expect(JSON.parse(JSON.stringify(pure))).toEqual(pure);
});

test('executed: the real actor takes the same, and breaks no invariant', () => {
  expect(executed.flatMap(({ failure }) => failure?.message ?? [])).toEqual([]);
  const real = report(executed.map(({ run }) => run));
  process.stdout.write(`${formatCoverage(real, { most: 3 })}\n`);
  expect(() => assertCoverage(real, least)).not.toThrow();
  const pure = report([...transitionTours, ...pairTours].flatMap(runsOf));
  for (const name of ['states', 'transitions', 'transitionPairs', 'configurations'] as const) {
    expect(real.dimensions[name].covered.toSorted()).toEqual(pure.dimensions[name].covered.toSorted());
  }
});

test('every simple path of each region alone leads where the chart says, without a bound', () => {
  const regions = takeSimplePaths(sessionMachine);
  process.stdout.write(`${regions.map(({ region, paths }) => `${region}: ${paths} simple paths`).join('\n')}\n`);
  expect(regions).toHaveLength(4);
  for (const { failures, isBounded, paths } of regions) {
    expect(failures).toEqual([]);
    expect(isBounded).toBe(false);
    expect(paths).toBeGreaterThan(0);
  }
});
