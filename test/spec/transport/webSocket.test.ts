/**
 * The transport that dials itself, against a real WebSocket server on loopback: what is special about it. What every
 * transport must do is asked by the conformance kit (test/testing/session/conformance.test.ts). Warm sockets, proxies: see
 * beside.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { inspect } from 'node:util';
import type { LiveConnectConfig } from '@google/genai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startEmulatorServer } from '../../../src/emulator/server.js';
import { isLifelineError } from '../../../src/errors.js';
import { connect } from '../../../src/index.js';
import {
  webSocket,
  type WebSocketConstructor,
  type WebSocketTransport,
  type WebSocketTransportOptions,
} from '../../../src/transport/webSocket.js';
import { classifyEnd } from '../../../src/wire/closes.js';
import {
  acceptsSetup,
  type Behaviour,
  breaksTheFraming,
  goesDeaf,
  http,
  type LiveStub,
  liveStub,
  refuses,
  sendsFrames,
  sendsFramesAtOnce,
} from '../../support/liveStub.js';
import { virtualClock } from '../../support/virtualClock.js';
import { Heard, key, model, noSocketIsLeft, soon, textOf, turn } from './webSocketSupport.js';

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
let stub: LiveStub;

async function serverThat(...behaviours: Behaviour[]): Promise<void> {
  stub = await liveStub(...behaviours);
}

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', onUnhandled);
});

afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off('unhandledRejection', onUnhandled);
  vi.unstubAllGlobals();
  await noSocketIsLeft(stub);
  await stub[Symbol.asyncDispose]();
  expect(unhandled).toEqual([]);
});

const transport = (options: WebSocketTransportOptions = {}): WebSocketTransport =>
  webSocket({ apiKey: key, baseUrl: stub.baseUrl, ...options } as WebSocketTransportOptions);

const shown = (value: unknown): string => inspect(value, { depth: null, showHidden: true });

describe('a dial', () => {
  test('T-WS-2 holds what is sent before the setup is written', async () => {
    await serverThat(acceptsSetup());
    const heard = new Heard(transport());
    heard.connection.send(turn);
    await soon(() => expect(stub.received.length).toBe(2));
    expect(stub.received).toMatchObject([{ setup: {} }, JSON.parse(turn)]);
    await heard.closed();
  });

  test('T-WS-3 hands up whatever comes, JSON or not, also before the setup is answered', async () => {
    await serverThat(sendsFramesAtOnce('not json', new Uint8Array([0xff])), acceptsSetup());
    const heard = new Heard(transport());
    await heard.framesCome(3);
    expect(heard.frames.slice(0, 2).map(textOf)).toEqual(['not json', '\uFFFD']);
    expect(heard.log[0]).toEqual(['opened']);
    await heard.closed();
  });

  test('T-WS-5 serves a whole session of the emulator behind real sockets', async () => {
    await serverThat();
    await using server = await startEmulatorServer({ setupMs: 1, firstAudioDelayMs: 1, replyAudioSeconds: 0.1 });
    const session = await connect({ transport: webSocket({ apiKey: key, baseUrl: server.baseUrl }), model });
    session.sendClientContent({ turns: [{ role: 'user', parts: [{ text: 'Hello.' }] }], turnComplete: true });
    for await (const messages of session.turns()) {
      expect(messages.length).toBeGreaterThan(0);
      break;
    }
    expect(session.handle).not.toBeNull();
    await session.close();
  });

  test('T-WS-6 loads nothing of Node and no package before it is needed, so that it runs in a browser', () => {
    const seen = new Set<string>();
    const imported = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      const source = readFileSync(new URL(`../../../src/${file}`, import.meta.url), 'utf8');
      for (const [, specifier = ''] of source.matchAll(/^(?:import|export) (?!type )[^;]*? from '([^']+)';/gm)) {
        if (!specifier.startsWith('.')) throw new Error(`${file} imports ${specifier}.`);
        imported(new URL(specifier.replace(/\.js$/, '.ts'), `file:///${file}`).pathname.slice(1));
      }
    };
    imported('transport/webSocket.ts');
    expect(seen.size).toBeGreaterThan(10);
  });
});

describe('an end', () => {
  test('T-WS-7 is one, and 1006, for a broken frame', async () => {
    await serverThat(acceptsSetup(), breaksTheFraming());
    expect(await new Heard(transport()).end()).toEqual({ cause: 'close', code: 1006, reason: '' });
  });

  test('T-WS-9 is a refusal by name for a config the service does not take, without a socket', async () => {
    await serverThat(acceptsSetup());
    const heard = new Heard(transport(), { config: { sessionResumption: { transparent: true } } });
    const end = await heard.end();
    expect(end).toMatchObject({ cause: 'rejected', error: { code: 'invalidOptions' } });
    expect(end.cause === 'rejected' && isLifelineError(end.error)).toBe(true);
    expect(classifyEnd(end, { phase: 'dialing', handleSent: false })).toMatchObject({
      action: 'fatal',
      error: 'invalidOptions',
    });
    expect(stub.urls).toEqual([]);
  });

  test.each([
    [new Error(`no tools, ${key}`), 'no tools, [redacted]'],
    [`no tools, ${key}`, 'no tools, [redacted]'],
    [{ key }, 'The dial failed with a value of type object.'],
  ])('T-WS-10 is a refusal when a callable tool throws, without a socket', async (thrown, message) => {
    await serverThat(acceptsSetup());
    const tool = {
      tool: (): never => {
        throw thrown as Error;
      },
      callTool: () => Promise.resolve([]),
    };
    const end = await new Heard(transport(), { config: { tools: [tool] } }).end();
    expect(end).toMatchObject({ cause: 'rejected', error: { message } });
    expect(shown(end)).not.toContain(key);
    expect(stub.urls).toEqual([]);
  });
});

describe('secrets', () => {
  const token = 'ya29-an-access-token-of-an-hour';

  test('T-WS-11 do not show when the service repeats them', async () => {
    await serverThat(refuses(1007, `API key not valid: ${key}`));
    const asked = transport({ apiKey: () => key });
    for (const heard of [new Heard(transport()), new Heard(asked)]) {
      expect(await heard.end()).toEqual({ cause: 'close', code: 1007, reason: 'API key not valid: [redacted]' });
    }
  });

  test('T-WS-12 do not show when the socket repeats its URL', async () => {
    await serverThat();
    class Repeating {
      constructor(url: string) {
        throw Object.assign(new SyntaxError(`Invalid URL: ${url}`), { url });
      }
    }
    const end = await new Heard(transport({ WebSocket: Repeating as unknown as WebSocketConstructor })).end();
    expect(end).toMatchObject({ cause: 'rejected', error: { name: 'SyntaxError' } });
    expect(shown(end)).not.toContain(key);
  });

  test('T-WS-13 do not show when the app’s own function throws them', async () => {
    await serverThat();
    const text = `POST /token?key=${key} Authorization: Bearer ${token}`;
    const request = { headers: { authorization: token } };
    for (const error of [
      Object.assign(new Error(text), { status: 503, request }),
      Object.assign(new Error(text), { status: 401, request }),
    ]) {
      const apiKey = (): never => {
        throw error;
      };
      const end = await new Heard(transport({ apiKey })).end();
      expect(shown(end)).not.toContain(key);
      expect(shown(end)).not.toContain(token);
      expect(shown(end)).toContain('[redacted]');
      const { error: code } = classifyEnd(end, { phase: 'dialing', handleSent: false });
      expect(code).toBe(error.status === 401 ? 'authentication' : 'unreachable');
    }
  });

  test('T-WS-14 of headers, of the baseUrl and of Vertex AI do not show either', async () => {
    await serverThat(refuses(1008, `who is ${token}, who is gateway-secret, who is url-password`));
    const vertex = webSocket({
      vertexai: true,
      project: 'p',
      location: 'l',
      accessToken: () => token,
      baseUrl: stub.baseUrl.replace('//', '//user:url-password@'),
      headers: { 'x-gateway-token': 'gateway-secret' },
    });
    const reason = 'who is [redacted], who is [redacted], who is [redacted]';
    expect(await new Heard(vertex).end()).toMatchObject({ reason });
    expect(shown(vertex)).not.toContain('gateway-secret');
  });

  test('T-WS-15 never reach the console', async () => {
    const calls: unknown[] = [];
    for (const level of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      vi.spyOn(console, level).mockImplementation((...args) => void calls.push(args));
    }
    await serverThat(acceptsSetup());
    const heard = new Heard(transport({ apiKey: 'auth_tokens/abcdefgh' }));
    await heard.framesCome(1);
    await heard.closed();
    vi.restoreAllMocks();
    expect(calls).toEqual([]);
  });
});

describe('close()', () => {
  const gone = { cause: 'close', code: 1006, reason: '' };

  test('T-WS-16 right after dial() leaves no trace on the network', async () => {
    await serverThat(acceptsSetup());
    const apiKey = vi.fn<() => string>(() => key);
    const tool = { tool: vi.fn<() => Promise<object>>(async () => ({})), callTool: () => Promise.resolve([]) };
    const heard = new Heard(transport({ apiKey }), { config: { tools: [tool] } });
    heard.connection.close();
    expect(heard.log).toEqual([]);
    expect(await heard.end()).toEqual(gone);
    expect(stub.urls).toEqual([]);
    expect(apiKey).not.toHaveBeenCalled();
    expect(tool.tool).not.toHaveBeenCalled();
  });

  test('T-WS-18 while the credential is asked for makes no socket', async () => {
    await serverThat(acceptsSetup());
    let go = (_key: string): void => {};
    const apiKey = vi.fn<() => Promise<string>>(
      () =>
        new Promise((resolve) => {
          go = resolve;
        }),
    );
    let made = 0;
    class Counted extends WebSocket {
      constructor(url: string) {
        super(url);
        made++;
      }
    }
    const heard = new Heard(transport({ apiKey, WebSocket: Counted }));
    await soon(() => expect(apiKey).toHaveBeenCalled());
    expect(await heard.closed()).toEqual(gone);
    go(key);
    await heard.end();
    expect(made).toBe(0);
  });

  test('T-WS-20 of a peer that never answers drops the socket after closeGraceMs', async () => {
    await serverThat(acceptsSetup(), goesDeaf());
    const clock = virtualClock();
    const heard = new Heard(transport({ clock, closeGraceMs: 3_000 }));
    await heard.framesCome(1);
    expect(clock.countTimers()).toBe(0);
    heard.connection.close();
    await clock.tick(2_999);
    expect(heard.log.at(-1)?.[0]).toBe('frame');
    expect(stub.openSockets).toBe(1);
    await clock.tick(1);
    expect(heard.log.at(-1)).toEqual(['ended', gone]);
    // The peer still reads nothing: only what it writes tells it that the socket is gone.
    await soon(() => {
      stub.peers[0]?.send('anyone?');
      expect(stub.openSockets).toBe(0);
    });
    await heard.end();
    expect(clock.countTimers()).toBe(0);
  });

  test('T-WS-21 leaves no timer once the peer has answered', async () => {
    await serverThat(acceptsSetup());
    const clock = virtualClock();
    const heard = new Heard(transport({ clock }));
    await heard.framesCome(1);
    await heard.closed();
    expect(clock.countTimers()).toBe(0);
  });

  test('T-WS-22 out of opened() writes no setup', async () => {
    await serverThat(acceptsSetup());
    const log: string[] = [];
    await new Promise<void>((done) => {
      const connection = transport().dial(
        { model, config: {} },
        {
          opened: () => connection.close(),
          frame: () => log.push('frame'),
          ended: (end) => {
            log.push(end.cause);
            done();
          },
        },
      );
    });
    expect(log).toEqual(['close']);
    expect(stub.received).toEqual([]);
  });
});

describe('the address', () => {
  const google = '/ws/google.ai.generativelanguage';
  const vertexPath = '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent';
  const vertex = { vertexai: true, project: 'p', location: 'us-central1' } as const;

  test.each([
    [{}, `${google}.v1beta.GenerativeService.BidiGenerateContent?key=${key}`],
    [{ apiVersion: 'v1alpha' }, `${google}.v1alpha.GenerativeService.BidiGenerateContent?key=${key}`],
    [
      { apiKey: 'auth_tokens/abc-1' },
      `${google}.v1alpha.GenerativeService.BidiGenerateContentConstrained?access_token=auth_tokens/abc-1`,
    ],
    [
      { apiKey: () => 'auth_tokens/t' },
      `${google}.v1alpha.GenerativeService.BidiGenerateContentConstrained?access_token=auth_tokens/t`,
    ],
    [{ apiKey: 'a&b #ü' }, `${google}.v1beta.GenerativeService.BidiGenerateContent?key=a%26b%20%23%C3%BC`],
    [{ apiKey: undefined }, `${google}.v1beta.GenerativeService.BidiGenerateContent`],
    [{ ...vertex, accessToken: 'token-1' }, vertexPath],
    [{ ...vertex, accessToken: 'token-1', apiVersion: 'v1' }, vertexPath.replace('v1beta1', 'v1')],
  ])('T-WS-23 of %j is that of the service', async (options, url) => {
    await serverThat(acceptsSetup());
    const heard = new Heard(transport(options as WebSocketTransportOptions));
    await heard.framesCome(1);
    await heard.closed();
    expect(stub.urls).toEqual([url]);
    const isVertex = 'vertexai' in options;
    expect(stub.headers[0]?.authorization).toBe(isVertex ? 'Bearer token-1' : undefined);
  });

  test.each([
    ['http', '', ''],
    ['ws', '', ''],
    ['http', '/', ''],
    ['ws', '/gate/way/', ''],
    ['HTTP', '/gate', '?tenant=7'],
  ])('T-WS-24 starts with a baseUrl of %s and path %j', async (scheme, path, query) => {
    await serverThat(acceptsSetup());
    const baseUrl = `${stub.baseUrl.replace('http', scheme)}${path}${query}`;
    const heard = new Heard(transport({ baseUrl }));
    await heard.framesCome(1);
    await heard.closed();
    const url = `${path.replace(/\/$/, '')}${google}.v1beta.GenerativeService.BidiGenerateContent`;
    expect(stub.urls).toEqual([`${url}${query === '' ? '?' : `${query}&`}key=${key}`]);
  });

  test.each([
    [{ apiKey: key }, 'wss://generativelanguage.googleapis.com/ws/google.ai.'],
    [{ ...vertex, accessToken: 't' }, 'wss://us-central1-aiplatform.googleapis.com/ws/google.cloud.'],
    [{ ...vertex, location: 'global', accessToken: 't' }, 'wss://aiplatform.googleapis.com/ws/google.cloud.'],
    [{ ...vertex, location: 'eu', accessToken: 't' }, 'wss://aiplatform.eu.rep.googleapis.com/ws/google.cloud.'],
  ] as [WebSocketTransportOptions, string][])(
    'T-WS-25 without a baseUrl is the public one: %j',
    async (options, start) => {
      await serverThat();
      const urls: string[] = [];
      class Noting {
        // Three parameters: it is given the options of `ws`.
        constructor(url: string, _protocols: string[], _options: object) {
          urls.push(url);
          throw new Error('No network in tests.');
        }
      }
      const end = await new Heard(webSocket({ ...options, proxy: false, WebSocket: Noting as never })).end();
      expect(end).toMatchObject({ cause: 'rejected' });
      expect(urls[0]?.startsWith(start)).toBe(true);
    },
  );

  test('T-WS-26 is asked for with the headers and the agent of the app; our authorization wins', async () => {
    await serverThat(acceptsSetup());
    const agent = new Agent();
    const addRequest = vi.spyOn(agent as unknown as { addRequest(): void }, 'addRequest');
    const headers = { 'x-tenant': '7', authorization: 'Basic of-the-gateway' };
    const developer = new Heard(transport({ headers, agent }));
    await developer.framesCome(1);
    await developer.closed();
    const onVertex = new Heard(webSocket({ ...vertex, accessToken: 'token-1', baseUrl: stub.baseUrl, headers }));
    await onVertex.framesCome(1);
    await onVertex.closed();
    expect(addRequest).toHaveBeenCalledOnce();
    expect(stub.headers).toMatchObject([headers, { 'x-tenant': '7', authorization: 'Bearer token-1' }]);
  });
});

describe('a credential that is a function', () => {
  test('T-WS-27 is asked before every dial', async () => {
    await serverThat(acceptsSetup());
    let count = 0;
    const renewing = transport({ apiKey: async () => `auth_tokens/${++count}` });
    expect(renewing.renewsTokens).toBe(true);
    expect(transport().renewsTokens).toBe(false);
    for (let dial = 1; dial <= 3; dial++) {
      const heard = new Heard(renewing);
      await heard.framesCome(1);
      await heard.closed();
    }
    expect(stub.urls.map((url) => url.split('access_token=')[1])).toEqual([1, 2, 3].map((n) => `auth_tokens/${n}`));
  });

  const code = (value: string): Error => Object.assign(new Error('x'), { code: value });
  const status = (value: number): Error => Object.assign(new Error('x'), { status: value });
  const fetchFailed = new TypeError('fetch failed', { cause: code('ECONNREFUSED') });

  test.each([
    ['the network', code('ENOTFOUND'), 'unreachable'],
    ['fetch on Node', fetchFailed, 'unreachable'],
    ['fetch in Chromium', new TypeError('Failed to fetch'), 'unreachable'],
    ['fetch in Safari', new TypeError('Load failed'), 'unreachable'],
    ['fetch in Firefox', new TypeError('NetworkError when attempting to fetch resource.'), 'unreachable'],
    ['a timeout', new DOMException('The operation timed out.', 'TimeoutError'), 'unreachable'],
    ['HTTP 429', status(429), 'unreachable'],
    ['HTTP 503', status(503), 'unreachable'],
    ['HTTP 503 of an HTTP client', Object.assign(new Error('x'), { response: { status: 503 } }), 'unreachable'],
    ['an error of unknown kind', new Error('token service said no'), 'unreachable'],
    ['something that is not an error', 'busy', 'unreachable'],
    ['HTTP 401', status(401), 'rejected'],
    ['HTTP 404', status(404), 'rejected'],
    ['a mistake', new TypeError("Cannot read properties of undefined (reading 'name')"), 'rejected'],
    ['an app that gives up', Object.assign(new Error('x'), { retryable: false }), 'rejected'],
  ])('T-WS-28 that throws because of %s ends the dial as it should', async (_name, error, cause) => {
    await serverThat();
    const apiKey = (): never => {
      throw error;
    };
    const end = await new Heard(transport({ apiKey })).end();
    expect(end.cause).toBe(cause);
    expect(classifyEnd(end, { phase: 'dialing', handleSent: true })).toMatchObject(
      cause === 'rejected' ? { action: 'fatal', error: 'authentication' } : { action: 'retry', error: 'unreachable' },
    );
    expect(stub.urls).toEqual([]);
  });

  test.each([undefined, '', 7, null])('T-WS-29 that returns %j is refused by name', async (value) => {
    await serverThat();
    const end = await new Heard(transport({ apiKey: (() => value) as () => string })).end();
    expect(end).toMatchObject({
      cause: 'rejected',
      error: { code: 'authentication', message: expect.stringContaining('apiKey') as string },
    });
  });
});

describe('in a browser', () => {
  const nodeErrors = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onerror');

  /** What a browser does: one parameter, Blobs, no terminate(), and error events that tell nothing. */
  class BrowserLikeWebSocket extends WebSocket {
    constructor(url: string) {
      super(url);
      Object.assign(this, { binaryType: 'blob', terminate: undefined });
      Object.defineProperty(this, 'onerror', {
        set: (listener: (event: unknown) => void) => {
          nodeErrors?.set?.call(this, () => listener({ type: 'error' }));
        },
      });
    }
  }

  /** From here on this is not Node, by the only sign that is looked for. */
  function leaveNode(globalWebSocket?: unknown): void {
    vi.stubGlobal('process', Object.create(process, { versions: { value: {} } }));
    vi.stubGlobal('WebSocket', globalWebSocket);
  }

  const inBrowser = { WebSocket: BrowserLikeWebSocket as WebSocketConstructor };

  test('T-WS-30 the key goes into the URL and frames are ArrayBuffers, in order', async () => {
    await serverThat(acceptsSetup(), sendsFrames('{}'));
    const heard = new Heard(transport({ apiKey: 'auth_tokens/abc', ...inBrowser }));
    await heard.framesCome(2);
    expect(heard.frames[0]).toBeInstanceOf(ArrayBuffer);
    expect(heard.frames[1]).toBe('{}');
    expect(stub.urls[0]).toMatch(/Constrained\?access_token=auth_tokens\/abc$/);
    await heard.closed();
  });

  test('T-WS-31 a failed dial is unreachable, since the status is hidden', async () => {
    await serverThat(http(401));
    expect(await new Heard(transport(inBrowser)).end()).toEqual({
      cause: 'unreachable',
      detail: 'The socket closed before it opened.',
    });
  });

  const vertex = { vertexai: true, project: 'p', location: 'l' } as const;

  test.each([
    ['accessToken', { ...vertex, accessToken: 't' }],
    ['accessToken', { ...vertex, accessToken: () => 't' }],
    ['headers', { apiKey: key, headers: { 'x-a': 'b' } }],
    ['agent', { apiKey: key, agent: {} }],
    ['proxy', { apiKey: key, proxy: 'http://127.0.0.1:1' }],
  ] as [string, WebSocketTransportOptions][])('T-WS-32 %s is refused before any dial', async (option, options) => {
    await serverThat();
    const expected = expect.objectContaining({
      name: 'LifelineError',
      code: 'invalidOptions',
      message: expect.stringMatching(new RegExp(`^${option} .*browser`)) as string,
    }) as Error;
    expect(() => webSocket({ ...options, ...inBrowser })).toThrow(expected);
    leaveNode(BrowserLikeWebSocket);
    expect(() => webSocket(options)).toThrow(expected);
  });

  test('T-WS-33 a gateway that adds the token is reached without one, through the global WebSocket', async () => {
    await serverThat(acceptsSetup());
    leaveNode(BrowserLikeWebSocket);
    const heard = new Heard(webSocket({ ...vertex, baseUrl: stub.baseUrl }));
    await heard.framesCome(1);
    expect(stub.received).toEqual([
      {
        setup: {
          model: `projects/p/locations/l/publishers/google/models/${model}`,
          generationConfig: { responseModalities: ['AUDIO'] },
        },
      },
    ]);
    await heard.closed();
  });

  test('T-WS-34 without any WebSocket the dial says which option is missing', async () => {
    await serverThat();
    leaveNode();
    const end = await new Heard(transport()).end();
    expect(end).toMatchObject({ cause: 'rejected', error: { code: 'invalidOptions' } });
    expect(shown(end)).toContain('option WebSocket');
  });

  test('T-WS-35 the WebSocket that Node itself has takes no headers and works', async () => {
    await serverThat(acceptsSetup());
    const heard = new Heard(transport({ WebSocket: globalThis.WebSocket }));
    await heard.framesCome(1);
    expect(heard.frames[0]).toBeInstanceOf(ArrayBuffer);
    expect(await heard.closed()).toMatchObject({ cause: 'close' });
  });
});

