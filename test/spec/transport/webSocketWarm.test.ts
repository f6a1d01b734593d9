/** Warm sockets: over real sockets, and with the emulator in process, where their gain is exact. */
import { Modality, type LiveConnectConfig, type LiveServerMessage, type Tool } from '@google/genai';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { emulator, type EmulatorTransport, type EmulatorTransportOptions } from '../../../src/emulator/index.js';
import { startEmulatorServer } from '../../../src/emulator/server.js';
import { seededRandom } from '../../../src/random.js';
import type { ConnectionEnd, Transport, WarmSocket } from '../../../src/transport/port.js';
import { webSocket, type WebSocketTransport } from '../../../src/transport/webSocket.js';
import {
  acceptsSetup,
  type Behaviour,
  closesBeforeSetup,
  goesDeaf,
  http,
  type LiveStub,
  liveStub,
  neverUpgrades,
  sendsFramesAtOnce,
} from '../../support/liveStub.js';
import { virtualClock, type VirtualClock } from '../../support/virtualClock.js';
import { Heard, key, model, noSocketIsLeft, soon, turn } from './webSocketSupport.js';

describe('a warm socket of webSocket()', () => {
  let stub: LiveStub | null = null;

  async function serverThat(...behaviours: Behaviour[]): Promise<LiveStub> {
    stub = await liveStub(...behaviours);
    return stub;
  }

  afterEach(async () => {
    if (stub === null) return;
    await noSocketIsLeft(stub);
    await stub[Symbol.asyncDispose]();
    stub = null;
  });

  const transport = (server: LiveStub, options: object = {}): WebSocketTransport =>
    webSocket({ apiKey: key, baseUrl: server.baseUrl, ...options });

  const reaches = (warm: WarmSocket, state: WarmSocket['state']): Promise<void> =>
    soon(() => expect(warm.state).toBe(state));

  test('T-WS-50 opens, sends nothing, and a dial with it sends the setup on it', async () => {
    const server = await serverThat(acceptsSetup());
    const own = transport(server);
    const warm = own.warm();
    expect(warm.state).toBe('opening');
    await reaches(warm, 'open');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.received).toEqual([]);

    const heard = new Heard(own, { warm, config: { sessionResumption: { handle: 'H' } } });
    expect(warm.state).toBe('gone');
    heard.connection.send(turn);
    await heard.framesCome(1);
    expect(heard.log[0]).toEqual(['opened']);
    await soon(() => expect(server.received.length).toBe(2));
    expect(server.received).toMatchObject([{ setup: { sessionResumption: { handle: 'H' } } }, JSON.parse(turn)]);
    expect(server.urls.length).toBe(1);
    warm.discard();
    heard.connection.send(turn);
    await soon(() => expect(server.received.length).toBe(3));
    expect(await heard.closed()).toMatchObject({ cause: 'close' });
  });

  test('T-WS-51 that is still opening is waited for', async () => {
    const server = await serverThat(acceptsSetup());
    const own = transport(server);
    const heard = new Heard(own, { warm: own.warm() });
    await heard.framesCome(1);
    expect(server.urls.length).toBe(1);
    await heard.closed();
  });

  test.each([
    ['refused', [http(503)], { cause: 'http', status: 503 }],
    ['closed', [closesBeforeSetup(1011, 'x')], { cause: 'close', code: 1011, reason: 'x' }],
  ] as const)('T-WS-52 that is %s while a dial waits for it is the end of the dial', async (_name, behaviours, end) => {
    const server = await serverThat(...behaviours);
    const own = transport(server);
    expect(await new Heard(own, { warm: own.warm() }).end()).toEqual(end);
    expect(server.urls.length).toBe(1);
  });

  test('T-WS-53 is used once, and only by the transport that made it', async () => {
    const server = await serverThat(acceptsSetup());
    const own = transport(server);
    const warm = own.warm();
    await reaches(warm, 'open');
    const stranger = new Heard(transport(server), { warm });
    await stranger.framesCome(1);
    expect(warm.state).toBe('open');
    const first = new Heard(own, { warm });
    const second = new Heard(own, { warm });
    await first.framesCome(1);
    await second.framesCome(1);
    expect(server.urls.length).toBe(3);
    const forged: WarmSocket = { state: 'open', discard: () => {} };
    const fourth = new Heard(own, { warm: forged });
    await fourth.framesCome(1);
    for (const heard of [stranger, first, second, fourth]) await heard.closed();
  });

  test('T-WS-54 that is discarded leaves no socket and no timer, whenever that is', async () => {
    const server = await serverThat(acceptsSetup());
    const clock = virtualClock();
    const own = transport(server, { clock });
    own.warm().discard();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.urls).toEqual([]);

    const open = own.warm();
    await reaches(open, 'open');
    open.discard();
    open.discard();
    expect(open.state).toBe('gone');
    await noSocketIsLeft(server);
    await soon(() => expect(clock.countTimers()).toBe(0));

    const heard = new Heard(own, { warm: open });
    await heard.framesCome(1);
    expect(server.urls.length).toBe(2);
    await heard.closed();
  });

  test('T-WS-55 that is discarded before the upgrade is answered aborts it', async () => {
    const server = await serverThat(neverUpgrades());
    const warm = transport(server).warm();
    await soon(() => expect(server.urls.length).toBe(1));
    expect(warm.state).toBe('opening');
    warm.discard();
    await noSocketIsLeft(server);
  });

  test.each([
    ['closed by the server', [closesBeforeSetup(1000, '')]],
    ['refused', [http(401)]],
  ] as const)('T-WS-56 that is %s is gone, in silence', async (_name, behaviours) => {
    const server = await serverThat(...behaviours);
    const clock = virtualClock();
    await reaches(transport(server, { clock }).warm(), 'gone');
    await soon(() => expect(clock.countTimers()).toBe(0));
  });

  test('T-WS-57 grows old after warmLifeMs, open or not', async () => {
    const server = await serverThat(acceptsSetup());
    const clock = virtualClock();
    const warm = transport(server, { clock }).warm();
    const never = transport(server, { clock, warmLifeMs: 30_000, apiKey: () => new Promise(() => {}) }).warm();
    await reaches(warm, 'open');
    await clock.tick(29_999);
    expect(never.state).toBe('opening');
    await clock.tick(1);
    expect(never.state).toBe('gone');
    await clock.tick(29_999);
    expect(warm.state).toBe('open');
    await clock.tick(1);
    expect(warm.state).toBe('gone');
    await noSocketIsLeft(server);
  });

  test('T-WS-58 does not grow old once it is taken', async () => {
    const server = await serverThat(acceptsSetup());
    const clock = virtualClock();
    const own = transport(server, { clock });
    const warm = own.warm();
    await reaches(warm, 'open');
    const heard = new Heard(own, { warm });
    await heard.framesCome(1);
    expect(clock.countTimers()).toBe(0);
    await clock.tick(600_000);
    expect(heard.log.at(-1)?.[0]).toBe('frame');
    await heard.closed();
  });

  test('T-WS-59 asks for the credential itself, and the dial with it does not ask again', async () => {
    const server = await serverThat(acceptsSetup());
    const apiKey = vi.fn<() => string>(() => key);
    const own = transport(server, { apiKey });
    const warm = own.warm();
    await reaches(warm, 'open');
    const heard = new Heard(own, { warm });
    await heard.framesCome(1);
    expect(apiKey).toHaveBeenCalledOnce();
    await heard.closed();
    const failing = transport(server, { apiKey: () => Promise.reject(new Error('down')) }).warm();
    await reaches(failing, 'gone');
  });

  test('T-WS-60 with a config that is refused is closed', async () => {
    const server = await serverThat(acceptsSetup());
    const own = transport(server);
    const warm = own.warm();
    await reaches(warm, 'open');
    const heard = new Heard(own, { warm, config: { sessionResumption: { transparent: true } } });
    expect(await heard.end()).toMatchObject({ cause: 'rejected', error: { code: 'invalidOptions' } });
    expect(heard.log.length).toBe(1);
    await noSocketIsLeft(server);
  });

  test('T-WS-61 whose dial is closed at once never carries a setup', async () => {
    const server = await serverThat(acceptsSetup());
    const own = transport(server);
    const warm = own.warm();
    await reaches(warm, 'open');
    const heard = new Heard(own, { warm });
    expect(await heard.closed()).toMatchObject({ cause: 'close' });
    expect(heard.log.length).toBe(1);
    expect(server.received).toEqual([]);
  });

  test('T-WS-62 hands nobody what the server says before the setup', async () => {
    const server = await serverThat(sendsFramesAtOnce('{"early":true}'), acceptsSetup());
    const own = transport(server);
    const warm = own.warm();
    await reaches(warm, 'open');
    await new Promise((resolve) => setTimeout(resolve, 20));
    const heard = new Heard(own, { warm });
    await heard.framesCome(1);
    expect(heard.messages).toEqual([{ setupComplete: {} }]);
    await heard.closed();
  });

  test('T-WS-75 hears and says nothing while a slow tool keeps its setup back', async () => {
    const server = await serverThat(acceptsSetup());
    const own = transport(server);
    const slow = () => {
      let answer = (): void => {};
      const tool = (): Promise<Tool> =>
        new Promise((resolve) => {
          answer = () => resolve({ googleSearch: {} });
        });
      return { config: { tools: [{ tool, callTool: () => Promise.resolve([]) }] }, answer: () => answer() };
    };
    const [first, second] = [own.warm(), own.warm()];
    await reaches(first, 'open');
    await reaches(second, 'open');
    const patient = slow();
    const heard = new Heard(own, { warm: first, config: patient.config });
    for (const peer of server.peers) peer.send('{"early":true}');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard.log).toEqual([]);
    patient.answer();
    await heard.framesCome(1);
    expect(heard.messages).toEqual([{ setupComplete: {} }]);
    await heard.closed();

    const late = slow();
    const given = new Heard(own, { warm: second, config: late.config });
    await new Promise((resolve) => setTimeout(resolve, 5));
    given.connection.close();
    late.answer();
    await given.end();
    expect(given.log.length).toBe(1);
    expect(server.received.length).toBe(1);
  });

  test('T-WS-63 of a peer that has gone deaf is dropped after closeGraceMs', async () => {
    const deaf: Behaviour = { opened: (peer) => peer.pause() };
    const server = await serverThat(deaf, goesDeaf());
    const clock = virtualClock();
    const warm = transport(server, { clock, closeGraceMs: 1_000 }).warm();
    await reaches(warm, 'open');
    warm.discard();
    await clock.tick(1_000);
    expect(clock.countTimers()).toBe(0);
    await soon(() => {
      server.peers[0]?.send('anyone?');
      expect(server.openSockets).toBe(0);
    });
  });

  test('T-WS-64 is accepted by the emulator behind sockets, which hears of a setup only with the dial', async () => {
    await using server = await startEmulatorServer({ setupMs: 0 });
    const own = webSocket({ apiKey: key, baseUrl: server.baseUrl });
    const warm = own.warm();
    await reaches(warm, 'open');
    expect(server.emulator.connections).toMatchObject([{ id: 1, setup: null, readyAt: null, endedAt: null }]);
    const heard = new Heard(own, { warm });
    await heard.framesCome(1);
    expect(server.emulator.connections.length).toBe(1);
    expect(server.emulator.connections[0]?.readyAt).not.toBeNull();
    await heard.closed();
  });
});

