/** Every dimension of the report, on machines whose answers are known beforehand; and reports that must not be good. */
import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import {
  assertCoverage,
  coverageHtml,
  coverageJunit,
  coverageOf,
  CoverageError,
  formatCoverage,
  listPairs,
  RunRecorder,
  takeSimplePaths,
  testMachine,
} from '../../../src/testing/index.js';
import { virtualClock } from '../../support/virtualClock.js';
import { kettle, kettleEvents, lost } from './machines.js';

const { report, simplePaths, hints } = await testMachine(kettle, { events: kettleEvents });
const { dimensions } = report;

test('a machine with regions, history, always, after, an actor and a wildcard is covered whole', () => {
  expect(report.problems).toEqual([]);
  for (const name of ['states', 'events', 'transitions', 'guards'] as const) {
    expect({ [name]: dimensions[name].uncovered }).toEqual({
      [name]: name === 'guards' ? ['guard of kettle.heat.paused go #0 is false'] : [],
    });
  }
  expect(dimensions.events.covered).toEqual([
    'lid.*',
    'close',
    'pause',
    'heat',
    'xstate.done.actor.boiling',
    'xstate.error.actor.boiling',
    'xstate.after.cooling.kettle.heat.working.hot',
    'go',
  ]);
  expect(hints).toEqual([]);
});

test('a state that is left in the step that enters it was active, and is in no configuration', () => {
  expect(dimensions.states.covered).toContain('kettle.heat.working.refused');
  const { covered, uncovered } = dimensions.configurations;
  expect([...covered, ...uncovered]).toHaveLength(8);
  expect(dimensions.configurations.unreachable).toEqual({
    'kettle.lid.closed + kettle.heat.working.refused': 'a complete exploration never met it',
    'kettle.lid.opened + kettle.heat.working.refused': 'a complete exploration never met it',
  });
});

test('pairs stay within their region, and what the chart rules out has its rule', () => {
  const pairs = listPairs(kettle);
  expect(pairs.filter(({ region }) => region === 'kettle.lid').map(({ id }) => id)).toEqual([
    'kettle.lid.closed lid.* #0 → kettle.lid.opened close #0',
    'kettle.lid.opened close #0 → kettle.lid.closed lid.* #0',
  ]);
  expect(dimensions.transitionPairs.uncovered).toEqual([]);
  expect(dimensions.transitionPairs.unreachable).toMatchObject({
    'kettle.heat.working.cold heat #1 → kettle.heat pause #0': 'kettle.heat.working.refused is left at once',
  });
});

test('simple paths: each region alone, as many as counted by hand', () => {
  // lid: closed, opened. heat: cold → refused | warming → hot, each → paused; what paused leads to was visited or not.
  expect(simplePaths.map(({ region }) => region)).toEqual(['kettle.lid', 'kettle.heat']);
  expect(simplePaths[0]).toMatchObject({ paths: 1, maximal: 1, steps: 1, isBounded: false });
  expect(simplePaths.flatMap(({ failures }) => failures)).toEqual([]);
  expect(takeSimplePaths(kettle, { most: 1 })[1]?.isBounded).toBe(true);
});

test('no arrow to a state, and a candidate that never comes first, are unreachable by rule', async () => {
  const { report: lostReport } = await testMachine(lost);
  const { states, transitions, transitionPairs } = lostReport.dimensions;
  expect(states.unreachable).toEqual({ 'lost.nowhere': 'no arrow leads to it' });
  expect(transitions.unreachable).toEqual({
    'lost.here go #1': '#0 comes first and has no guard',
    'lost.nowhere back #0': 'no arrow leads to lost.nowhere',
  });
  expect(transitionPairs.uncovered).toEqual([]);
  expect(lostReport.problems).toEqual([]);
});

test('without payloads the guard stays false, and the report says so and what would help', async () => {
  const bare = await testMachine(kettle);
  expect(bare.report.dimensions.guards.uncovered).toContain('isFull is true');
  expect(bare.report.dimensions.transitions.uncovered).toContain('kettle.heat.working.cold heat #0');
  expect(bare.hints.join()).toContain('`events`');
});

