/** What each family of models does on the wire, one test per point, in the orders that were recorded. */
import { Type } from '@google/genai';
import { describe, expect, test } from 'vitest';
import type { EmulatorTransportOptions } from '../../../src/emulator/index.js';
import { AUDIO, bench, quiet, speech, TEXT, userText, type Client } from '../support.js';
import {
  callsOf,
  halfCascade,
  heard,
  latest,
  nameOf,
  native,
  openModel,
  order,
  results,
  text,
  third,
  transcribed,
} from './support.js';

const tools = [
  {
    functionDeclarations: [
      { name: 'find_tide', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } } },
    ],
  },
];
const withTools = { ...transcribed, tools };

async function toolRound(model: string, options: EmulatorTransportOptions = {}, config = withTools): Promise<Client> {
  const { client, clock } = await openModel(model, config, options);
  client.send(userText('find_tide for Oslo'));
  await clock.tick(3_000);
  client.send(results(...callsOf(client).map(({ id, name }) => ({ id, name, response: { output: 'high' } }))));
  await clock.tick(600);
  return client;
}

async function spokenTurn(model: string): Promise<Client> {
  const { client, clock } = await openModel(model);
  client.send(speech(1_000));
  client.send(quiet(700));
  await clock.tick(10_000);
  return client;
}

describe('2.5 native audio', () => {
  test('a spoken turn: input in words, thought, transcription ahead of audio, end, turnComplete with usage', async () => {
    const client = await spokenTurn(native);
    expect(order(client)).toEqual([
      'inputTranscription',
      'thought',
      'outputTranscription',
      'audio',
      'outputTranscription',
      'audio',
      'generationComplete',
      'turnComplete',
    ]);
    const words = client.frames.flatMap((frame) => frame['serverContent']?.inputTranscription?.text ?? []);
    expect(words.length).toBeGreaterThan(2);
    expect(words.every((word: string) => /^ \S+$/.test(word))).toBe(true);
    expect(client.frames.at(-1)?.['usageMetadata'].thoughtsTokenCount).toBeGreaterThan(0);
  });

  test.each([{ includeThoughts: false }, { thinkingBudget: 0 }])('no thoughts with %o', async (thinkingConfig) => {
    const { client, clock } = await openModel(native, { ...transcribed, thinkingConfig });
    client.send(userText('hello'));
    await clock.tick(6_000);
    expect(order(client)).not.toContain('thought');
    expect(client.frames.at(-1)?.['usageMetadata']).not.toHaveProperty('thoughtsTokenCount');
  });

  test('thoughts are outside the total of the usage', async () => {
    const client = await spokenTurn(native);
    const usage = client.frames.at(-1)?.['usageMetadata'];
    expect(usage.totalTokenCount).toBe(usage.promptTokenCount + usage.responseTokenCount);
  });

  test('at most three transcription frames come before the first audio, the last before the last audio', async () => {
    const { client, clock } = await openModel(native);
    client.send(userText('a rather long sentence that takes a number of pieces to tell'));
    await clock.tick(10_000);
    const names = client.frames.map(nameOf);
    const lead = names.slice(0, names.indexOf('audio')).filter((name) => name === 'outputTranscription');
    expect(lead).toHaveLength(3);
    expect(names.filter((name) => name === 'outputTranscription').length).toBeGreaterThan(5);
    expect(names.lastIndexOf('outputTranscription')).toBeLessThan(names.lastIndexOf('audio'));
    const pieces = client.frames.flatMap((frame) => frame['serverContent']?.outputTranscription?.text ?? []);
    expect(pieces.slice(1).every((piece: string) => piece.startsWith(' '))).toBe(true);
  });

  test('a tool round: nothing before the call, no thought, a numbered id, one turnComplete', async () => {
    const client = await toolRound(native);
    expect(order(client).slice(0, 3)).toEqual(['toolCall', 'outputTranscription', 'audio']);
    expect(callsOf(client)[0]?.id).toMatch(/^function-call-[1-9]\d{18}$/);
    expect(order(client)).not.toContain('thought');
  });

  test('a spoken tool round: a thought before the call', async () => {
    const { client, clock } = await openModel(native, withTools);
    client.send(userText('find_tide', false));
    client.send(speech(1_000));
    client.send(quiet(700));
    await clock.tick(2_000);
    expect(order(client).slice(-2)).toEqual(['thought', 'toolCall']);
  });

  test('barge-in while it plays: interrupted, turnComplete with usage, then what the user said', async () => {
    const { client, clock } = await openModel(native, transcribed, { replyAudioSeconds: 4 });
    client.send(userText('tell me something'));
    await clock.tick(2_000);
    const from = client.frames.length;
    client.send(speech(600));
    client.send(quiet(700));
    await clock.tick(1_000);
    expect(order(client, from).slice(0, 4)).toEqual(['interrupted', 'turnComplete', 'inputTranscription', 'thought']);
    expect(client.frames[from + 1]?.['usageMetadata']).toBeDefined();
    expect(client.frames.slice(0, from).map(nameOf)).toContain('generationComplete');
  });

  test('no update for a client that did not ask', async () => {
    const { client, clock } = await openModel(native);
    client.send(userText('hello'));
    await clock.tick(20_000);
    expect(order(client)).not.toContain('sessionResumptionUpdate');
  });

  test('clientContent is taken at any time', async () => {
    const { client, clock } = await openModel(native);
    for (const words of ['one', 'two']) {
      client.send(userText(words));
      await clock.tick(6_000);
    }
    expect(client.end).toBeNull();
    expect(heard(client)).toContain('You said "two"');
  });
});

