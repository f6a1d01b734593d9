/** Every transition of the statechart is taken by a generated path: predicted by the pure machine, then run for real. */
import { beforeAll, expect, test } from 'vitest';
import { acceptsInput, sessionMachine, type SessionSnapshot } from '../../machines/index.js';
import {
  executeTour,
  formatCoverage,
  listTransitions,
  sourceOf,
  transitionCoverage,
  transitionTour,
  type ExecutedPath,
  type Tour,
} from '../../src/testing/index.js';
import type { SessionMachine } from '../support/machine.js';
import { virtualClock } from '../support/virtualClock.js';
import { checkInvariants } from '../spec/machine/invariants.js';
import { exploreOptions, scenarios, unreachable } from './sessionModel.js';

const tours: Tour<SessionMachine>[] = [];

beforeAll(() => {
  const open = new Set(listTransitions(sessionMachine).map(({ id }) => id));
  for (const scenario of scenarios) {
    const tour = transitionTour(sessionMachine, exploreOptions(scenario, open));
    for (const id of tour.taken) open.delete(id);
    tours.push(tour);
  }
});

test('ids are unique, and the chart has the regions that the exploration steers through', () => {
  const ids = listTransitions(sessionMachine).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBeGreaterThan(120);
});

test('pure: every transition is taken, or named as out of reach', () => {
  const report = transitionCoverage(sessionMachine, tours.map(sourceOf), unreachable);
  process.stdout.write(`${formatCoverage(report)}\n`);
  expect(report.uncovered).toEqual([]);
  expect(report.unknown).toEqual([]);
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
});

test('executed: the real actor takes the same transitions into the same states, and breaks no invariant', async () => {
  const results: ExecutedPath[] = [];
  for (const tour of tours) {
    const executed = await executeTour(sessionMachine, tour, {
      clock: virtualClock,
      afterStep: (actor) => {
        const snapshot = actor.getSnapshot() as SessionSnapshot;
        checkInvariants(null, null, { ...snapshot, open: acceptsInput(snapshot) });
      },
    });
    results.push(...executed);
  }
  expect(results.flatMap(({ failure }) => failure?.message ?? [])).toEqual([]);
  const executed = results.map(({ taken, steps }) => ({ taken, paths: 1, steps }));
  const report = transitionCoverage(sessionMachine, executed, unreachable);
  process.stdout.write(`${formatCoverage(report)}, on the real actor\n`);
  expect(report.uncovered).toEqual([]);
});
