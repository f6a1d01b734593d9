/** How connections are refused and how they end: the codes and reasons of docs/PROTOCOL.md. */
import { describe, expect, test } from 'vitest';
import { createEmulator, emulator, isRefusal } from '../../src/emulator/index.js';
import { bench, quiet, TEXT, userText } from './support.js';
import { virtualClock } from '../support/virtualClock.js';

const developerPath = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const vertexPath = '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent';

interface Raw {
  closed: { code: number; reason: string } | null;
  frames: string[];
  send(message: unknown): void;
}

/** A socket without a client library: any frame can be sent. */
function raw(path = developerPath, query = 'key=k') {
  const clock = virtualClock();
  const core = createEmulator({ clock });
  const client: Raw = { closed: null, frames: [], send: () => {} };
  const server = core.accept(
    { path, query: new URLSearchParams(query), headers: {} },
    {
      send: (data) => client.frames.push(typeof data === 'string' ? data : new TextDecoder().decode(data)),
      close: (code, reason) => {
        client.closed = { code, reason };
      },
      reset() {},
    },
  );
  if (isRefusal(server)) throw new Error(`refused with ${server.status}`);
  client.send = (message) => server.receive(typeof message === 'string' ? message : JSON.stringify(message));
  return { client, clock, core, server };
}

const model = 'models/gemini-live-2.5-flash-preview';
const long = 'publishers/google/models/gemini-live-2.5-flash';

describe.each([
  ['an unknown key', { model, colour: 1 }, 1007, /^Invalid JSON payload received\. Unknown name "colour" at 'setup'/],
  [
    'a modality the model lacks',
    {
      model: 'models/gemini-2.5-flash-native-audio-preview-12-2025',
      generationConfig: { responseModalities: ['TEXT'] },
    },
    1007,
    /response modalities \(TEXT\) is not supported/,
  ],
  [
    'a voice for TEXT',
    { model, generationConfig: { responseModalities: ['TEXT'], speechConfig: {} } },
    1007,
    /^Cannot extract voices from a non-audio request\.$/,
  ],
  [
    'a trigger too low',
    { model, contextWindowCompression: { triggerTokens: '4999', slidingWindow: {} } },
    1007,
    /^Request contains an invalid argument\.$/,
  ],
  [
    'a trigger too high',
    { model, contextWindowCompression: { triggerTokens: 128_001, slidingWindow: {} } },
    1007,
    /^Request contains an invalid argument\.$/,
  ],
  [
    'a target above the trigger',
    { model, contextWindowCompression: { triggerTokens: '6000', slidingWindow: { targetTokens: '6001' } } },
    1007,
    /^Request contains an invalid argument\.$/,
  ],
  [
    'transparent on the Developer API',
    { model, sessionResumption: { transparent: true } },
    1007,
    /Unknown name "transparent"/,
  ],
  ['a null handle', { model, sessionResumption: { handle: null } }, 1008, /./],
  [
    'an unknown model',
    { model: 'models/gemini-9' },
    1008,
    /^models\/gemini-9 is not found for API version v1beta, or is not supported for bidiGenerateContent/,
  ],
] as const)('a setup with %s', (_, setup, code, reason) => {
  test(`closes ${code}`, async () => {
    const { client, clock } = raw();
    client.send({ setup });
    await clock.tick(1_000);
    expect(client.frames).toEqual([]);
    expect(client.closed?.code).toBe(code);
    expect(client.closed?.reason).toMatch(reason);
    expect(new TextEncoder().encode(client.closed?.reason).length).toBeLessThanOrEqual(123);
  });
});

