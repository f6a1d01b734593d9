/**
 * Nothing loops tightly (G11), and every loop has an end with its reason (G10). Counted: dials per virtual second.
 */
import { describe, expect, test } from 'vitest';
import { connect, type LifelineError } from '../../src/index.js';
import { closings } from '../../src/emulator/index.js';
import { seededRandom } from '../../src/random.js';
import { liveModel, settled, simulate, startMs, world, type Simulation } from '../support/simulation.js';

/** Most dials within any window of one second. */
function mostPerSecond(times: readonly number[]): number {
  return Math.max(0, ...times.map((at) => times.filter((other) => other >= at && other < at + 1_000).length));
}

/** Least time between two dials; Infinity when there was one. */
function leastGap(times: readonly number[]): number {
  return Math.min(...times.slice(1).map((at, n) => at - (times[n] as number)), Infinity);
}

/** Dials that brought a handle and were refused before setupComplete. */
function refusedHandles(sim: Simulation): number {
  return sim.emulator.connections.filter(
    ({ setup, readyAt }) => readyAt === null && (setup?.['sessionResumption'] as { handle?: string })?.handle,
  ).length;
}

/** Cuts every connection as soon as it is set up, until the session gives up or `ms` are over. */
async function acceptThenClose(sim: Simulation, ms: number, closing: { code: number; reason: string }): Promise<void> {
  for (let waited = 0; waited < ms && sim.session.status.current.lifecycle !== 'failed'; waited += 50) {
    if (sim.session.status.current.lifecycle === 'active') sim.emulator.cut({ how: 'close', ...closing });
    await sim.run(50);
  }
}

describe('accept, then close', () => {
  test.each([
    ['aborted', closings.aborted],
    ['deadline', closings.deadlineExpired],
    ['cancelled with 1000', closings.cancelled],
    ['internal', closings.internal],
    ['a code nobody knows', { code: 4_321, reason: 'what' }],
    ['goAway overrun', closings.outlivedGoAway],
  ])('%s: ends in dialBudgetSpent, never tightly', async (_, closing) => {
    const sim = await simulate({}, { dialBudget: 12 });
    await acceptThenClose(sim, 600_000, closing);
    const { current } = sim.session.status;
    expect(current).toMatchObject({ lifecycle: 'failed', error: { code: 'dialBudgetSpent', retryable: true } });
    const times = sim.dialTimes();
    expect(times.length).toBeLessThanOrEqual(13);
    expect(mostPerSecond(times)).toBeLessThanOrEqual(6);
    // The later half has waited.
    const tail = times.slice(-4);
    expect((tail.at(-1) as number) - (tail[0] as number)).toBeGreaterThan(1_000);
    expect(sim.eventsOf('failed')).toHaveLength(1);
  });

  test('E-56 a stable connection clears the count', async () => {
    const sim = await simulate({}, { dialBudget: 4, stableAfterMs: 5_000 });
    for (let n = 0; n < 20; n += 1) {
      await sim.run(6_000);
      sim.emulator.cut({ how: 'rst' });
    }
    await sim.run(2_000);
    expect(sim.session.status.current.lifecycle).toBe('active');
    expect(sim.session.stats.connections).toBe(21);
    await sim.close();
  });

  test('without resumption the same holds for fresh sessions', async () => {
    const sim = await simulate({}, { dialBudget: 8, config: { sessionResumption: false } });
    await acceptThenClose(sim, 600_000, closings.aborted);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'failed', error: { code: 'dialBudgetSpent' } });
    expect(mostPerSecond(sim.dialTimes())).toBeLessThanOrEqual(6);
  });
});

