/**
 * The cases that other stacks lose 24 to 249 of 250 chunks over, or never come back from. A network without delay; what
 * the model heard is the emulator's record.
 */
import { describe, expect, test } from 'vitest';
import { simulate, type Simulation } from '../support/simulation.js';

const modes = [
  {
    name: 'with transparent',
    exact: true,
    emulator: { provider: 'vertex' as const, oneWayMs: 0 },
    config: { sessionResumption: { transparent: true } },
  },
  { name: 'without transparent', exact: false, emulator: { oneWayMs: 0 }, config: {} },
];

const serverTrouble = { code: 1011, reason: 'Internal error encountered.' };

interface Case {
  readonly name: string;
  run(sim: Simulation): Promise<void>;
  /** The context is a new one, which got the old one back as text. */
  readonly isReseeded?: boolean;
  readonly gapAtMostMs?: number;
}

const cases: readonly Case[] = [
  {
    name: 'goAway with 2 s left',
    run: async (sim) => {
      sim.emulator.goAway({ timeLeftMs: 2_000 });
      await sim.speak(250);
    },
  },
  {
    name: 'a TCP drop',
    run: async (sim) => {
      sim.emulator.cut({ how: 'rst' });
      await sim.speak(250);
    },
  },
  {
    name: 'close 1000 without notice',
    run: async (sim) => {
      sim.emulator.cut({ how: 'close', code: 1000, reason: 'The operation was cancelled.' });
      await sim.speak(250);
    },
  },
  {
    name: 'close 1011 without notice',
    run: async (sim) => {
      sim.emulator.cut({ how: 'close', ...serverTrouble });
      await sim.speak(250);
    },
  },
  {
    name: 'the first resume refused with 1011',
    gapAtMostMs: 1_000,
    run: async (sim) => {
      sim.emulator.refuseHandles({ times: 1, ...serverTrouble });
      sim.emulator.cut({ how: 'rst' });
      await sim.speak(250);
    },
  },
  {
    name: 'resumes refused until 1.5 s after the old socket is gone',
    gapAtMostMs: 2_100,
    run: async (sim) => {
      sim.emulator.refuseHandles({ times: 1_000, ...serverTrouble });
      sim.emulator.cut({ how: 'rst' });
      await sim.speak(75);
      sim.emulator.clearFaults();
      await sim.speak(175);
    },
  },
  {
    name: 'the first dial refused at TCP',
    run: async (sim) => {
      sim.emulator.refuseDials({ times: 1, status: 0 });
      sim.emulator.cut({ how: 'rst' });
      await sim.speak(250);
    },
  },
  {
    name: 'goAway while not resumable',
    run: async (sim) => {
      sim.emulator.resumable(false);
      sim.emulator.goAway({ timeLeftMs: 6_000 });
      await sim.speak(250);
      // Later handles settle the receipts, which then say what may have been heard twice.
      sim.emulator.resumable(true);
    },
  },
  {
    name: 'three goAways in a row',
    run: async (sim) => {
      for (let n = 0; n < 3; n += 1) {
        sim.emulator.goAway({ timeLeftMs: 10_000 });
        await sim.speak(150);
      }
    },
  },
  {
    name: 'seven goAways in a row',
    run: async (sim) => {
      for (let n = 0; n < 7; n += 1) {
        sim.emulator.goAway({ timeLeftMs: 10_000 });
        await sim.speak(150);
      }
    },
  },
  {
    name: 'a handle that is always refused',
    isReseeded: true,
    run: async (sim) => {
      sim.emulator.refuseHandles({ times: 1_000 });
      sim.emulator.cut({ how: 'rst' });
      await sim.speak(250);
    },
  },
  {
    name: 'a half-open link',
    gapAtMostMs: 1_000,
    run: async (sim) => {
      sim.emulator.cut({ how: 'halfOpen' });
      await sim.speak(750);
    },
  },
];

describe.each(modes)('$name', ({ exact, emulator, config }) => {
  test.each(cases)('$name: nothing lost, nothing reordered', async ({ run, isReseeded = false, gapAtMostMs }) => {
    const sim = await simulate(emulator, { config: { ...config, outputAudioTranscription: {} } });
    sim.session.sendClientContent({ turns: 'My name is Ada.' });
    await sim.run(4_000);
    await sim.speak(200);
    await run(sim);
    await sim.run(20_000);

    const { lost, doubled, reordered } = sim.account();
    expect({ lost, reordered }).toEqual({ lost: [], reordered: [] });
    if (exact) expect(doubled).toEqual([]);
    expect(sim.possiblyDoubled()).toEqual(expect.arrayContaining(doubled));
    expect(sim.receipts.filter(({ outcome }) => outcome?.state === 'dropped')).toEqual([]);
    expect(sim.session.status.current).toMatchObject({
      lifecycle: 'active',
      context: isReseeded ? 'reseeded' : 'restored',
    });
    const gaps = sim.session.stats.handOffs.map(({ gapMs }) => gapMs);
    if (gapAtMostMs !== undefined) expect(Math.max(...gaps)).toBeLessThanOrEqual(gapAtMostMs);
    await sim.close();
    expect(sim.clock.countTimers()).toBeLessThanOrEqual(1);
  });

  test('a goAway with a tool call pending: the result reaches the session that asked', async () => {
    const sim = await simulate(emulator, { config });
    await sim.speak(100);
    const [id = ''] = sim.emulator.callTool('weather');
    await sim.speak(10);
    sim.emulator.goAway({ timeLeftMs: 20_000 });
    await sim.speak(100);
    expect(sim.session.stats.connections).toBe(1);
    const receipt = sim.session.sendToolResponse({
      functionResponses: [{ id, name: 'weather', response: { output: 'fog' } }],
    });
    await sim.speak(300);
    await sim.run(20_000);
    expect(sim.session.stats.rotations).toBe(1);
    expect(receipt.outcome?.state).toMatch(/delivered|replayed/);
    expect(sim.emulator.log.filter(({ what }) => what === 'toolResponseIgnored')).toEqual([]);
    expect(sim.account()).toMatchObject({ lost: [], reordered: [] });
    await sim.close();
  });
});
