/** Setup, turns, barge-in and tools of the emulator, as docs/PROTOCOL.md describes the service. */
import { ActivityHandling, Modality, Type } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { AUDIO, bench, flash, quiet, speech, TEXT, userText, type Client, type Frame } from './support.js';

const native = 'gemini-2.5-flash-native-audio-preview-12-2025';
const hasAudio = (frame: Frame): boolean => frame['serverContent']?.modelTurn?.parts[0].inlineData !== undefined;
const audioOf = (client: Client): Frame[] =>
  client.frames.filter(hasAudio).map((frame) => frame['serverContent'].modelTurn.parts[0].inlineData as Frame);
const tides = {
  tools: [
    {
      functionDeclarations: [
        { name: 'find_tide', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } } },
      ],
    },
  ],
};

describe('setup', () => {
  test('answers setupComplete after setupMs, on Vertex with a sessionId', async () => {
    const developer = bench({ setupMs: 130 });
    const client = developer.dial();
    await developer.clock.tick(100);
    expect(client.opened).toBe(true);
    expect(client.frames).toEqual([]);
    await developer.clock.tick(100);
    expect(client.frames).toEqual([{ setupComplete: {} }]);

    const vertex = await bench({ provider: 'vertex' }).open();
    expect(vertex.frames[0]?.['setupComplete'].sessionId).toMatch(/.+/);
  });

  test('frames are bytes of pretty-printed UTF-8 JSON', async () => {
    const { transport, clock } = bench();
    let raw: unknown;
    transport.dial({ model: flash, config: TEXT }, { opened() {}, ended() {}, frame: (data) => (raw ??= data) });
    await clock.tick(200);
    expect(raw).toBeInstanceOf(Uint8Array);
    expect(new TextDecoder().decode(raw as Uint8Array)).toContain('\n');
  });

  test('the delay applies to every leg: dial, setup, answer', async () => {
    const { clock, dial } = bench({ oneWayMs: 60, dialRoundTrips: 3, setupMs: 130 });
    const client = dial();
    const start = clock.now();
    await clock.tick(1_000);
    expect((client.times[0] ?? 0) - start).toBe(360 + 120 + 130);
  });
});

