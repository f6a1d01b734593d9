/** The connection region from idle to its cuts: S-CONN-01 … 07 and 16 … 19, on the real actor. */
import { expect, test } from 'vitest';
import { activeSession, ends, handle, on, startSession } from '../../support/machine.js';

test('S-CONN-01 connect dials without a handle', () => {
  const session = startSession();
  expect(session.lifecycle).toBe('idle');
  session.send(on.connect);
  expect(session.lifecycle).toBe('connecting');
  expect(session.dials).toEqual([{ epoch: 1, handle: null, overlap: false }]);
});

test('S-CONN-01 connect resumes with the handle that the app brought', () => {
  const session = startSession({}, handle(7, 0));
  session.send(on.connect);
  expect(session.lifecycle).toBe('resuming');
  expect(session.dials).toEqual([{ epoch: 1, handle: handle(7, 0), overlap: false }]);
  session.send(on.established(1, 0));
  expect(session.emittedOf('resumed')).toMatchObject([{ outcome: 'restored', planned: false }]);
});

test('S-CONN-02 every dial has an epoch one higher than the last, also dials that fail', async () => {
  const session = startSession();
  session.send(on.connect, on.refused(ends.waits, 1));
  await session.tick(500);
  session.send(on.refused(ends.waits, 2));
  await session.tick(500);
  session.send(on.established(3), on.handleUpdate(handle(1, 3)), on.ended(ends.dropped, 3));
  expect(session.dials.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
});

test('S-CONN-03 a refused dial is tried again after the wait that came with the refusal', async () => {
  const session = startSession();
  session.send(on.connect, on.refused(ends.waits));
  expect(session.connection).toBe('connecting.backingOff');
  await session.tick(499);
  expect(session.dials).toHaveLength(1);
  await session.tick(1);
  expect(session.dials).toHaveLength(2);
});

test('S-CONN-03 a null wait ends the session', () => {
  const session = startSession();
  session.send(on.connect, on.refused(ends.givesUp));
  expect(session.lifecycle).toBe('failed');
  // Nobody had a conversation yet: what refused the dial is what helps.
  expect(session.context.error?.code).toBe(ends.givesUp.error);
});

test.each([null, handle(7, 0)])('S-CONN-03 dialBudget refused dials end the session (handle: %o)', async (brought) => {
  const session = startSession({ dialBudget: 3 }, brought);
  session.send(on.connect);
  for (const epoch of [1, 2]) {
    session.send(on.refused(ends.waits, epoch));
    await session.tick(500);
  }
  expect(session.dials).toHaveLength(3);
  session.send(on.refused(ends.waits, 3));
  expect(session.lifecycle).toBe('failed');
  expect(session.context.error).toMatchObject({ code: ends.waits.error, closeCode: 1011 });
});

test('S-CONN-03 connections that are accepted and cut at once spend the budget too', () => {
  const session = activeSession({ dialBudget: 3 });
  for (const epoch of [1, 2]) session.send(on.ended(ends.dropped, epoch), on.established(epoch + 1));
  expect(session.lifecycle).toBe('active');
  session.send(on.ended(ends.dropped, 3));
  expect(session.lifecycle).toBe('failed');
  expect(session.context.error?.code).toBe('dialBudgetSpent');
});

const fatalIn = {
  connecting: () => startSession(),
  resuming: () => startSession({}, handle(7, 0)),
} as const;

test.each(['connecting', 'resuming'] as const)('S-CONN-04 a fatal refusal while %s ends the session', (state) => {
  const session = fatalIn[state]();
  session.send(on.connect);
  expect(session.lifecycle).toBe(state);
  session.send(on.refused(ends.fatal));
  expect(session.lifecycle).toBe('failed');
  expect(session.context.error).toEqual({
    code: 'setupRefused',
    meaning: 'setupRefused',
    closeCode: 1007,
    reason: 'unknown field',
  });
});

test.each([false, true])('S-CONN-04 a fatal end of a connection ends the session (draining: %s)', (draining) => {
  const session = activeSession();
  if (draining) session.send(on.output, on.goAway());
  session.send(on.ended(ends.fatal));
  expect(session.lifecycle).toBe('failed');
  expect(session.context.error?.code).toBe('setupRefused');
});

test.each([null, handle(7, 0)])('S-CONN-05 a spent token ends the session (handle: %o)', (brought) => {
  const session = startSession({}, brought);
  session.send(on.connect, on.refused(ends.tokenSpent));
  expect(session.lifecycle).toBe('failed');
  expect(session.context.error?.code).toBe('tokenSpent');
  expect(session.context.handle).toEqual(brought);
});

test('S-CONN-05 a spent token that ends a connection ends the session, and the handle is kept', () => {
  const session = activeSession();
  session.send(on.ended(ends.tokenSpent));
  expect(session.context.error?.code).toBe('tokenSpent');
  expect(session.context.handle).toEqual(handle(1));
});

test('S-CONN-05 a transport that mints tokens makes it one more refused dial', async () => {
  const session = startSession({ renewsTokens: true }, handle(7, 0));
  session.send(on.connect, on.refused(ends.tokenSpent));
  expect(session.connection).toBe('resuming.backingOff');
  await session.tick(100);
  expect(session.dials.at(-1)).toEqual({ epoch: 2, handle: handle(7, 0), overlap: false });
});

test.each([false, true])('S-CONN-06 a cut is resumed at once with the newest handle (draining: %s)', (draining) => {
  const session = activeSession();
  session.send(on.handleUpdate(handle(2)));
  if (draining) session.send(on.output, on.goAway());
  session.send(on.ended(ends.dropped));
  expect(session.connection).toBe('resuming.dialing');
  expect(session.dials.at(-1)).toEqual({ epoch: 2, handle: handle(2), overlap: false });
  session.send(on.established(2, 240));
  expect(session.emittedOf('resumed')).toEqual([
    { type: 'resumed', epoch: 2, outcome: 'restored', planned: false, awayMs: 240 },
  ]);
});

test('S-CONN-06 an end that asks for a wait is resumed after it', async () => {
  const session = activeSession();
  session.send(on.ended(ends.waits));
  expect(session.connection).toBe('resuming.backingOff');
  await session.tick(499);
  expect(session.dials).toHaveLength(1);
  await session.tick(1);
  expect(session.connection).toBe('resuming.dialing');
});

test.each([true, false])('S-CONN-07 a cut without a handle expires the session (resumption: %s)', (resumption) => {
  const session = startSession({ resumption });
  session.send(on.connect, on.established());
  session.send(on.ended());
  expect(session.lifecycle).toBe('expired');
  expect(session.emittedOf('expired')).toEqual([{ type: 'expired', meaning: 'dropped' }]);
});

test('S-CONN-16 a handle-dead refusal is tried once more, then the handle is dropped and the session expires', async () => {
  const session = activeSession({ handleRetries: 1 });
  session.send(on.ended(), on.refused(ends.handleDead, 2));
  expect(session.connection).toBe('resuming.backingOff');
  expect(session.context.handle).toEqual(handle(1));
  await session.tick(0);
  session.send(on.refused(ends.handleDead, 3));
  expect(session.lifecycle).toBe('expired');
  expect(session.context.handle).toBeNull();
  expect(session.emittedOf('handleDropped')).toEqual([{ type: 'handleDropped', meaning: 'handleDead' }]);
});

test('S-CONN-16 handleRetries 0 drops it at the first refusal', () => {
  const session = activeSession({ handleRetries: 0 });
  session.send(on.ended(), on.refused(ends.handleDead, 2));
  expect(session.lifecycle).toBe('expired');
});

test('S-CONN-16 server trouble on a resume never drops the handle', async () => {
  const session = activeSession({ dialBudget: 6 });
  session.send(on.ended());
  for (let epoch = 2; epoch < 6; epoch += 1) {
    session.send(on.refused(ends.waits, epoch));
    await session.tick(500);
    expect(session.dials.at(-1)?.handle).toEqual(handle(1));
  }
});

test('S-CONN-16 a new handle clears the count of refusals, and an accepted resume alone does not', async () => {
  const session = activeSession({ handleRetries: 1, dialBudget: 10 });
  session.send(on.ended(), on.refused(ends.handleDead, 2));
  await session.tick(0);
  session.send(on.established(3), on.handleUpdate(handle(2, 3)), on.ended(ends.dropped, 3));
  session.send(on.refused(ends.handleDead, 4));
  expect(session.lifecycle).toBe('resuming');
  await session.tick(0);
  session.send(on.established(5), on.ended(ends.handleDead, 5));
  expect(session.lifecycle).toBe('expired');
});

test('S-CONN-14 without a handle there is nothing to leave with, and rotate changes nothing', () => {
  const session = startSession();
  session.send(on.connect, on.established(1), on.rotate());
  expect(session.lifecycle).toBe('active');
});

test('S-CONN-17 a handle past its life, counted from the end of the last connection, is dropped at the next refusal', () => {
  const session = activeSession({ handleLifeMs: 1_000 });
  session.send(on.ended(), on.refused(ends.waits, 2, 999));
  expect(session.context.handle).not.toBeNull();
  const late = activeSession({ handleLifeMs: 1_000 });
  late.send(on.ended(), on.refused(ends.waits, 2, 1_000));
  expect(late.lifecycle).toBe('expired');
  expect(late.context.handle).toBeNull();
});

test('S-CONN-18 policy fail ends an expired session', () => {
  const session = startSession({ afterExpiry: 'fail' });
  session.send(on.connect, on.established(), on.ended());
  expect(session.lifecycle).toBe('failed');
  expect(session.context.error?.code).toBe('sessionExpired');
});

test('S-CONN-18 policy fail says that a handle was refused', () => {
  const session = startSession({ afterExpiry: 'fail', handleRetries: 0 }, handle(7, 0));
  session.send(on.connect, on.refused(ends.handleDead));
  expect(session.context.error?.code).toBe('handleRefused');
});

test.each([
  { restores: true, outcome: 'reseeded' },
  { restores: false, outcome: 'lost' },
])('S-CONN-18 a reseed connects without a handle: $outcome', async ({ restores, outcome }) => {
  const session = startSession();
  session.send(on.connect, on.established(), on.ended());
  expect(session.reseeds).toEqual([{ meaning: 'dropped' }]);
  session.reseed.resolve({ restores });
  await session.tick(0);
  expect(session.connection).toBe('connecting.dialing');
  expect(session.dials.at(-1)).toEqual({ epoch: 2, handle: null, overlap: false });
  session.send(on.established(2, 300));
  expect(session.emittedOf('resumed')).toMatchObject([{ epoch: 2, outcome, awayMs: 300 }]);
});

test('S-CONN-18 a reseed that throws connects all the same', async () => {
  const session = startSession();
  session.send(on.connect, on.established(), on.ended());
  session.reseed.reject(new Error('no summary'));
  await session.tick(0);
  expect(session.connection).toBe('connecting.dialing');
  session.send(on.established(2));
  expect(session.emittedOf('resumed')).toMatchObject([{ outcome: 'lost' }]);
});

test('S-CONN-18 a wait that is due is kept before the fresh dial', async () => {
  const session = startSession();
  session.send(on.connect, on.established(), on.ended(ends.waits));
  session.reseed.resolve({ restores: true });
  await session.tick(0);
  expect(session.connection).toBe('connecting.backingOff');
  await session.tick(500);
  expect(session.dials).toHaveLength(2);
});

test('S-CONN-19 the end of a connection with an exhausted context expires the session, handle or not', () => {
  const session = activeSession({ compression: false });
  session.send(on.measured(1_000, 1), on.ended());
  expect(session.lifecycle).toBe('expired');
  expect(session.context.handle).toBeNull();
  expect(session.resumability).toBe('none');
});
