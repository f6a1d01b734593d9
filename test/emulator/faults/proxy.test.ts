/** The fault proxy: in front of the emulator's own server, and in front of bare servers that show what arrives. */
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { FaultError } from '../../../src/emulator/index.js';
import {
  startEmulatorServer,
  startFaultProxy,
  type EmulatorServer,
  type FaultProxy,
  type FaultProxyOptions,
} from '../../../src/emulator/server.js';

const path = '//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
const setupOf = (sessionResumption: object): object => ({
  setup: {
    model: 'models/gemini-live-2.5-flash-preview',
    generationConfig: { responseModalities: ['TEXT'] },
    sessionResumption,
  },
});
const say = (text: string): object => ({
  clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true },
});

interface Seen {
  readonly webSocket: WebSocket;
  readonly frames: { readonly data: Buffer; readonly binary: boolean }[];
  status: number | null;
  readonly closed: Promise<{ code: number; reason: string }>;
  send(message: object): void;
  /** Resolves once a frame has this text in it; with what has come so far. */
  heard(text: string): Promise<string>;
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function proxyTo(target: string, options: Partial<FaultProxyOptions> = {}): Promise<FaultProxy> {
  const proxy = await startFaultProxy({ target, ...options });
  closers.push(() => proxy.close());
  return proxy;
}

async function throughProxy(
  options: Partial<FaultProxyOptions> = {},
): Promise<{ server: EmulatorServer; proxy: FaultProxy }> {
  const server = await startEmulatorServer({ handleEveryMs: 20, setupMs: 5, firstAudioDelayMs: 5, textPieceMs: 1 });
  closers.push(() => server.close());
  return { server, proxy: await proxyTo(server.baseUrl, options) };
}

function dial(baseUrl: string, query = '?key=secret', headers: Record<string, string> = {}): Seen {
  const webSocket = new WebSocket(baseUrl.replace('http', 'ws') + path + query, { headers });
  const closed = new Promise<{ code: number; reason: string }>((done) => {
    webSocket.on('close', (code, reason) => done({ code, reason: reason.toString() }));
  });
  const frames: Seen['frames'] = [];
  const all = (): string => frames.map(({ data }) => data.toString()).join('');
  webSocket.on('message', (data: Buffer, binary) => frames.push({ data, binary }));
  webSocket.on('error', () => {});
  const seen: Seen = {
    webSocket,
    frames,
    status: null,
    closed,
    send: (message) => webSocket.send(JSON.stringify(message)),
    heard: async (text) => {
      while (!all().includes(text)) await new Promise((resume) => setTimeout(resume, 2));
      return all();
    },
  };
  webSocket.on('unexpected-response', (request, response) => {
    seen.status = response.statusCode ?? null;
    request.destroy();
    webSocket.terminate();
  });
  return seen;
}

async function ready(proxy: FaultProxy, sessionResumption: object = {}): Promise<Seen> {
  const seen = dial(proxy.baseUrl);
  await once(seen.webSocket, 'open');
  seen.send(setupOf(sessionResumption));
  await seen.heard('setupComplete');
  return seen;
}

/** A bare target: its WebSocket server, and what it was asked. */
async function target(): Promise<{
  baseUrl: string;
  http: Server;
  sockets: WebSocketServer;
  asked: { url: string; headers: IncomingHttpHeaders }[];
}> {
  const asked: { url: string; headers: IncomingHttpHeaders }[] = [];
  const http = createServer((request, response) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    request.on('data', (chunk) => response.write(chunk));
    request.on('end', () => response.end('!'));
  });
  const sockets = new WebSocketServer({ noServer: true, autoPong: false });
  http.on('upgrade', (request, socket, head) => {
    asked.push({ url: request.url ?? '', headers: request.headers });
    if (request.url?.includes('teapot') === true)
      return void socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (webSocket) => sockets.emit('connection', webSocket));
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  closers.push(() => {
    for (const client of sockets.clients) client.terminate();
    http.closeAllConnections();
    return new Promise((done) => http.close(done));
  });
  return { baseUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, http, sockets, asked };
}

/** Both ends of one proxied connection. */
async function pair(
  options: Partial<FaultProxyOptions> = {},
): Promise<{ client: Seen; behind: WebSocket; proxy: FaultProxy }> {
  const { baseUrl, sockets } = await target();
  const proxy = await proxyTo(baseUrl, options);
  const arrived = once(sockets, 'connection') as Promise<[WebSocket]>;
  const client = dial(proxy.baseUrl);
  const [behind] = await arrived;
  if (client.webSocket.readyState !== WebSocket.OPEN) await once(client.webSocket, 'open');
  return { client, behind, proxy };
}

describe('without faults', () => {
  test('a conversation, a resume and a token go through', async () => {
    const { proxy, server } = await throughProxy();
    const client = await ready(proxy);
    client.send(say('the heron'));
    const all = await client.heard('turnComplete');
    expect(client.frames.every(({ binary }) => binary)).toBe(true);
    expect(server.emulator.connections[0]).toMatchObject({ provider: 'developer', endedBy: null });
    const handle = [...all.matchAll(/"newHandle": "([^"]+)"/g)].at(-1)?.[1];
    client.webSocket.close();
    await client.closed;
    const second = await ready(proxy, { handle });
    second.send(say('What did I say first?'));
    expect(await second.heard('turnComplete')).toContain('heron');

    const response = await fetch(`${proxy.baseUrl}/v1alpha/auth_tokens?key=secret`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ uses: 1 }),
    });
    expect(await response.json()).toMatchObject({ name: expect.stringMatching(/^auth_tokens\//) as string });
    expect(JSON.stringify(proxy.log)).not.toContain('secret');
    expect(proxy.log.map(({ what }) => what)).toContain('http');
  });

  test('text and binary frames, closes with and without a code, pings and pongs: both ways as they are', async () => {
    const { client, behind } = await pair();
    const got: [string, boolean][] = [];
    behind.on('message', (data: Buffer, binary) => got.push([data.toString(), binary]));
    client.webSocket.send('text');
    client.webSocket.send(Buffer.from('bytes'));
    behind.send('text');
    behind.send(Buffer.from('bytes'));
    await client.heard('bytes');
    expect(client.frames.map(({ data, binary }) => [data.toString(), binary])).toEqual([
      ['text', false],
      ['bytes', true],
    ]);

    const pinged = once(behind, 'ping') as Promise<[Buffer]>;
    client.webSocket.ping('one');
    expect((await pinged)[0].toString()).toBe('one');
    const ponged = once(client.webSocket, 'pong') as Promise<[Buffer]>;
    behind.pong('two');
    expect((await ponged)[0].toString()).toBe('two');
    const answered = once(behind, 'pong') as Promise<[Buffer]>;
    behind.ping('three');
    expect((await answered)[0].toString()).toBe('three');
    expect(got).toEqual([
      ['text', false],
      ['bytes', true],
    ]);

    const gone = once(behind, 'close') as Promise<[number, Buffer]>;
    client.webSocket.close(4001, 'bye');
    const [code, reason] = await gone;
    expect([code, reason.toString()]).toEqual([4001, 'bye']);
  });

  test.each([
    [1008, 'The operation was aborted.'],
    [1011, 'Internal error encountered.'],
    [4321, ''],
    [1005, ''],
    [1006, ''],
  ])('the target ends with %i', async (code, reason) => {
    const { client, behind } = await pair();
    if (code === 1005) behind.close();
    else if (code === 1006) behind.terminate();
    else behind.close(code, reason);
    expect(await client.closed).toEqual({ code, reason });
  });

  test.each([1005, 1006])('the client ends with %i', async (expected) => {
    const { client, behind } = await pair();
    const gone = once(behind, 'close') as Promise<[number, Buffer]>;
    if (expected === 1005) client.webSocket.close();
    else client.webSocket.terminate();
    expect((await gone)[0]).toBe(expected);
  });

  test("path, query and headers arrive; host and origin are the target's", async () => {
    const { baseUrl, asked } = await target();
    const proxy = await proxyTo(`${baseUrl}/base/`);
    const client = dial(proxy.baseUrl, '?key=k&alt=sse', {
      Authorization: 'Bearer t',
      'x-goog-api-client': 'a/1',
      Origin: 'http://localhost:5173',
    });
    await once(client.webSocket, 'open');
    expect(asked[0]?.url).toBe(`/base${path}?key=k&alt=sse`);
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer t',
      'x-goog-api-client': 'a/1',
      host: new URL(baseUrl).host,
      origin: baseUrl,
    });
    const echo = await fetch(`${proxy.baseUrl}/any?x=1`, { method: 'PUT', body: 'hello' });
    expect(await echo.text()).toBe('hello!');
    expect(asked[1]?.url).toBe('/base/any?x=1');
  });

