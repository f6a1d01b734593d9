/** The harness on small machines of its own: ids, time, ends of actors, coverage, and differences that it must see. */
import { expect, test } from 'vitest';
import { assign, fromPromise, setup } from 'xstate';
import {
  coverageOf,
  createStepper,
  executeTour,
  explore,
  formatCoverage,
  isNamed,
  listTransitions,
  runsOf,
  transitionTour,
} from '../../src/testing/index.js';
import { virtualClock } from '../support/virtualClock.js';

const door = setup({
  types: { context: {} as { tries: number }, events: {} as { type: 'push' } | { type: 'lock.turn' } },
  actors: { alarm: fromPromise<string>(async () => 'quiet') },
  guards: { isWorn: ({ context }) => context.tries >= 2 },
  actions: { count: assign({ tries: ({ context }) => context.tries + 1 }) },
  delays: { creak: 300, slam: 200 },
}).createMachine({
  id: 'door',
  context: { tries: 0 },
  initial: 'shut',
  states: {
    shut: {
      always: { target: 'broken', guard: 'isWorn' },
      on: { push: { target: 'open', actions: 'count' }, 'lock.*': 'locked' },
    },
    open: { after: { creak: 'shut', slam: 'ajar' } },
    ajar: { after: { 0: 'shut' } },
    locked: { invoke: { id: 'bell', src: 'alarm', onDone: 'shut', onError: 'broken' } },
    broken: { type: 'final' },
  },
});

const options = {
  alphabet: () => [{ type: 'push' as const }, { type: 'lock.turn' as const }],
  key: (snapshot: { value: unknown; context: object }) => JSON.stringify([snapshot.value, snapshot.context]),
  limit: 100,
};

test('ids name the state, the event and the place among its candidates', () => {
  expect(listTransitions(door).map(({ id }) => id)).toEqual([
    'door.shut always #0',
    'door.shut push #0',
    'door.shut lock.* #0',
    'door.open xstate.after.creak.door.open #0',
    'door.open xstate.after.slam.door.open #0',
    'door.ajar xstate.after.0.door.ajar #0',
    'door.locked xstate.done.actor.bell #0',
    'door.locked xstate.error.actor.bell #0',
  ]);
});

test('a step says what was taken, and which timers run', () => {
  const stepper = createStepper(door, undefined);
  const opened = stepper.step(stepper.initial(), { type: 'push' });
  expect(opened.taken).toEqual(['door.shut push #0']);
  expect([...opened.timers.values()]).toEqual([300, 200]);
  const ajar = stepper.step(opened, { type: 'xstate.after.slam.door.open' });
  expect(ajar.snapshot.value).toBe('ajar');
  expect([...ajar.timers]).toEqual([['xstate.after.0.door.ajar', 0]]);
});

test('an ignored event returns the very same snapshot', () => {
  const stepper = createStepper(door, undefined);
  const opened = stepper.step(stepper.initial(), { type: 'push' });
  expect(stepper.step(opened, { type: 'push' }).snapshot).toBe(opened.snapshot);
  expect(isNamed(opened.snapshot, 'push')).toBe(false);
  expect(isNamed(stepper.initial().snapshot, 'lock.turn')).toBe(true);
});

const tour = transitionTour(door, options);

test('a timer that another one always beats is not taken: the harness keeps the time', () => {
  const report = coverageOf(door, runsOf(tour));
  expect(report.dimensions.transitions.uncovered).toEqual(['door.open xstate.after.creak.door.open #0']);
  expect(explore(door, options).complete).toBe(true);
  expect(formatCoverage(report)).toMatch(/transitions +7 +1 +0 +0 +87\.5 %/);
});

test('a reason makes it unreachable, a wrong reason or id is a problem', () => {
  const creak = 'door.open xstate.after.creak.door.open #0';
  const { dimensions, problems } = coverageOf(door, runsOf(tour), {
    unreachable: {
      transitions: { [creak]: 'slam comes first', 'door.shut push #0': 'wrong', 'door.attic #0': 'not there' },
    },
  });
  expect(dimensions.transitions.uncovered).toEqual([]);
  expect(dimensions.transitions.unreachable).toEqual({ [creak]: 'slam comes first' });
  expect(problems).toEqual([
    'transitions: door.shut push #0 is called unreachable (wrong), and a run covers it',
    'transitions: door.attic #0 is called unreachable, and the chart has no such id',
  ]);
});

test('the real actor takes the tour, with zero delays, actors that end and actors that fail', async () => {
  const results = await executeTour(door, tour, { clock: virtualClock });
  expect(results.map(({ failure }) => failure)).toEqual(results.map(() => null));
  const taken = new Set(results.flatMap((result) => [...result.taken]));
  expect([...taken].sort()).toEqual([...tour.taken].sort());
});

test('an actor that does something else is told from the prediction, in its words', async () => {
  const results = await executeTour(door.provide({ guards: { isWorn: () => false } }), tour, { clock: virtualClock });
  expect(results.find(({ failure }) => failure)?.failure?.message).toContain("The actor's value differs");
});

test('what afterStep throws is a failure', async () => {
  const afterStep = (): never => {
    throw new Error('never holds');
  };
  const [result] = await executeTour(door, tour, { clock: virtualClock, afterStep });
  expect(result?.failure?.message).toContain('never holds');
});

test('a limit ends an exploration, and it says so', () => {
  const endless = { ...options, key: () => String(Math.random()), limit: 20 };
  expect(explore(door, { ...endless, targets: ['none'] })).toMatchObject({ complete: false });
});
