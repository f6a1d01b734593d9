/** Requests that are odd, and sockets that go at odd moments: answered or let go, and never the end of the process. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock, type Clock } from '../../../src/clock.js';
import { startEmulatorServer, startFaultProxy, type FaultProxy } from '../../../src/emulator/server.js';
import { pieces } from '../../../src/emulator/model/mind.js';
import { ask } from './support.js';

const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
const upgrade = ['Host: localhost', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** The first line of the answer; empty where the socket ends without one. */
async function asked(port: number, ...lines: string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let got = '';
  socket.on('data', (data: Buffer) => (got += data.toString()));
  socket.on('error', () => {});
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  await once(socket, 'close');
  return got.split('\r\n')[0] ?? '';
}

async function bareTarget(): Promise<{ sockets: WebSocketServer; proxy: FaultProxy }> {
  const http = createServer((_, response) => response.end());
  const sockets = new WebSocketServer({ server: http });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  closers.push(async () => http.close());
  const proxy = await startFaultProxy({ target: `http://127.0.0.1:${(http.address() as AddressInfo).port}` });
  closers.push(() => proxy.close());
  return { sockets, proxy };
}

describe('the proxy', () => {
  test.each([
    ['GET', 'http://localhost/x'],
    ['OPTIONS', '*'],
  ])('refuses %s %s, which would name another host behind the target', async (method, url) => {
    const { proxy } = await bareTarget();
    expect(await asked(proxy.port, `${method} ${url} HTTP/1.1`, 'Host: localhost', 'Connection: close')).toContain(
      '400',
    );
  });

  test('refuses an upgrade that names no path', async () => {
    const { proxy } = await bareTarget();
    expect(await asked(proxy.port, 'GET http://localhost/x HTTP/1.1', ...upgrade, key)).toContain('400');
  });

  test('refuses subprotocols that a WebSocket cannot have', async () => {
    const { proxy } = await bareTarget();
    const answer = await asked(proxy.port, `GET ${path} HTTP/1.1`, ...upgrade, key, 'Sec-WebSocket-Protocol: a, a');
    expect(answer).toContain('400');
    expect(proxy.log.map(({ what }) => what)).toEqual(['upgradeRefused']);
  });

  test('lets go of the target when the client has no key for the handshake', async () => {
    const { proxy, sockets } = await bareTarget();
    const dialled = once(sockets, 'connection');
    expect(await asked(proxy.port, `GET ${path} HTTP/1.1`, ...upgrade)).toContain('400');
    await dialled;
    await expect.poll(() => sockets.clients.size).toBe(0);
  });
});

test('a socket that is gone leaves nothing that was to be sent later', async () => {
  const waiting = new Set<unknown>();
  const clock: Clock = {
    now: () => systemClock.now(),
    setTimeout: (callback, ms) => {
      const id = systemClock.setTimeout(callback, ms);
      if (ms > 60_000) waiting.add(id);
      return id;
    },
    clearTimeout: (id) => {
      waiting.delete(id);
      systemClock.clearTimeout(id);
    },
  };
  const server = await startEmulatorServer({ clock, connectionLifetimeMs: 50_000, audioSessionMs: 50_000 });
  closers.push(() => server.close());
  const webSocket = new WebSocket(server.baseUrl.replace('http', 'ws') + path);
  await once(webSocket, 'open');
  server.emulator.faults.add({ match: { at: 'now' }, action: { do: 'delay', ms: 600_000, direction: 'down' } });
  server.emulator.sendRaw('late');
  expect(waiting.size).toBe(1);
  webSocket.terminate();
  await expect.poll(() => waiting.size).toBe(0);
});

describe('the control endpoint', () => {
  test('streams a log that is longer than what may wait for a listener', async () => {
    const server = await startEmulatorServer({ maxLog: 20_000 });
    closers.push(() => server.close());
    const entries = 12_000;
    for (let n = 0; n < entries; n += 1) server.emulator.note(null, 'fault', 'x'.repeat(150));
    const stop = new AbortController();
    const { body } = await fetch(`${server.baseUrl}/emulator/events`, { signal: stop.signal });
    const decoder = new TextDecoder();
    let got = '';
    for await (const chunk of body ?? []) {
      got += decoder.decode(chunk, { stream: true });
      if (got.includes(`id: ${entries}\n`)) break;
    }
    stop.abort();
    expect(got.match(/^id: /gm)).toHaveLength(entries);
  });

  test('takes no more to say than a script does', async () => {
    const server = await startEmulatorServer();
    closers.push(() => server.close());
    const order = { order: 'say', text: 'a'.repeat(20_001) };
    expect((await ask(server, 'POST', '/emulator/orders', { body: order })).status).toBe(400);
  });
});

test('blanks at the end of a text cost no more than other characters', () => {
  const timeOf = (text: string): number => {
    const from = performance.now();
    pieces(text, 2);
    return performance.now() - from;
  };
  const blanks = ' '.repeat(20_000);
  expect(pieces(`one two three${blanks}`, 2)).toEqual(['one two', ' three']);
  // Searched from each of its places it takes thousands of times as long.
  expect(timeOf(`a${blanks}`)).toBeLessThan(100 * Math.max(0.5, timeOf('a '.repeat(10_000))));
});
