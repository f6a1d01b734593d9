/** What the session knows and keeps of the context: context updates, reseeds, limits, and the same run twice. */
import { Modality } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { readStamp } from '../../../src/emulator/index.js';
import { liveModel, simulate, type Simulation } from '../../support/simulation.js';

const TEXT = { config: { responseModalities: [Modality.TEXT] } };
const native = 'gemini-3.8-live';

const instruction = (sim: Simulation) => sim.emulator.contexts().at(-1)?.currentSystemInstruction;

async function refuseAndCut(sim: Simulation): Promise<void> {
  sim.emulator.refuseHandles({ times: 2 });
  sim.emulator.cut({ how: 'rst' });
  await sim.run(3_000);
}

describe('context updates', () => {
  test('an instruction changed in mid-session is in force after a rotation, a cut and a refused handle', async () => {
    const sim = await simulate({}, { model: native, config: { systemInstruction: 'Be brief.' } });
    await sim.run(2_000);
    expect(instruction(sim)).toBe('Be brief.');
    sim.session.sendContextUpdate({ systemInstruction: 'Be long.' });
    await sim.run(3_000);
    expect(instruction(sim)).toBe('Be long.');
    sim.emulator.goAway({ timeLeftMs: 20_000 });
    await sim.run(6_000);
    expect(sim.session.stats.connections).toBe(2);
    expect(instruction(sim)).toBe('Be long.');
    sim.emulator.cut({ how: 'rst' });
    await sim.run(2_000);
    expect(instruction(sim)).toBe('Be long.');
    await refuseAndCut(sim);
    expect(sim.session.status.current.context).toBe('lost');
    expect(instruction(sim)).toBe('Be long.');
    await sim.close();
  });

  test('one that was sent while there was no connection is in force on the next', async () => {
    const sim = await simulate({}, { model: native });
    await sim.run(2_000);
    sim.emulator.cut({ how: 'rst' });
    await sim.run(20);
    sim.session.sendContextUpdate({ systemInstruction: 'Be long.' });
    await sim.run(3_000);
    expect(instruction(sim)).toBe('Be long.');
    await sim.close();
  });

  test('tools changed in mid-session are in every later setup, in the form a setup takes', async () => {
    const sim = await simulate(
      {},
      { model: native, config: { tools: [{ functionDeclarations: [{ name: 'weather' }] }] } },
    );
    await sim.run(2_000);
    const tools = [{ functionDeclarations: [{ name: 'clock' }] }];
    sim.session.sendContextUpdate({ tools: { tools } });
    await sim.run(3_000);
    sim.emulator.cut({ how: 'rst' });
    await sim.run(2_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'restored' });
    expect(sim.emulator.connections.at(-1)?.setup?.['tools']).toEqual(tools);
    sim.session.sendContextUpdate({ tools: {} });
    await sim.run(3_000);
    sim.emulator.cut({ how: 'rst' });
    await sim.run(2_000);
    expect(sim.session.status.current.lifecycle).toBe('active');
    expect(sim.emulator.connections.at(-1)?.setup?.['tools'] ?? []).toEqual([]);
    await sim.close();
  });

  test('a model that takes no contextUpdate refuses it once; the instruction comes with the next setup', async () => {
    const sim = await simulate({}, { ...TEXT, model: liveModel });
    await sim.run(2_000);
    const receipt = sim.session.sendContextUpdate({ systemInstruction: 'Be long.' });
    await sim.run(3_000);
    expect(receipt.outcome).toEqual({ state: 'dropped', reason: 'refusedByService' });
    expect(sim.session.stats.connections).toBe(2);
    expect(instruction(sim)).toBe('Be long.');
    await sim.close();
  });
});