describe('handles', () => {
  test('E-54 a dead handle is tried twice at most, then a fresh session is dialled', async () => {
    const sim = await simulate({}, {});
    await sim.run(3_000);
    sim.emulator.refuseHandles({ times: 1_000 });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(30_000);
    expect(refusedHandles(sim)).toBe(2);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'lost' });
    expect(sim.eventsOf('handleDropped')).toHaveLength(1);
    await sim.close();
  });

  test.each([
    ['1007 Invalid session handle', closings.invalidHandle],
    ['1008 expired', closings.sessionExpired],
    ['1008 not found', closings.entityNotFound],
    ['1007 invalid argument', closings.invalidArgument],
  ])('E-54 the same with %s', async (_, closing) => {
    const sim = await simulate({}, {});
    await sim.run(3_000);
    sim.emulator.refuseHandles({ times: 1_000, ...closing });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(30_000);
    expect([1, 2]).toContain(refusedHandles(sim));
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'lost' });
    await sim.close();
  });

  test('1011 on a resume never drops the handle, and is asked again within 250 ms while the old socket may be open', async () => {
    const sim = await simulate({}, {});
    await sim.run(3_000);
    const { length } = sim.dialTimes();
    sim.emulator.refuseHandles({ times: 5, ...closings.internal });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(5_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'restored' });
    expect(sim.eventsOf('handleDropped')).toEqual([]);
    const times = sim.dialTimes().slice(length);
    expect(times).toHaveLength(6);
    const gaps = times.slice(1).map((at, n) => at - (times[n] as number));
    // One dial and its refusal take 30 + 10 ms.
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(250 + 50);
    expect(leastGap(times)).toBeGreaterThanOrEqual(25);
    await sim.close();
  });

  test('1011 on the resume for ever: after the grace it backs off, and gives up by budget', async () => {
    const sim = await simulate({}, { dialBudget: 40 });
    await sim.run(3_000);
    sim.emulator.refuseHandles({ times: 10_000, ...closings.internal });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(1_800_000);
    expect(sim.session.status.current).toMatchObject({
      lifecycle: 'failed',
      error: { code: 'dialBudgetSpent', closeCode: 1011 },
    });
    const late = sim.dialTimes().filter((at) => at > 3_000 + 30_000);
    expect(mostPerSecond(late)).toBeLessThanOrEqual(2);
  });
});

describe('dials', () => {
  test.each([
    ['unreachable', { status: 0 }],
    ['503', { status: 503 }],
    ['429', { status: 429 }],
    ['500', { status: 500 }],
    ['1011', { code: 1011, reason: closings.unavailable.reason }],
    ['quota', closings.quota],
  ])('E-41 %s for ever: connect rejects with what it was, and no second had many dials', async (_, refusal) => {
    const { clock, transport, emulator } = world();
    emulator.refuseDials({ times: 10_000, ...refusal });
    const options = { transport, model: liveModel, clock, random: seededRandom(3), firstDialBudget: 10 };
    const error = await settled(clock, connect(options), 3_600_000, 500).then(
      () => null,
      (thrown: LifelineError) => thrown,
    );
    expect(error?.name).toBe('LifelineError');
    expect(error?.retryable).toBe(true);
    expect(error?.remediation).not.toBe('');
    const times = emulator.log
      .filter(({ what }) => what === 'upgradeRefused' || what === 'accepted')
      .map(({ at }) => at - startMs);
    expect(times).toHaveLength(10);
    expect(mostPerSecond(times)).toBeLessThanOrEqual(5);
  });

  test.each([
    ['401', { status: 401 }, 'authentication'],
    ['403', { status: 403 }, 'authentication'],
    ['404', { status: 404 }, 'modelNotFound'],
    ['billing', closings.spendingCap, 'billing'],
    ['a wrong setup', closings.invalidArgument, 'setupRefused'],
  ])('E-07 E-53 %s is not dialled again', async (_, refusal, code) => {
    const { clock, transport, emulator } = world();
    emulator.refuseDials({ times: 10, ...refusal });
    await expect(
      settled(clock, connect({ transport, model: liveModel, clock, random: seededRandom(3) }), 60_000),
    ).rejects.toMatchObject({ name: 'LifelineError', code, phase: 'connecting' });
    expect(emulator.log.filter(({ what }) => what === 'upgradeRefused' || what === 'accepted')).toHaveLength(1);
    expect(clock.countTimers()).toBeLessThanOrEqual(1);
  });

  test.each([
    ['0', () => 0],
    ['nonsense', () => Number.NaN],
    ['for ever', () => Infinity],
    [
      'a throw',
      () => {
        throw new Error('policy');
      },
    ],
  ])('a backoff policy that answers %s makes no tight loop', async (_, backoff) => {
    const { clock, transport, emulator } = world();
    emulator.refuseDials({ times: 10_000, status: 503 });
    const pending = connect({ transport, model: liveModel, clock, random: seededRandom(3), backoff });
    pending.catch(() => {});
    await clock.tick(1_000);
    const dials = emulator.log.filter(({ what }) => what === 'upgradeRefused').length;
    expect(dials).toBeGreaterThanOrEqual(1);
    // 25 ms of waiting and 30 ms of dialling each.
    expect(dials).toBeLessThanOrEqual(1_000 / 50);
    emulator.stop();
  });

  test('a backoff policy that answers null ends it', async () => {
    const { clock, transport, emulator } = world();
    emulator.refuseDials({ times: 10, status: 503 });
    await expect(
      settled(clock, connect({ transport, model: liveModel, clock, backoff: () => null }), 5_000),
    ).rejects.toMatchObject({ code: 'dialBudgetSpent' });
    expect(emulator.log.filter(({ what }) => what === 'upgradeRefused')).toHaveLength(1);
  });

  test('a setup that is never answered: one timeout each, then the budget', async () => {
    const { clock, transport } = world({ setupMs: 1e9 });
    await expect(
      settled(
        clock,
        connect({ transport, model: liveModel, clock, random: seededRandom(3), setupTimeoutMs: 2_000, dialBudget: 3 }),
        60_000,
      ),
    ).rejects.toMatchObject({ code: 'setupTimeout' });
  });
});

