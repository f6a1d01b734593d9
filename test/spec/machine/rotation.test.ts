/** Planned swaps: S-CONN-08 … 15, 20, 21, on the real actor with a virtual clock. */
import { expect, test } from 'vitest';
import { activeSession, ends, handle, on, startSession } from '../../support/machine.js';

test('S-CONN-08 a goAway begins a drain whose deadline is timeLeft less the margin', async () => {
  const session = activeSession({ deadlineMarginMs: 5_000 });
  session.send(on.output, on.goAway(50_000, 1_000));
  expect(session.connection).toBe('goingAway.draining');
  expect(session.context.drain).toEqual({
    reason: 'goAway',
    startedAtMs: 1_000,
    timeLeftMs: 50_000,
    deadlineAtMs: 46_000,
  });
  expect(session.emittedOf('goAway')).toEqual([{ type: 'goAway', epoch: 1, timeLeftMs: 50_000 }]);
  await session.tick(44_999);
  expect(session.lifecycle).toBe('goingAway');
  await session.tick(1);
  expect(session.lifecycle).toBe('resuming');
});

test('S-CONN-08 a margin longer than a fifth of timeLeft takes a fifth', async () => {
  const session = activeSession({ deadlineMarginMs: 5_000 });
  session.send(on.output, on.goAway(10_000));
  await session.tick(7_999);
  expect(session.lifecycle).toBe('goingAway');
  await session.tick(1);
  expect(session.lifecycle).toBe('resuming');
});

test('S-CONN-09 a busy turn drains until it is quiet', () => {
  const session = activeSession({ transparent: true });
  session.send(on.output, on.goAway());
  expect(session.connection).toBe('goingAway.draining');
  session.send(on.generationComplete);
  expect(session.connection).toBe('goingAway.draining');
  session.send(on.turnComplete());
  expect(session.lifecycle).toBe('resuming');
});

test('S-CONN-09 a paused session drains until the next handle', () => {
  const session = activeSession({ transparent: true });
  session.send(on.notResumable(), on.goAway());
  expect(session.connection).toBe('goingAway.draining');
  session.send(on.handleUpdate(handle(2)));
  expect(session.lifecycle).toBe('resuming');
  expect(session.dials.at(-1)?.handle?.seq).toBe(2);
});

test('S-CONN-09 the handle that was spent on getting here is not used for a planned swap', () => {
  const session = activeSession({ transparent: true });
  session.send(on.ended(), on.established(2), on.goAway());
  expect(session.connection).toBe('goingAway.draining');
  session.send(on.handleUpdate(handle(2, 2)));
  expect(session.dials.at(-1)).toEqual({ epoch: 3, handle: handle(2, 2), overlap: false });
});

test('S-CONN-10 with transparent the swap follows the quiet moment at once', () => {
  const session = activeSession({ transparent: true });
  session.send(on.goAway());
  expect(session.connection).toBe('resuming.dialing');
  expect(session.emittedOf('rotating')).toEqual([{ type: 'rotating', epoch: 1, reason: 'goAway', atDeadline: false }]);
  expect(session.context.rotations).toBe(1);
});

test('S-CONN-10 without it the uplink is held until a handle covers what was sent', () => {
  const session = activeSession();
  session.send(on.goAway());
  expect(session.connection).toBe('goingAway.holding');
  expect(session.open).toBe(false);
  session.send(on.handleUpdate(handle(2), false));
  expect(session.connection).toBe('goingAway.holding');
  session.send(on.handleUpdate(handle(3), true));
  expect(session.dials.at(-1)?.handle).toEqual(handle(3));
  session.send(on.established(2, 250));
  expect(session.emittedOf('resumed')).toMatchObject([{ outcome: 'restored', planned: true, awayMs: 250 }]);
});

test('S-CONN-10 … or for maxHoldMs', async () => {
  const session = activeSession({ maxHoldMs: 1_500 });
  session.send(on.goAway());
  await session.tick(1_499);
  expect(session.connection).toBe('goingAway.holding');
  await session.tick(1);
  expect(session.lifecycle).toBe('resuming');
});

test('S-CONN-11 a turn that becomes busy during the hold opens the uplink again, and the drain goes on', () => {
  const session = activeSession();
  session.send(on.goAway(), on.output);
  expect(session.connection).toBe('goingAway.draining');
  expect(session.open).toBe(true);
  session.send(on.turnComplete());
  expect(session.connection).toBe('goingAway.holding');
});

test('S-CONN-12 at the deadline the session leaves a busy turn with the newest handle', async () => {
  const session = activeSession();
  session.send(on.output, on.goAway(10_000));
  await session.tick(8_000);
  expect(session.dials.at(-1)).toEqual({ epoch: 2, handle: handle(1), overlap: false });
  expect(session.emittedOf('rotating')).toMatchObject([{ atDeadline: true }]);
});

test('S-CONN-12 at the deadline a session without a handle leaves through expired', async () => {
  const session = startSession();
  session.send(on.connect, on.established(), on.goAway(10_000));
  await session.tick(8_000);
  expect(session.lifecycle).toBe('expired');
});