describe('setups that are taken', () => {
  test.each([
    [
      developerPath,
      { model, contextWindowCompression: { triggerTokens: 25_600, slidingWindow: { targetTokens: '12800' } } },
    ],
    [developerPath, { model, session_resumption: {}, generation_config: { response_modalities: ['TEXT'] } }],
    [developerPath, { model, sessionResumption: { handle: '' } }],
    [`/${developerPath}`, { model }],
    [`/${vertexPath}`, { model: long, sessionResumption: { transparent: true } }],
    [vertexPath, { model: `projects/p/locations/l/${long}` }],
  ])('%s %j', async (path, setup) => {
    const { client, clock } = raw(path);
    client.send({ setup });
    await clock.tick(1_000);
    expect(client.closed).toBeNull();
    expect(client.frames[0]).toContain('setupComplete');
  });

  test('Vertex does not know short model names', async () => {
    const { client, clock } = raw(vertexPath);
    client.send({ setup: { model: 'projects/p/locations/l/publishers/google/models/none' } });
    await clock.tick(10);
    expect(client.closed).toMatchObject({ code: 1008, reason: expect.stringMatching(/^Publisher Model `projects\/p/) });
  });
});

describe('frames that are refused', () => {
  test.each([
    ['anything before the setup', userText('hi'), 1007],
    ['no JSON', 'hello', 1007],
    ['null', 'null', 1007],
    ['an unknown member', { hello: {} }, 1007],
    ['no member', {}, 1007],
    ['two members', { setup: { model }, clientContent: {} }, 1007],
  ])('first: %s', async (_, frame, code) => {
    const { client } = raw();
    client.send(frame);
    expect(client.closed?.code).toBe(code);
  });

  test('content before setupComplete, and a second setup', async () => {
    const early = raw();
    early.client.send({ setup: { model } });
    early.client.send(userText('hi'));
    expect(early.client.closed?.code).toBe(1007);
    const twice = raw();
    twice.client.send({ setup: { model } });
    await twice.clock.tick(500);
    twice.client.send({ setup: { model } });
    expect(twice.client.closed?.code).toBe(1007);
    expect(twice.core.surviving()).toEqual([[]]);
  });

  test.each([
    ['two realtime members', { realtimeInput: { text: 'a', audio: { data: '', mimeType: 'audio/pcm' } } }],
    ['an unknown realtime member', { realtimeInput: { smell: {} } }],
    ['explicit activity under automatic detection', { realtimeInput: { activityStart: {} } }],
    ['audio that is not base64', { realtimeInput: { audio: { data: '!!!!', mimeType: 'audio/pcm;rate=16000' } } }],
    ['contextUpdate on a model without it', { contextUpdate: { systemInstruction: { parts: [{ text: 'x' }] } } }],
    ['role system on the Developer API', { clientContent: { turns: [{ role: 'system', parts: [{ text: 'x' }] }] } }],
  ])('later: %s', async (_, frame) => {
    const { client, clock } = raw();
    client.send({ setup: { model } });
    await clock.tick(500);
    client.send(frame);
    expect(client.closed?.code).toBe(1007);
  });
});

describe('the upgrade', () => {
  const accept = (path: string, query: string, headers = {}) => {
    const closed: number[] = [];
    const clock = virtualClock();
    const core = createEmulator({ clock, validKeys: ['good'] });
    const answer = core.accept(
      { path, query: new URLSearchParams(query), headers },
      { send() {}, reset() {}, close: (code) => void closed.push(code) },
    );
    return { answer, closed, clock, core };
  };

  test('unknown path 404, no key 403, no Authorization on Vertex 401', () => {
    expect(accept('/ws/other', 'key=good').answer).toEqual({ status: 404 });
    expect(accept(developerPath, '').answer).toEqual({ status: 403 });
    expect(accept(vertexPath, '').answer).toEqual({ status: 401 });
    expect(isRefusal(accept(vertexPath, '', { authorization: 'Bearer good' }).answer)).toBe(false);
  });

  test('a wrong key is let in and closed with 1007', async () => {
    const { answer, closed, clock } = accept(developerPath, 'key=bad');
    expect(isRefusal(answer)).toBe(false);
    await clock.tick(10);
    expect(closed).toEqual([1007]);
  });

  test('an ephemeral token opens one session; its resume costs nothing', async () => {
    const clock = virtualClock();
    const core = createEmulator({ clock });
    const token = core.mintToken();
    const dial = async (setup: object) => {
      const seen = { closed: '', handle: '' };
      const answer = core.accept(
        {
          path: `/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained`,
          query: new URLSearchParams({ access_token: token }),
          headers: {},
        },
        {
          send: (data) => {
            const found = /"newHandle": "([^"]+)"/.exec(new TextDecoder().decode(data as Uint8Array));
            seen.handle = found?.[1] ?? seen.handle;
          },
          reset() {},
          close: (_, reason) => {
            seen.closed = reason;
          },
        },
      );
      if (isRefusal(answer)) throw new Error('refused');
      answer.receive(JSON.stringify({ setup }));
      await clock.tick(500);
      answer.gone();
      return seen;
    };
    const first = await dial({ model, sessionResumption: {} });
    expect(first.closed).toBe('');
    expect((await dial({ model, sessionResumption: { handle: first.handle } })).closed).toBe('');
    expect((await dial({ model })).closed).toBe('Token has been used too many times');
  });

  test('refuseDials: a status, a close, unreachable', async () => {
    const { transport, dial, clock } = bench();
    transport.emulator.refuseDials({ status: 429 });
    transport.emulator.refuseDials({ code: 1011, reason: 'The service is currently unavailable.' });
    transport.emulator.refuseDials({ status: 0 });
    const clients = [];
    for (let n = 0; n < 4; n++) {
      clients.push(dial());
      await clock.tick(500);
    }
    expect(clients.map((client) => client.end?.cause)).toEqual(['http', 'close', 'unreachable', undefined]);
    expect(clients[0]?.end).toEqual({ cause: 'http', status: 429 });
    expect(clients[1]?.end).toMatchObject({ code: 1011, reason: 'The service is currently unavailable.' });
    expect(clients.map((client) => client.opened)).toEqual([false, true, false, true]);
  });
});

describe('ends', () => {
  test.each([
    [1008, 'The operation was aborted.'],
    [1011, 'Internal error occurred.'],
    [1011, 'You exceeded your current quota, please check your plan.'],
    [1011, 'Your project has exceeded its monthly spending cap.'],
    [1000, 'The operation was cancelled.'],
    [1007, 'Request contains an invalid argument.'],
  ])('cut close %i %s', async (code, reason) => {
    const { open, clock, transport } = bench();
    const client = await open();
    transport.emulator.cut({ how: 'close', code, reason });
    await clock.tick(10);
    expect(client.end).toEqual({ cause: 'close', code, reason });
    expect(transport.emulator.connections[0]).toMatchObject({ closeCode: code, reason, endedBy: 'server' });
  });

  test('rst: 1006 without a reason, and what was on its way is lost', async () => {
    const { open, clock, transport } = bench({ oneWayMs: 50 });
    const client = await open();
    transport.emulator.send({ serverContent: {} });
    transport.emulator.cut({ how: 'rst' });
    await clock.tick(200);
    expect(client.end).toEqual({ cause: 'close', code: 1006, reason: '' });
    expect(client.frames).toEqual([{ setupComplete: {} }]);
  });

  test('halfOpen: nothing comes, writes pile up, and a close takes 30 s', async () => {
    const { open, clock, transport } = bench();
    const client = await open();
    transport.emulator.cut({ how: 'halfOpen' });
    client.send(quiet(100));
    await clock.tick(60_000);
    expect(client.buffered()).toBeGreaterThan(3_000);
    expect(client.end).toBeNull();
    client.close();
    await clock.tick(29_000);
    expect(client.end).toBeNull();
    await clock.tick(2_000);
    expect(client.end).toEqual({ cause: 'close', code: 1006, reason: '' });
    expect(transport.emulator.surviving()).toEqual([[]]);
  });

  test('a close of the client ends as 1005, after what was on its way', async () => {
    const { open, clock, transport } = bench({ oneWayMs: 50 });
    const client = await open();
    client.send(userText('last words', false));
    client.close();
    client.close();
    await clock.tick(500);
    expect(client.end).toEqual({ cause: 'close', code: 1005, reason: '' });
    expect(transport.emulator.surviving()[0]?.map((message) => message.text)).toEqual(['last words']);
    expect(transport.emulator.connections[0]).toMatchObject({ endedBy: 'client', closeCode: null });
  });

  test('a config the service does not take ends as rejected, a step later', async () => {
    const { dial, clock } = bench();
    const client = dial({ ...TEXT, sessionResumption: { transparent: true } });
    expect(client.end).toBeNull();
    await clock.tick(10);
    expect(client.end).toMatchObject({ cause: 'rejected' });
  });

  test('garbage can be sent, and silence ordered', async () => {
    const clock = virtualClock();
    const transport = emulator({ clock });
    const got: unknown[] = [];
    transport.dial(
      { model: 'gemini-live-2.5-flash-preview', config: TEXT },
      { opened() {}, ended() {}, frame: (data) => void got.push(data) },
    );
    await clock.tick(300);
    transport.emulator.sendRaw('{"half');
    await clock.tick(10);
    expect(got.at(-1)).toBe('{"half');
    transport.emulator.silence();
    transport.emulator.sendRaw('more');
    await clock.tick(10);
    expect(got.at(-1)).toBe('{"half');
  });
});
