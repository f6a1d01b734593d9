/** Long outages and manual activities: bounds, a late resume, and marks that must stay in pairs. */
import { describe, expect, test } from 'vitest';
import { numberedChunk, simulate } from '../support/simulation.js';

describe('a long outage', () => {
  test('G9 E-51 the outbox keeps the newest audio within its bound, and each drop is reported', async () => {
    const sim = await simulate({}, { maxOutboxAudioMs: 5_000, replayAudioMs: 600_000, dialBudget: 1_000 });
    await sim.speak(100);
    sim.emulator.refuseDials({ times: 5, status: 503 });
    sim.emulator.cut({ how: 'rst' });
    await sim.speak(1_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'resuming', input: 'held', socket: 'down' });
    expect(sim.session.stats.outbox.held).toBeLessThanOrEqual(250);
    await sim.run(600_000);
    const ended = (state: string) =>
      [...sim.receipts.entries()].filter(([, { outcome }]) => outcome?.state === state).map(([n]) => n);
    const dropped = ended('dropped');
    const { lost, reordered } = sim.account();
    expect(dropped.length).toBeGreaterThan(700);
    expect(lost).toEqual(expect.arrayContaining(dropped));
    // What had been written before the cut and was not acknowledged was given up, too: it was sent, and no more is known.
    expect([...dropped, ...ended('sent')]).toEqual(expect.arrayContaining(lost));
    // One stretch in the middle, up to the newest five seconds.
    expect(lost).toEqual(Array.from({ length: lost.length }, (_, n) => (lost[0] as number) + n));
    expect(lost.at(-1)).toBe(1_100 - 250 - 1);
    expect(reordered).toEqual([]);
    expect(sim.eventsOf('dropped')).toHaveLength(dropped.length);
    await sim.close();
  });

  test('a late resume keeps the context, replays no audio, and says how long it was away', async () => {
    const sim = await simulate({}, { dialBudget: 10_000, replayAudioMs: 1e9, backoff: () => 5_000 });
    await sim.speak(100);
    sim.emulator.refuseDials({ times: 135, status: 0 });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(720_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'restored' });
    const [resumed] = sim.eventsOf('resumed');
    expect(resumed?.gapMs).toBeGreaterThan(600_000);
    expect(resumed?.replayed).toBe(0);
    expect(resumed?.dropped).toBeGreaterThan(0);
    expect(new Set(sim.eventsOf('dropped').map(({ reason }) => reason))).toEqual(new Set(['lateResume']));
    await sim.close();
  });

  test('a handle past its life is dropped at the next refusal', async () => {
    const sim = await simulate({}, { dialBudget: 10_000, handleLifeMs: 60_000, backoff: () => 5_000 });
    await sim.speak(100);
    sim.emulator.refuseDials({ times: 13, status: 0 });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(120_000);
    expect(sim.eventsOf('handleDropped')).toHaveLength(1);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'lost' });
    await sim.close();
  });

  test('G9 high and low water are announced', async () => {
    const sim = await simulate({}, { maxOutboxBytes: 60_000 });
    sim.emulator.refuseDials({ times: 2, status: 0 });
    sim.emulator.cut({ how: 'rst' });
    await sim.speak(60);
    await sim.run(20_000);
    const levels = sim.eventsOf('backpressure').map(({ level }) => level);
    expect(levels).toEqual(['high', 'low']);
    await sim.close();
  });
});

describe('manual activities', () => {
  const manual = { config: { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } } };

  test.each([
    ['before the audio', 0],
    ['in the middle', 25],
    ['right before the end', 49],
  ])('E-65 cut %s: one activity, one answer, no 1007', async (_, at) => {
    const sim = await simulate({}, manual);
    await sim.run(2_000);
    sim.session.sendRealtimeInput({ activityStart: {} });
    for (let n = 0; n < 50; n += 1) {
      if (n === at) sim.emulator.cut({ how: 'rst' });
      sim.receipts.push(sim.session.sendRealtimeInput({ audio: numberedChunk(n) }));
      await sim.run(20);
    }
    sim.session.sendRealtimeInput({ activityEnd: {} });
    await sim.run(15_000);
    expect(sim.emulator.connections.filter(({ closeCode }) => closeCode === 1007)).toEqual([]);
    expect(sim.session.stats.connections).toBe(2);
    expect(sim.account().lost).toEqual([]);
    expect(sim.eventsOf('turnComplete')).toHaveLength(1);
    await sim.close();
  });

  test('E-65 a goAway in an activity waits for its end', async () => {
    const sim = await simulate({}, manual);
    await sim.run(2_000);
    sim.session.sendRealtimeInput({ activityStart: {} });
    await sim.speak(10);
    expect(sim.session.status.current.turn).toBe('userSpeaking');
    sim.emulator.goAway({ timeLeftMs: 60_000 });
    await sim.speak(50);
    expect(sim.session.stats.connections).toBe(1);
    sim.session.sendRealtimeInput({ activityEnd: {} });
    await sim.run(15_000);
    expect(sim.session.stats.rotations).toBe(1);
    expect(sim.account()).toMatchObject({ lost: [], doubled: [], reordered: [] });
    await sim.close();
  });
});

test.fails('known limit, without transparent: a network that becomes much slower is not noticed, and "delivered" may be wrong', async () => {
  const sim = await simulate({ setupMs: 20 }, {});
  await sim.speak(100);
  // The quickest setup was 30 ms; from here on a round trip takes 800.
  sim.transport.network.oneWayMs = 400;
  await sim.speak(300);
  sim.emulator.cut({ how: 'rst' });
  await sim.speak(50);
  await sim.run(30_000);
  const { lost } = sim.account();
  const falselyDelivered = lost.filter((n) => sim.receipts[n]?.outcome?.state === 'delivered');
  await sim.close();
  expect(falselyDelivered).toEqual([]);
});
