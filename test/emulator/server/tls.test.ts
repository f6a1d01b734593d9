/**
 * The server and the proxy behind TLS: the same protocol, control endpoint and faults, over wss and https. Oracle: what
 * sockets.test.ts expects of a plain socket. tls/ has a certificate that is test material.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { FaultInput } from '../../../src/emulator/index.js';
import {
  startEmulatorServer,
  startFaultProxy,
  TlsError,
  type EmulatorServer,
  type FaultProxy,
} from '../../../src/emulator/server.js';

const certFile = fileURLToPath(new URL('tls/testOnlyCertificate.pem', import.meta.url));
const keyFile = fileURLToPath(new URL('tls/testOnlyKey.pem', import.meta.url));
const tls = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k';
const setup = JSON.stringify({ setup: { model: 'models/gemini-live-2.5-flash-preview', sessionResumption: {} } });
const question = { clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hello' }] }], turnComplete: true } };

let server: EmulatorServer;
let proxy: FaultProxy;
beforeEach(async () => {
  server = await startEmulatorServer({ tls, speed: 10, setupMs: 1, handleEveryMs: 200 });
  // In front of a plain server: it is the client's side that is encrypted.
  const behind = await startEmulatorServer({ speed: 10, setupMs: 1, handleEveryMs: 200 });
  proxy = await startFaultProxy({ target: behind.baseUrl, tls });
  closers.push(() => behind.close());
});
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await server.close();
  await proxy.close();
  for (const close of closers.splice(0)) await close();
});

interface Seen {
  readonly webSocket: WebSocket;
  readonly frames: string[];
  status: number | null;
  error: string | null;
  readonly closed: Promise<{ code: number; reason: string }>;
}

function dial(baseUrl: string, ca = tls.cert): Seen {
  const webSocket = new WebSocket(baseUrl.replace('http', 'ws') + path, { ca, perMessageDeflate: false });
  const closed = new Promise<{ code: number; reason: string }>((done) => {
    webSocket.on('close', (code, reason) => done({ code, reason: reason.toString() }));
  });
  const seen: Seen = { webSocket, frames: [], status: null, error: null, closed };
  webSocket.on('message', (data: Buffer) => seen.frames.push(data.toString('utf8')));
  webSocket.on('error', (error: NodeJS.ErrnoException) => (seen.error = error.code ?? error.message));
  webSocket.on('unexpected-response', (request, response) => {
    seen.status = response.statusCode ?? null;
    request.destroy();
    webSocket.terminate();
  });
  webSocket.on('open', () => {
    // `ws` keeps an error of an open socket to itself.
    // @ts-expect-error -- so the socket beneath is asked
    webSocket._socket.on('error', (error: NodeJS.ErrnoException) => (seen.error = error.code ?? error.message));
    webSocket.send(setup);
  });
  return seen;
}

async function ready(baseUrl: string): Promise<Seen> {
  const seen = dial(baseUrl);
  await until(() => seen.frames.length > 0);
  expect(seen.frames[0]).toContain('setupComplete');
  return seen;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resume) => setTimeout(resume, 2));
}

function ask(baseUrl: string, method: string, where: string, body?: object): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const request = httpsRequest(new URL(where, baseUrl), { method, ca: tls.cert, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

describe.each(['server', 'proxy'] as const)('%s', (which) => {
  const baseUrl = (): string => (which === 'server' ? server : proxy).baseUrl;
  const add = (fault: FaultInput): void => {
    if (which === 'server') server.emulator.faults.add(fault);
    else proxy.faults.add(fault);
  };
  const now = (action: object): void => add({ match: { at: 'now' }, action } as FaultInput);

  test('a turn is answered, and the control endpoint and page are there', async () => {
    expect(baseUrl()).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    const { webSocket, frames, closed } = await ready(baseUrl());
    webSocket.send(JSON.stringify(question));
    await until(() => frames.some((frame) => frame.includes('turnComplete')));
    const state = await ask(baseUrl(), 'GET', '/emulator/state');
    expect(JSON.parse(state.body)).toMatchObject({ baseUrl: baseUrl(), connections: [{ id: 1, state: 'active' }] });
    expect((await ask(baseUrl(), 'GET', '/emulator/')).body).toContain('<title>');
    await ask(baseUrl(), 'POST', '/emulator/faults', { action: { do: 'close', code: 1011, reason: 'asked' } });
    expect(await closed).toEqual({ code: 1011, reason: 'asked' });
  });

  test('RST, between frames and in the middle of one', async () => {
    const first = await ready(baseUrl());
    now({ do: 'rst' });
    expect(await first.closed).toEqual({ code: 1006, reason: '' });
    expect(first.error).toBe('ECONNRESET');
    const second = await ready(baseUrl());
    const { length } = second.frames;
    add({ match: { at: 'serverMessage', kind: 'sessionResumptionUpdate' }, action: { do: 'rst', midFrame: true } });
    expect(await second.closed).toEqual({ code: 1006, reason: '' });
    expect(second.error).toBe('ECONNRESET');
    expect(second.frames.length).toBeLessThanOrEqual(length + 1);
  });

  test('FIN without a close frame', async () => {
    const seen = await ready(baseUrl());
    now({ do: 'fin' });
    expect(await seen.closed).toEqual({ code: 1006, reason: '' });
    expect(seen.error).toBeNull();
  });

  test('half-open: not a byte comes, and the socket stays', async () => {
    const seen = await ready(baseUrl());
    now({ do: 'halfOpen' });
    let pongs = 0;
    seen.webSocket.on('pong', () => pongs++);
    seen.webSocket.ping();
    const { length } = seen.frames;
    const other = await ready(baseUrl());
    await until(() => other.frames.length > 5);
    expect(seen.frames.length).toBeLessThanOrEqual(length + 1);
    expect(pongs).toBe(0);
    expect(seen.webSocket.readyState).toBe(seen.webSocket.OPEN);
    seen.webSocket.terminate();
  });

  test('trickle: what is sent comes whole, later', async () => {
    const seen = await ready(baseUrl());
    now({ do: 'trickle', bytesPerSecond: 20_000 });
    seen.webSocket.send(JSON.stringify(question));
    await until(() => seen.frames.some((frame) => frame.includes('serverContent')));
    for (const frame of seen.frames) expect(() => JSON.parse(frame) as unknown).not.toThrow();
  });

  test('dial: refused, reset, dripping', async () => {
    add({ action: { do: 'refuse', status: 429 } });
    const refused = dial(baseUrl());
    await refused.closed;
    expect(refused.status).toBe(429);
    add({ action: { do: 'refuse', status: 0 } });
    const reset = dial(baseUrl());
    await reset.closed;
    expect(reset).toMatchObject({ status: null, error: 'ECONNRESET' });
    add({ action: { do: 'drip', bytesPerSecond: 1_000 } });
    await ready(baseUrl());
  });

  test('the log says why a client never got through the handshake', async () => {
    const log = (): string => (which === 'server' ? server.emulator : proxy).log.map(({ detail }) => detail).join('\n');
    const stranger = new WebSocket(baseUrl().replace('http', 'ws') + path);
    const error = await new Promise<NodeJS.ErrnoException>((done) => stranger.on('error', done));
    expect(error.code).toMatch(/SELF_SIGNED/);
    await until(() => log().includes('does it trust the certificate'));
    const plain = connectTcp(Number(new URL(baseUrl()).port), '127.0.0.1');
    plain.on('error', () => {});
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await until(() => log().includes('plain HTTP'));
  });
});

test('a client that speaks TLS to a plain server is told of in its log', async () => {
  await using plain = await startEmulatorServer();
  const seen = dial(plain.baseUrl.replace('http:', 'https:'));
  await seen.closed;
  expect(plain.emulator.log).toMatchObject([{ what: 'upgradeRefused', detail: expect.stringContaining('TLS') }]);
});

test('the official SDK talks to it, given the certificate as NODE_EXTRA_CA_CERTS', async () => {
  const program = `
    import { GoogleGenAI } from '@google/genai';
    const ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: process.argv[1] } });
    const heard = [];
    const session = await ai.live.connect({
      model: 'gemini-live-2.5-flash-preview',
      config: { responseModalities: ['TEXT'] },
      callbacks: { onmessage: (message) => {
        heard.push(message.text ?? '');
        if (message.serverContent?.turnComplete) { console.log(heard.join('')); session.close(); }
      } },
    });
    session.sendClientContent({ turns: 'My name is Ada.' });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, server.baseUrl], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  expect(await new Promise((done) => child.once('close', done))).toBe(0);
  expect(said).toContain('Ada');
});

describe('what is no pair of certificate and key', () => {
  const strangerKey = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEICQnYvSqPV9B1a8jXZ0m6vbHkW1kW0TnTz3V0m4qzE2zoAoGCCqGSM49
-----END EC PRIVATE KEY-----`;
  test.each([
    ['cert', { ...tls, cert: 'nonsense' }, /no certificate/],
    ['cert', { cert: tls.key, key: tls.cert }, /no certificate/],
    ['key', { ...tls, key: 'nonsense' }, /no private key/],
    ['key', { ...tls, key: strangerKey }, /no private key/],
  ] as const)('%s', async (part, given, words) => {
    const error: unknown = await startEmulatorServer({ tls: given }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TlsError);
    expect(error).toMatchObject({ part, message: expect.stringMatching(words) });
    expect((error as Error).message).not.toContain(tls.key.slice(40, 80));
  });

  test('the key of another certificate', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    await expect(startEmulatorServer({ tls: { ...tls, key } })).rejects.toThrow(/not that of the certificate/);
    const locked = privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
    await expect(startEmulatorServer({ tls: { ...tls, key: String(locked) } })).rejects.toThrow(/encrypted/);
  });
});
