/** When a fault acts: at which moment, for whom, how often, how late, and what the log says. In process. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import { FaultError } from '../../../src/emulator/index.js';
import { AUDIO, quiet, userText } from '../support.js';
import { from, rawBench, resumable } from './support.js';

const aborted = { cause: 'close', code: 1008, reason: 'The operation was aborted.' };
const notFound = { cause: 'close', code: 1008, reason: 'BidiGenerateContent session not found' };

afterEach(() => void vi.restoreAllMocks());

describe('moments', () => {
  test('dial: before any answer, or right after the upgrade', async () => {
    const { open, emulator } = rawBench();
    emulator.faults.add([
      { action: { do: 'refuse', status: 429 } },
      { match: { at: 'dial' }, action: { do: 'close' } },
    ]);
    const refused = await open();
    expect(refused).toMatchObject({ opened: false, end: { cause: 'http', status: 429 } });
    const closed = await open();
    expect(closed).toMatchObject({ opened: true, end: aborted, raw: [] });
    expect((await open()).end).toBeNull();
  });

  test('setup: the server never sees it', async () => {
    const { open, emulator } = rawBench();
    emulator.faults.add({ match: { at: 'setup' }, action: { do: 'close', code: 1011, reason: 'no' } });
    expect(await open()).toMatchObject({ end: { code: 1011, reason: 'no' }, raw: [] });
    expect(emulator.connections[0]).toMatchObject({ setup: null, endedBy: 'server', closeCode: 1011, reason: 'no' });
  });

  test('ready: right after setupComplete', async () => {
    const { open, emulator } = rawBench();
    emulator.faults.add({ match: { at: 'ready' }, action: { do: 'close' } });
    const client = await open(resumable);
    expect(client.messages()).toEqual([{ setupComplete: {} }]);
    expect(client.end).toEqual(aborted);
    expect(emulator.connections[0]?.endedBy).toBe('server');
  });

  test('clientMessage: the server does not hear the one at which the connection ends', async () => {
    const { open, emulator, clock } = rawBench();
    emulator.faults.add({ match: { at: 'clientMessage', kind: 'content' }, action: { do: 'rst' } });
    const client = await open();
    client.send(quiet(20));
    await clock.tick(10);
    expect(client.end).toBeNull();
    client.send(userText('hello'));
    await clock.tick(10);
    expect(client.end).toMatchObject({ code: 1006 });
    expect(emulator.contexts()[0]?.heard.length).toBe(1);
  });

  test('serverMessage: setupComplete included; the server itself goes on undisturbed', async () => {
    const { open, emulator, clock } = rawBench();
    emulator.faults.add({ match: { at: 'serverMessage', kind: 'setupComplete' }, action: { do: 'drop' } });
    const client = await open();
    expect(client.raw).toEqual([]);
    client.send(userText('hello'));
    await clock.tick(5_000);
    expect(client.having('turnComplete')).toHaveLength(1);
  });

  test('now: on all that are open, as one time; with none open on the next that is ready', async () => {
    const { open, emulator, clock } = rawBench();
    const first = await open();
    const second = await open();
    const ids = emulator.faults.add({ action: { do: 'close' } });
    await clock.tick(10);
    expect([first.end, second.end]).toEqual([aborted, aborted]);
    expect(emulator.faults.list()).toMatchObject([{ id: ids[0], acted: 1 }]);
    expect((await open()).end).toBeNull();

    emulator.cut({ how: 'rst' });
    emulator.faults.add({ action: { do: 'close' }, times: 2 });
    expect((await open()).end).toEqual(aborted);
    expect((await open()).end).toEqual(aborted);
    expect((await open()).end).toBeNull();
  });

  test('now, for what concerns no connection: at once', async () => {
    const { open, emulator, clock } = rawBench();
    const client = await open(resumable);
    emulator.faults.add([
      { action: { do: 'forgetHandles' } },
      { match: { afterMs: 500 }, action: { do: 'resumable', on: false } },
    ]);
    const known = client.handles().length;
    await clock.tick(5_000);
    expect(client.handles().length).toBe(known);
    client.close();
    await clock.tick(10);
    expect((await open(from(client.handles().at(-1)))).end).toEqual(notFound);
  });
});

describe('matching', () => {
  test('resumed, model, provider and connection must all hold', async () => {
    const { open, emulator, clock } = rawBench();
    emulator.faults.add([
      { match: { at: 'ready', resumed: true }, action: { do: 'close', code: 4001 }, times: 0 },
      { match: { at: 'ready', model: 'models/gemini-live-2.5-flash' }, action: { do: 'close', code: 4002 }, times: 0 },
      { match: { at: 'ready', provider: 'vertex' }, action: { do: 'close', code: 4003 }, times: 0 },
      { match: { at: 'ready', connection: 4 }, action: { do: 'close', code: 4004 }, times: 0 },
    ]);
    const first = await open(resumable);
    expect(first.end).toBeNull();
    first.close();
    await clock.tick(10);
    expect((await open(from(first.handles().at(-1)))).end).toMatchObject({ code: 4001 });
    expect((await open(undefined, 'gemini-live-2.5-flash')).end).toMatchObject({ code: 4002 });
    expect((await open()).end).toMatchObject({ code: 4004 });
    const vertex = rawBench({ provider: 'vertex' });
    vertex.emulator.faults.add({ match: { at: 'ready', provider: 'vertex' }, action: { do: 'close', code: 4003 } });
    expect((await vertex.open()).end).toMatchObject({ code: 4003 });
  });

  test.each([
    ['audio', quiet(20)],
    ['video', { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/jpeg' } } }],
    ['audio', { realtime_input: { media_chunks: [{ data: 'AAAA', mime_type: 'audio/pcm' }] } }],
    ['text', { realtimeInput: { text: 'hello' } }],
    ['content', userText('hello')],
    ['content', { client_content: { turns: [], turn_complete: true } }],
    ['toolResponse', { tool_response: { function_responses: [] } }],
    ['activityStart', { realtimeInput: { activityStart: {} } }],
    ['activityEnd', { realtimeInput: { activityEnd: {} } }],
    ['audioStreamEnd', { realtimeInput: { audioStreamEnd: true } }],
    ['contextUpdate', { contextUpdate: { systemInstruction: { parts: [{ text: 'x' }] } } }],
  ])('a client message of kind %s', async (kind, message) => {
    const { open, emulator, clock } = rawBench();
    const others = [
      'audio',
      'video',
      'text',
      'content',
      'toolResponse',
      'activityStart',
      'activityEnd',
      'audioStreamEnd',
      'contextUpdate',
    ];
    emulator.faults.add([
      ...others
        .filter((other) => other !== kind)
        .map(
          (other) => ({ match: { at: 'clientMessage', kind: other }, action: { do: 'close', code: 4000 } }) as const,
        ),
      { match: { at: 'clientMessage', kind }, action: { do: 'close', code: 4001 } },
    ]);
    const client = await open();
    client.send(message);
    await clock.tick(1);
    expect(client.end).toMatchObject({ code: 4001 });
  });

  test.each([
    'setupComplete',
    'turnComplete',
    'generationComplete',
    'modelTurn',
    'serverContent',
    'usageMetadata',
    'sessionResumptionUpdate',
  ])('a server message of kind %s', async (kind) => {
    const { open, emulator, clock } = rawBench();
    emulator.faults.add({ match: { at: 'serverMessage', kind }, action: { do: 'drop' }, times: 0 });
    const client = await open(resumable);
    client.send(userText('hello'));
    await clock.tick(5_000);
    expect(client.having(kind)).toEqual([]);
    expect(emulator.faults.list()[0]?.acted).toBeGreaterThan(0);
  });

  test('empty: {} and nothing else', async () => {
    const { open, emulator, clock } = rawBench({ emptyFrames: true });
    emulator.faults.add({ match: { at: 'serverMessage', kind: 'empty' }, action: { do: 'close' } });
    const client = await open(AUDIO, 'gemini-2.5-flash-native-audio-preview-12-2025');
    expect(client.end).toBeNull();
    client.send(userText('hello'));
    await clock.tick(5_000);
    expect(client.end).toEqual(aborted);
  });

  test('nth: of each connection, among those that are meant', async () => {
    const { open, emulator, clock } = rawBench({ handleEveryMs: 100 });
    emulator.faults.add({
      match: { at: 'serverMessage', kind: 'sessionResumptionUpdate', nth: 3 },
      action: { do: 'close' },
      times: 2,
    });
    for (const expected of [aborted, aborted, null]) {
      const client = await open(resumable);
      await clock.tick(1_000);
      expect(client.end).toEqual(expected);
      if (expected !== null) expect(client.handles()).toHaveLength(2);
    }
  });
});

describe('times, order and lateness', () => {
  test('faults act in the order in which they were added; one that ends leaves later ones for next time', async () => {
    const { open, emulator, acts } = rawBench();
    emulator.faults.add([
      { action: { do: 'refuse', status: 503 }, times: 2 },
      { action: { do: 'refuse', status: 429 } },
    ]);
    const statuses: unknown[] = [];
    for (let n = 0; n < 4; n++) statuses.push((await open()).end);
    expect(statuses).toMatchObject([{ status: 503 }, { status: 503 }, { status: 429 }, null]);
    expect(acts()).toEqual(['- #1 refuse', '- #1 refuse', '- #2 refuse']);
  });

  test('several act on one message', async () => {
    const { open, emulator } = rawBench();
    const match = { at: 'serverMessage', kind: 'setupComplete' } as const;
    emulator.faults.add([
      { match, action: { do: 'edit', set: { 'setupComplete.sessionId': 'x', 'a.b.c': [1] } } },
      { match, action: { do: 'edit', set: { 'a.b.c.0': 2, 'nothing.there': null } } },
      { match, action: { do: 'duplicate', copies: 3 } },
      { match, action: { do: 'textFrame' } },
    ]);
    const client = await open();
    const edited = { setupComplete: { sessionId: 'x' }, a: { b: { c: [2] } } };
    expect(client.messages()).toEqual([edited, edited, edited]);
    expect(client.raw.every(({ data }) => typeof data === 'string')).toBe(true);
  });

  test('afterMs: the message passes, the action comes so much later, unless it is withdrawn', async () => {
    const { open, emulator, clock } = rawBench();
    emulator.faults.add({
      match: { at: 'serverMessage', kind: 'setupComplete', afterMs: 700 },
      action: { do: 'close' },
    });
    const client = await open();
    expect(client.messages()).toHaveLength(1);
    await clock.tick(1_000);
    expect(client.end).toEqual(aborted);
    expect(client.endedAt - (client.raw[0]?.at ?? 0)).toBe(700);

    const [id = 0] = emulator.faults.add({ match: { at: 'ready', afterMs: 700 }, action: { do: 'close' } });
    const other = await open();
    emulator.faults.remove(id);
    await clock.tick(5_000);
    expect(other.end).toBeNull();
  });

  test('times 0: without limit', async () => {
    const { open, emulator } = rawBench();
    emulator.faults.add({ action: { do: 'refuse' }, times: 0 });
    for (let n = 0; n < 5; n++) expect((await open()).end).toMatchObject({ status: 503 });
    emulator.faults.clear();
    expect((await open()).end).toBeNull();
  });

  test('a handle is only refused where there is one, and what its refusal leaves waits', async () => {
    const { open, emulator, clock } = rawBench();
    emulator.faults.add([{ action: { do: 'refuseHandle' } }, { action: { do: 'loseContext' } }]);
    const client = await open(resumable);
    expect(client.end).toBeNull();
    client.close();
    await clock.tick(10);
    const handle = client.handles().at(-1);
    expect((await open(from(handle))).end).toEqual(notFound);
    expect(emulator.faults.list().map(({ acted }) => acted)).toEqual([1, 0]);
    expect((await open(from(handle))).end).toBeNull();
    expect(emulator.faults.list().map(({ acted }) => acted)).toEqual([1, 1]);
  });
});

describe('messages', () => {
  test('hold: after the next of its kind; with ms, after that time', async () => {
    const { open, emulator, clock } = rawBench({ handleEveryMs: 1_000, handleJitter: 0 });
    const match = { at: 'serverMessage', kind: 'sessionResumptionUpdate' } as const;
    const plain = await open(resumable);
    await clock.tick(5_000);
    plain.close();
    emulator.faults.add({ match: { ...match, nth: 2 }, action: { do: 'hold' } });
    const client = await open(resumable);
    await clock.tick(900);
    expect(client.handles()).toHaveLength(1);
    await clock.tick(3_000);
    expect(client.handles().length).toBeGreaterThan(3);
    const at = client.raw.filter(({ message }) => message?.['sessionResumptionUpdate']).map((frame) => frame.at);
    expect(at[1]).toBe(at[2]);

    client.close();
    emulator.faults.add({ match: { ...match, connection: 3 }, action: { do: 'hold', ms: 300 } });
    const late = await open(resumable);
    expect(late.handles()).toEqual([]);
    await clock.tick(300);
    expect(late.handles()).toHaveLength(1);
  });

  test('send and garbage come before the message that matched', async () => {
    const { open, emulator } = rawBench();
    const match = { at: 'serverMessage', kind: 'setupComplete' } as const;
    emulator.faults.add([
      { match, action: { do: 'send', message: { surprise: 1 } } },
      { match, action: { do: 'garbage', data: 'oops', bytes: 10, text: true } },
      { match, action: { do: 'garbage', bytes: 3 } },
    ]);
    const client = await open();
    expect(client.raw.map(({ data, message }) => message ?? data)).toEqual([
      { surprise: 1 },
      'oops      ',
      new Uint8Array([255, 255, 255]),
      { setupComplete: {} },
    ]);
  });

  test('client messages can be dropped, doubled and edited too', async () => {
    const { open, emulator, clock } = rawBench();
    const match = { at: 'clientMessage', kind: 'content' } as const;
    emulator.faults.add([
      { match, action: { do: 'drop' } },
      { match, action: { do: 'edit', set: { 'clientContent.turns.0.parts.0.text': 'changed' } } },
    ]);
    const client = await open();
    client.send(userText('first', false));
    client.send(userText('second', false));
    client.send(userText('third'));
    await clock.tick(5_000);
    expect(emulator.contexts()[0]?.turns[0]?.text).toBe('changed\nthird');
  });
});

describe('the log', () => {
  test('one entry for each act: id, action, comment, connection and time', async () => {
    const { open, emulator, clock } = rawBench();
    const [id] = emulator.faults.add({
      match: { at: 'ready', afterMs: 50 },
      action: { do: 'fin' },
      comment: 'the tunnel',
    });
    await open();
    const [event] = emulator.log.filter(({ what }) => what === 'fault');
    expect(event).toEqual({
      seq: expect.any(Number) as number,
      at: expect.any(Number) as number,
      connection: 1,
      what: 'fault',
      detail: 'fin: the tunnel',
      fault: id,
    });
    expect(event?.at).toBeLessThanOrEqual(clock.now());
  });

  test('a class of the catalogue goes by its name; what cannot be done here is said', async () => {
    const { open, emulator, acts } = rawBench();
    const client = await open();
    emulator.faults.add('stream/late-pong');
    expect(acts()).toEqual(['1 #1 latePong: not possible here: stream/late-pong']);
    expect(client.end).toBeNull();
  });
});

test('while no fault is planned no frame is looked into, beyond setup and setupComplete', async () => {
  const { open, emulator, clock } = rawBench();
  const client = await open();
  const parse = vi.spyOn(JSON, 'parse');
  client.send(userText('hello'));
  await clock.tick(5_000);
  // One by the core for the message, and one by the test's own client for each frame.
  const plain = parse.mock.calls.length;
  expect(plain).toBe(1 + client.raw.length - 1);
  emulator.faults.add({ match: { at: 'serverMessage', kind: 'nothing' }, action: { do: 'drop' } });
  client.send(userText('hello'));
  await clock.tick(5_000);
  expect(parse.mock.calls.length - plain).toBeGreaterThan(plain);
});

test('what ends a connection in the middle of a step leaves no timer behind', async () => {
  const { dial, emulator, clock } = rawBench();
  for (const kind of ['setupComplete', 'modelTurn', 'turnComplete', 'sessionResumptionUpdate']) {
    for (const action of [{ do: 'close' }, { do: 'rst' }, { do: 'fin' }] as const) {
      emulator.faults.clear();
      emulator.faults.add({ match: { at: 'serverMessage', kind }, action });
      const client = dial(resumable);
      await clock.tick(300);
      client.send(userText('hello'));
      await clock.tick(5_000);
      expect(client.end).not.toBeNull();
    }
  }
  expect(emulator.liveConnections).toEqual([]);
  expect(clock.countTimers()).toBe(0);
});

test('the oldest message is that of the whole session, also where updates are not what is repeated', async () => {
  const { open, emulator, clock } = rawBench();
  emulator.faults.add({ match: { at: 'serverMessage', kind: 'modelTurn' }, action: { do: 'repeatOldest' }, times: 0 });
  const client = await open(resumable);
  client.send(userText('hello'));
  await clock.tick(10_000);
  const [first] = client.having('modelTurn');
  client.close();
  await clock.tick(1_000);
  const next = await open(from(client.handles().at(-1)));
  next.send(userText('and now something else'));
  await clock.tick(10_000);
  expect(first).toBeDefined();
  expect(next.having('modelTurn')[0]).toEqual(first);
});

test('a dial without a key uses no fault up', async () => {
  const { open, emulator, acts } = rawBench();
  emulator.faults.add({ match: { at: 'dial' }, action: { do: 'close' } });
  const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
  const peer = { send: () => {}, close: () => {}, reset: () => {} };
  expect(emulator.accept({ path, query: new URLSearchParams(), headers: {} }, peer)).toEqual({ status: 403 });
  expect((await open()).end).toEqual(aborted);
  expect(acts()).toHaveLength(1);
});

test('a bad fault is refused by the running emulator too', () => {
  const { emulator } = rawBench();
  // @ts-expect-error -- what JavaScript lets through
  expect(() => emulator.faults.add({ action: { do: 'nothing' } })).toThrow(FaultError);
});