describe('2.5 with text', () => {
  test('the code of a call comes before the toolCall', async () => {
    const client = await toolRound(halfCascade, {}, { ...TEXT, tools });
    expect(order(client).slice(0, 3)).toEqual(['executableCode', 'toolCall', 'text']);
    const code = client.frames[1]?.['serverContent'].modelTurn.parts[0].executableCode;
    expect(code).toEqual({ language: 'PYTHON', code: "print(default_api.find_tide(city='Oslo'))" });
    expect(callsOf(client)[0]?.id).toMatch(/^function-call-\d{19}$/);
  });

  test('a spoken answer counts as text', async () => {
    for (const [model, modality] of [
      [halfCascade, 'TEXT'],
      [native, 'AUDIO'],
    ] as const) {
      const { client, clock } = await openModel(model, AUDIO);
      client.send(userText('hello'));
      await clock.tick(6_000);
      expect(order(client)).toContain('audio');
      const details = client.frames.at(-1)?.['usageMetadata'].responseTokensDetails;
      expect(details.map((detail: { modality: string }) => detail.modality)).toEqual([modality]);
    }
  });

  test('no thoughts unless asked', async () => {
    for (const [includeThoughts, seen] of [
      [undefined, false],
      [true, true],
    ] as const) {
      const config = { ...TEXT, ...(includeThoughts ? { thinkingConfig: { includeThoughts } } : {}) };
      const { client, clock } = await openModel(halfCascade, config);
      client.send(userText('hello'));
      await clock.tick(3_000);
      expect(order(client).includes('thought')).toBe(seen);
    }
  });
});

