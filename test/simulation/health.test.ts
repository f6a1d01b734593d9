/** Link health, continuity and changes of the context in mid-session, on one virtual clock. */
import { describe, expect, test } from 'vitest';
import type { Network } from '../../src/health/network.js';
import { simulate } from '../support/simulation.js';

const vertex = { provider: 'vertex' } as const;
const cut = { how: 'rst' } as const;

describe('a half-open link', () => {
  test('H-01 is noticed within 10 s of unanswered traffic, and nothing is lost', async () => {
    const sim = await simulate();
    await sim.speak(250);
    sim.emulator.cut({ how: 'halfOpen' });
    const at = sim.clock.now();
    await sim.speak(700);
    await sim.run(5_000);
    const resumed = sim.eventsOf('resumed');
    expect(resumed).toHaveLength(1);
    const ready = sim.emulator.connections.at(-1)?.readyAt ?? Infinity;
    expect(ready - at).toBeLessThanOrEqual(13_500);
    const { lost, reordered, doubled } = sim.account();
    expect({ lost, reordered }).toEqual({ lost: [], reordered: [] });
    expect(sim.possiblyDoubled()).toEqual(expect.arrayContaining(doubled));
    await sim.close();
  });

  test('H-02 is not suspected while a tool call of ours is pending, however long that takes', async () => {
    const sim = await simulate({ handlesWhileIdle: false });
    await sim.run(2_000);
    sim.emulator.callTool('slow');
    await sim.run(100);
    for (let second = 0; second < 60; second += 1) {
      sim.session.sendRealtimeInput({ audio: { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' } });
      await sim.run(1_000);
    }
    expect(sim.session.stats.connections).toBe(1);
    await sim.close();
  });

  test('H-03 silence in which we write nothing proves nothing', async () => {
    const sim = await simulate({ handlesWhileIdle: false });
    await sim.run(300_000);
    expect(sim.session.stats.connections).toBe(1);
    await sim.close();
  });

  test('H-15 a server that falls silent while the user talks is noticed, by the updates that stay away', async () => {
    const sim = await simulate();
    await sim.speak(200);
    sim.emulator.silence();
    await sim.speak(700);
    expect(sim.eventsOf('resumed')).toHaveLength(1);
    const { lost, reordered } = sim.account();
    expect({ lost, reordered }).toEqual({ lost: [], reordered: [] });
    await sim.close();
  });

  test('H-17 a server that falls silent in the middle of an answer is noticed, with more patience', async () => {
    const sim = await simulate();
    await sim.speak(250);
    sim.emulator.say('A long story');
    await sim.speak(25);
    expect(sim.session.status.current.turn).toBe('generating');
    sim.emulator.silence();
    await sim.speak(1_000);
    expect(sim.eventsOf('resumed')).toHaveLength(0);
    await sim.speak(700);
    expect(sim.eventsOf('resumed')).toHaveLength(1);
    await sim.close();
  });

  test('H-18 updates that come with turns only are no clock: a user who listens is left in peace', async () => {
    const sim = await simulate({ handlesWhileIdle: false, handleEveryMs: 600_000 });
    for (let turn = 0; turn < 4; turn += 1) {
      sim.session.sendClientContent({ turns: 'Hello' });
      await sim.speak(250);
    }
    await sim.speak(3_000);
    expect(sim.session.stats.connections).toBe(1);
    await sim.close();
  });

  test('H-16 a connection that never sent updates is not suspected, whatever an earlier one did', async () => {
    const sim = await simulate({ handlesWhileIdle: false });
    await sim.speak(500);
    sim.emulator.resumable(false);
    sim.emulator.cut({ how: 'rst' });
    await sim.speak(50);
    expect(sim.eventsOf('resumed')).toHaveLength(1);
    await sim.speak(2_000);
    expect(sim.eventsOf('resumed')).toHaveLength(1);
    await sim.close();
  });

  test('H-04 null switches the suspicion off', async () => {
    const sim = await simulate({}, { unansweredAfterMs: null });
    await sim.run(5_000);
    sim.emulator.silence();
    sim.session.sendClientContent({ turns: 'Hello?' });
    await sim.run(120_000);
    expect(sim.session.stats.connections).toBe(1);
    await sim.close();
  });
});

describe('sleep and network', () => {
  test('H-05 a laptop that slept resumes when it wakes', async () => {
    const sim = await simulate();
    await sim.speak(100);
    await sim.clock.jump(120_000);
    await sim.run(2_000);
    expect(sim.session.stats.connections).toBe(2);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'restored' });
    await sim.close();
  });

  test('H-06 offline gives the connection up, online dials at once', async () => {
    let tell: (isOnline: boolean) => void = () => {};
    const network: Network = {
      subscribe: (listener) => {
        tell = listener;
        return () => {};
      },
    };
    const sim = await simulate({}, { network });
    await sim.speak(100);
    sim.emulator.refuseDials({ times: 1_000, status: 0 });
    tell(false);
    await sim.run(20_000);
    expect(sim.session.status.current.lifecycle).toBe('resuming');
    sim.emulator.clearFaults();
    tell(true);
    await sim.run(300);
    expect(sim.session.status.current.lifecycle).toBe('active');
    expect(sim.account().lost).toEqual([]);
    await sim.close();
  });
});

describe('continuity after an accepted handle', () => {
  test('H-07 a context that is gone is announced, from promptTokenCount', async () => {
    const sim = await simulate();
    sim.session.sendClientContent({ turns: 'word '.repeat(2_000) });
    await sim.run(6_000);
    sim.emulator.loseContexts(1);
    sim.emulator.cut(cut);
    await sim.run(3_000);
    expect(sim.session.status.current.context).toBe('restored');
    sim.session.sendClientContent({ turns: 'And?' });
    await sim.run(6_000);
    expect(sim.eventsOf('contextLost')).toHaveLength(1);
    expect(sim.session.status.current.context).toBe('lost');
    await sim.close();
  });

  test('H-08 a context that is there is not', async () => {
    const sim = await simulate();
    sim.session.sendClientContent({ turns: 'word '.repeat(2_000) });
    await sim.run(6_000);
    sim.emulator.cut(cut);
    await sim.run(3_000);
    sim.session.sendClientContent({ turns: 'And?' });
    await sim.run(6_000);
    expect(sim.eventsOf('contextLost')).toEqual([]);
    expect(sim.session.status.current.context).toBe('restored');
    await sim.close();
  });

  test('H-09 a poisoned resume (transcription, no generation) is left for a fresh session with the past', async () => {
    const config = { inputAudioTranscription: {} };
    const sim = await simulate({}, { config });
    sim.session.sendClientContent({ turns: 'My name is Ada.' });
    await sim.run(6_000);
    sim.emulator.poisonResumes(1);
    sim.emulator.cut(cut);
    await sim.run(2_000);
    await sim.speak(60, true);
    await sim.speak(60);
    await sim.run(20_000);
    expect(sim.eventsOf('expired')).toEqual([{ type: 'expired', meaning: 'poisoned' }]);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'reseeded' });
    await sim.close();
  });

  test('H-09 what the user goes on saying, word by word, does not put the suspicion off', async () => {
    const sim = await simulate({}, { config: { inputAudioTranscription: {} } });
    await sim.speak(200);
    sim.emulator.poisonResumes();
    sim.emulator.cut(cut);
    for (let said = 0; said < 6; said += 1) {
      await sim.speak(50, true);
      await sim.speak(250);
    }
    expect(sim.events).toContainEqual(expect.objectContaining({ type: 'handleDropped' }));
    await sim.close();
  });

  test('H-10 silence after a resume never fires it', async () => {
    const sim = await simulate();
    await sim.run(2_000);
    sim.emulator.poisonResumes(1);
    sim.emulator.cut(cut);
    await sim.run(300_000);
    expect(sim.eventsOf('expired')).toEqual([]);
    expect(sim.session.stats.connections).toBe(2);
    await sim.close();
  });
});

