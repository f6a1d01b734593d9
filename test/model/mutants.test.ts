/**
 * The tests can fail: planted bugs are found, each by the rule of SPEC.md that it breaks, and by the executed tour.
 *
 * The rules below are told again from SPEC.md in a few events each, so that they can be held against any machine.
 */
import { assign, createMachine, stateIn } from 'xstate';
import { beforeAll, describe, expect, test } from 'vitest';
import { sessionMachine, type SessionContext } from '../../machines/index.js';
import { executeTour, transitionTour, type Tour } from '../../src/testing/index.js';
import { activeSession, ends, handle, on, startSession, type SessionMachine } from '../support/machine.js';
import { virtualClock } from '../support/virtualClock.js';
import { exploreOptions, scenarios } from './sessionModel.js';

/** Each throws when the machine breaks the rule. */
const rules: Readonly<Record<string, (machine: SessionMachine) => void | Promise<void>>> = {
  'S-CONN-02': (machine) => {
    const session = activeSession({}, machine);
    session.send(on.ended(), on.established(2), on.ended(ends.dropped, 2));
    expect(session.dials.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  },
  'S-CONN-03': async (machine) => {
    const session = startSession({ dialBudget: 2 }, null, machine);
    session.send(on.connect, on.refused(ends.waits));
    await session.tick(499);
    expect(session.dials).toHaveLength(1);
    await session.tick(1);
    session.send(on.refused(ends.waits, 2));
    expect(session.lifecycle).toBe('failed');
  },
  'S-CONN-05': (machine) => {
    const session = activeSession({}, machine);
    session.send(on.ended(ends.tokenSpent));
    expect(session.lifecycle).toBe('failed');
  },
  'S-CONN-08': async (machine) => {
    const session = activeSession({ deadlineMarginMs: 5_000 }, machine);
    session.send(on.output, on.goAway(50_000));
    await session.tick(45_000);
    expect(session.lifecycle).toBe('resuming');
  },
  'S-CONN-09': (machine) => {
    const session = activeSession({ transparent: true }, machine);
    session.send(on.output, on.goAway());
    expect(session.connection).toBe('goingAway.draining');
    session.send(on.turnComplete(), on.established(2), on.goAway());
    expect(session.connection).toBe('goingAway.draining');
  },
  'S-CONN-10': (machine) => {
    const session = activeSession({}, machine);
    session.send(on.goAway(), on.handleUpdate(handle(2), false));
    expect(session.connection).toBe('goingAway.holding');
  },
  'S-CONN-16': (machine) => {
    const session = activeSession({ handleRetries: 0 }, machine);
    session.send(on.ended(), on.refused(ends.handleDead, 2));
    expect(session.lifecycle).toBe('expired');
    expect(session.context.handle).toBeNull();
  },
  'S-CONN-20': (machine) => {
    const session = activeSession({ dialBudget: 2, transparent: true }, machine);
    for (const epoch of [2, 3, 4])
      session.send(on.goAway(), on.established(epoch), on.handleUpdate(handle(epoch, epoch)));
    session.send(on.ended(ends.dropped, 4));
    expect(session.lifecycle).toBe('resuming');
  },
  'S-CONN-24': (machine) => {
    const session = startSession({}, null, machine);
    session.send(on.connect, on.refused(ends.fatal));
    expect(session.context.error?.code).toBe('setupRefused');
  },
  'S-RES-02': (machine) => {
    const session = activeSession({}, machine);
    session.send(on.notResumable(true));
    expect(session.context.handle).toEqual(handle(1));
  },
  'S-CTX-05': (machine) => {
    const session = activeSession({}, machine);
    session.send(on.measured(1_000, 0.9), on.estimated(100, 0.1));
    expect(session.context.compressions).toBe(0);
  },
  'S-TURN-06': (machine) => {
    const session = activeSession({}, machine);
    session.send(on.toolCall('a', 'b'), on.toolResponse('a'));
    expect(session.turn).toBe('callingTools');
  },
};

const keep = assign<SessionContext, never, undefined, never, never>({});

interface Mutant {
  readonly name: string;
  readonly breaks: keyof typeof rules;
  readonly machine: SessionMachine;
}

/** The config without what `edit` takes out of it, under the same implementations. */
function edited(edit: (config: ConfigTree) => void): SessionMachine {
  const config = copy(sessionMachine.config) as ConfigTree;
  edit(config);
  const { implementations } = sessionMachine as unknown as { readonly implementations: object };
  return createMachine(config as never, implementations as never) as unknown as SessionMachine;
}

interface ConfigTree {
  states: Record<string, ConfigTree>;
  entry?: unknown;
}

/** Plain objects are copied, functions are shared. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

type Replaced = Readonly<Record<string, unknown>>;

/** Names are checked here, since the replaced ones are typed loosely. */
function provided(kind: 'guards' | 'actions' | 'delays', replaced: Replaced): SessionMachine {
  const { implementations } = sessionMachine as unknown as { readonly implementations: Record<string, object> };
  const unknown = Object.keys(replaced).filter((name) => !(name in (implementations[kind] ?? {})));
  if (unknown.length > 0) throw new Error(`The machine names no ${unknown.join(', ')}.`);
  return sessionMachine.provide({ [kind]: replaced });
}

const withGuards = (guards: Replaced): SessionMachine => provided('guards', guards);
const withActions = (actions: Replaced): SessionMachine => provided('actions', actions);
const withDelays = (delays: Replaced): SessionMachine => provided('delays', delays);

const mutants: readonly Mutant[] = [
  { name: 'the budget is ignored', breaks: 'S-CONN-03', machine: withGuards({ mayDialAgain: () => true }) },
  { name: 'a wait is skipped', breaks: 'S-CONN-03', machine: withDelays({ backoff: 0 }) },
  {
    name: 'a spent token counts as minted',
    breaks: 'S-CONN-05',
    machine: withGuards({ needsTokenThatNobodyMints: () => false }),
  },
  { name: 'the deadline never comes', breaks: 'S-CONN-08', machine: withDelays({ rotationDeadline: 2_000_000_000 }) },
  {
    // Only one of the two would send the drain round in circles for ever.
    name: 'a busy turn is left',
    breaks: 'S-CONN-09',
    machine: withGuards({ mayLeaveNow: () => true, turnIsBusy: () => false }),
  },
  {
    name: 'a handle is used twice for planned swaps',
    breaks: 'S-CONN-09',
    machine: withGuards({ mayLeaveNow: stateIn({ turn: 'quiet' }) }),
  },
  { name: 'the hold is skipped', breaks: 'S-CONN-10', machine: withGuards({ swapsAtOnce: () => true }) },
  {
    name: 'any handle covers the input',
    breaks: 'S-CONN-10',
    machine: withGuards({ coversInput: () => true }),
  },
  { name: 'a dead handle is not dropped', breaks: 'S-CONN-16', machine: withActions({ dropHandle: keep }) },
  { name: 'a dead handle is tried for ever', breaks: 'S-CONN-16', machine: withGuards({ handleIsDead: () => false }) },
  { name: 'planned swaps spend the budget', breaks: 'S-CONN-20', machine: withActions({ planSwapOfStable: keep }) },
  { name: 'a failure has no error', breaks: 'S-CONN-24', machine: withActions({ failWithEnd: keep }) },
  { name: 'an update without a handle drops it', breaks: 'S-RES-02', machine: withGuards({ endsHandle: () => true }) },
  { name: 'a fall of any size is a slide', breaks: 'S-CTX-05', machine: withGuards({ windowSlid: () => true }) },
  { name: 'one answer answers all calls', breaks: 'S-TURN-06', machine: withGuards({ answersLastCall: () => true }) },
  {
    name: 'a resume has no epoch of its own',
    breaks: 'S-CONN-02',
    machine: edited(({ states }) => {
      delete states['connection']?.states['resuming']?.states['dialing']?.entry;
    }),
  },
];

const tours: Tour<SessionMachine>[] = [];

beforeAll(() => {
  for (const scenario of scenarios) {
    tours.push(transitionTour(sessionMachine, { ...exploreOptions(scenario), patience: 400 }));
  }
});

async function brokenRules(machine: SessionMachine): Promise<string[]> {
  const broken: string[] = [];
  for (const [id, holds] of Object.entries(rules)) {
    try {
      await holds(machine);
    } catch {
      broken.push(id);
    }
  }
  return broken;
}

/** Whether the machine, held to the predictions of the right one, differs anywhere. */
async function tourDiffers(machine: SessionMachine): Promise<boolean> {
  for (const tour of tours) {
    const results = await executeTour(machine, tour, { clock: virtualClock });
    if (results.some(({ failure }) => failure)) return true;
  }
  return false;
}

test('the machine itself breaks no rule, and does what its tours say', async () => {
  expect(await brokenRules(sessionMachine)).toEqual([]);
  expect(await tourDiffers(sessionMachine)).toBe(false);
  const same = edited(() => {});
  expect(await brokenRules(same)).toEqual([]);
  expect(await tourDiffers(same)).toBe(false);
});

describe.each(mutants)('$name', ({ breaks, machine }) => {
  test('is found by its rule', async () => expect(await brokenRules(machine)).toContain(breaks));
  test('is found by the executed tour', async () => {
    expect(await tourDiffers(machine)).toBe(true);
  });
});
