/** What a review of the whole found, each with the shortest way there. */
import { describe, expect, test } from 'vitest';
import { connect, type LifelineError } from '../../src/index.js';
import type { Transport } from '../../src/index.js';
import { liveModel, numberedChunk, settled, simulate, world } from '../support/simulation.js';

const cut = { how: 'rst' } as const;

test('a handle refused after setupComplete with 1007 costs the handle, not the session, also with the microphone on', async () => {
  const sim = await simulate();
  await sim.speak(150);
  const invalid = { code: 1007, reason: 'Request contains an invalid argument.' };
  sim.emulator.refuseHandles({ times: 10, when: 'afterSetupComplete', ...invalid });
  sim.emulator.cut(cut);
  await sim.speak(500);
  expect(sim.session.status.current.lifecycle).toBe('active');
  expect(sim.eventsOf('expired')).toHaveLength(1);
  await sim.close();
});

test('a user who talks for long after a resume is not taken for a poisoned one', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  sim.emulator.cut(cut);
  await sim.run(2_000);
  for (let second = 0; second < 40; second += 1) {
    sim.emulator.send({ serverContent: { inputTranscription: { text: 'and ' } } });
    await sim.run(1_000);
  }
  expect(sim.eventsOf('expired')).toEqual([]);
  await sim.close();
});

test('a model that thinks for 12 s answers on the connection it was asked on, with the microphone on', async () => {
  const sim = await simulate({ firstAudioDelayMs: 12_000 });
  await sim.speak(400);
  sim.session.sendClientContent({ turns: 'Why is the sky blue?' });
  await sim.speak(1_000);
  expect(sim.session.stats.connections).toBe(1);
  expect(sim.eventsOf('turnComplete').length).toBeGreaterThan(0);
  await sim.close();
});

test('an outage of an hour is survived, as long as the handle lives', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  sim.emulator.refuseDials({ times: 100_000, status: 0 });
  sim.emulator.cut(cut);
  await sim.run(3_600_000);
  expect(sim.session.status.current.lifecycle).toBe('resuming');
  sim.emulator.clearFaults();
  await sim.run(60_000);
  expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'restored' });
  await sim.close();
});

test('a first connect to a host that is not there rejects within half a minute', async () => {
  const { clock, transport, emulator } = world();
  emulator.refuseDials({ times: 100_000, status: 0 });
  const at = clock.now();
  await expect(settled(clock, connect({ transport, clock, model: liveModel }), 60_000)).rejects.toMatchObject({
    code: 'unreachable',
  });
  expect(clock.now() - at).toBeLessThan(30_000);
});

test('E-58 push to talk: the session does not rotate between activityStart and activityEnd', async () => {
  const config = { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
  const sim = await simulate({}, { config });
  await sim.run(2_000);
  sim.session.sendRealtimeInput({ activityStart: {} });
  await sim.speak(50, true);
  void sim.session.rotate();
  await sim.speak(500, true);
  expect(sim.session.stats.connections).toBe(1);
  sim.session.sendRealtimeInput({ activityEnd: {} });
  await sim.run(8_000);
  expect(sim.session.stats.rotations).toBe(1);
  await sim.close();
});

describe('what the app passes in', () => {
  test('a network whose unsubscribe throws, or is none, cannot hold up close', async () => {
    const bad = () => {
      throw new Error('no');
    };
    for (const subscribe of [() => bad, () => undefined as never]) {
      const sim = await simulate({}, { network: { subscribe } });
      await sim.close();
      expect(sim.session.status.current.lifecycle).toBe('closed');
    }
  });

  test('a transport that throws rejects connect and leaves no timer', async () => {
    const { clock } = world();
    const transport: Transport = {
      name: 'broken',
      provider: 'developer',
      dial: () => {
        throw new Error('no');
      },
    };
    const error = await settled(clock, connect({ transport, clock, model: liveModel }), 60_000).catch(
      (thrown: LifelineError) => thrown,
    );
    expect(error).toMatchObject({ code: 'internal' });
    expect(clock.countTimers()).toBe(0);
  });
});

test('E-14 a field that nobody knows, before setupComplete, is no refusal', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  sim.emulator.cut(cut);
  await sim.run(60);
  sim.emulator.send({ serverHint: { queued: true } });
  await sim.run(3_000);
  expect(sim.session.status.current.lifecycle).toBe('active');
  await sim.close();
});

test('a message that is too big (1009) is given up, and the session goes on', async () => {
  const sim = await simulate();
  await sim.run(3_000);
  const receipt = sim.session.sendRealtimeInput({ audio: numberedChunk(1) });
  sim.emulator.cut({ how: 'close', code: 1009, reason: 'message too big' });
  await sim.run(10_000);
  expect(receipt.outcome).toEqual({ state: 'dropped', reason: 'refusedByService' });
  expect(sim.session.status.current.lifecycle).toBe('active');
  await sim.close();
});

test('E-45 a rotation asked for before the first handle comes when there is one', async () => {
  const sim = await simulate({ handleEveryMs: 5_000 }, {}, (emulator) => emulator.resumable(false));
  const rotated = sim.session.rotate();
  await sim.run(2_000);
  sim.emulator.resumable(true);
  await sim.run(20_000);
  await rotated;
  expect(sim.session.stats.rotations).toBe(1);
  await sim.close();
});

test('a service that minds the order of close and setup is given it from the second swap on', async () => {
  const sim = await simulate({ oneWayMs: 60, jitterMs: 20 });
  for (let n = 0; n < 20; n += 1) {
    await sim.speak(600);
    sim.emulator.goAway({ timeLeftMs: 20_000 });
    await sim.speak(200);
  }
  await sim.run(3_000);
  const { rotations, handOffs } = sim.session.stats;
  expect(rotations).toBe(20);
  const gaps = handOffs.map(({ gapMs }) => gapMs).toSorted((a, b) => a - b);
  // A refused one costs a whole dial.
  expect(gaps.filter((gap) => gap > 450).length).toBeLessThanOrEqual(2);
  expect(sim.account()).toMatchObject({ lost: [], doubled: [], reordered: [] });
  await sim.close();
});

test('G7 a handle that was never seen does not replace a newer one when its index says that it is older', async () => {
  const transparent = { config: { sessionResumption: { transparent: true } } };
  const sim = await simulate({ provider: 'vertex', handlesWhileIdle: false, handleEveryMs: 600_000 }, transparent);
  await sim.speak(20);
  const update = (newHandle: string, index: number) =>
    sim.emulator.send({
      sessionResumptionUpdate: { newHandle, resumable: true, lastConsumedClientMessageIndex: String(index) },
    });
  update('newer', 15);
  await sim.run(20);
  expect(sim.session.handle?.value).toBe('newer');
  update('older', 5);
  await sim.run(20);
  expect(sim.session.handle?.value).toBe('newer');
  await sim.close();
});
