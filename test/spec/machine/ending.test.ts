/** How a session ends, and what holds at all times: S-CONN-22 … 25, and random walks over every event. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptsInput, type SessionEvent } from '../../../machines/index.js';
import { activeSession, ends, handle, on, startSession, type SessionUnderTest } from '../../support/machine.js';
import { alphabet, scenarios } from '../../model/sessionModel.js';
import { checkInvariants, type Observed } from './invariants.js';

const openStates: Readonly<Record<string, () => SessionUnderTest>> = {
  idle: () => startSession(),
  'connecting.dialing': () => after(startSession(), on.connect),
  'connecting.backingOff': () => after(startSession(), on.connect, on.refused(ends.waits)),
  active: () => activeSession(),
  'goingAway.draining': () => after(activeSession(), on.output, on.goAway()),
  'goingAway.holding': () => after(activeSession(), on.goAway()),
  'goingAway.overlapping': () => after(activeSession({ order: 'overlap', transparent: true }), on.goAway()),
  'resuming.dialing': () => after(activeSession(), on.ended()),
  'resuming.backingOff': () => after(activeSession(), on.ended(ends.waits)),
  expired: () => after(startSession(), on.connect, on.established(), on.ended()),
};

function after(session: SessionUnderTest, ...events: SessionEvent[]): SessionUnderTest {
  session.send(...events);
  return session;
}

test.each(Object.keys(openStates))('S-CONN-22 close leads from %s through closing to closed', async (state) => {
  const session = openStates[state]?.() ?? startSession();
  expect(session.connection).toBe(state);
  session.send(on.close);
  expect(session.lifecycle).toBe('closing');
  session.shutDown.resolve();
  await session.tick(0);
  expect(session.lifecycle).toBe('closed');
});

test('S-CONN-22 closing ends when the shut-down fails', async () => {
  const session = after(activeSession(), on.close);
  session.shutDown.reject(new Error('no socket'));
  await session.tick(0);
  expect(session.lifecycle).toBe('closed');
});

test('S-CONN-22 closing ends when the shut-down takes longer than closeTimeoutMs', async () => {
  const session = after(activeSession({ closeTimeoutMs: 4_000 }), on.close);
  await session.tick(3_999);
  expect(session.lifecycle).toBe('closing');
  await session.tick(1);
  expect(session.lifecycle).toBe('closed');
});

test('S-CONN-25 input is accepted in active and goingAway.draining, and held everywhere else', () => {
  const accepting = Object.entries(openStates).filter(([, start]) => acceptsInput(start().actor.getSnapshot()));
  expect(accepting.map(([state]) => state)).toEqual(['active', 'goingAway.draining']);
  expect(after(activeSession(), on.close).open).toBe(false);
});

function observe({ actor, open }: SessionUnderTest): Observed {
  const { value, status, context } = actor.getSnapshot();
  return { value, status, context, open };
}

/** A step of a walk: one of the alphabet's events, or time, or the end of an actor. */
const walk = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.nat(1_000).map((pick) => ({ pick })) },
    { weight: 1, arbitrary: fc.constantFrom(0, 500, 5_000, 70_000).map((ms) => ({ ms })) },
    { weight: 1, arbitrary: fc.boolean().map((restores) => ({ restores })) },
  ),
  { minLength: 20, maxLength: 60 },
);

async function walkThrough(
  scenario: (typeof scenarios)[number],
  steps: typeof walk extends fc.Arbitrary<infer T> ? T : never,
) {
  const session = startSession(scenario.changes, scenario.handle);
  let before = observe(session);
  checkInvariants(null, null, before);
  session.send(on.connect);
  before = observe(session);
  for (const step of steps) {
    let event: SessionEvent | null = null;
    if ('pick' in step) {
      // `close` ends the walk; most walks are about what comes before it.
      const events = alphabet(session.actor.getSnapshot()).filter(
        ({ type }) => type !== 'close' || step.pick % 50 === 0,
      );
      event = events[step.pick % events.length] as SessionEvent;
      session.send(event);
    } else if ('ms' in step) await session.tick(step.ms);
    else {
      session.reseed.resolve(step);
      session.shutDown.resolve();
      await session.tick(0);
    }
    const now = observe(session);
    // Several dials may begin while time passes, so only single events are held to single steps.
    checkInvariants('ms' in step ? null : before, event, now);
    before = now;
  }
  session.actor.stop();
}

test.each(scenarios)(
  'S-CONN-23, S-CONN-24, S-CONN-25, S-CONN-02 and S-RES-02 hold in random walks: $name',
  async (scenario) => {
    await fc.assert(
      fc.asyncProperty(walk, (steps) => walkThrough(scenario, steps)),
      { numRuns: 60, seed: 20_260_101 },
    );
  },
);

test.each(['closed', 'failed'] as const)('S-CONN-23 no event changes %s any more', async (state) => {
  const session = activeSession();
  if (state === 'failed') session.send(on.ended(ends.fatal));
  else {
    session.send(on.close);
    session.shutDown.resolve();
    await session.tick(0);
  }
  const { error } = session.context;
  expect(session.lifecycle).toBe(state);
  for (const event of alphabet(session.actor.getSnapshot()) as readonly SessionEvent[]) {
    session.send(event);
    await session.tick(100_000);
    expect(session.lifecycle).toBe(state);
  }
  expect(session.context.error).toEqual(error);
  expect(session.status).toBe('active');
});

test('S-CONN-24 every way into failed explains itself, and a dial that throws is a bug of ours', () => {
  const session = startSession({ handleRetries: 0, afterExpiry: 'fail' }, handle(7, 0));
  session.send(on.connect);
  expect(session.context.error).toBeNull();
  session.send(on.refused(ends.handleDead));
  expect(session.context.error).toMatchObject({ code: 'handleRefused', meaning: 'handleDead', closeCode: 1008 });
});
