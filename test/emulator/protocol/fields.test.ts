/** Names, types and values of client messages: what is taken, and the exact words for what is not. */
import { describe, expect, test } from 'vitest';
import { developerPath, flash, modelOf, rawBench, vertexPath } from './support.js';

const model = `models/${flash}`;
const cannotFind = (name: string, at: string): string =>
  `Invalid JSON payload received. Unknown name "${name}" at '${at}': Cannot find field.`;
const aiType = 'type.googleapis.com/google.ai.generativelanguage.v1beta';

/** As the service cuts it. */
const first123 = (reason: string): string => reason.slice(0, 123);

describe('a setup is refused with 1007 and these words', () => {
  test.each([
    [{ generationConfig: { temprature: 1 } }, cannotFind('temprature', 'setup.generation_config')],
    [{ generation_config: { voice: 'x' } }, cannotFind('voice', 'setup.generation_config')],
    [{ responseModalities: ['TEXT'] }, cannotFind('responseModalities', 'setup')],
    [
      { realtimeInputConfig: { automaticActivityDetection: { silenceMs: 1 } } },
      cannotFind('silenceMs', 'setup.realtime_input_config.automatic_activity_detection'),
    ],
    [
      { tools: [{}, { functionDeclarations: [{ name: 'f', parameters: { additionalProperties: false } }] }] },
      cannotFind('additionalProperties', 'setup.tools[1].function_declarations[0].parameters'),
    ],
    [
      { tools: [{ functionDeclarations: [{ name: 'f', parameters: { properties: { a: { typ: 'x' } } } }] }] },
      cannotFind('typ', `setup.tools[0].function_declarations[0].parameters.properties["a"]`),
    ],
    [
      { generationConfig: { temperature: 'warm' } },
      `Invalid value at 'setup.generation_config.temperature' (TYPE_FLOAT), "warm"`,
    ],
    [
      { generationConfig: { maxOutputTokens: 1.5 } },
      `Invalid value at 'setup.generation_config.max_output_tokens' (TYPE_INT32), 1.5`,
    ],
    [
      { contextWindowCompression: { triggerTokens: 'many' } },
      `Invalid value at 'setup.context_window_compression.trigger_tokens' (TYPE_INT64), "many"`,
    ],
    [{ model: 7 }, `Invalid value at 'setup.model' (TYPE_STRING), 7`],
    [{ model: {} }, `Invalid value at 'setup.model' (TYPE_STRING), Starting an object on a scalar field`],
    [{ generationConfig: 'x' }, `Invalid value at 'setup.generation_config' (${aiType}.GenerationConfig), "x"`],
    [
      { generationConfig: { responseModalities: ['AUDIBLE'] } },
      `Invalid value at 'setup.generation_config.response_modalities[0]' (${aiType}.GenerationConfig.Modality), "AUDIBLE"`,
    ],
    [
      { systemInstruction: [{ parts: [] }] },
      `Invalid JSON payload received. Unknown name "systemInstruction" at 'setup': Proto field is not repeating, cannot start list.`,
    ],
    [
      { systemInstruction: { parts: [{ text: 'x', inlineData: {} }] } },
      `Invalid value at 'setup.system_instruction.parts[0]' (oneof), oneof field 'data' is already set. Cannot set 'inlineData'`,
    ],
    [
      { generationConfig: { enableAffectiveDialog: true } },
      cannotFind('enableAffectiveDialog', 'setup.generation_config'),
    ],
    [{ proactivity: { proactiveAudio: true } }, cannotFind('proactivity', 'setup')],
    [{ explicitVadSignal: true }, cannotFind('explicitVadSignal', 'setup')],
  ])('%j', async (part, reason) => {
    const client = await rawBench().setUp({ model, ...part });
    expect(client.frames).toEqual([]);
    expect(client.closed).toEqual({ code: 1007, reason: first123(reason) });
  });

  test('no name of an object of JavaScript is a field', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const { dial } = rawBench();
      const client = dial();
      client.send(`{"setup":{"model":"${model}","${name}":{"x":1}}}`);
      expect(client.closed?.reason).toContain(`Unknown name "${name}" at 'setup'`);
    }
  });

  test('a reason is cut at 123 bytes and never inside a character', async () => {
    for (const letter of ['é', '中', '🎈']) {
      for (let length = 1; length < 60; length++) {
        const client = await rawBench().setUp({ model, [letter.repeat(length)]: 1 });
        const reason = client.closed?.reason ?? '';
        const bytes = new TextEncoder().encode(reason).length;
        expect(bytes).toBeLessThanOrEqual(123);
        const whole = cannotFind(letter.repeat(length), 'setup');
        expect(whole.startsWith(reason)).toBe(true);
        if (new TextEncoder().encode(whole).length > 123) expect(bytes).toBeGreaterThan(119);
        else expect(reason).toBe(whole);
      }
    }
  });
});

