/**
 * Rotation, end to end on the virtual clock: what the model missed, heard twice or out of order, for every way in which
 * a connection ends. The oracle is the emulator's own memory (`account`), which knows nothing of the session.
 */
import { Modality } from '@google/genai';
import { describe, expect, test } from 'vitest';
import type { ConnectOptions } from '../../src/index.js';
import { closings, type EmulatorTransportOptions } from '../../src/emulator/index.js';
import { simulate, type Simulation } from '../support/simulation.js';

interface Mode {
  readonly name: string;
  readonly emulator: EmulatorTransportOptions;
  readonly options: Partial<ConnectOptions>;
  readonly exact: boolean;
}

const modes: readonly Mode[] = [
  {
    name: 'with transparent',
    emulator: { provider: 'vertex' },
    options: { config: { sessionResumption: { transparent: true } } },
    exact: true,
  },
  { name: 'without transparent', emulator: {}, options: {}, exact: false },
];

interface Scenario {
  readonly name: string;
  readonly emulator?: EmulatorTransportOptions;
  readonly options?: Partial<ConnectOptions>;
  run(sim: Simulation): Promise<void>;
  /** The context did not survive: what was replayed is in two contexts. */
  readonly fresh?: boolean;
  readonly rotations?: number;
  readonly connections?: number;
  prepare?(emulator: Simulation['emulator']): void;
}

const speakThrough =
  (fault: (sim: Simulation) => void) =>
  async (sim: Simulation): Promise<void> => {
    await sim.speak(150);
    fault(sim);
    await sim.speak(250);
  };

const endsWith = (code: number, reason: string): Scenario => ({
  name: `closed with ${code} ${reason.slice(0, 40)}`,
  run: speakThrough((sim) => sim.emulator.cut({ how: 'close', code, reason })),
  connections: 2,
});