describe('reseed', () => {
  test('E-54 after a dead handle a 2.5 model gets its past as turns, without answering them', async () => {
    const sim = await simulate({}, TEXT);
    const texts: string[] = [];
    sim.session.messages$.subscribe(({ text }) => void texts.push(text ?? ''));
    sim.session.sendClientContent({ turns: 'My name is Ada' });
    await sim.run(6_000);
    const { length } = texts;
    await refuseAndCut(sim);
    await sim.run(5_000);
    expect(sim.session.status.current.context).toBe('reseeded');
    expect(texts.slice(length).join('')).toBe('');
    sim.session.sendClientContent({ turns: 'What is my name' });
    await sim.run(6_000);
    expect(texts.join('')).toContain('Your name is Ada.');
    expect(sim.eventsOf('resumed').at(-1)).toMatchObject({ outcome: 'reseeded', planned: false });
    await sim.close();
  });

  test('a 3.x model gets it with the instruction, and keeps it over the rotations that follow', async () => {
    const sim = await simulate(
      {},
      {
        model: native,
        config: { systemInstruction: 'Be brief.', inputAudioTranscription: {}, outputAudioTranscription: {} },
      },
    );
    await sim.run(2_000);
    sim.session.sendRealtimeInput({ text: 'My name is Ada' });
    await sim.run(8_000);
    await refuseAndCut(sim);
    expect(sim.session.status.current.context).toBe('reseeded');
    expect(instruction(sim)).toMatch(/^Be brief\.[^]*My name is Ada/);
    await sim.run(3_000);
    sim.emulator.goAway({ timeLeftMs: 20_000 });
    await sim.run(6_000);
    expect(sim.session.stats.rotations).toBe(1);
    expect(instruction(sim)).toMatch(/^Be brief\.[^]*My name is Ada/);
    // Not twice, however often it goes on.
    await refuseAndCut(sim);
    expect(instruction(sim)?.match(/user: My name is Ada/g)).toHaveLength(1);
    await sim.close();
  });

  test('E-52 after an accepted handle nothing of the past is sent again', async () => {
    const sim = await simulate({}, TEXT);
    sim.session.sendClientContent({ turns: 'My name is Ada' });
    await sim.run(6_000);
    sim.emulator.cut({ how: 'rst' });
    await sim.run(3_000);
    expect(sim.session.status.current.context).toBe('restored');
    expect(sim.emulator.contexts().at(-1)?.heard.length).toBe(0);
    await sim.close();
  });

  test('what is replayed anyway is not part of the reseed: said once', async () => {
    const sim = await simulate({}, TEXT);
    await sim.run(2_000);
    sim.session.sendClientContent({ turns: 'Only once' });
    await sim.run(10);
    await refuseAndCut(sim);
    await sim.run(6_000);
    const heard = sim.emulator.contexts().at(-1)?.heard.upTo() ?? [];
    expect(heard.filter(({ text }) => text.includes('Only once'))).toHaveLength(1);
    await sim.close();
  });

  test('a summary takes the place of the turns', async () => {
    const given: unknown[] = [];
    const sim = await simulate(
      {},
      {
        ...TEXT,
        summarize: (turns) => {
          given.push(turns);
          return 'My name is Grace';
        },
      },
    );
    sim.session.sendClientContent({ turns: 'My name is Ada' });
    await sim.run(6_000);
    await refuseAndCut(sim);
    expect(given).toEqual([
      [
        { role: 'user', text: 'My name is Ada' },
        { role: 'model', text: 'Turn 1. You said "My name is Ada".' },
      ],
    ]);
    expect(
      sim.emulator
        .contexts()
        .at(-1)
        ?.heard.upTo()
        .map(({ text }) => text),
    ).toEqual(['My name is Grace']);
    await sim.close();
  });
});

describe('the end of the context', () => {
  test('without compression: nearLimit, exhausted, and a fresh session when the connection ends', async () => {
    // The service is lenient: over the limit the model may only become slow (PROTOCOL §1).
    const sim = await simulate(
      { playbackFactor: 0, audioSessionMs: 1e9 },
      {
        ...TEXT,
        config: { ...TEXT.config, contextWindowCompression: false },
        contextWindowTokens: 4_000,
        audioSessionLimitMs: 1e9,
      },
    );
    for (let n = 0; n < 30 && sim.session.status.current.contextWindow !== 'exhausted'; n += 1) {
      sim.session.sendClientContent({ turns: `${n} ${'word '.repeat(120)}` });
      await sim.run(3_000);
    }
    expect(sim.session.status.current.lifecycle).toBe('active');
    sim.emulator.cut({ how: 'rst' });
    await sim.run(3_000);
    const types = sim.events
      .map(({ type }) => type)
      .filter((type) => ['nearLimit', 'exhausted', 'expired', 'resumed'].includes(type));
    expect(types.slice(0, 4)).toEqual(['nearLimit', 'exhausted', 'expired', 'resumed']);
    const near = sim.eventsOf('nearLimit')[0];
    expect(near).toMatchObject({ limitedBy: 'tokens' });
    expect(near?.fill).toBeGreaterThanOrEqual(0.9);
    expect(near?.tokens).toBeGreaterThanOrEqual(3_600);
    await sim.close();
  });

  test('with compression each slide of the window is counted', async () => {
    const sim = await simulate(
      { playbackFactor: 0 },
      {
        ...TEXT,
        config: {
          ...TEXT.config,
          contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '2500' } },
        },
      },
    );
    for (let n = 0; n < 60; n += 1) {
      sim.session.sendClientContent({ turns: `${n} ${'word '.repeat(120)}` });
      await sim.run(2_000);
    }
    const slides = sim.emulator.contexts().reduce((sum, { compressions }) => sum + compressions, 0);
    expect(slides).toBeGreaterThan(1);
    expect(sim.session.stats.compressions).toBe(slides);
    expect(sim.eventsOf('compressed').map(({ count }) => count)).toEqual(
      Array.from({ length: slides }, (_, n) => n + 1),
    );
    expect(sim.session.status.current.lifecycle).toBe('active');
    await sim.close();
  });

  test('E-61 usage is per turn: the size of the context is the last report, and not the sum', async () => {
    const sim = await simulate({}, TEXT);
    for (const text of ['One', 'Two', 'Three']) {
      sim.session.sendClientContent({ turns: text });
      await sim.run(6_000);
    }
    const { promptTokens } = sim.emulator.contexts().at(-1) ?? { promptTokens: 0 };
    expect(Math.abs(sim.session.budget.reportedTokens - promptTokens)).toBeLessThanOrEqual(2);
    await sim.close();
  });

  test('E-25 on Vertex AI the response counts under another name, and counts', async () => {
    const sim = await simulate({ provider: 'vertex' }, TEXT);
    sim.session.sendClientContent({ turns: 'One' });
    await sim.run(6_000);
    const { promptTokens } = sim.emulator.contexts().at(-1) ?? { promptTokens: 0 };
    expect(Math.abs(sim.session.budget.reportedTokens - promptTokens)).toBeLessThanOrEqual(2);
    await sim.close();
  });
});

