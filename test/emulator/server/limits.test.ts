/** The bounds of the server over real sockets. Oracle: options.ts and the header of server.ts. */
import { connect as connectTcp } from 'node:net';
import { WebSocket } from 'ws';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock, type Clock } from '../../../src/clock.js';
import { createEmulator, OptionError } from '../../../src/emulator/index.js';
import { startEmulatorServer, type EmulatorServer, type EmulatorServerOptions } from '../../../src/emulator/server.js';
import { ask, connect } from './support.js';

let server: EmulatorServer;
const start = async (options: EmulatorServerOptions): Promise<void> => {
  server = await startEmulatorServer({ setupMs: 0, ...options });
};
afterEach(() => server?.close());

test('maxConnections: 503 beyond, and room again when one has gone', async () => {
  await start({ maxConnections: 2 });
  const [first] = [await connect(server), await connect(server)];
  await expect(connect(server)).rejects.toThrow('503');
  first.socket.close();
  await server.emulator.waitFor(({ what }) => what === 'gone');
  await connect(server);
  expect(server.emulator.liveConnections).toHaveLength(2);
});

test('maxPayload: 1009 for a message that is larger', async () => {
  await start({ maxPayload: 10_000 });
  const client = await connect(server);
  client.send({ realtimeInput: { text: 'x'.repeat(5_000) } });
  client.send({ realtimeInput: { text: 'x'.repeat(20_000) } });
  expect((await client.closed).code).toBe(1009);
  expect((await ask(server, 'GET', '/emulator/state')).status).toBe(200);
});

test('maxBufferedBytes: who does not read is disconnected, and the rest lives on', async () => {
  await start({ maxBufferedBytes: 200_000 });
  const [deaf, other] = [await connect(server), await connect(server)];
  (deaf.socket as unknown as { _socket: { pause(): void } })._socket.pause();
  // More than the kernel takes on both sides of a loopback connection.
  const message = { usageMetadata: { padding: 'x'.repeat(1_000_000) } };
  for (let n = 0; n < 30; n++) server.emulator.send(message, { connection: 1 });
  await server.emulator.waitFor(({ what }) => what === 'slowReader', { timeoutMs: 15_000 });
  await server.emulator.waitFor(({ what, connection }) => what === 'gone' && connection === 1, { timeoutMs: 15_000 });
  expect(server.emulator.liveConnections).toEqual([2]);
  expect(other.socket.readyState).toBe(WebSocket.OPEN);
});

test('maxBufferedBytes: what a fault holds back counts', async () => {
  await start({ maxBufferedBytes: 200_000 });
  await connect(server);
  server.emulator.faults.add({ action: { do: 'delay', ms: 1e9, direction: 'down' } });
  for (let n = 0; n < 3; n++) server.emulator.send({ usageMetadata: { padding: 'x'.repeat(100_000) } });
  await server.emulator.waitFor(({ what }) => what === 'slowReader', { timeoutMs: 15_000 });
  await server.emulator.waitFor(({ what }) => what === 'gone', { timeoutMs: 15_000 });
});

describe('a client whose frames are held back', () => {
  const megabyte = { realtimeInput: { video: { data: 'A'.repeat(1_000_000), mimeType: 'image/jpeg' } } };

  test('is not read any further, so that it waits with its own', async () => {
    await start({});
    const { socket, send } = await connect(server);
    server.emulator.faults.add({ action: { do: 'delay', ms: 1e9, direction: 'up' } });
    for (let n = 0; n < 40; n++) send(megabyte);
    let before = -1;
    while (before !== socket.bufferedAmount) {
      before = socket.bufferedAmount;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(before).toBeGreaterThan(1_000_000);
  });

  test('is heard in full when the time has come', async () => {
    await start({});
    const { send } = await connect(server);
    server.emulator.faults.add({ action: { do: 'delay', ms: 50, direction: 'up' } });
    for (let n = 0; n < 20; n++) send(megabyte);
    send({ realtimeInput: { text: 'that is all' } });
    await server.emulator.waitFor(({ what }) => what === 'turnComplete', { timeoutMs: 15_000 });
    expect(server.emulator.contexts()[0]?.heard).toHaveLength(21);
  });

  test('releases its session when it is gone', async () => {
    await start({ halfOpenNoticedMs: 20 });
    const { socket, closed } = await connect(server);
    server.emulator.faults.add({ action: { do: 'delay', ms: 1e9, direction: 'up' } });
    socket.close();
    await closed;
    await server.emulator.waitFor(({ what }) => what === 'gone', { timeoutMs: 15_000 });
    expect(server.emulator.liveConnections).toEqual([]);
  });
});

test('close() leaves no timer behind, whatever a fault holds back', async () => {
  const timers = new Set<unknown>();
  const clock: Clock = {
    now: () => systemClock.now(),
    setTimeout: (callback, ms) => {
      const id = systemClock.setTimeout(() => {
        timers.delete(id);
        callback();
      }, ms);
      timers.add(id);
      return id;
    },
    clearTimeout: (id) => {
      timers.delete(id);
      systemClock.clearTimeout(id);
    },
  };
  await start({ clock, halfOpenNoticedMs: 1e8 });
  const [open, left] = [await connect(server), await connect(server)];
  for (const action of [
    { do: 'delay', ms: 1e9 },
    { do: 'latePong', ms: 1e9 },
  ] as const) {
    server.emulator.faults.add({ action });
  }
  open.socket.ping();
  open.send({ realtimeInput: { text: 'never heard' } });
  left.socket.close();
  left.socket.terminate();
  await left.closed;
  await ask(server, 'GET', '/emulator/state');
  await server.close();
  await open.closed;
  expect(timers.size).toBe(0);
});

test('a hundred half requests keep nobody out', async () => {
  await start({});
  const half = Array.from({ length: 100 }, () => {
    const socket = connectTcp(server.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: loc'));
    socket.on('error', () => {});
    return socket;
  });
  await connect(server);
  expect((await ask(server, 'GET', '/emulator/state')).status).toBe(200);
  for (const socket of half) socket.destroy();
});

describe('options are checked before anything starts', () => {
  test.each([
    { setupMs: -1 },
    { setupMs: Number.NaN },
    { speed: 0 },
    { speed: 1e9 },
    { port: 70_000 },
    { maxPayload: 0.5 },
    { host: 5 },
    { setupMilliseconds: 5 },
    { lifetimeEnd: { developer: { code: 1000, reason: '' } } },
    { models: [{ name: 'x' }] },
  ])('%j', async (options) => {
    const bad = options as EmulatorServerOptions;
    await expect(startEmulatorServer(bad)).rejects.toThrow(OptionError);
    await expect(startEmulatorServer(bad)).rejects.toThrow(Object.keys(options)[0]);
    expect(() => createEmulator(bad)).toThrow(OptionError);
  });

  test('a key is not repeated in the error', () => {
    expect(() => createEmulator({ validKeys: 'AIza-secret-1' as never })).toThrow(/^The option validKeys (?!.*secret)/);
  });
});