describe('a setup is taken', () => {
  test.each([
    [
      developerPath('v1alpha'),
      { generationConfig: { enableAffectiveDialog: true }, proactivity: { proactiveAudio: true } },
    ],
    [vertexPath, { generation_config: { enable_affective_dialog: true }, proactivity: {}, explicitVadSignal: true }],
    [developerPath(), { system_instruction: { parts: { text: 'a lone part' } } }],
    [developerPath(), { tools: { function_declarations: { name: 'f', parameters: { type: 'object' } } } }],
    [developerPath(), { generationConfig: { responseModalities: 'audio', temperature: '0.5', seed: '7' } }],
    [developerPath(), { generationConfig: null, tools: null, sessionResumption: null, model: `models/${flash}` }],
    [developerPath(), { labels: { team: 'x', ['__proto__']: 'y' } }],
    [
      developerPath(),
      {
        tools: [
          { functionDeclarations: [{ name: 'f', parametersJsonSchema: { $ref: '#', additionalProperties: false } }] },
        ],
      },
    ],
  ])('on %s: %j', async (path, part) => {
    const client = await rawBench().setUp({ model: modelOf[path] ?? model, ...part }, path);
    expect(client.closed).toBeNull();
    expect(client.frames[0]).toHaveProperty('setupComplete');
  });

  test('snake_case and lower case mean the same as camelCase and capitals', async () => {
    const bench = rawBench();
    const setup = { model, generation_config: { response_modalities: ['text'] } };
    const client = await bench.setUp(setup);
    client.send({ client_content: { turns: [{ role: 'user', parts: [{ text: 'hello' }] }], turn_complete: true } });
    await bench.clock.tick(2_000);
    expect(JSON.stringify(client.frames)).toContain('Turn 1. You');
  });
});

describe('later messages are refused with 1007 and these words', () => {
  const audio = { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' };
  test.each([
    [{ hello: 1 }, 'Invalid JSON payload received. Unknown name "hello": Cannot find field.'],
    ['[]', 'Invalid JSON payload received. Unknown name "": Root element must be a message.'],
    ['{', 'Invalid JSON payload received. Unexpected token.'],
    [
      { clientContent: {}, realtimeInput: {} },
      `Invalid value (oneof), oneof field 'message_type' is already set. Cannot set 'realtimeInput'`,
    ],
    [{ clientContent: { turn: [] } }, cannotFind('turn', 'client_content')],
    [{ clientContent: { turns: [{ rolle: 'user' }] } }, cannotFind('rolle', 'client_content.turns[0]')],
    [{ clientContent: { turnComplete: 'yes' } }, `Invalid value at 'client_content.turn_complete' (TYPE_BOOL), "yes"`],
    [{ realtimeInput: { audio: { ...audio, rate: 1 } } }, cannotFind('rate', 'realtime_input.audio')],
    [
      { realtimeInput: { audio: { ...audio, data: '!!!!' } } },
      `Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed for "!!!!"`,
    ],
    [{ realtimeInput: { media: audio } }, cannotFind('media', 'realtime_input')],
    [{ realtimeInput: { text: 'a', audio } }, 'Request contains an invalid argument.'],
    [
      { toolResponse: { functionResponses: [{ result: 1 }] } },
      cannotFind('result', 'tool_response.function_responses[0]'),
    ],
    [
      { toolResponse: { functionResponses: [{ id: 'a', name: 'f', response: 'x' }] } },
      `Invalid value at 'tool_response.function_responses[0].response' (type.googleapis.com/google.protobuf.Struct), "x"`,
    ],
  ])('%j', async (message, reason) => {
    const bench = rawBench();
    const client = await bench.setUp({ model });
    client.send(message);
    expect(client.closed).toEqual({ code: 1007, reason: first123(reason) });
  });

  test('what is nested too deep is refused, at any size', async () => {
    for (const levels of [101, 5_000, 200_000]) {
      const client = await rawBench().setUp({ model });
      const deep = '['.repeat(levels) + ']'.repeat(levels);
      client.send(`{"toolResponse":{"functionResponses":[{"id":"a","name":"f","response":{"x":${deep}}}]}}`);
      expect(client.closed?.reason).toMatch(/^Invalid JSON payload received\. Message too deep\./);
    }
  });

  test('a function response without an id is taken: only the SDKs insist on one', async () => {
    const client = await rawBench().setUp({ model });
    client.send({ toolResponse: { functionResponses: [{ name: 'f', response: {} }] } });
    expect(client.closed).toBeNull();
  });
});

test('what a client names at length does not swell the log', async () => {
  const bench = rawBench();
  const client = await bench.setUp({ model });
  client.send({ toolResponse: { functionResponses: [{ id: 'i'.repeat(1e6), name: 'f', response: {} }] } });
  await bench.setUp({ model: `models/${'m'.repeat(1e6)}` });
  expect(Math.max(...bench.core.log.map(({ detail }) => detail.length))).toBeLessThanOrEqual(300);
});

test('maxConcurrentSessions is null without a limit, and can be set back to that', async () => {
  const { core, setUp } = rawBench();
  expect(core.settings.maxConcurrentSessions).toBeNull();
  core.configure({ maxConcurrentSessions: 0 });
  expect((await setUp({ model })).closed?.code).toBe(1011);
  core.configure({ maxConcurrentSessions: null });
  expect((await setUp({ model })).closed).toBeNull();
});

test('half a surrogate pair is no text', async () => {
  const client = await rawBench().setUp({ model: 'models/\ud800' });
  expect(client.closed).toEqual({ code: 1007, reason: 'Invalid JSON payload received. Unexpected token.' });
});

test('over maxConcurrentSessions a setup is over quota; a place that is given up is free again', async () => {
  const bench = rawBench({ maxConcurrentSessions: 1 });
  const one = await bench.setUp({ model });
  const two = await bench.setUp({ model });
  expect(two.closed?.code).toBe(1011);
  expect(two.closed?.reason).toMatch(/^You exceeded your current quota/);
  one.gone();
  expect((await bench.setUp({ model })).closed).toBeNull();
});