describe('webSocket()', () => {
  const vertex = { vertexai: true, project: 'p', location: 'l', accessToken: 't' } as const;

  test.each([
    [undefined, 'options'],
    [{}, 'apiKey'],
    [{ apiKey: '' }, 'apiKey'],
    [{ apiKey: 7 }, 'apiKey'],
    [{ ...vertex, accessToken: undefined }, 'accessToken'],
    [{ ...vertex, project: undefined }, 'project'],
    [{ ...vertex, location: 'a/b' }, 'location'],
    [{ apiKey: key, apiVersion: 'v1/..' }, 'apiVersion'],
    [{ apiKey: key, baseUrl: 'localhost:80' }, 'baseUrl'],
    [{ apiKey: key, baseUrl: 'http://' }, 'baseUrl'],
    [{ apiKey: key, baseUrl: 'ftp://host' }, 'baseUrl'],
    [{ apiKey: key, baseUrl: 'http://host/#x' }, 'baseUrl'],
    [{ apiKey: key, closeGraceMs: Number.NaN }, 'closeGraceMs'],
    [{ apiKey: key, warmLifeMs: -1 }, 'warmLifeMs'],
    [{ apiKey: key, proxy: 'socks5://host:1080' }, 'proxy'],
    [{ apiKey: key, proxy: 'http://host', agent: {} }, 'proxy'],
  ])('T-WS-36 refuses what cannot work, before any dial, and names it: %j', async (options, name) => {
    await serverThat();
    const make = (): unknown => webSocket(options as unknown as WebSocketTransportOptions);
    expect(make).toThrow(expect.objectContaining({ name: 'LifelineError', code: 'invalidOptions' }) as Error);
    expect(make).toThrow(name);
    expect(make).not.toThrow(key);
  });

  test('T-WS-37 takes the constructors people have', async () => {
    await serverThat(acceptsSetup());
    for (const constructor of [WebSocket, globalThis.WebSocket] satisfies WebSocketConstructor[]) {
      const heard = new Heard(transport({ WebSocket: constructor }), { config: {} satisfies LiveConnectConfig });
      await heard.framesCome(1);
      await heard.closed();
    }
    expect(stub.urls.length).toBe(2);
  });
});