const scenarios: readonly Scenario[] = [
  {
    name: 'goAway in a quiet moment',
    run: speakThrough((sim) => sim.emulator.goAway({ timeLeftMs: 10_000 })),
    rotations: 1,
    connections: 2,
  },
  {
    name: 'goAway twice',
    run: async (sim) => {
      await sim.speak(150);
      sim.emulator.goAway({ timeLeftMs: 30_000 });
      sim.emulator.goAway({ timeLeftMs: 5_000 });
      await sim.speak(250);
    },
    rotations: 1,
    connections: 2,
  },
  {
    name: 'goAway, and then not one more frame',
    emulator: { silentAfterGoAway: true },
    run: speakThrough((sim) => sim.emulator.goAway({ timeLeftMs: 5_000 })),
    rotations: 1,
    connections: 2,
  },
  {
    name: 'goAway 1 s after the open',
    run: async (sim) => {
      sim.emulator.goAway({ timeLeftMs: 300_000 });
      await sim.speak(400);
    },
    rotations: 1,
    connections: 2,
  },
  {
    name: 'seven goAways in a row',
    run: async (sim) => {
      for (let n = 0; n < 7; n += 1) {
        await sim.speak(200);
        sim.emulator.goAway({ timeLeftMs: 10_000 });
        await sim.speak(100);
      }
    },
    rotations: 7,
    connections: 8,
  },
  { name: 'rotate()', run: speakThrough((sim) => void sim.session.rotate()), rotations: 1, connections: 2 },
  {
    name: 'a known age',
    options: { rotateAtAgeMs: 4_000 },
    run: async (sim) => sim.speak(500),
  },
  { name: 'cut by RST', run: speakThrough((sim) => sim.emulator.cut({ how: 'rst' })), rotations: 0, connections: 2 },
  {
    name: 'cut by RST five times in 5 s',
    run: async (sim) => {
      await sim.speak(150);
      for (let n = 0; n < 5; n += 1) {
        sim.emulator.cut({ how: 'rst' });
        await sim.speak(50);
      }
    },
  },
  {
    name: 'cut by RST during a drain',
    run: async (sim) => {
      await sim.speak(150);
      sim.emulator.goAway({ timeLeftMs: 20_000 });
      await sim.speak(1);
      sim.emulator.cut({ how: 'rst' });
      await sim.speak(250);
    },
  },
  endsWith(1000, closings.cancelled.reason),
  endsWith(1000, ''),
  endsWith(1005, ''),
  endsWith(1001, 'going away'),
  endsWith(1011, closings.deadlineExpired.reason),
  endsWith(1011, closings.internal.reason),
  endsWith(1011, closings.unavailable.reason),
  endsWith(1008, closings.aborted.reason),
  endsWith(1008, closings.outlivedGoAway.reason),
  endsWith(1008, closings.notImplemented.reason),
  {
    name: 'the handle is refused once',
    run: speakThrough((sim) => {
      sim.emulator.refuseHandles({ times: 1 });
      sim.emulator.cut({ how: 'rst' });
    }),
  },
  {
    name: 'the handle is refused always, before setupComplete',
    run: speakThrough((sim) => {
      sim.emulator.refuseHandles({ times: 2 });
      sim.emulator.cut({ how: 'rst' });
    }),
    fresh: true,
  },
  {
    name: '1011 on the resume, three times',
    run: speakThrough((sim) => {
      sim.emulator.refuseHandles({ times: 3, ...closings.internal });
      sim.emulator.cut({ how: 'rst' });
    }),
    connections: 2,
  },
  {
    name: 'the dial is refused with 503',
    run: speakThrough((sim) => {
      sim.emulator.refuseDials({ times: 1, status: 503 });
      sim.emulator.cut({ how: 'rst' });
    }),
    connections: 2,
  },
  {
    name: 'the network is gone for three dials',
    run: speakThrough((sim) => {
      sim.emulator.refuseDials({ times: 3, status: 0 });
      sim.emulator.cut({ how: 'rst' });
    }),
    connections: 2,
  },
  {
    name: 'goAway when there never was a handle',
    prepare: (emulator) => emulator.resumable(false),
    run: async (sim) => {
      await sim.speak(100);
      sim.emulator.goAway({ timeLeftMs: 2_000 });
      await sim.speak(250);
      sim.emulator.resumable(true);
    },
    fresh: true,
  },
  {
    name: 'overlap, where the service allows it',
    emulator: { refuseWhileOldSocketOpen: false },
    options: { rotationOrder: 'overlap' },
    run: speakThrough((sim) => sim.emulator.goAway({ timeLeftMs: 10_000 })),
    rotations: 1,
    connections: 2,
  },
  {
    name: 'overlap, while handles keep coming on the old connection',
    emulator: { refuseWhileOldSocketOpen: false, handleEveryMs: 60, setupMs: 400 },
    options: { rotationOrder: 'overlap' },
    run: async (sim) => {
      await sim.speak(151);
      sim.emulator.goAway({ timeLeftMs: 10_000 });
      await sim.speak(250);
    },
    rotations: 1,
    connections: 2,
  },
  {
    name: 'overlap, refused with 1011',
    options: { rotationOrder: 'overlap' },
    run: speakThrough((sim) => sim.emulator.goAway({ timeLeftMs: 10_000 })),
    rotations: 1,
    connections: 2,
  },
  {
    name: 'a network with 150 ms each way and jitter',
    emulator: { oneWayMs: 150, jitterMs: 60 },
    run: async (sim) => {
      await sim.speak(150);
      sim.emulator.goAway({ timeLeftMs: 20_000 });
      await sim.speak(300);
      sim.emulator.cut({ how: 'rst' });
      await sim.speak(100);
    },
  },
];

