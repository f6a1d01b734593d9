/**
 * Every way in which a real socket goes wrong, as package ws and a bare TCP client see it.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { FaultInput } from '../../../src/emulator/index.js';
import { startEmulatorServer, type EmulatorServer } from '../../../src/emulator/server.js';

const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
const setup = JSON.stringify({ setup: { model: 'models/gemini-live-2.5-flash-preview', sessionResumption: {} } });

const upgradeRequest = [
  `GET ${path} HTTP/1.1`,
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

interface Seen {
  readonly webSocket: WebSocket;
  readonly frames: { readonly data: Buffer; readonly binary: boolean }[];
  status: number | null;
  error: string | null;
  readonly closed: Promise<{ code: number; reason: string }>;
}

let server: EmulatorServer;

beforeEach(async () => {
  server = await startEmulatorServer({ handleEveryMs: 20, setupMs: 5 });
});
afterEach(() => server.close());

function dial(options: { readonly sendSetup?: boolean } = {}): Seen {
  const webSocket = new WebSocket(server.baseUrl.replace('http', 'ws') + path, { perMessageDeflate: false });
  const closed = new Promise<{ code: number; reason: string }>((done) => {
    webSocket.on('close', (code, reason) => done({ code, reason: reason.toString() }));
  });
  const seen: Seen = { webSocket, frames: [], status: null, error: null, closed };
  webSocket.on('message', (data: Buffer, binary) => seen.frames.push({ data, binary }));
  webSocket.on('error', (error: NodeJS.ErrnoException) => {
    seen.error = error.code ?? error.message;
  });
  webSocket.on('unexpected-response', (request, response) => {
    seen.status = response.statusCode ?? null;
    request.destroy();
    webSocket.terminate();
  });
  webSocket.on('open', () => {
    if (options.sendSetup !== false) webSocket.send(setup);
  });
  return seen;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resume) => setTimeout(resume, 2));
}

async function ready(): Promise<Seen> {
  const seen = dial();
  await until(() => seen.frames.length > 0);
  return seen;
}

const now = (action: object): FaultInput => ({ match: { at: 'now' }, action }) as FaultInput;

describe('dial', () => {
  test.each([401, 403, 404, 429, 503])('HTTP %i', async (status) => {
    server.emulator.faults.add({ action: { do: 'refuse', status } });
    const seen = dial();
    await seen.closed;
    expect(seen.status).toBe(status);
  });

  test('0: reset before any answer', async () => {
    server.emulator.faults.add('dial/refused');
    const seen = dial();
    expect(await seen.closed).toEqual({ code: 1006, reason: '' });
    expect(seen).toMatchObject({ status: null, error: 'ECONNRESET' });
  });

  test('stall: no byte ever comes, and the socket is let go when the client leaves', async () => {
    server.emulator.faults.add('dial/stall');
    const socket = connect(server.port, '127.0.0.1');
    let bytes = 0;
    socket.on('data', (chunk) => (bytes += chunk.length));
    socket.write(upgradeRequest);
    await until(() => server.emulator.log.some(({ what }) => what === 'upgradeRefused'));
    expect(bytes).toBe(0);
    socket.end();
    await once(socket, 'close');
    expect(bytes).toBe(0);
  });

  test('drip: the answer comes in pieces, and then all is well', async () => {
    server.emulator.faults.add({ action: { do: 'drip', bytesPerSecond: 400 } });
    const socket = connect(server.port, '127.0.0.1');
    const sizes: number[] = [];
    socket.on('data', (chunk) => sizes.push(chunk.length));
    socket.write(upgradeRequest);
    await until(() => sizes.reduce((sum, size) => sum + size, 0) >= 129);
    expect(sizes.length).toBeGreaterThan(3);
    expect(Math.max(...sizes)).toBeLessThan(100);
    socket.destroy();

    server.emulator.faults.add({ action: { do: 'drip', bytesPerSecond: 1_000 } });
    const seen = await ready();
    expect(seen.frames[0]?.data.toString()).toContain('setupComplete');
    await until(() => seen.frames.length > 5);
  });

  test('close right after the upgrade, before setupComplete, and never an answer', async () => {
    server.emulator.faults.add('dial/close-after-upgrade');
    expect(await dial().closed).toEqual({ code: 1011, reason: 'The service is currently unavailable.' });
    server.emulator.faults.add('dial/close-before-setup-complete');
    const second = dial();
    expect(await second.closed).toEqual({ code: 1011, reason: 'Internal error encountered.' });
    expect(second.frames).toEqual([]);
    server.emulator.faults.add('dial/setup-never-answered');
    const third = dial();
    await until(() => server.emulator.log.some(({ what }) => what === 'setupComplete'));
    third.webSocket.close();
    await third.closed;
    expect(third.frames).toEqual([]);
  });

  test('delayMs delays the handshake too', async () => {
    const timed = async (delayMs: number): Promise<number> => {
      server.setDelay(delayMs);
      const begun = performance.now();
      await once(dial({ sendSetup: false }).webSocket, 'open');
      return performance.now() - begun;
    };
    await timed(0);
    // Three round trips; a timer is never early by more than a millisecond.
    expect(await timed(20)).toBeGreaterThan(6 * 20 - 2);
  });
});

describe('the end of a connection', () => {
  test('FIN without a close frame', async () => {
    const seen = await ready();
    server.emulator.faults.add(now({ do: 'fin' }));
    expect(await seen.closed).toEqual({ code: 1006, reason: '' });
    expect(seen.error).toBeNull();
    expect(server.emulator.connections[0]).toMatchObject({ endedBy: 'server', closeCode: null, reason: 'FIN' });
  });

  test('RST', async () => {
    const seen = await ready();
    let error = '';
    // @ts-expect-error -- the socket beneath: `ws` keeps its error to itself
    seen.webSocket._socket.on('error', (problem: NodeJS.ErrnoException) => (error = problem.code ?? ''));
    server.emulator.faults.add(now({ do: 'rst' }));
    expect(await seen.closed).toEqual({ code: 1006, reason: '' });
    expect(error).toBe('ECONNRESET');
  });

  test('RST in a frame: half of its bytes came, and no message', async () => {
    const socket = connect(server.port, '127.0.0.1');
    let bytes = Buffer.alloc(0);
    let error = '';
    socket.on('data', (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
    socket.on('error', (problem: NodeJS.ErrnoException) => (error = problem.code ?? ''));
    const gone = new Promise((done) => socket.once('close', done));
    socket.write(upgradeRequest);
    await until(() => bytes.includes('\r\n\r\n'));
    bytes = Buffer.alloc(0);
    server.emulator.faults.add(now({ do: 'rst', midFrame: true }));
    const message = { serverContent: { note: 'x'.repeat(300) } };
    server.emulator.send(message);
    await gone;
    const payload = Buffer.from(`${JSON.stringify(message, null, 2)}\n`);
    expect(error).toBe('ECONNRESET');
    // A header of four bytes: final, binary, a length of two more bytes.
    expect([...bytes.subarray(0, 2)]).toEqual([0x82, 126]);
    expect(bytes.readUInt16BE(2)).toBe(payload.length);
    expect(bytes.length).toBe(Math.ceil((payload.length + 4) / 2));
    expect(payload.subarray(0, bytes.length - 4).equals(bytes.subarray(4))).toBe(true);
  });

  test('half-open: no frame, no pong, no close, and the socket stays', async () => {
    const seen = await ready();
    server.emulator.faults.add(now({ do: 'halfOpen' }));
    await new Promise((resume) => setTimeout(resume, 30));
    const count = seen.frames.length;
    let pongs = 0;
    seen.webSocket.on('pong', () => pongs++);
    seen.webSocket.ping();
    seen.webSocket.close();
    await new Promise((resume) => setTimeout(resume, 120));
    expect(seen.frames.length).toBe(count);
    expect(pongs).toBe(0);
    expect(seen.webSocket.readyState).toBe(WebSocket.CLOSING);
    seen.webSocket.terminate();
  });
});

describe('what passes', () => {
  test('one-way up: the server goes on and hears nothing; what is written piles up here', async () => {
    const seen = await ready();
    server.emulator.faults.add(now({ do: 'mute', direction: 'up' }));
    const count = seen.frames.length;
    const frame = JSON.stringify({ realtimeInput: { text: 'x'.repeat(1_000_000) } });
    for (let n = 0; n < 20; n++) seen.webSocket.send(frame);
    await until(() => seen.frames.length > count + 5);
    expect(server.emulator.contexts()[0]?.heard.length).toBe(0);
    expect(seen.webSocket.bufferedAmount).toBeGreaterThan(5_000_000);
    // The server learns it from what it sends.
    seen.webSocket.terminate();
    await until(() => server.emulator.liveConnections.length === 0);
  });

  test('one-way down: the server hears everything and is not heard', async () => {
    const seen = await ready();
    server.emulator.faults.add(now({ do: 'mute', direction: 'down' }));
    await new Promise((resume) => setTimeout(resume, 30));
    const count = seen.frames.length;
    seen.webSocket.send(JSON.stringify({ realtimeInput: { text: 'hello' } }));
    await until(() => server.emulator.contexts()[0]?.heard.length === 1);
    await new Promise((resume) => setTimeout(resume, 60));
    expect(seen.frames.length).toBe(count);
    seen.webSocket.terminate();
  });

  test('trickle down: a frame is cut into many pieces, and comes whole', async () => {
    server.emulator.configure({ handleEveryMs: 60_000 });
    const seen = await ready();
    server.emulator.faults.add(now({ do: 'trickle', bytesPerSecond: 2_000, direction: 'down' }));
    const chunks: number[] = [];
    // @ts-expect-error -- the socket beneath, to see how bytes come
    seen.webSocket._socket.prependListener('data', (chunk: Buffer) => chunks.push(chunk.length));
    const count = seen.frames.length;
    server.emulator.send({ note: 'x'.repeat(600) });
    await until(() => seen.frames.length > count);
    expect(chunks.length).toBeGreaterThan(3);
    expect(seen.frames.at(-1)?.data.toString()).toContain('xxx');
    seen.webSocket.terminate();
  });

  test('trickle up: the server hears it whole, late', async () => {
    const seen = await ready();
    server.emulator.faults.add(now({ do: 'trickle', bytesPerSecond: 3_000, direction: 'up' }));
    const begun = performance.now();
    seen.webSocket.send(JSON.stringify({ realtimeInput: { text: 'x'.repeat(600) } }));
    seen.webSocket.send(JSON.stringify({ realtimeInput: { text: 'y' } }));
    await until(() => server.emulator.contexts()[0]?.heard.length === 2);
    expect(performance.now() - begun).toBeGreaterThan(150);
    const frame = JSON.stringify({ realtimeInput: { text: 'x'.repeat(1_000_000) } });
    for (let n = 0; n < 20; n++) seen.webSocket.send(frame);
    await new Promise((resume) => setTimeout(resume, 60));
    expect(seen.webSocket.bufferedAmount).toBeGreaterThan(5_000_000);
    seen.webSocket.terminate();
  });

  test('late pong: after all that was said meanwhile', async () => {
    const seen = await ready();
    server.emulator.faults.add(now({ do: 'latePong', ms: 80 }));
    const begun = performance.now();
    const count = seen.frames.length;
    seen.webSocket.ping('x');
    const [data] = (await once(seen.webSocket, 'pong')) as [Buffer];
    expect(data.toString()).toBe('x');
    expect(performance.now() - begun).toBeGreaterThan(75);
    expect(seen.frames.length).toBeGreaterThan(count);
    seen.webSocket.terminate();
  });

  test('delay: each frame so much later', async () => {
    server.emulator.configure({ handleEveryMs: 60_000 });
    const seen = await ready();
    server.emulator.faults.add(now({ do: 'delay', ms: 60, direction: 'down' }));
    const begun = performance.now();
    server.emulator.send({ late: 1 });
    await until(() => seen.frames.some(({ data }) => data.includes('late')));
    expect(performance.now() - begun).toBeGreaterThan(55);
    seen.webSocket.terminate();
  });
});

describe('frames', () => {
  /** First bytes of the frames that came, as opcode and FIN. */
  async function heads(fault: FaultInput, message: object): Promise<string[]> {
    server.emulator.configure({ handleEveryMs: 60_000 });
    const seen = await ready();
    server.emulator.faults.add(fault);
    const bytes: Buffer[] = [];
    // @ts-expect-error -- the socket beneath
    seen.webSocket._socket.prependListener('data', (chunk: Buffer) => bytes.push(chunk));
    const count = seen.frames.length;
    server.emulator.send(message);
    await until(() => seen.frames.length > count);
    seen.webSocket.terminate();
    let rest = Buffer.concat(bytes);
    const found: string[] = [];
    while (rest.length > 0) {
      const [first = 0, second = 0] = rest;
      found.push(`${first & 0x0f}${first & 0x80 ? ' fin' : ''}`);
      rest = rest.subarray(second === 126 ? 4 + rest.readUInt16BE(2) : 2 + second);
    }
    return found;
  }

  test('fragments, and still one message', async () => {
    const fault: FaultInput = { match: { at: 'serverMessage' }, action: { do: 'fragment', parts: 4 } };
    expect(await heads(fault, { serverContent: {} })).toEqual(['2', '0', '0', '0 fin']);
  });

  test('more fragments than bytes', async () => {
    const fault: FaultInput = { match: { at: 'serverMessage' }, action: { do: 'fragment', parts: 40 } };
    expect(await heads(fault, {})).toHaveLength(40);
  });

  test('text frames', async () => {
    const fault: FaultInput = { match: { at: 'serverMessage' }, action: { do: 'textFrame' } };
    expect(await heads(fault, { serverContent: {} })).toEqual(['1 fin']);
  });

  test('huge, garbage, and text that is not UTF-8, over which ws fails the connection', async () => {
    const seen = await ready();
    server.emulator.faults.add(['stream/huge-frame', 'stream/not-json', 'stream/invalid-utf8']);
    await until(() => seen.frames.some(({ data }) => data.length === 64));
    expect(seen.frames.find(({ data }) => data.length === 8 * 1024 * 1024)?.binary).toBe(true);
    expect(seen.frames.find(({ data }) => data.toString().startsWith('<html>'))?.binary).toBe(false);
    expect(seen.frames.find(({ data }) => data.length === 64)?.data.every((byte) => byte === 0xff)).toBe(true);
    server.emulator.faults.add('stream/invalid-utf8-text');
    await seen.closed;
    expect(seen.error).toBe('WS_ERR_INVALID_UTF8');
  });
});

test.each([{ do: 'halfOpen' }, { do: 'fin' }])(
  '%j: a socket that its client keeps is let go at last',
  async (action) => {
    await server.close();
    const clock = {
      now: () => Date.now(),
      setTimeout: (callback: () => void, ms: number) => setTimeout(callback, ms / 1_000),
      clearTimeout: (id: unknown) => clearTimeout(id as NodeJS.Timeout),
    };
    server = await startEmulatorServer({ clock });
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write(upgradeRequest);
    await once(socket, 'data');
    socket.on('error', () => {});
    server.emulator.faults.add(now(action));
    const dead = new Promise((done) => socket.once('close', done));
    const writing = setInterval(() => socket.write('x'), 10);
    await dead;
    clearInterval(writing);
  },
);

test('closing the server lets go of sockets in every state', async () => {
  server.emulator.faults.add(['dial/stall', 'dial/slow-loris']);
  const waiting = [dial(), dial()];
  await until(() => server.emulator.log.filter(({ what }) => what === 'fault').length === 2);
  const open = await ready();
  server.emulator.faults.add([now({ do: 'trickle', bytesPerSecond: 1 }), now({ do: 'halfOpen' })]);
  await server.close();
  for (const seen of [...waiting, open]) await seen.closed;
});