test('a transition that no run takes fails the assertion, and is named', () => {
  const recorder = new RunRecorder(kettle);
  const actor = createActor(recorder.machine, { inspect: recorder.inspect, clock: virtualClock() });
  actor.start();
  actor.send({ type: 'lid.up' });
  actor.send({ type: 'heat' });
  actor.stop();
  const short = coverageOf(kettle, recorder.runs, { requirements: { 'K-1': true, 'K-2': false } });
  expect(short.dimensions.transitions.covered).toEqual([
    'kettle.lid.closed lid.* #0',
    'kettle.heat.working.cold heat #1',
    'kettle.heat.working.refused always #0',
  ]);
  expect(short.dimensions.guards.covered).toEqual(['isFull is false']);
  expect(short.dimensions.requirements).toMatchObject({ covered: ['K-1'], uncovered: ['K-2'] });
  expect(short.steps).toBe(2);
  expect(() => assertCoverage(short, { transitions: 0.3 })).not.toThrow();
  try {
    assertCoverage(short, { transitions: 1, requirements: 1 });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(CoverageError);
    expect((error as CoverageError).message).toContain('kettle.heat pause #0');
    expect((error as CoverageError).missing).toMatchObject({ requirements: ['K-2'] });
  }
});

test('an excuse that a run refutes fails the assertion, whatever the shares', () => {
  const run = {
    steps: [
      {
        event: 'close',
        microsteps: [{ event: 'close', taken: ['kettle.lid.opened close #0'], nodes: [] }],
        nodes: [],
        guards: [],
      },
    ],
  };
  const wrong = coverageOf(kettle, [run], {
    unreachable: { transitions: { 'kettle.lid.opened close #0': 'the lid is stuck' } },
  });
  expect(() => assertCoverage(wrong, {})).toThrow(/the lid is stuck.*and a run covers it/);
});

test('a machine that acts otherwise than its guards foretold is a problem of the report', async () => {
  let asked = 0;
  const moody = kettle.provide({ guards: { isFull: () => (asked += 1) % 3 === 0 } });
  const { report: bad } = await testMachine(moody, { events: kettleEvents });
  expect(bad.problems.join()).toMatch(/differs|other transitions/);
});

test('the shape of the report is plain data, and stays', () => {
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  const small = coverageOf(lost, [
    { steps: [{ event: null, microsteps: [], nodes: ['lost', 'lost.here'], guards: [] }] },
  ]);
  expect(small).toEqual({
    machine: 'lost',
    dimensions: {
      states: {
        covered: ['lost', 'lost.here'],
        uncovered: ['lost.there'],
        unreachable: { 'lost.nowhere': 'no arrow leads to it' },
        unknown: {},
      },
      configurations: {
        covered: ['lost.here'],
        uncovered: [],
        unreachable: {},
        unknown: {
          'lost.there': 'no exploration met it, and none was complete',
          'lost.nowhere': 'no exploration met it, and none was complete',
        },
      },
      events: {
        covered: [],
        uncovered: ['go'],
        unreachable: { back: 'no state that can be reached answers it' },
        unknown: {},
      },
      transitions: {
        covered: [],
        uncovered: ['lost.here go #0'],
        unreachable: {
          'lost.here go #1': '#0 comes first and has no guard',
          'lost.nowhere back #0': 'no arrow leads to lost.nowhere',
        },
        unknown: {},
      },
      transitionPairs: expect.objectContaining({ covered: [], uncovered: [] }) as unknown,
      guards: { covered: [], uncovered: [], unreachable: {}, unknown: {} },
      requirements: { covered: [], uncovered: [], unreachable: {}, unknown: {} },
    },
    runs: 1,
    steps: 0,
    seeds: [],
    elapsedMs: null,
    problems: [],
  });
});

test('text, JUnit and a page that stands alone', async () => {
  expect(formatCoverage(report)).toMatch(/transitions +\d+ +0 +0 +0 +100 %/);
  const { report: lostReport } = await testMachine(lost);
  const xml = coverageJunit(lostReport);
  expect(xml).toContain('<testcase name="lost.here go #0"/>');
  expect(xml).toContain('<skipped message="unreachable: no arrow leads to it"/>');
  const html = await coverageHtml(lost, lostReport);
  expect(html).toMatch(/^<!doctype html>/);
  expect(html).toContain('<rect class="state unreachable"');
  expect(html).toContain('<path class="edge covered"');
  expect(html).toContain('prefers-color-scheme: dark');
  expect(html).not.toMatch(/<script|<link|src="|url\(|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
});