describe.each(modes)('$name', (mode) => {
  test.each(scenarios)('E-40 E-42 E-43 E-55 E-63 nothing is lost: $name', async (scenario) => {
    const sim = await simulate(
      { ...mode.emulator, ...scenario.emulator },
      { ...mode.options, ...scenario.options },
      scenario.prepare,
    );
    await scenario.run(sim);
    await sim.run(20_000);

    const { lost, doubled, reordered, reheard } = sim.account();
    expect(lost).toEqual([]);
    expect(reordered).toEqual([]);
    if (mode.exact) expect(doubled).toEqual([]);
    expect(sim.possiblyDoubled()).toEqual(expect.arrayContaining(doubled));
    if (!scenario.fresh) expect(reheard).toEqual([]);
    expect(sim.session.status.current).toMatchObject({
      lifecycle: 'active',
      socket: 'up',
      input: 'flowing',
      error: null,
    });
    if (!scenario.fresh) expect(sim.session.status.current.context).toBe('restored');
    const { stats } = sim.session;
    if (scenario.rotations !== undefined) expect(stats.rotations).toBe(scenario.rotations);
    if (scenario.connections !== undefined) expect(stats.connections).toBe(scenario.connections);
    // Every receipt knows its end by now.
    expect(sim.receipts.filter(({ outcome }) => outcome === null)).toEqual([]);
    expect(stats.outbox).toMatchObject({ held: 0, unacknowledged: 0, bytes: 0, accepted: sim.sentChunks() });
    await sim.close();
    expect(sim.clock.countTimers()).toBeLessThanOrEqual(1);
  });

  test('a planned swap doubles nothing, and says how long it was', async () => {
    const sim = await simulate(mode.emulator, mode.options);
    await sim.speak(150);
    sim.emulator.goAway({ timeLeftMs: 30_000 });
    await sim.speak(300);
    await sim.run(5_000);
    expect(sim.account()).toMatchObject({ lost: [], doubled: [], reordered: [], reheard: [] });
    const [rotated] = sim.eventsOf('rotated');
    // One dial (three round trips of 10 ms) and one setup (10 + 130 ms): nothing was set up for that long.
    expect(rotated).toMatchObject({ outcome: 'restored', planned: true, possiblyDoubled: 0, dropped: 0 });
    expect(rotated?.gapMs).toBeGreaterThanOrEqual(130);
    expect(rotated?.gapMs).toBeLessThanOrEqual(250);
    expect(rotated?.heldMs).toBeLessThanOrEqual(4_000 + 250);
    await sim.close();
  });

  test('E-58 a goAway does not cut a generation, and the swap follows it', async () => {
    const sim = await simulate(mode.emulator, {
      ...mode.options,
      config: { ...mode.options.config, responseModalities: [Modality.TEXT] },
    });
    const texts: string[] = [];
    sim.session.messages$.subscribe((message) => texts.push(message.text ?? ''));
    sim.session.sendClientContent({ turns: 'Tell me a long story.' });
    await sim.run(350);
    expect(sim.session.status.current.turn).toBe('generating');
    sim.emulator.goAway({ timeLeftMs: 30_000 });
    await sim.run(15_000);
    expect(texts.join('')).toBe('Turn 1. You said "Tell me a long story.".');
    expect(sim.events.map(({ type }) => type).filter((type) => ['turnComplete', 'rotating'].includes(type))).toEqual([
      'turnComplete',
      'rotating',
    ]);
    sim.session.sendClientContent({ turns: 'What did I say first?' });
    await sim.run(5_000);
    expect(texts.join('')).toContain('First you said "Tell me a long story.".');
    await sim.close();
  });

  test('E-34 a goAway while the client turn is open: at the deadline it goes over whole, one turn, one answer', async () => {
    const sim = await simulate(mode.emulator, {
      ...mode.options,
      config: { ...mode.options.config, responseModalities: [Modality.TEXT] },
    });
    await sim.run(3_000);
    sim.session.sendClientContent({ turns: 'First half.', turnComplete: false });
    await sim.run(100);
    sim.emulator.goAway({ timeLeftMs: 10_000 });
    await sim.run(7_000);
    expect(sim.session.status.current.turn).toBe('composing');
    expect(sim.session.stats.connections).toBe(1);
    await sim.run(3_000);
    expect(sim.session.stats.connections).toBe(2);
    expect(sim.session.status.current.turn).toBe('composing');
    sim.session.sendClientContent({ turns: 'Second half.' });
    await sim.run(5_000);
    expect(sim.eventsOf('turnComplete')).toHaveLength(1);
    const users = sim.emulator
      .contexts()
      .at(-1)
      ?.turns.filter(({ role }) => role === 'user');
    expect(users?.map(({ text }) => text)).toEqual(['First half.\nSecond half.']);
    await sim.close();
  });

  test('the same when the connection is cut while the client turn is open', async () => {
    const sim = await simulate(mode.emulator, {
      ...mode.options,
      config: { ...mode.options.config, responseModalities: [Modality.TEXT] },
    });
    await sim.run(3_000);
    sim.session.sendClientContent({ turns: 'First half.', turnComplete: false });
    await sim.run(20);
    sim.emulator.cut({ how: 'rst' });
    await sim.run(1_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', turn: 'composing' });
    sim.session.sendClientContent({ turns: 'Second half.' });
    await sim.run(5_000);
    const users = sim.emulator
      .contexts()
      .at(-1)
      ?.turns.filter(({ role }) => role === 'user');
    expect(users?.map(({ text }) => text)).toEqual(['First half.\nSecond half.']);
    expect(sim.eventsOf('turnComplete')).toHaveLength(1);
    await sim.close();
  });

  test('E-49 a goAway while a tool call is pending waits for the response and a handle that includes it', async () => {
    const sim = await simulate(mode.emulator, mode.options);
    await sim.run(2_000);
    const [id = ''] = sim.emulator.callTool('weather');
    await sim.run(100);
    expect(sim.session.status.current).toMatchObject({ turn: 'callingTools', resumability: 'paused' });
    sim.emulator.goAway({ timeLeftMs: 50_000 });
    await sim.run(20_000);
    expect(sim.session.stats.connections).toBe(1);
    const receipt = sim.session.sendToolResponse({
      functionResponses: [{ id, name: 'weather', response: { output: 'rain' } }],
    });
    await sim.run(15_000);
    expect(sim.session.stats.connections).toBe(2);
    expect(receipt.outcome).toEqual({ state: 'delivered' });
    expect(sim.emulator.log.some(({ what }) => what === 'toolResponseIgnored')).toBe(false);
    expect(
      sim.emulator
        .contexts()
        .at(-1)
        ?.turns.map(({ role }) => role),
    ).toContain('tool');
    await sim.close();
  });

  test('E-57 the deadline is a timer: a server that goes silent in a generation is left before timeLeft', async () => {
    const sim = await simulate({ ...mode.emulator, silentAfterGoAway: true }, mode.options);
    await sim.run(2_000);
    sim.session.sendClientContent({ turns: 'Hello' });
    await sim.run(400);
    const at = sim.clock.now();
    sim.emulator.goAway({ timeLeftMs: 30_000, thenClose: false });
    await sim.run(29_000);
    const rotating = sim.eventsOf('rotating');
    expect(rotating).toMatchObject([{ reason: 'goAway', atDeadline: true }]);
    // When it was set up: the socket itself was opened early.
    const dialled = sim.emulator.connections.at(-1)?.readyAt ?? Infinity;
    expect(dialled - at).toBeLessThan(30_000);
    // Not before it had to: at most a fifth of the time is kept for the swap (PROTOCOL: 10 s of 50).
    expect(dialled - at).toBeGreaterThan(20_000);
    expect(sim.session.status.current.lifecycle).toBe('active');
    await sim.close();
  });

  test('E-15 a goAway whose timeLeft makes no sense means: now', async () => {
    const sim = await simulate(mode.emulator, mode.options);
    await sim.speak(100);
    sim.session.sendClientContent({ turns: 'Hello' });
    await sim.run(400);
    sim.emulator.send({ goAway: { timeLeft: 'soon' } });
    await sim.run(500);
    expect(sim.eventsOf('goAway')).toMatchObject([{ timeLeftMs: 0 }]);
    expect(sim.session.stats.connections).toBe(2);
    await sim.close();
  });
});

test('E-44 a goAway on a resumed connection that has brought no handle yet waits for one', async () => {
  const sim = await simulate();
  await sim.speak(100);
  sim.emulator.cut({ how: 'rst' });
  sim.emulator.resumable(false);
  await sim.speak(20);
  expect(sim.session.stats.connections).toBe(2);
  sim.emulator.goAway({ timeLeftMs: 40_000 });
  await sim.run(10_000);
  expect(sim.session.stats.connections).toBe(2);
  sim.emulator.resumable(true);
  await sim.run(6_000);
  expect(sim.session.stats.connections).toBe(3);
  expect(sim.emulator.connections.map(({ resumedFrom }) => resumedFrom)).toEqual([null, 1, 2]);
  await sim.close();
});

test('E-43 each rotation resumes with the newest handle', async () => {
  const sim = await simulate();
  const sent: string[] = [];
  sim.session.messages$.subscribe(({ sessionResumptionUpdate: update }) => {
    if (update?.newHandle) sent.push(update.newHandle);
  });
  for (let n = 0; n < 3; n += 1) {
    await sim.run(7_000);
    const newest = sent.at(-1);
    sim.emulator.cut({ how: 'rst' });
    await sim.run(1_000);
    const setup = sim.emulator.connections.at(-1)?.setup as { sessionResumption?: { handle?: string } };
    expect(setup.sessionResumption?.handle).toBe(newest);
  }
  await sim.close();
});

test.each([
  { afterExpiry: 'fresh', ends: { lifecycle: 'active', context: 'lost', error: null } },
  { afterExpiry: 'reseed', ends: { lifecycle: 'active', context: 'lost', error: null } },
  { afterExpiry: 'fail', ends: { lifecycle: 'failed', error: { code: 'sessionExpired', retryable: false } } },
] as const)('E-45 a cut before the first handle, by policy $afterExpiry', async ({ afterExpiry, ends }) => {
  const sim = await simulate({}, { afterExpiry }, (emulator) => emulator.resumable(false));
  expect(sim.session.handle).toBeNull();
  sim.emulator.cut({ how: 'rst' });
  await sim.run(2_000);
  expect(sim.session.status.current).toMatchObject(ends);
  expect(sim.emulator.connections.length).toBe(afterExpiry === 'fail' ? 1 : 2);
  await sim.close();
});