test('S-CONN-13 a second goAway sets a new deadline from its own arrival', async () => {
  const session = activeSession();
  session.send(on.output, on.goAway(10_000, 0));
  await session.tick(5_000);
  session.send(on.goAway(10_000, 5_000));
  expect(session.context.drain?.deadlineAtMs).toBe(13_000);
  await session.tick(7_999);
  expect(session.lifecycle).toBe('goingAway');
  await session.tick(1);
  expect(session.lifecycle).toBe('resuming');
});

test('S-CONN-14 rotate begins the same drain', async () => {
  const session = activeSession({ rotateWithinMs: 20_000 });
  session.send(on.output, on.rotate(500));
  expect(session.connection).toBe('goingAway.draining');
  expect(session.context.drain).toMatchObject({ reason: 'asked', startedAtMs: 500, deadlineAtMs: 20_500 });
  await session.tick(20_000);
  expect(session.lifecycle).toBe('resuming');
});

test('S-CONN-14 a known age begins the same drain', async () => {
  const session = activeSession({ rotateAtAgeMs: 540_000, transparent: true });
  await session.tick(539_999);
  expect(session.lifecycle).toBe('active');
  await session.tick(1);
  expect(session.lifecycle).toBe('resuming');
  expect(session.emittedOf('rotating')).toMatchObject([{ reason: 'age', atDeadline: false }]);
});

test('S-CONN-14 no known age, no rotation', async () => {
  const session = activeSession({ rotateAtAgeMs: null });
  await session.tick(86_400_000);
  expect(session.lifecycle).toBe('active');
});

test('S-CONN-15 overlap dials while the predecessor is open and goes straight to active', () => {
  const session = activeSession({ order: 'overlap', transparent: true });
  session.send(on.goAway());
  expect(session.connection).toBe('goingAway.overlapping');
  expect(session.dials.at(-1)).toEqual({ epoch: 2, handle: handle(1), overlap: true });
  expect(session.open).toBe(false);
  session.send(on.established(2));
  expect(session.lifecycle).toBe('active');
  expect(session.context.rotations).toBe(1);
  expect(session.emittedOf('resumed')).toMatchObject([{ epoch: 2, outcome: 'restored', planned: true, awayMs: 0 }]);
});

test('S-CONN-15 a refused overlap breaks before it makes, now and from then on', () => {
  const session = activeSession({ order: 'overlap', transparent: true });
  session.send(on.goAway(), on.refused(ends.waits, 2));
  expect(session.connection).toBe('resuming.dialing');
  expect(session.dials.at(-1)).toEqual({ epoch: 3, handle: handle(1), overlap: false });
  session.send(on.established(3), on.handleUpdate(handle(2, 3)), on.goAway());
  expect(session.dials.at(-1)).toEqual({ epoch: 4, handle: handle(2, 3), overlap: false });
});

test('S-CONN-20 planned swaps spend no budget', () => {
  const session = activeSession({ dialBudget: 2, transparent: true });
  for (let epoch = 2; epoch < 12; epoch += 1) {
    session.send(on.goAway(), on.established(epoch), on.handleUpdate(handle(epoch, epoch)));
  }
  expect(session.lifecycle).toBe('active');
  expect(session.context.rotations).toBe(10);
});

test('S-CONN-20 a stable connection clears the count, an unstable one does not', async () => {
  const session = activeSession({ dialBudget: 2, stableAfterMs: 1_000 });
  session.send(on.ended(), on.established(2));
  await session.tick(1_000);
  session.send(on.ended(ends.dropped, 2));
  expect(session.lifecycle).toBe('resuming');
  const unstable = activeSession({ dialBudget: 2, stableAfterMs: 1_000 });
  unstable.send(on.ended(), on.established(2));
  await unstable.tick(999);
  unstable.send(on.ended(ends.dropped, 2));
  expect(unstable.lifecycle).toBe('failed');
});

test('S-CONN-21 resumeSession resumes with the given handle from active', () => {
  const session = activeSession();
  session.send(on.resumeSession(handle(9, 0)));
  expect(session.dials.at(-1)).toEqual({ epoch: 2, handle: handle(9, 0), overlap: false });
  expect(session.context.handle).toEqual(handle(9, 0));
});

test('S-CONN-21 … from goingAway', () => {
  const session = activeSession();
  session.send(on.output, on.goAway(), on.resumeSession(handle(9, 0)));
  expect(session.connection).toBe('resuming.dialing');
  expect(session.context.drain).toBeNull();
});

test('S-CONN-21 … and from resuming, whose dial it replaces', () => {
  const session = activeSession();
  session.send(on.ended(), on.resumeSession(handle(9, 0)));
  expect(session.dials.slice(1).map((dial) => dial.handle?.seq)).toEqual([1, 9]);
  session.send(on.refused(ends.waits, 3), on.resumeSession(handle(10, 0)));
  expect(session.connection).toBe('resuming.dialing');
  expect(session.dials.at(-1)?.handle?.seq).toBe(10);
});

test('S-CONN-09 a successor that is opened early is waited for, and not longer than to the deadline', async () => {
  const session = activeSession({ warms: true, transparent: true });
  session.send(on.goAway(10_000));
  expect(session.connection).toBe('goingAway.draining');
  session.send(on.successorSettled);
  expect(session.lifecycle).toBe('resuming');

  const stuck = activeSession({ warms: true, transparent: true });
  stuck.send(on.goAway(10_000));
  await stuck.tick(10_000);
  expect(stuck.lifecycle).toBe('resuming');
});