test('E-48 silence after a resume is no failure', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  sim.emulator.cut({ how: 'rst' });
  await sim.run(120_000);
  expect(sim.session.stats.connections).toBe(2);
  expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'restored', error: null });
  await sim.close();
});

test('the same seeds give the same run, event for event', async () => {
  const once = async () => {
    const lines: unknown[] = [];
    const sim = await simulate(
      { jitterMs: 30 },
      { log: (entry) => void lines.push(entry), trace: (line) => void lines.push(line) },
    );
    await sim.speak(150);
    sim.emulator.goAway({ timeLeftMs: 10_000 });
    await sim.speak(100);
    sim.emulator.refuseDials({ times: 4, status: 503 });
    sim.emulator.cut({ how: 'rst' });
    await sim.speak(100);
    await sim.run(60_000);
    sim.emulator.refuseHandles({ times: 3, code: 1011, reason: 'Internal error encountered.' });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(30_000);
    await sim.close();
    const heard = sim.emulator.surviving().map((lineage) => lineage.map(({ head }) => readStamp(head)));
    return { lines, events: sim.events, states: sim.states, log: sim.emulator.log, heard, stats: sim.session.stats };
  };
  expect(await once()).toEqual(await once());
});

describe('a resume that was accepted and brought nothing back', () => {
  test('E-47 E-48 transcribed and never answered: the handle is dropped, and a fresh session is reseeded', async () => {
    const config = { inputAudioTranscription: {}, outputAudioTranscription: {} };
    const sim = await simulate({}, { config });
    sim.session.sendClientContent({ turns: 'My name is Ada' });
    await sim.run(8_000);
    sim.emulator.poisonResumes();
    sim.emulator.cut({ how: 'rst' });
    await sim.run(2_000);
    expect(sim.session.stats.connections).toBe(2);
    await sim.speak(50, true);
    await sim.speak(50);
    await sim.run(120_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'reseeded' });
    // Resumption is still asked for, without the handle.
    expect(sim.emulator.connections.at(-1)?.setup?.['sessionResumption']).toEqual({});
    sim.session.sendClientContent({ turns: 'What is my name' });
    await sim.run(8_000);
    expect(sim.emulator.contexts().at(-1)?.turns.at(-1)?.text).toContain('Your name is Ada.');
    await sim.close();
  });

  test('E-48 a poisoned resume to which nobody speaks is left alone', async () => {
    const sim = await simulate();
    await sim.run(3_000);
    sim.emulator.poisonResumes();
    sim.emulator.cut({ how: 'rst' });
    await sim.speak(1_000);
    await sim.run(60_000);
    expect(sim.session.stats.connections).toBe(2);
    await sim.close();
  });

  test('a context that came back almost empty is noticed by the first usage report', async () => {
    const sim = await simulate({}, TEXT);
    for (let n = 0; n < 8; n += 1) {
      sim.session.sendClientContent({ turns: `${n} ${'word '.repeat(120)}` });
      await sim.run(6_000);
    }
    sim.emulator.loseContexts();
    sim.emulator.cut({ how: 'rst' });
    await sim.run(2_000);
    expect(sim.session.status.current.context).toBe('restored');
    sim.session.sendClientContent({ turns: 'Go on' });
    await sim.run(8_000);
    expect(sim.session.status.current.context).not.toBe('restored');
    await sim.close();
  });
});
