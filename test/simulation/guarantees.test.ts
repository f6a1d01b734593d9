/** The guarantees of docs/GUARANTEES.md, each by its id, on the real session and the emulator on one virtual clock. */
import { describe, expect, test } from 'vitest';
import type { LiveServerMessage } from '@google/genai';
import { settled, simulate, world } from '../support/simulation.js';
import { connect } from '../../src/index.js';

const transparent = { config: { sessionResumption: { transparent: true } } };
const cut = { how: 'rst' } as const;

test('G1 one id, and one iterator, over a rotation, a cut and a refused handle', async () => {
  const sim = await simulate();
  const { id } = sim.session;
  const seen: LiveServerMessage[] = [];
  void (async () => {
    for await (const message of sim.session) seen.push(message);
  })();
  await sim.run(2_000);
  sim.emulator.goAway({ timeLeftMs: 10_000 });
  await sim.run(5_000);
  sim.emulator.cut(cut);
  await sim.run(3_000);
  sim.emulator.refuseHandles({ times: 2 });
  sim.emulator.cut(cut);
  await sim.run(3_000);
  const before = seen.length;
  sim.session.sendClientContent({ turns: 'Are you there?' });
  await sim.run(8_000);
  expect(sim.session.stats.connections).toBe(4);
  expect(sim.session.id).toBe(id);
  expect(seen.slice(before).some(({ serverContent }) => serverContent?.turnComplete)).toBe(true);
  await sim.close();
});

describe('promises', () => {
  test('G2 connect rejects when nobody ever answers', async () => {
    const { clock, transport, emulator } = world();
    emulator.refuseDials({ times: 1_000, status: 0 });
    const options = { transport, clock, model: 'gemini-live-2.5-flash-preview', dialBudget: 3 };
    await expect(settled(clock, connect(options), 60_000)).rejects.toMatchObject({ code: 'unreachable' });
    expect(clock.countTimers()).toBe(0);
  });

  test('G2 close resolves when the peer never closes, and receipts are settled by then', async () => {
    const sim = await simulate();
    sim.emulator.cut({ how: 'halfOpen' });
    const receipt = sim.session.sendRealtimeInput({ text: 'anyone?' });
    await sim.close();
    await expect(receipt.settled).resolves.toEqual({ state: 'sent' });
  });
});

test('G3 after closed there is no message, no event, no dial and no timer of the session', async () => {
  const sim = await simulate();
  await sim.close();
  const { events, states } = sim;
  const counts = [events.length, states.length, sim.emulator.connections.length];
  sim.emulator.send({ serverContent: { turnComplete: true } });
  await sim.run(60_000);
  expect([events.length, states.length, sim.emulator.connections.length]).toEqual(counts);
  expect(events.at(-1)).toEqual({ type: 'closed' });
});

test.each([
  { name: 'break-before-make', rotationOrder: 'break-before-make' as const },
  { name: 'overlap', rotationOrder: 'overlap' as const },
])('G4 two connections never get input in turns: $name', async ({ rotationOrder }) => {
  const emulator = { provider: 'vertex' as const, refuseWhileOldSocketOpen: false };
  const sim = await simulate(emulator, { ...transparent, rotationOrder });
  await sim.speak(100);
  sim.emulator.goAway({ timeLeftMs: 10_000 });
  await sim.speak(200);
  await sim.run(3_000);
  expect(sim.session.stats.rotations).toBe(1);
  // Chunk n+1 never went to an older connection than chunk n.
  const connections = sim.emulator.contexts().flatMap(({ heard }) => heard.upTo().map(({ connection }) => connection));
  expect(connections).toEqual(connections.toSorted((a, b) => a - b));
  expect(sim.account()).toMatchObject({ lost: [], doubled: [], reordered: [] });
  await sim.close();
});

test('G5 every receipt has one outcome, also when the session ends in the middle of an outage', async () => {
  const sim = await simulate();
  await sim.speak(100);
  sim.emulator.refuseDials({ times: 100 });
  sim.emulator.cut(cut);
  await sim.speak(50);
  await sim.close();
  const states = sim.receipts.map(({ outcome }) => outcome?.state);
  expect(states).not.toContain(undefined);
  expect(new Set(states)).toEqual(new Set(['delivered', 'sent', 'dropped']));
  const { accepted, delivered, replayed, sent, dropped } = sim.session.stats.outbox;
  expect(delivered + replayed + sent + (dropped.sessionEnded ?? 0)).toBe(accepted);
});