describe('changes in mid-session', () => {
  const instruction = (sim: Awaited<ReturnType<typeof simulate>>) =>
    sim.emulator.contexts().at(-1)?.currentSystemInstruction;

  test('H-11 a system instruction on Vertex AI holds after a rotation and after a refused handle', async () => {
    const sim = await simulate(vertex, { config: { systemInstruction: 'Be brief.' } });
    await sim.run(2_000);
    sim.session.updateSystemInstruction('Speak like a pirate.');
    await sim.run(2_000);
    expect(instruction(sim)).toBe('Speak like a pirate.');
    // It opens no turn, so a rotation need not wait for its deadline.
    expect(sim.session.status.current.turn).toBe('quiet');
    sim.emulator.goAway({ timeLeftMs: 30_000 });
    await sim.run(8_000);
    expect(sim.session.stats.rotations).toBe(1);
    expect(instruction(sim)).toBe('Speak like a pirate.');
    sim.emulator.refuseHandles({ times: 2 });
    sim.emulator.cut(cut);
    await sim.run(5_000);
    expect(instruction(sim)).toBe('Speak like a pirate.');
    await sim.close();
  });

  test('H-12 where neither form works the error says so, and nothing is sent', async () => {
    const sim = await simulate();
    expect(() => sim.session.updateSystemInstruction('Be loud.')).toThrow(
      expect.objectContaining({ code: 'notSupported' }),
    );
    expect(() => sim.session.sendClientContent({ turns: [{ role: 'system', parts: [{ text: 'x' }] }] })).toThrow(
      expect.objectContaining({ code: 'notSupported' }),
    );
    expect(sim.session.stats.outbox.accepted).toBe(0);
    await sim.close();
  });

  test('H-13 restoreContext tells the model what was said before, and does not make it answer', async () => {
    const sim = await simulate();
    await sim.run(1_000);
    sim.session.restoreContext([
      { role: 'user', text: 'My name is Ada.' },
      { role: 'model', text: 'Hello Ada.' },
    ]);
    await sim.run(5_000);
    expect(sim.eventsOf('turnComplete')).toEqual([]);
    sim.session.sendClientContent({ turns: 'What is my name?' });
    await sim.run(8_000);
    const turns = sim.emulator.contexts().at(-1)?.turns ?? [];
    expect(turns.map(({ text }) => text).join(' ')).toContain('Your name is Ada');
    await sim.close();
  });

  test('H-14 a model of the 3.x line takes history in its setup only, and the error says so', async () => {
    const sim = await simulate({}, { model: 'gemini-3.1-flash-live-preview' });
    expect(() => sim.session.restoreContext('We spoke of gardens.')).toThrow(
      expect.objectContaining({ code: 'notSupported' }),
    );
    await sim.close();
  });
});
