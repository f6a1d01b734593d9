/**
 * Where the machine once was not what SPEC.md says, each with the shortest way there.
 */
import { expect, test } from 'vitest';
import { activeSession, ends, handle, on, startSession } from '../../support/machine.js';

test('S-CONN-12 a session whose handle is dropped during the hold leaves through expired', async () => {
  const session = activeSession({ onNotResumable: 'drop', maxHoldMs: 1_500 });
  session.send(on.goAway(), on.notResumable(true));
  await session.tick(1_500);
  // It was `resuming` with a null handle, and its fresh session was announced as restored.
  expect(session.connection).not.toMatch(/^resuming/);
});

test('S-CONN-03 a context that is exhausted on every connection ends with the budget', async () => {
  const session = startSession({ compression: false, dialBudget: 2 });
  session.send(on.connect);
  for (let epoch = 1; epoch <= 5; epoch += 1) {
    session.send(on.established(epoch), on.measured(1_000, 1, epoch), on.ended(ends.dropped, epoch));
    session.reseed.resolve({ restores: true });
    await session.tick(0);
  }
  expect(session.lifecycle).toBe('failed');
});

test('S-CONN-03 a goAway without time or handle on every connection ends with the budget', async () => {
  const session = startSession({ dialBudget: 2 });
  session.send(on.connect);
  for (let epoch = 1; epoch <= 5; epoch += 1) {
    session.send(on.established(epoch), on.goAway(0));
    await session.tick(0);
    session.reseed.resolve({ restores: true });
    await session.tick(0);
  }
  // Five dials in no time at all.
  expect(session.lifecycle).toBe('failed');
});

test('S-CONN-03 a wait that came with an earlier refusal is not kept twice', async () => {
  const session = startSession();
  session.send(on.connect, on.refused(ends.waits));
  await session.tick(500);
  session.send(on.established(2), on.goAway(10_000));
  await session.tick(8_000);
  session.reseed.resolve({ restores: false });
  await session.tick(0);
  expect(session.connection).toBe('connecting.dialing');
});

test('S-CONN-04 a fatal refusal of the overlapping dial ends the session', () => {
  const session = activeSession({ order: 'overlap', transparent: true });
  session.send(on.goAway(), on.refused(ends.fatal, 2));
  expect(session.lifecycle).toBe('failed');
});

test('S-CONN-09 a second goAway during an overlap still leaves at the first quiet moment', () => {
  const session = activeSession({ order: 'overlap', transparent: true });
  session.send(on.goAway());
  expect(session.connection).toBe('goingAway.overlapping');
  // The dial of the successor has raised the epoch, and no handle of the predecessor counts as its own any more.
  session.send(on.goAway(), on.handleUpdate(handle(2, 1)));
  expect(session.connection).toBe('goingAway.overlapping');
});

test('S-CONN-18 policy fresh restores nothing, whatever the reseed offers', async () => {
  const session = startSession({ afterExpiry: 'fresh' });
  session.send(on.connect, on.established(), on.ended());
  session.reseed.resolve({ restores: true });
  await session.tick(0);
  session.send(on.established(2));
  expect(session.emittedOf('resumed')).toMatchObject([{ outcome: 'lost' }]);
});

test('S-CONN-18 a reseed that throws keeps the wait that is due', async () => {
  const session = startSession();
  session.send(on.connect, on.established(), on.ended(ends.waits));
  session.reseed.reject(new Error('no summary'));
  await session.tick(0);
  expect(session.connection).toBe('connecting.backingOff');
});

test('S-CONN-20 a planned swap leaves as much of the budget as there was before it', () => {
  const session = activeSession({ dialBudget: 2, transparent: true });
  session.send(on.goAway(), on.established(2), on.ended(ends.dropped, 2));
  expect(session.lifecycle).toBe('resuming');
});

test('S-CTX-02 a fall of exactly a tenth is a slide', () => {
  const session = activeSession();
  session.send(on.measured(1_000, 0.5), on.measured(900, 0.45));
  expect(session.context.compressions).toBe(1);
});
