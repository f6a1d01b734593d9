/** Who the control endpoint listens to, and what it refuses to read. Oracle: server/guard.ts as its header says it. */
import { connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startEmulatorServer, type EmulatorServer } from '../../../src/emulator/server.js';
import { ask, connect, type Answer, type Asked } from './support.js';

let server: EmulatorServer;
const get = (path: string, asked?: Asked): Promise<Answer> => ask(server, 'GET', path, asked);

beforeEach(async () => {
  server = await startEmulatorServer({ setupMs: 0, handleEveryMs: 100_000 });
});
afterEach(() => server.close());

describe('who may ask', () => {
  const json = { 'content-type': 'application/json' };
  const order = { raw: '{"order":"cut"}' };

  test.each([
    [200, { origin: 'http://localhost:5173' }],
    [200, { origin: 'http://127.0.0.1:1' }],
    [200, { host: 'localhost' }],
    [200, { host: 'emulator.localhost:80' }],
    [200, { host: '[::1]:8080' }],
    [403, { origin: 'https://example.com' }],
    [403, { origin: 'null' }],
    [403, { origin: 'http://localhost.example.com' }],
    [403, { origin: 'http://127.0.0.1.example.com' }],
    [403, { host: 'example.com' }],
    [403, { host: '127.0.0.1.nip.io' }],
    [403, { host: '10.0.0.1' }],
  ])('%i for %j', async (status, headers) => {
    expect((await ask(server, 'POST', '/emulator/orders', { ...order, headers: { ...json, ...headers } })).status).toBe(
      status,
    );
    expect((await get('/emulator/state', { headers })).status).toBe(status);
  });

  test('a page of another site that asks without an Origin is refused, a link to the page is not', async () => {
    const asked = (path: string, site: string, more: Record<string, string> = {}): Promise<Answer> =>
      get(path, { headers: { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors', ...more } });
    for (const site of ['cross-site', 'same-site']) {
      for (const path of ['/emulator/events', '/emulator/log', '/emulator/', '/'])
        expect(await asked(path, site)).toMatchObject({ status: 403 });
      expect(await asked('/emulator/state', site, { origin: 'http://localhost:5173' })).toMatchObject({ status: 200 });
      const link = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
      expect(await asked('/emulator/', site, link)).toMatchObject({ status: 200 });
      expect(await asked('/', site, link)).toMatchObject({ status: 302 });
      expect(await asked('/emulator/log', site, link)).toMatchObject({ status: 403 });
      expect(await asked('/emulator/', site, { ...link, 'sec-fetch-dest': 'iframe' })).toMatchObject({ status: 403 });
    }
    for (const site of ['same-origin', 'none']) expect((await asked('/emulator/state', site)).status).toBe(200);
  });

  test('HEAD is answered where GET is', async () => {
    for (const path of ['/', '/emulator/', '/emulator/state', '/emulator/log']) {
      const head = await ask(server, 'HEAD', path);
      expect({ status: head.status, text: head.text }).toEqual({ status: (await get(path)).status, text: '' });
    }
    expect((await ask(server, 'HEAD', '/emulator/orders')).status).toBe(405);
    expect((await ask(server, 'HEAD', '/emulator/events')).status).toBe(405);
  });

  test('with a host: addresses and private names too, public names never', async () => {
    await using open = await startEmulatorServer({ host: '0.0.0.0' });
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await ask(open, 'GET', '/emulator/state', { headers })).status;
    for (const host of ['192.168.1.5:8080', 'emulator:8080', 'host.docker.internal', 'localhost']) {
      expect(await status({ host })).toBe(200);
      expect(await status({ host, origin: `http://${host}` })).toBe(200);
    }
    expect(await status({ host: 'rebound.example.com' })).toBe(403);
    expect(await status({ host: 'rebound.example.com', origin: 'http://rebound.example.com' })).toBe(403);
    expect(await status({ host: 'emulator', origin: 'http://other' })).toBe(403);
  });

  test('415 without a JSON content type, 400 for no JSON', async () => {
    await connect(server);
    for (const [method, path] of [
      ['POST', 'orders'],
      ['POST', 'faults'],
      ['POST', 'reset'],
      ['PATCH', 'options'],
    ] as const) {
      const headers = { 'content-type': 'text/plain' };
      expect((await ask(server, method, `/emulator/${path}`, { ...order, headers })).status).toBe(415);
      expect((await ask(server, method, `/emulator/${path}`, { raw: '{', headers: json })).status).toBe(400);
    }
    expect(server.emulator.liveConnections).toEqual([1]);
  });

  test('413 above the bound of a body', async () => {
    const raw = JSON.stringify({ order: 'say', text: 'x'.repeat(1_100_000) });
    // The server hangs up on what it does not want to read, before or after its answer is through.
    const status = await ask(server, 'POST', '/emulator/orders', { raw, headers: json }).then(
      (answer) => answer.status,
      (error: NodeJS.ErrnoException) => error.code ?? '',
    );
    expect([413, 'EPIPE', 'ECONNRESET']).toContain(status);
    expect((await get('/emulator/state')).status).toBe(200);
  });

  test('404 and 405 say where to go', async () => {
    expect(await get('/emulator/nonsense')).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('state') },
    });
    expect(await get('/emulator/state/more')).toMatchObject({ status: 404 });
    expect(await get('/emulator/page/../../package.json')).toMatchObject({ status: 404 });
    expect(await get('/emulator/page/package.json')).toMatchObject({ status: 404 });
    expect(await get('/elsewhere')).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('/emulator/') },
    });
    const wrong = await ask(server, 'PUT', '/emulator/options', { body: {} });
    expect(wrong).toMatchObject({ status: 405, headers: { allow: 'GET, PATCH' } });
    expect(await get('/emulator/orders')).toMatchObject({ status: 405 });
    expect(await get('/')).toMatchObject({ status: 302, headers: { location: '/emulator/' } });
  });

  test('a GET changes nothing', async () => {
    await connect(server);
    const before = (await get('/emulator/state')).body;
    for (const path of ['', 'options', 'catalogue', 'faults', 'log', 'reset', 'orders']) await get(`/emulator/${path}`);
    const after = (await get('/emulator/state')).body;
    expect({ ...after, now: 0, connections: 0 }).toEqual({ ...before, now: 0, connections: 0 });
  });

  test('control: false leaves nothing but the Live API', async () => {
    await using bare = await startEmulatorServer({ control: false });
    for (const path of ['/', '/emulator/', '/emulator/state']) expect((await ask(bare, 'GET', path)).status).toBe(404);
  });

  test('a request that is no HTTP ends with 400 and leaves the server alone', async () => {
    const answer = await new Promise<string>((resolve) => {
      let text = '';
      const socket = connectTcp(server.port, '127.0.0.1', () => socket.write('\u0000\u0001 nonsense\r\n\r\n'));
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('close', () => resolve(text));
      socket.on('error', () => {});
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400/);
    expect((await get('/emulator/state')).status).toBe(200);
  });
});