describe('a warm socket of the emulator', () => {
  const flash = model;
  const config: LiveConnectConfig = { responseModalities: [Modality.TEXT] };
  const oneWayMs = 40;
  const setupMs = 130;
  const opening = 3 * 2 * oneWayMs;
  const setupRoundTrip = oneWayMs + setupMs + oneWayMs;

  interface Bench {
    readonly clock: VirtualClock;
    readonly transport: EmulatorTransport;
    dial(warm?: WarmSocket, given?: LiveConnectConfig): Dialled;
  }

  interface Dialled {
    readonly log: [what: string, afterMs: number][];
    readonly handle: string | undefined;
    readonly end: ConnectionEnd | null;
    close(): void;
    send(text: string): void;
  }

  function bench(options: EmulatorTransportOptions = {}): Bench {
    const clock = virtualClock(1_000_000);
    const transport = emulator({
      clock,
      random: seededRandom(7),
      oneWayMs,
      setupMs,
      handlesWhileIdle: false,
      ...options,
    });
    const port: Transport = transport;
    return {
      clock,
      transport,
      dial(warm, given = config) {
        const startedAt = clock.now();
        const log: [string, number][] = [];
        const note = (what: string): void => void log.push([what, clock.now() - startedAt]);
        let end: ConnectionEnd | null = null;
        let handle: string | undefined;
        const connection = port.dial(
          { model: flash, config: structuredClone(given), warm },
          {
            opened: () => note('opened'),
            frame: (data) => {
              const message = JSON.parse(new TextDecoder().decode(data as Uint8Array)) as LiveServerMessage;
              handle = message.sessionResumptionUpdate?.newHandle ?? handle;
              note(Object.keys(message)[0] ?? '');
            },
            ended: (ended) => {
              end = ended;
              note('ended');
            },
          },
        );
        expect(log).toEqual([]);
        return {
          log,
          get handle() {
            return handle;
          },
          get end() {
            return end;
          },
          close: () => connection.close(),
          send: (text) => connection.send(text),
        };
      },
    };
  }

  test('T-WS-65 takes a dial from five round trips to one: exactly the setup’s', async () => {
    const { clock, transport, dial } = bench();
    const cold = dial();
    await clock.tick(opening + setupRoundTrip - 1);
    expect(cold.log).toEqual([['opened', opening]]);
    await clock.tick(1);
    expect(cold.log.at(-1)).toEqual(['setupComplete', opening + setupRoundTrip]);

    const warm = transport.warm();
    await clock.tick(opening - 1);
    expect(warm.state).toBe('opening');
    await clock.tick(1);
    expect(warm.state).toBe('open');
    await clock.tick(10_000);
    expect(transport.emulator.connections[1]).toMatchObject({ setup: null, endedAt: null });

    const quick = dial(warm);
    expect(warm.state).toBe('gone');
    await clock.tick(setupRoundTrip - 1);
    expect(quick.log).toEqual([['opened', 0]]);
    await clock.tick(1);
    expect(quick.log.at(-1)).toEqual(['setupComplete', setupRoundTrip]);
    expect(transport.emulator.connections.length).toBe(2);
  });

  test('T-WS-66 that is still opening is waited for, and costs what is left of it', async () => {
    const { clock, transport, dial } = bench();
    const warm = transport.warm();
    await clock.tick(100);
    const dialled = dial(warm);
    expect(warm.state).toBe('gone');
    await clock.tick(opening + setupRoundTrip);
    expect(dialled.log.slice(0, 2)).toEqual([
      ['opened', opening - 100],
      ['setupComplete', opening - 100 + setupRoundTrip],
    ]);
    expect(transport.emulator.connections.length).toBe(1);
  });

  test('T-WS-67 that is discarded leaves no socket at the server and no timer of its own', async () => {
    const { clock, transport, dial } = bench();
    const early = transport.warm();
    early.discard();
    expect(early.state).toBe('gone');
    await clock.tick(opening);
    expect(transport.emulator.connections).toEqual([]);

    const open = transport.warm();
    await clock.tick(opening);
    open.discard();
    open.discard();
    expect(open.state).toBe('gone');
    await clock.tick(oneWayMs);
    expect(transport.emulator.liveConnections).toEqual([]);
    expect(transport.emulator.connections).toMatchObject([{ endedBy: 'client' }]);
    await clock.tick(oneWayMs);
    expect(clock.countTimers()).toBe(0);

    const fresh = dial(open);
    await clock.tick(opening);
    expect(fresh.log).toEqual([['opened', opening]]);
  });

  test('T-WS-68 grows old after warmLifeMs, but not once it is taken', async () => {
    const { clock, transport, dial } = bench({ warmLifeMs: 10_000 });
    const old = transport.warm();
    const taken = transport.warm();
    await clock.tick(9_999);
    const dialled = dial(taken);
    expect(old.state).toBe('open');
    await clock.tick(1);
    expect(old.state).toBe('gone');
    await clock.tick(20_000);
    expect(dialled.end).toBeNull();
    expect(transport.emulator.liveConnections).toEqual([2]);
  });

  test('T-WS-69 that the server closes, resets or refuses is gone', async () => {
    const { clock, transport } = bench();
    const closed = transport.warm();
    const reset = transport.warm();
    await clock.tick(opening);
    transport.emulator.cut({ how: 'close', connection: 1 });
    transport.emulator.cut({ how: 'rst', connection: 2 });
    expect(closed.state).toBe('open');
    await clock.tick(oneWayMs);
    expect([closed.state, reset.state]).toEqual(['gone', 'gone']);
    transport.emulator.refuseDials({ status: 503 });
    const refused = transport.warm();
    await clock.tick(opening);
    expect(refused.state).toBe('gone');
    expect(clock.countTimers()).toBe(0);
  });

  test('T-WS-70 that is refused while a dial waits for it is the end of the dial', async () => {
    const { clock, transport, dial } = bench();
    transport.emulator.refuseDials({ status: 503 });
    const dialled = dial(transport.warm());
    await clock.tick(opening);
    expect(dialled.log).toEqual([['ended', opening]]);
    expect(dialled.end).toEqual({ cause: 'http', status: 503 });
  });

  test('T-WS-71 does not keep the session from resuming: it belongs to none until its setup', async () => {
    const { clock, transport, dial } = bench();
    const first = dial(undefined, { ...config, sessionResumption: {} });
    await clock.tick(opening + setupRoundTrip + 5_000);
    expect(first.handle).toBeDefined();
    const warm = transport.warm();
    await clock.tick(opening);
    expect(warm.state).toBe('open');
    expect(transport.emulator.settings.refuseWhileOldSocketOpen).toBe(true);
    first.close();
    await clock.tick(2 * oneWayMs);
    const second = dial(warm, { ...config, sessionResumption: { handle: first.handle ?? '' } });
    await clock.tick(setupRoundTrip);
    expect(second.log.slice(0, 2)).toEqual([
      ['opened', 0],
      ['setupComplete', setupRoundTrip],
    ]);
    expect(transport.emulator.connections[1]).toMatchObject({ resumedFrom: 1 });
  });

  test('T-WS-72 with a config that is refused is closed, and the dial ends rejected', async () => {
    const { clock, transport, dial } = bench();
    const warm = transport.warm();
    await clock.tick(opening);
    const dialled = dial(warm, { sessionResumption: { transparent: true } });
    await clock.tick(oneWayMs);
    expect(dialled.end).toMatchObject({ cause: 'rejected', error: { code: 'invalidOptions' } });
    expect(transport.emulator.liveConnections).toEqual([]);
  });

  test('T-WS-73 whose dial is closed at once never carries a setup', async () => {
    const { clock, transport, dial } = bench();
    const warm = transport.warm();
    await clock.tick(opening);
    const dialled = dial(warm);
    dialled.close();
    dialled.send(turn);
    await clock.tick(2 * oneWayMs);
    expect(dialled.log).toEqual([['ended', 2 * oneWayMs]]);
    expect(transport.emulator.connections).toMatchObject([{ setup: null, endedBy: 'client' }]);
  });

  test('T-WS-74 is used once, and only by the transport that made it', async () => {
    const { clock, transport, dial } = bench();
    const other = bench().transport.warm();
    const warm = transport.warm();
    await clock.tick(opening);
    for (const given of [other, warm, warm]) dial(given);
    await clock.tick(opening + setupRoundTrip);
    expect(transport.emulator.connections.map(({ readyAt }) => readyAt !== null)).toEqual([true, true, true]);
    expect(transport.emulator.connections.length).toBe(3);
  });
});
