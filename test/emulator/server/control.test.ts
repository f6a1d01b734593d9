/** The control endpoint over real HTTP. Oracle: the table in server/control/control.ts, and PROTOCOL.md for the frames. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startEmulatorServer, type EmulatorServer } from '../../../src/emulator/server.js';
import { eventNames } from '../../../src/emulator/record/eventNames.js';
import { ask, connect, type Answer, type Asked } from './support.js';

let server: EmulatorServer;
const get = (path: string, asked?: Asked): Promise<Answer> => ask(server, 'GET', path, asked);
const post = (path: string, body: unknown = {}): Promise<Answer> => ask(server, 'POST', path, { body });

beforeEach(async () => {
  server = await startEmulatorServer({ setupMs: 0, handleEveryMs: 100_000, validKeys: ['secret-key-1'] });
});
afterEach(() => server.close());

describe('state', () => {
  test('tells of connections and sessions, and of no secret', async () => {
    const client = await connect(server);
    client.send({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'private words' }] }], turnComplete: true },
    });
    await get('/emulator/log?what=setupComplete&wait=5000');
    const { status, body, text } = await get('/emulator/state');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      baseUrl: server.baseUrl,
      speed: 1,
      connections: [{ id: 1, state: 'active', provider: 'developer', model: 'gemini-live-2.5-flash-preview' }],
      sessions: [{ connections: [1], open: [1] }],
    });
    const handle = client.frames.map((frame) => frame.sessionResumptionUpdate?.newHandle).find(Boolean) as string;
    expect(handle).toBeTypeOf('string');
    const all = [text, (await get('/emulator/options')).text, (await get('/emulator/log')).text].join('');
    for (const secret of ['secret-key-1', handle, 'private words']) expect(all).not.toContain(secret);
  });

  test('tells of so many ended connections as it was asked for', async () => {
    for (let n = 0; n < 3; n++) {
      const { socket, closed } = await connect(server);
      socket.close();
      await closed;
    }
    await server.emulator.waitFor(({ what, connection }) => what === 'gone' && connection === 3);
    const ids = async (query: string): Promise<number[]> =>
      (await get(`/emulator/state${query}`)).body.connections.map(({ id }: { id: number }) => id);
    expect(await ids('')).toEqual([1, 2, 3]);
    expect(await ids('?ended=1')).toEqual([3]);
  });
});

describe('orders', () => {
  test('goAway, say, callTool and send reach the client', async () => {
    const client = await connect(server);
    expect((await post('/emulator/orders', { order: 'goAway', timeLeftMs: 50_000 })).body).toEqual({
      connections: [1],
    });
    await post('/emulator/orders', { order: 'send', message: { usageMetadata: { totalTokenCount: 7 } } });
    const called = await post('/emulator/orders', { order: 'callTool', name: 'lookUp', args: { city: 'Ulm' } });
    await expect
      .poll(() => client.frames)
      .toEqual(
        expect.arrayContaining([
          { goAway: { timeLeft: '50s' } },
          { usageMetadata: { totalTokenCount: 7 } },
          { toolCall: { functionCalls: [{ id: called.body.calls[0], name: 'lookUp', args: { city: 'Ulm' } }] } },
        ]),
      );
    expect((await get('/emulator/state')).body.connections[0]).toHaveProperty('endsAt');
  });

  test('cut goes to one connection, with the code that was asked for', async () => {
    const [first, second] = [await connect(server), await connect(server)];
    await post('/emulator/orders', { order: 'cut', how: 'close', code: 1011, reason: 'ordered', connection: 2 });
    expect(await second.closed).toEqual({ code: 1011, reason: 'ordered' });
    expect(first.socket.readyState).toBe(first.socket.OPEN);
  });

  test.each([
    [400, {}],
    [400, { order: 'dance' }],
    [400, { order: 'constructor' }],
    [400, { order: 'cut', how: 'softly' }],
    [400, { order: 'cut', how: 'close', code: 1006 }],
    [400, { order: 'cut', how: 'close', code: 5000 }],
    [400, { order: 'goAway', timeLeftMs: '10s' }],
    [400, { order: 'goAway', timeLeftMs: -1 }],
    [400, { order: 'goAway', timeleft: 1 }],
    [400, { order: 'say' }],
    [400, { order: 'send', message: 'text' }],
    [404, { order: 'say', text: 'x', connection: 99 }],
  ])('%i for %j, with a word that helps', async (status, body) => {
    const answer = await post('/emulator/orders', body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatch(/^[A-Za-z].*\.$/);
  });
});

describe('options', () => {
  test('a change counts from then on', async () => {
    const { status, body } = await ask(server, 'PATCH', '/emulator/options', { body: { setupMs: 7, thoughts: true } });
    expect(status).toBe(200);
    expect(body.options.setupMs).toMatchObject({ value: 7, fallback: 130, unit: 'ms' });
    expect(server.emulator.settings).toMatchObject({ setupMs: 7, thoughts: true });
  });

  test.each([
    ['setupMS', { setupMS: 1 }, /no option setupMS\. Did you mean setupMs\?/],
    ['setupMs', { setupMs: '1' }, /setupMs takes a number \(ms\), 0 to/],
    ['connectionLifetimeMs', { setupMs: 5, connectionLifetimeMs: 0 }, /connectionLifetimeMs takes .*1 to/],
    ['notResumableForm', { notResumableForm: 'both' }, /"empty" or "explicit"/],
    ['lifetimeEnd', { lifetimeEnd: { code: 1006, reason: '' } }, /1000 to 4999/],
    ['provider', { provider: 'vertex' }, /only be set at the start/],
    ['port', { port: 1 }, /only be set at the start/],
    ['maxLog', { maxLog: null }, /got null/],
    ['__proto__', JSON.parse('{"__proto__": 1}') as object, /no option/],
  ])('400 that names %s, and nothing is changed', async (option, change, words) => {
    const before = { ...server.emulator.settings };
    const { status, body } = await ask(server, 'PATCH', '/emulator/options', { body: change });
    expect({ status, option: body.option }).toEqual({ status: 400, option });
    expect(body.error).toMatch(words);
    expect(server.emulator.settings).toEqual(before);
  });
});

describe('faults', () => {
  test('added by data and by name, listed, withdrawn one by one and all at once', async () => {
    const names = Object.keys((await get('/emulator/catalogue')).body.faults);
    const added = await post('/emulator/faults', [names[0], { action: { do: 'poison' }, times: 3, comment: 'why' }]);
    expect(added.status).toBe(200);
    const ids = added.body.added as number[];
    const { faults } = (await get('/emulator/faults')).body;
    expect(faults.at(-1)).toMatchObject({
      id: ids.at(-1),
      action: { do: 'poison' },
      times: 3,
      acted: 0,
      comment: 'why',
    });
    const left = await ask(server, 'DELETE', `/emulator/faults/${ids.at(-1)}`);
    expect(left.body.faults).toHaveLength(ids.length - 1);
    expect((await ask(server, 'DELETE', '/emulator/faults/999')).status).toBe(404);
    expect((await ask(server, 'DELETE', '/emulator/faults')).body.faults).toEqual([]);
  });

  test('400 for what is none, 409 above a bound of those that are not spent', async () => {
    expect(await post('/emulator/faults', { action: { do: 'sulk' } })).toMatchObject({ status: 400 });
    expect(await post('/emulator/faults', 'no-such-fault')).toMatchObject({ status: 400 });
    expect((await get('/emulator/faults')).body.faults).toEqual([]);
    await post('/emulator/faults', { action: { do: 'forgetHandles' } });
    const many = Array.from({ length: 500 }, () => ({ action: { do: 'poison' } }));
    for (const status of [200, 200, 409]) expect(await post('/emulator/faults', many)).toMatchObject({ status });
    expect((await get('/emulator/faults')).body.faults).toHaveLength(1_001);
  });
});

describe('log', () => {
  test('has numbered entries of known words, and filters', async () => {
    const client = await connect(server);
    client.socket.close();
    await server.emulator.waitFor(({ what }) => what === 'gone');
    const { entries, last } = (await get('/emulator/log')).body;
    expect(entries.map(({ what }: { what: string }) => what)).toEqual(['accepted', 'setupComplete', 'gone']);
    expect(entries.map(({ seq }: { seq: number }) => seq)).toEqual([1, 2, 3]);
    expect(last).toBe(3);
    for (const { what } of entries) expect(eventNames).toHaveProperty(what);
    const seqs = async (query: string): Promise<number[]> =>
      (await get(`/emulator/log?${query}`)).body.entries.map(({ seq }: { seq: number }) => seq);
    expect(await seqs('after=2')).toEqual([3]);
    expect(await seqs('what=accepted,gone')).toEqual([1, 3]);
    expect(await seqs('connection=2')).toEqual([]);
    expect(await seqs('detail=fresh')).toEqual([2]);
  });

  test('waits for an entry, and gives up after the wait', async () => {
    await connect(server);
    const waiting = get('/emulator/log?what=goAway&wait=15000');
    await post('/emulator/orders', { order: 'goAway', timeLeftMs: 9_000, thenClose: false });
    expect((await waiting).body.entries).toMatchObject([{ what: 'goAway', connection: 1, detail: '9s' }]);
    expect((await get('/emulator/log?what=halfOpen&wait=1')).body.entries).toEqual([]);
  });

  test.each(['after=x', 'wait=60001', 'what=dancing', 'what=constructor', 'since=1'])('400 for ?%s', async (query) => {
    expect(await get(`/emulator/log?${query}`)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });

  test('streams what was and what comes, from where a reader broke off', async () => {
    await connect(server);
    const reader = await fetch(`${server.baseUrl}/emulator/events?what=accepted`, {
      headers: { 'last-event-id': '1' },
    });
    expect(reader.headers.get('content-type')).toBe('text/event-stream');
    await connect(server);
    const text = await readUntil(reader, '"accepted"');
    expect(text).toContain('id: 3\n');
    expect(text).not.toContain('id: 1\n');
  });

  test('at most 64 listen; one that goes makes room', async () => {
    const stop = new AbortController();
    const many = await Promise.all(
      Array.from({ length: 64 }, () => fetch(`${server.baseUrl}/emulator/events`, { signal: stop.signal })),
    );
    expect(many.every(({ ok }) => ok)).toBe(true);
    expect((await get('/emulator/events')).status).toBe(503);
    expect((await get('/emulator/log?wait=100')).status).toBe(503);
    expect((await get('/emulator/log')).status).toBe(200);
    stop.abort();
    await expect.poll(async () => (await get('/emulator/log?wait=1')).status).toBe(200);
  });
});

test('reset forgets faults, log and ended connections; what is open lives on', async () => {
  const [ended, open] = [await connect(server), await connect(server)];
  ended.socket.close();
  await server.emulator.waitFor(({ what }) => what === 'gone');
  await post('/emulator/faults', { action: { do: 'poison' } });
  const { lastSeq } = (await post('/emulator/reset')).body;
  expect((await get('/emulator/log')).body.entries).toEqual([]);
  expect((await get('/emulator/faults')).body.faults).toEqual([]);
  expect((await get('/emulator/state')).body.connections).toMatchObject([{ id: 2, state: 'active' }]);
  open.socket.close();
  expect((await get(`/emulator/log?after=${lastSeq}&wait=5000`)).body.entries).toMatchObject([{ what: 'gone' }]);
});

async function readUntil(response: Response, wanted: string): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  let text = '';
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  await reader.cancel();
  return text;
}