describe('content', () => {
  test('E-53 1007 over the same content again and again is fatal, and the content is not replayed', async () => {
    const sim = await simulate({}, {});
    await sim.run(3_000);
    const receipts = [];
    for (let n = 0; n < 3; n += 1) {
      // Activity marks under automatic detection: the service answers 1007.
      sim.session.sendRealtimeInput({ activityStart: {} });
      receipts.push(sim.session.sendRealtimeInput({ video: { data: 'AAAA', mimeType: 'image/jpeg' } }));
      await sim.run(3_000);
    }
    expect(sim.session.status.current).toMatchObject({
      lifecycle: 'failed',
      error: { code: 'contentRefused', closeCode: 1007 },
    });
    expect(receipts.map(({ outcome }) => outcome)).toMatchObject([
      { state: 'dropped', reason: 'refusedByService' },
      { state: 'dropped', reason: 'refusedByService' },
      { state: 'sent' },
    ]);
    expect(sim.dialTimes()).toHaveLength(3);
  });
});

test('E-54 a handle that is refused after setupComplete is tried twice at most', async () => {
  const sim = await simulate({}, { dialBudget: 20 });
  await sim.run(3_000);
  sim.emulator.refuseHandles({ times: 1_000, when: 'afterSetupComplete' });
  sim.emulator.cut({ how: 'rst' });
  await sim.run(120_000);
  // The first connection, two tries with the handle, and a fresh one.
  expect(sim.emulator.connections.length).toBeLessThanOrEqual(4);
  expect(sim.session.status.current).toMatchObject({ lifecycle: 'active' });
});

test('G10 a half-open connection is noticed by our own unanswered traffic', async () => {
  const sim = await simulate({}, {});
  await sim.speak(100);
  sim.emulator.cut({ how: 'halfOpen' });
  for (let n = 0; n < 10; n += 1) {
    sim.session.sendClientContent({ turns: 'Are you there?' });
    await sim.speak(100);
    await sim.run(10_000);
  }
  expect(sim.session.stats.connections).toBeGreaterThan(1);
});

test('G10 a connection that is half-open from its first second is noticed, also when only audio is sent', async () => {
  const sim = await simulate();
  sim.emulator.cut({ how: 'halfOpen' });
  await sim.speak(6_000);
  expect(sim.session.stats.connections).toBeGreaterThan(1);
});