test('G6 messages come in order and none twice, over a rotation in the middle of their stream', async () => {
  const sim = await simulate();
  const numbers: number[] = [];
  sim.session.messages$.subscribe(({ usageMetadata }) => {
    if (usageMetadata?.thoughtsTokenCount !== undefined) numbers.push(usageMetadata.thoughtsTokenCount);
  });
  let next = 0;
  const number = () => sim.emulator.send({ usageMetadata: { thoughtsTokenCount: (next += 1) } });
  await sim.run(2_000);
  for (let n = 0; n < 100; n += 1) {
    if (n === 20) sim.emulator.goAway({ timeLeftMs: 10_000 });
    if (n === 60) sim.emulator.cut(cut);
    number();
    await sim.run(50);
  }
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(new Set(numbers).size).toBe(numbers.length);
  await sim.close();
});

test('G7 an older handle that comes again does not replace a newer one', async () => {
  const sim = await simulate();
  await sim.run(100);
  const first = sim.session.handle?.value;
  await sim.speak(250);
  sim.emulator.send({ sessionResumptionUpdate: { newHandle: first, resumable: true } });
  const before = sim.session.handle?.value;
  await sim.run(20);
  expect(before).not.toBe(first);
  expect(sim.session.handle?.value).toBe(before);
  sim.emulator.cut(cut);
  await sim.speak(100);
  expect(sim.account()).toMatchObject({ lost: [], reordered: [] });
  await sim.close();
});

test('G7 an update without a handle, or not resumable, leaves the handle as it is', async () => {
  const sim = await simulate();
  await sim.run(3_000);
  const before = sim.session.handle?.value;
  expect(before).toBeTruthy();
  for (const sessionResumptionUpdate of [
    {},
    { newHandle: '', resumable: true },
    { resumable: false },
    { newHandle: '' },
  ]) {
    sim.emulator.send({ sessionResumptionUpdate });
    await sim.run(20);
    expect(sim.session.handle?.value).toBe(before);
    expect(sim.session.handle?.resumable).toBe(false);
  }
  await sim.close();
});

test('G8 a rotation is over before timeLeft, in a quiet moment or at the deadline, which it says', async () => {
  const sim = await simulate({ replyAudioSeconds: 60 });
  await sim.run(2_000);
  sim.session.sendClientContent({ turns: 'Tell me a long story.' });
  await sim.run(1_000);
  const at = sim.clock.now();
  sim.emulator.goAway({ timeLeftMs: 10_000 });
  await sim.run(10_000);
  expect(sim.eventsOf('rotating')).toMatchObject([{ atDeadline: true }]);
  const readyAt = sim.emulator.connections.at(-1)?.readyAt ?? Infinity;
  expect(readyAt - at).toBeLessThan(10_000);
  await sim.close();
});

test('G9 an outage of an hour holds no more than the bounds', async () => {
  const sim = await simulate({}, { maxOutboxAudioMs: 10_000, dialBudget: 10_000 });
  sim.emulator.refuseDials({ times: 10_000 });
  sim.emulator.cut(cut);
  for (let minute = 0; minute < 60; minute += 1) {
    await sim.speak(50);
    await sim.run(59_000);
  }
  const { outbox } = sim.session.stats;
  expect(outbox.held).toBeLessThanOrEqual(500);
  expect(outbox.dropped.overflow).toBeGreaterThan(2_000);
  await sim.close();
});

test('G10 when the service is back, the session is', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  sim.emulator.refuseDials({ times: 6, status: 503 });
  sim.emulator.cut(cut);
  await sim.run(600_000);
  expect(sim.session.status.current.lifecycle).toBe('active');
  await sim.close();
});

test('G11 a service that accepts and hangs up is asked less and less often, and then no more', async () => {
  const sim = await simulate();
  const ended: string[] = [];
  sim.session.status.subscribe(({ lifecycle }) => ended.push(lifecycle));
  for (let n = 0; n < 20_000 && sim.session.status.current.lifecycle !== 'failed'; n += 1) {
    if (sim.emulator.liveConnections.length > 0)
      sim.emulator.cut({ how: 'close', code: 1011, reason: 'Internal error encountered.' });
    await sim.run(100);
  }
  expect(sim.session.status.current.error?.code).toBe('dialBudgetSpent');
  const times = sim.dialTimes();
  expect(times.length).toBeLessThan(40);
  await sim.run(60_000);
  expect(sim.dialTimes()).toHaveLength(times.length);
});