  test('what the target says at the upgrade is what the client sees; nobody there is nobody there', async () => {
    const { baseUrl } = await target();
    const proxy = await proxyTo(baseUrl);
    const refused = dial(proxy.baseUrl, '?teapot');
    await refused.closed;
    expect(refused.status).toBe(418);

    const empty = await target();
    empty.http.close();
    const nowhere = await proxyTo(empty.baseUrl);
    const lost = dial(nowhere.baseUrl);
    expect(await lost.closed).toEqual({ code: 1006, reason: '' });
    expect(lost.status).toBeNull();
    expect((await fetch(`${nowhere.baseUrl}/v1alpha/auth_tokens`)).status).toBe(502);
    expect(nowhere.log.at(0)).toMatchObject({ what: 'upgradeRefused', detail: 'target: ECONNREFUSED' });
  });

  /** Sends 100 MiB, one after the other; how many had left when nothing more did, and how to wait for all. */
  async function flood(from: WebSocket): Promise<{ left: number; all: () => Promise<void> }> {
    const chunk = Buffer.alloc(1024 * 1024);
    let left = 0;
    const next = (): void => {
      from.send(chunk, () => {
        left++;
        if (left < 100) next();
      });
    };
    next();
    for (let seen = -1; seen !== left; ) {
      seen = left;
      await new Promise((resume) => setTimeout(resume, 150));
    }
    return { left, all: () => until(() => left === 100) };
  }