describe('turns', () => {
  test('TEXT: pieces, generationComplete, then one frame with turnComplete and usage', async () => {
    const { open, clock } = bench();
    const client = await open();
    client.send(userText('My name is Ada'));
    await clock.tick(3_000);
    expect(client.story().filter((name) => name !== 'text')).toEqual([
      'setupComplete',
      'generationComplete',
      'turnComplete',
    ]);
    expect(client.story().filter((name) => name === 'text').length).toBeGreaterThan(1);
    expect(client.text()).toContain('My name is Ada');
    const last = client.frames.at(-1);
    expect(last).toMatchObject({ serverContent: { turnComplete: true } });
    const usage = last?.['usageMetadata'];
    expect(usage.totalTokenCount).toBe(usage.promptTokenCount + usage.responseTokenCount);
    expect(usage.responseTokensDetails[0].modality).toBe('TEXT');
  });

  test('usage is per turn, and the prompt grows; Vertex counts candidates', async () => {
    const { open, clock } = bench({ provider: 'vertex' });
    const client = await open();
    const sizes: number[] = [];
    for (const text of ['one two three', 'four five six']) {
      client.send(userText(text));
      await clock.tick(3_000);
      const usage = client.frames.at(-1)?.['usageMetadata'];
      expect(usage).not.toHaveProperty('responseTokenCount');
      expect(usage.candidatesTokenCount).toBeGreaterThan(0);
      sizes.push(usage.promptTokenCount);
    }
    expect(sizes[1]).toBeGreaterThan(sizes[0] ?? 0);
  });

  test('it remembers: what was said first', async () => {
    const { open, clock } = bench();
    const client = await open();
    client.send(userText('The code word is heron.'));
    await clock.tick(3_000);
    client.send(userText('What did I say first?'));
    await clock.tick(3_000);
    expect(client.text()).toContain('First you said "The code word is heron."');
    expect(client.text()).toContain('Turn 2.');
  });

  test('turnComplete false keeps the turn open', async () => {
    const { open, clock } = bench();
    const client = await open();
    client.send(userText('first half', false));
    await clock.tick(3_000);
    expect(client.story()).toEqual(['setupComplete']);
    client.send(userText('second half'));
    await clock.tick(3_000);
    expect(client.text()).toContain('first half\nsecond half');
  });

  test('AUDIO: transcription beside 24 kHz audio; turnComplete waits for the playback', async () => {
    const { open, clock } = bench({ replyAudioSeconds: 2, generationPace: 0.25, playbackFactor: 1 });
    const client = await open({ ...AUDIO, outputAudioTranscription: {} }, native);
    client.send({ realtimeInput: { text: 'hello' } });
    await clock.tick(10_000);
    const at = (name: string): number =>
      client.times[client.frames.findIndex((frame) => frame['serverContent']?.[name] !== undefined)] ?? Number.NaN;
    const first = client.times[client.frames.findIndex(hasAudio)] ?? Number.NaN;
    expect(at('generationComplete') - first).toBeLessThan(700);
    expect(at('turnComplete') - first).toBe(2_000);
    expect(audioOf(client)).toHaveLength(20);
    expect(audioOf(client)[0]?.['mimeType']).toBe('audio/pcm;rate=24000');
    const said = client.frames.map((frame) => frame['serverContent']?.outputTranscription?.text ?? '').join('');
    expect(said).toContain('You said "hello"');
    expect(client.frames.at(-1)?.['usageMetadata'].responseTokensDetails).toEqual([
      { modality: 'AUDIO', tokenCount: 50 },
    ]);
  });

  test('3.8: voiceActivity, one input transcription, audio and transcription in one frame, empty frames', async () => {
    const { open, clock } = bench();
    const client = await open(
      { ...AUDIO, inputAudioTranscription: {}, outputAudioTranscription: {} },
      'gemini-3.8-live',
    );
    client.send(quiet(500));
    client.send(speech(1_000));
    client.send(quiet(700));
    await clock.tick(8_000);
    const activity = client.frames.map((frame) => frame['voiceActivity']).filter((found) => found !== undefined);
    expect(activity).toEqual([
      { type: 'ACTIVITY_START', audioOffset: '0.500s' },
      { type: 'ACTIVITY_END', audioOffset: expect.stringMatching(/^2s$|^[12]\.\d+s$/) },
    ]);
    expect(client.frames.filter((frame) => frame['serverContent']?.inputTranscription)).toHaveLength(1);
    expect(client.frames).toContainEqual({});
    expect(client.frames).toContainEqual({ serverContent: {} });
    expect(
      client.frames.some((frame) => frame['serverContent']?.modelTurn && frame['serverContent']?.outputTranscription),
    ).toBe(true);
  });

  test('snake_case messages are understood', async () => {
    const { open, clock } = bench();
    const client = await open();
    client.send({ client_content: { turns: [{ role: 'user', parts: [{ text: 'snake' }] }], turn_complete: true } });
    await clock.tick(3_000);
    client.send({ realtime_input: { audio: { data: 'AAAA', mime_type: 'audio/pcm;rate=16000' } } });
    await clock.tick(100);
    expect(client.text()).toContain('snake');
    expect(client.end).toBeNull();
  });
});