describe('3.1', () => {
  test('a tool round: an empty serverContent before the call and before the answer, an update after the result', async () => {
    const { client, clock } = await openModel(third, withTools);
    client.send(userText('find_tide for Oslo'));
    await clock.tick(1_000);
    expect(order(client)).toEqual(['serverContent{}', 'toolCall']);
    expect(callsOf(client)[0]?.id).toMatch(/^fc_\d{19}$/);
    const from = client.frames.length;
    client.send(results({ id: callsOf(client)[0]?.id, name: 'find_tide', response: { output: 'high' } }));
    await clock.tick(600);
    expect(order(client, from).slice(0, 3)).toEqual([
      'sessionResumptionUpdate',
      'serverContent{}',
      'audio+outputTranscription',
    ]);
  });

  test('transcription is in the frame of the audio, never alone; no update until the turn is complete', async () => {
    const { client, clock } = await openModel(third);
    client.send(userText('a rather long sentence'));
    await clock.tick(10_000);
    const names = order(client);
    expect(names).toContain('audio');
    expect(names).not.toContain('outputTranscription');
    expect(names.indexOf('sessionResumptionUpdate')).toBe(names.indexOf('turnComplete') + 1);
    expect(client.frames.map(nameOf).filter((name) => name === 'serverContent{}')).toHaveLength(1);
    expect(client.frames.find((frame) => frame['sessionResumptionUpdate'])?.['sessionResumptionUpdate']).toMatchObject({
      resumable: true,
    });
  });

  test('a spoken turn: voiceActivity beside an empty serverContent, the transcription before its end', async () => {
    const client = await spokenTurn(third);
    expect(order(client).slice(0, 3)).toEqual([
      'serverContent{}+voiceActivity',
      'inputTranscription',
      'serverContent{}+voiceActivity',
    ]);
    const [start, end] = client.frames.flatMap((frame) => frame['voiceActivity'] ?? []);
    expect(start).toEqual({ type: 'ACTIVITY_START', audioOffset: '0s' });
    expect(end).toEqual({ type: 'ACTIVITY_END', audioOffset: expect.stringMatching(/^1\.\d+s$/) as string });
  });

  test('input transcription is one frame', async () => {
    const client = await spokenTurn(third);
    const said = client.frames.flatMap((frame) => frame['serverContent']?.inputTranscription?.text ?? []);
    expect(said).toEqual([expect.stringMatching(/^speech of/)]);
  });

  test('clientContent after the first turn is refused', async () => {
    const { client, clock } = await openModel(third);
    client.send(userText('one'));
    await clock.tick(6_000);
    client.send(userText('two'));
    await clock.tick(100);
    expect(client.end).toMatchObject({ code: 1007 });
  });
});

describe('3.8', () => {
  test('a spoken turn, in the order that was recorded', async () => {
    const client = await spokenTurn(latest);
    const names = client.frames.map(nameOf);
    expect(names.slice(0, 9)).toEqual([
      'setupComplete',
      'sessionResumptionUpdate',
      'voiceActivity',
      'inputTranscription',
      'voiceActivity',
      '{}',
      'serverContent{}',
      '{}',
      'audio+outputTranscription',
    ]);
    expect(names.slice(-9, -1)).toEqual([
      '{}',
      'audio',
      '{}',
      '{}',
      expect.stringMatching(/^audio/),
      expect.stringMatching(/^audio/),
      'generationComplete',
      'turnComplete',
    ]);
    expect(
      client.frames.filter((frame) => frame['serverContent']?.modelTurn)[0]?.['serverContent'].modelTurn.role,
    ).toBe('model');
    expect(client.frames.at(-2)?.['usageMetadata'].thoughtsTokenCount).toBeGreaterThan(0);
    expect(names).not.toContain('thought');
  });

  test('no update between the setup and the end of the first turn', async () => {
    const { client, clock } = await openModel(latest);
    await clock.tick(8_000);
    client.send(text('hello'));
    await clock.tick(8_000);
    expect(order(client).filter((name) => name === 'sessionResumptionUpdate')).toHaveLength(2);
    expect(order(client).slice(-2)).toEqual(['turnComplete', 'sessionResumptionUpdate']);
  });

  test('with thinking: a turn that is IN_PROGRESS, then the answer and IDLE; no handle in between', async () => {
    const { client, clock } = await openModel(latest, { ...transcribed, thinkingConfig: { includeThoughts: true } });
    client.send(text('why is the sky blue'));
    await clock.tick(15_000);
    const statuses = client.frames.flatMap((frame) => frame['serverContent']?.interactionStatus ?? []);
    expect(statuses).toEqual(['IN_PROGRESS', 'IDLE']);
    const names = client.frames.map(nameOf);
    const interim = names.indexOf('turnComplete+interactionStatus');
    expect(names.indexOf('thought')).toBeGreaterThan(interim);
    expect(names.slice(interim).filter((name) => name === 'generationComplete')).toHaveLength(1);
    expect(names.slice(2, names.lastIndexOf('turnComplete+interactionStatus'))).not.toContain(
      'sessionResumptionUpdate',
    );
  });

  test('a connection lives 58 minutes', async () => {
    const { client, clock } = await openModel(latest, { ...AUDIO, contextWindowCompression: { slidingWindow: {} } });
    await clock.tick(57 * 60_000 - 400);
    expect(client.frames.some((frame) => frame['goAway'])).toBe(false);
    await clock.tick(400);
    expect(client.frames.at(-1)).toEqual({ goAway: { timeLeft: '60s' } });
    await clock.tick(59_000);
    expect(client.end).toBeNull();
    await clock.tick(1_000);
    expect(client.end).toMatchObject({ code: 1008 });
  });
});