  test('a client that does not read is not read for: the target has to wait', async () => {
    const { client, behind } = await pair();
    client.webSocket.pause();
    const { left, all } = await flood(behind);
    expect(left).toBeLessThan(50);
    client.webSocket.resume();
    await all();
    await until(() => client.frames.length === 100);
  });

  test('a target that does not read makes the client wait', async () => {
    const { client, behind } = await pair();
    let count = 0;
    behind.on('message', () => count++);
    behind.pause();
    const { left, all } = await flood(client.webSocket);
    expect(left).toBeLessThan(50);
    behind.resume();
    await all();
    await until(() => count === 100);
  });
});

describe('with faults', () => {
  test('a dial is refused without a word to the target', async () => {
    const { proxy, server } = await throughProxy({ faults: ['dial/http-429', 'dial/refused'] });
    const first = dial(proxy.baseUrl);
    await first.closed;
    expect(first.status).toBe(429);
    expect(await dial(proxy.baseUrl).closed).toEqual({ code: 1006, reason: '' });
    expect(server.emulator.connections).toHaveLength(0);
    await ready(proxy);
    expect(proxy.log.filter(({ what }) => what === 'fault').map(({ fault, detail }) => [fault, detail])).toEqual([
      [1, 'refuse: dial/http-429'],
      [2, 'refuse: dial/refused'],
    ]);
  });

  test('messages are changed, and connections end, on both sides', async () => {
    const { proxy, server } = await throughProxy();
    const client = await ready(proxy);
    proxy.faults.add('usage/missing');
    client.send(say('hello'));
    expect(await client.heard('turnComplete')).not.toContain('usageMetadata');
    proxy.faults.add('close/1011-quota');
    expect(await client.closed).toMatchObject({ code: 1011, reason: expect.stringMatching(/^You exceeded/) as string });
    await until(() => server.emulator.liveConnections.length === 0);

    const second = await ready(proxy);
    proxy.faults.add({ action: { do: 'goAway', timeLeftMs: 30 } });
    expect(await second.closed).toMatchObject({ code: 1008, reason: expect.stringMatching(/GoAway/) as string });
    expect(await second.heard('goAway')).toContain('0.030s');

    const third = await ready(proxy);
    proxy.faults.add('stream/rst');
    expect(await third.closed).toMatchObject({ code: 1006 });
    await until(() => server.emulator.liveConnections.length === 0);
  });

  test('a half-open client is gone for the target only later', async () => {
    const { proxy, server } = await throughProxy({ halfOpenNoticedMs: 50 });
    const client = await ready(proxy);
    proxy.faults.add('stream/half-open');
    expect(server.emulator.liveConnections).toHaveLength(1);
    await until(() => server.emulator.liveConnections.length === 0);
    expect(client.webSocket.readyState).toBe(WebSocket.OPEN);
    client.webSocket.terminate();
  });

  test('refuseHandle and loseContext by the proxy itself', async () => {
    const { proxy, server } = await throughProxy();
    const client = await ready(proxy);
    client.send(say('the heron'));
    const all = await client.heard('turnComplete');
    const handle = [...all.matchAll(/"newHandle": "([^"]+)"/g)].at(-1)?.[1];
    client.webSocket.close();
    await client.closed;
    proxy.faults.add(['handle/not-found', 'handle/refused-late', 'handle/lost-context']);
    await ready(proxy);
    for (const late of [false, true]) {
      const refused = dial(proxy.baseUrl);
      await once(refused.webSocket, 'open');
      refused.send(setupOf({ handle }));
      expect(await refused.closed).toEqual({ code: 1008, reason: 'BidiGenerateContent session not found' });
      expect(refused.frames.map(({ data }) => JSON.parse(data.toString()) as object)).toEqual(
        late ? [{ setupComplete: {} }] : [],
      );
    }
    const lost = await ready(proxy, { handle });
    lost.send(say('What did I say first?'));
    expect(await lost.heard('turnComplete')).not.toContain('heron');
    expect(server.emulator.connections.at(-1)?.resumedFrom).toBeNull();
  });

  test('what only the emulator can do is refused when it is added', async () => {
    const { proxy } = await throughProxy();
    for (const name of [
      'handle/poisoned',
      'handle/forgotten',
      'update/not-resumable',
      'usage/jump',
      'compression/never',
    ]) {
      expect(() => proxy.faults.add(name)).toThrow(FaultError);
      expect(() => proxy.faults.add(name)).toThrow(/^A proxy cannot do /);
    }
    await expect(startFaultProxy({ target: proxy.baseUrl, faults: 'handle/poisoned' })).rejects.toThrow(FaultError);
  });
});

describe('who may use it', () => {
  test('no page of another origin, and no name that leads here', async () => {
    const { baseUrl, asked } = await target();
    const proxy = await proxyTo(baseUrl);
    for (const headers of [{ Origin: 'https://evil.example' }, { Host: 'evil.example' }]) {
      const client = dial(proxy.baseUrl, '', headers);
      await client.closed;
      expect(client.status).toBe(403);
      const answer = await new Promise<number | undefined>((done) => {
        httpRequest(`${proxy.baseUrl}/x`, { headers }, (response) => {
          response.resume();
          done(response.statusCode);
        }).end();
      });
      expect(answer).toBe(403);
    }
    expect(asked).toEqual([]);
  });

  test('a target that is no base URL', async () => {
    for (const wrong of ['', 'localhost:80', 'ftp://x', '/a?key=secret']) {
      await expect(startFaultProxy({ target: wrong })).rejects.toThrow(/^target takes a base URL/);
    }
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resume) => setTimeout(resume, 2));
}