describe('speech', () => {
  test('silence in the audio ends the turn, not the clock', async () => {
    const { open, clock } = bench({ speechEndSilenceMs: 500 });
    const client = await open({ ...AUDIO, inputAudioTranscription: {} }, native);
    client.send(speech(1_000));
    await clock.tick(5_000);
    expect(client.story()).toEqual(['setupComplete']);
    client.send(quiet(600));
    await clock.tick(8_000);
    expect(client.frames.map((frame) => frame['serverContent']?.inputTranscription?.text ?? '').join('')).toMatch(
      /speech of 1\.\d s/,
    );
    expect(client.story().at(-1)).toBe('turnComplete');
  });

  test('quiet audio alone is no turn', async () => {
    const { open, clock } = bench();
    const client = await open(AUDIO, native);
    for (let second = 0; second < 10; second++) client.send(quiet(1_000));
    await clock.tick(5_000);
    expect(client.story()).toEqual(['setupComplete']);
  });

  test('audioStreamEnd ends an utterance', async () => {
    const { open, clock } = bench();
    const client = await open(AUDIO, native);
    client.send(speech(1_000));
    client.send({ realtimeInput: { audioStreamEnd: true } });
    await clock.tick(8_000);
    expect(client.story().at(-1)).toBe('turnComplete');
  });

  test('manual activity: audio between start and end is a turn; an empty activity is fatal', async () => {
    const manual = { ...TEXT, realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
    const { open, clock } = bench();
    const client = await open(manual);
    client.send({ realtimeInput: { activityStart: {} } });
    client.send(speech(800));
    await clock.tick(2_000);
    expect(client.story()).toEqual(['setupComplete']);
    client.send({ realtimeInput: { activityEnd: {} } });
    await clock.tick(2_000);
    expect(client.text()).toContain('speech of 0.8 s');
    client.send({ realtimeInput: { activityStart: {} } });
    client.send({ realtimeInput: { activityEnd: {} } });
    await clock.tick(100);
    expect(client.end).toEqual({ cause: 'close', code: 1007, reason: 'Request contains an invalid argument.' });
  });
});

describe('barge-in', () => {
  test('speech while generating: interrupted, turnComplete with usage, no generationComplete', async () => {
    const { open, clock } = bench({ replyAudioSeconds: 10, generationPace: 0.5 });
    const client = await open(AUDIO, native);
    client.send(userText('tell me a story'));
    await clock.tick(1_000);
    client.send(speech(200));
    await clock.tick(100);
    expect(client.story().slice(-2)).toEqual(['interrupted', 'turnComplete']);
    expect(client.story()).not.toContain('generationComplete');
    expect(client.frames.at(-1)?.['sessionResumptionUpdate'] ?? client.frames.at(-1)?.['usageMetadata']).toBeDefined();
  });

  test('text during the playback pause: generationComplete, interrupted, turnComplete, then the next answer', async () => {
    const { open, clock } = bench({ replyAudioSeconds: 5 });
    const client = await open(AUDIO, native);
    client.send(userText('one'));
    await clock.tick(2_500);
    client.send(userText('two'));
    await clock.tick(12_000);
    const story = client.story().filter((name) => name !== 'audio' && name !== 'text');
    expect(story).toEqual([
      'setupComplete',
      'generationComplete',
      'interrupted',
      'turnComplete',
      'generationComplete',
      'turnComplete',
    ]);
  });

  test('NO_INTERRUPTION: the answer goes on and the next turn follows it', async () => {
    const { open, clock } = bench({ replyAudioSeconds: 3 });
    const config = { ...AUDIO, realtimeInputConfig: { activityHandling: ActivityHandling.NO_INTERRUPTION } };
    const client = await open(config, native);
    client.send(userText('one'));
    await clock.tick(800);
    client.send(speech(500));
    client.send(quiet(600));
    await clock.tick(12_000);
    const story = client.story().filter((name) => name !== 'audio' && name !== 'text');
    expect(story).toEqual([
      'setupComplete',
      'generationComplete',
      'turnComplete',
      'generationComplete',
      'turnComplete',
    ]);
  });
});

describe('tools', () => {
  test('a mentioned function is called; the answer waits for the response and quotes it', async () => {
    const { open, clock } = bench();
    const client = await open({ ...TEXT, ...tides });
    client.send(userText('Please find_tide for Oslo'));
    await clock.tick(5_000);
    const [call] = client.frames.find((frame) => frame['toolCall'])?.['toolCall'].functionCalls ?? [];
    expect(call).toMatchObject({ name: 'find_tide', args: { city: 'Oslo' } });
    expect(client.story().at(-1)).toBe('toolCall');
    client.send({
      toolResponse: { functionResponses: [{ id: call.id, name: 'find_tide', response: { output: 'high water' } }] },
    });
    await clock.tick(3_000);
    expect(client.text()).toContain('high water');
    expect(client.story().at(-1)).toBe('turnComplete');
  });

  test('not resumable from the question to the answer, and a fresh handle afterwards', async () => {
    const { open, clock } = bench({ handleEveryMs: 1_000 });
    const client = await open({ ...TEXT, ...tides, sessionResumption: {} });
    await clock.tick(3_000);
    const before = client.handles().length;
    client.send(userText('use a tool'));
    await clock.tick(10_000);
    const updates = client.frames
      .filter((frame) => frame['sessionResumptionUpdate'])
      .map((frame) => frame['sessionResumptionUpdate']);
    expect(updates.at(-1)).toEqual({});
    expect(updates.filter((update) => update.newHandle === undefined)).toHaveLength(1);
    expect(client.handles()).toHaveLength(before);
    const id = client.frames.find((frame) => frame['toolCall'])?.['toolCall'].functionCalls[0].id;
    client.send({ toolResponse: { functionResponses: [{ id, name: 'find_tide', response: {} }] } });
    await clock.tick(2_000);
    expect(client.handles().length).toBeGreaterThan(before);
  });

  test('an unknown response is ignored in silence; barge-in cancels the call', async () => {
    const { open, clock, transport } = bench();
    const client = await open({ ...TEXT, ...tides });
    client.send({ toolResponse: { functionResponses: [{ id: 'nobody', name: 'find_tide', response: {} }] } });
    await clock.tick(1_000);
    expect(client.end).toBeNull();
    expect(client.story()).toEqual(['setupComplete']);
    expect(
      transport.emulator.log.some((entry) => entry.what === 'toolResponseIgnored' && entry.detail === 'unknown id'),
    ).toBe(true);
    const [id] = transport.emulator.callTool('find_tide', { city: 'Rome' });
    await clock.tick(100);
    client.send({ realtimeInput: { text: 'never mind' } });
    await clock.tick(3_000);
    expect(client.frames.find((frame) => frame['toolCallCancellation'])).toEqual({
      toolCallCancellation: { ids: [id] },
    });
    expect(client.text()).toContain('never mind');
  });

  test('on Vertex the call ends the turn', async () => {
    const { open, clock } = bench({ provider: 'vertex' });
    const client = await open({ ...TEXT, ...tides });
    client.send(userText('use a tool'));
    await clock.tick(3_000);
    expect(client.story()).toContain('toolCall');
    expect(client.frames.at(-1)).toMatchObject({ serverContent: { turnComplete: true }, usageMetadata: {} });
  });
});

test('3.1 and later take clientContent only at the start, 2.5 always', async () => {
  const { open, clock } = bench();
  const config = { responseModalities: [Modality.AUDIO] };
  const third = await open(config, 'gemini-3.1-flash-live-preview');
  third.send(userText('hello'));
  await clock.tick(6_000);
  expect(third.story().at(-1)).toBe('turnComplete');
  third.send(userText('again'));
  await clock.tick(100);
  expect(third.end).toMatchObject({ code: 1007, reason: 'Request contains an invalid argument.' });
});

test('initial history is taken without an answer', async () => {
  const { transport, clock } = bench();
  // The official client drops historyConfig; here it is written by hand.
  const frames: string[] = [];
  const server = transport.emulator.accept(
    {
      path: '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
      query: new URLSearchParams('key=k'),
      headers: {},
    },
    {
      send: (data) => frames.push(typeof data === 'string' ? data : new TextDecoder().decode(data)),
      close() {},
      reset() {},
    },
  );
  if ('status' in server) throw new Error('refused');
  server.receive(
    JSON.stringify({
      setup: { model: 'models/gemini-3.1-flash-live-preview', historyConfig: { initialHistoryInClientContent: true } },
    }),
  );
  await clock.tick(200);
  server.receive(
    JSON.stringify({
      clientContent: {
        turns: [
          { role: 'user', parts: [{ text: 'old question' }] },
          { role: 'model', parts: [{ text: 'old answer' }] },
        ],
        turnComplete: true,
      },
    }),
  );
  await clock.tick(5_000);
  expect(frames.some((frame) => frame.includes('modelTurn'))).toBe(false);
  expect(transport.emulator.contexts()[0]?.turns.map((turn) => turn.text)).toEqual(['old question', 'old answer']);
});

test('a system instruction can change in mid-session: role system on Vertex, contextUpdate on 3.8', async () => {
  const vertex = bench({ provider: 'vertex' });
  const client = await vertex.open();
  client.send({
    clientContent: { turns: [{ role: 'system', parts: [{ text: 'Speak Latin.' }] }], turnComplete: false },
  });
  await vertex.clock.tick(1_000);
  expect(vertex.transport.emulator.contexts()[0]?.currentSystemInstruction).toBe('Speak Latin.');
  expect(client.story()).toEqual(['setupComplete']);

  const developer = bench();
  const third = await developer.open(AUDIO, 'gemini-3.8-live');
  third.send({ contextUpdate: { systemInstruction: { parts: [{ text: 'Whisper.' }] } } });
  await developer.clock.tick(100);
  expect(developer.transport.emulator.contexts()[0]?.currentSystemInstruction).toBe('Whisper.');
});