describe('Vertex', () => {
  const vertex = { provider: 'vertex' } as const;
  const endOfTurn = ['outputTranscription', 'generationComplete', 'turnComplete+groundingMetadata'];

  test('2.5: the call ends its turn, and the answer to the result is another; candidates in the usage', async () => {
    const { client, clock } = await openModel(native, withTools, vertex);
    client.send(userText('find_tide for Oslo'));
    await clock.tick(2_000);
    expect(order(client)).toEqual(['toolCall', ...endOfTurn]);
    expect(client.frames.at(-1)?.['usageMetadata'].candidatesTokenCount).toBeGreaterThan(0);
    const from = client.frames.length;
    client.send(results({ name: 'find_tide', response: { output: 'high' } }));
    await clock.tick(10_000);
    expect(heard(client)).toContain('high');
    expect(order(client, from).slice(-3)).toEqual(endOfTurn);
    expect(order(client, from).filter((name) => name === 'generationComplete')).toHaveLength(1);
    const usage = client.frames.at(-1)?.['usageMetadata'];
    expect(usage.candidatesTokenCount).toBeGreaterThan(0);
    expect(usage).not.toHaveProperty('responseTokenCount');
  });

  test('a transcription is finished in a frame of its own, without text', async () => {
    const { client, clock } = await openModel(native, transcribed, vertex);
    client.send(userText('hello'));
    await clock.tick(10_000);
    const told = client.frames.flatMap((frame) => frame['serverContent']?.outputTranscription ?? []);
    expect(told.filter(({ finished }: { finished?: boolean }) => finished === true)).toEqual([{ finished: true }]);
    expect(told.at(-1)).toEqual({ finished: true });

    const plain = await openModel(native, AUDIO, vertex);
    plain.client.send(userText('hello'));
    await plain.clock.tick(10_000);
    expect(order(plain.client)).not.toContain('outputTranscription');
  });

  test('a function that does not block does not end the turn', async () => {
    const script = { turns: [{ steps: [{ call: { name: 'look', nonBlocking: true } }, { say: 'I go on.' }] }] };
    const { client, clock } = await openModel(native, AUDIO, { ...vertex, script });
    client.send(userText('go'));
    await clock.tick(10_000);
    expect(order(client)).toEqual(['toolCall', 'audio', 'generationComplete', 'turnComplete+groundingMetadata']);
  });

  test('a 3.x model keeps its family and gets the ways of the provider', async () => {
    const { client, clock } = await openModel(third, withTools, vertex);
    client.send(userText('find_tide for Oslo'));
    await clock.tick(1_000);
    expect(order(client)).toEqual(['serverContent{}', 'toolCall', 'generationComplete', 'turnComplete']);
  });
});

describe('options', () => {
  test('profile makes every model behave as one family', async () => {
    const client = await toolRound(native, { profile: '3.1' });
    expect(callsOf(client)[0]?.id).toMatch(/^fc_/);
    expect(order(client)).toContain('audio+outputTranscription');
  });

  test('an option wins over the profile', async () => {
    const plain = await openModel(latest, transcribed, { emptyFrames: false, sendUnaskedHandles: false });
    plain.client.send(text('hello'));
    await plain.clock.tick(8_000);
    expect(order(plain.client).filter((name) => /\{\}|Update/.test(name))).toEqual([]);

    const full = await openModel(native, transcribed, { emptyFrames: true });
    full.client.send(text('hello'));
    await full.clock.tick(8_000);
    expect(order(full.client).slice(0, 5)).toEqual(['{}', 'serverContent{}', 'thought', '{}', 'outputTranscription']);

    const still = await openModel(native, transcribed, { thoughts: false, connectionLifetimeMs: 120_000 });
    still.client.send(userText('hello'));
    await still.clock.tick(59_700);
    expect(order(still.client)).not.toContain('thought');
    expect(still.client.frames.some((frame) => frame['goAway'])).toBe(false);
    await still.clock.tick(300);
    expect(still.client.frames.at(-1)).toEqual({ goAway: { timeLeft: '60s' } });
  });

  test.each([
    ['on the Developer API, if told so', native, { callsEndTurn: true }, ['generationComplete', 'turnComplete']],
    ['not on Vertex, if told so', native, { provider: 'vertex', callsEndTurn: false }, []],
    ['not on the Developer API by itself', native, {}, []],
    ['not on 3.1', third, {}, []],
  ] as const)('callsEndTurn: %s', async (_, model, options, end) => {
    const { client, clock } = await openModel(model, { ...AUDIO, tools }, options);
    client.send(userText('find_tide for Oslo'));
    await clock.tick(2_000);
    expect(order(client).slice(order(client).indexOf('toolCall') + 1)).toEqual(end);
    client.send(results({ id: callsOf(client)[0]?.id, name: 'find_tide', response: { output: 'high' } }));
    await clock.tick(10_000);
    expect(client.frames.map(nameOf).filter((name) => name === 'generationComplete')).toHaveLength(end.length / 2 + 1);
  });

  test('a model of one’s own names its family', async () => {
    const models = [{ name: 'my-model', modalities: ['AUDIO'], profile: '3.8' }] as const;
    const { client } = await openModel('my-model', AUDIO, { models });
    expect(order(client)).toEqual(['sessionResumptionUpdate']);
  });

  test('the pause before turnComplete is what is left to play', async () => {
    for (const model of [native, third, latest]) {
      const { client, clock } = await openModel(model, transcribed, { replyAudioSeconds: 3, generationPace: 0.2 });
      client.send(text('hello'));
      await clock.tick(10_000);
      const names = client.frames.map(nameOf);
      const at = (name: string): number => client.times[names.findIndex((found) => found.startsWith(name))] ?? 0;
      expect(at('turnComplete') - at('audio')).toBe(3_000);
      expect(at('generationComplete') - at('audio')).toBe(580);
    }
  });

  test('the same seed gives the same frames at the same times', async () => {
    const run = async (model: string): Promise<string> => {
      const { client, clock } = await openModel(model, withTools);
      client.send(speech(700));
      client.send(quiet(900));
      await clock.tick(6_000);
      client.send(text('find_tide for Oslo'));
      await clock.tick(4_000);
      return JSON.stringify([client.frames, client.times]);
    };
    for (const model of [native, third, latest]) expect(await run(model)).toBe(await run(model));
  });
});

test('an explicit "not resumable" goes only to a client that asked', async () => {
  const asked = bench();
  const client = await asked.open({ ...AUDIO, sessionResumption: {} }, latest);
  client.send(text('hello'));
  await asked.clock.tick(1_000);
  expect(client.frames).toContainEqual({ sessionResumptionUpdate: {} });
  const { client: other, clock } = await openModel(latest);
  other.send(text('hello'));
  await clock.tick(8_000);
  expect(other.frames).not.toContainEqual({ sessionResumptionUpdate: {} });
});
