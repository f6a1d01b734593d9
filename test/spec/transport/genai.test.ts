/**
 * The transport over the official SDK, against a real WebSocket server on loopback: what is special about it. What every
 * transport must do is asked by the conformance kit (test/testing/session/conformance.test.ts).
 */
import { inspect } from 'node:util';
import { GoogleGenAI, type LiveConnectConfig } from '@google/genai';
import { GoogleGenAI as BrowserGoogleGenAI } from '@google/genai/web';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type GenaiTransportOptions, genai } from '../../../src/transport/genai.js';
import type { Connection, ConnectionEnd, FrameData } from '../../../src/transport/port.js';
import {
  acceptsSetup,
  type Behaviour,
  binary,
  breaksTheFraming,
  goesDeaf,
  http,
  type LiveStub,
  liveStub,
  neverAnswers,
  refuses,
  sendsFrames,
  sendsFramesAtOnce,
} from '../../support/liveStub.js';
import { virtualClock } from '../../support/virtualClock.js';

const key = 'AKeyThatMustNeverShow-0123456789';
const model = 'gemini-live-2.5-flash-preview';
const turn = '{"clientContent":{"turnComplete":true}}';

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
let stub: LiveStub;

async function serverThat(...behaviours: Behaviour[]): Promise<LiveStub> {
  stub = await liveStub(...behaviours);
  return stub;
}

beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', onUnhandled);
  vi.stubEnv('GOOGLE_GENAI_API_VERSION', '');
});

afterEach(async () => {
  // Whatever is left in the queues has its say first.
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off('unhandledRejection', onUnhandled);
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  await stub?.[Symbol.asyncDispose]();
  expect(unhandled).toEqual([]);
});

type Options = ConstructorParameters<typeof GoogleGenAI>[0];

function client(options: Options = {}): GoogleGenAI {
  const { httpOptions, ...rest } = options;
  return new GoogleGenAI({ apiKey: key, ...rest, httpOptions: { baseUrl: stub.baseUrl, ...httpOptions } });
}

/** One dial and everything its observer heard, in order. */
class Heard {
  readonly log: (['opened'] | ['frame', FrameData] | ['ended', ConnectionEnd])[] = [];
  readonly connection: Connection;

  constructor(ai: GoogleGenAI, config: LiveConnectConfig = {}, options: GenaiTransportOptions = {}) {
    this.connection = genai(ai, options).dial(
      { model, config },
      {
        opened: () => this.log.push(['opened']),
        frame: (data) => this.log.push(['frame', data]),
        ended: (end) => this.log.push(['ended', end]),
      },
    );
    expect(this.log).toEqual([]);
  }

  get frames(): FrameData[] {
    return this.log.flatMap((entry) => (entry[0] === 'frame' ? [entry[1]] : []));
  }

  async framesCome(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.frames.length).toBe(count), { timeout: 5_000, interval: 5 });
  }

  /** The one end, and that it was the last thing heard and the only one, with time for a second to show. */
  async end(): Promise<ConnectionEnd> {
    await vi.waitFor(() => expect(this.log.at(-1)?.[0]).toBe('ended'), { timeout: 5_000, interval: 5 });
    await noSocketIsLeft();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const ends = this.log.filter(([what]) => what === 'ended');
    expect(ends.length).toBe(1);
    expect(this.log.at(-1)?.[0]).toBe('ended');
    return ends[0]?.[1] as ConnectionEnd;
  }
}

async function noSocketIsLeft(): Promise<void> {
  await vi.waitFor(() => expect(stub.openSockets).toBe(0), { timeout: 5_000, interval: 5 });
}

function text(data: FrameData | undefined): string {
  return typeof data === 'string' ? data : new TextDecoder().decode(data as Uint8Array);
}

describe('a dial', () => {
  test('T-GENAI-2 holds what is sent before the setup is written', async () => {
    await serverThat(acceptsSetup());
    const heard = new Heard(client());
    heard.connection.send(turn);
    await vi.waitFor(() => expect(stub.received.length).toBe(2));
    expect(stub.received).toMatchObject([{ setup: {} }, JSON.parse(turn)]);
    heard.connection.close();
    await heard.end();
  });

  test('T-GENAI-3 hands up frames that are not JSON, and the SDK never sees them', async () => {
    const garbage = ['not json', 'null', '{"setupComplete"', '', new Uint8Array([0xff, 0xfe])] as const;
    await serverThat(sendsFrames(...garbage), acceptsSetup(), sendsFrames(...garbage));
    const heard = new Heard(client());
    await heard.framesCome(11);
    expect(text(heard.frames[0])).toBe('not json');
    expect(heard.connection.bufferedAmount).toBe(0);
    heard.connection.close();
    await heard.end();
  });

  test('T-GENAI-4 survives a setupComplete that comes before the setup was written', async () => {
    await serverThat(sendsFramesAtOnce(binary({ setupComplete: {} }), '{"serverContent":{}}'), neverAnswers());
    const slowTool = {
      tool: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return { functionDeclarations: [] };
      },
      callTool: () => Promise.resolve([]),
    };
    const heard = new Heard(client(), { tools: [slowTool] });
    await heard.framesCome(2);
    await vi.waitFor(() => expect(stub.received.length).toBe(1));
    heard.connection.close();
    await heard.end();
  });

  test('T-GENAI-5 leaves the client it was given as it was', async () => {
    await serverThat(acceptsSetup());
    const ai = client();
    const before = { ...(ai.live as object) };
    const heard = new Heard(ai);
    await heard.framesCome(1);
    expect({ ...(ai.live as object) }).toEqual(before);
    heard.connection.close();
    await heard.end();
  });

  test('T-GENAI-6 goes through a connect that the app replaced, and still taps the socket', async () => {
    await serverThat(acceptsSetup());
    const ai = client();
    const connect = vi.spyOn(ai.live, 'connect');
    const heard = new Heard(ai);
    await heard.framesCome(1);
    expect(connect).toHaveBeenCalledOnce();
    expect(heard.frames[0]).toBeInstanceOf(Uint8Array);
    heard.connection.close();
    await heard.end();
  });
});

test('T-GENAI-8 a broken frame is an end like any other: one, and 1006', async () => {
  await serverThat(acceptsSetup(), breaksTheFraming());
  const heard = new Heard(client());
  expect(await heard.end()).toEqual({ cause: 'close', code: 1006, reason: '' });
});

describe('a refusal of the SDK', () => {
  const thrower = (message: string, fields: object = {}): LiveConnectConfig => ({
    tools: [
      {
        tool: () => Promise.reject(Object.assign(new Error(message), fields)),
        callTool: () => Promise.resolve([]),
      },
    ],
  });

  test.each([
    ['transparent on the Developer API', { sessionResumption: { transparent: true } }, /transparent/],
    ['a tool that throws', thrower('no tools today'), /no tools today/],
  ] as const)('T-GENAI-10 after the socket opened closes it: %s', async (_name, config, message) => {
    await serverThat(acceptsSetup());
    const heard = new Heard(client(), config);
    const end = await heard.end();
    expect(end).toMatchObject({ cause: 'rejected', error: { message: expect.stringMatching(message) as string } });
    expect(stub.urls.length).toBe(1);
    expect(stub.received).toEqual([]);
    expect(heard.log).toEqual([['opened'], ['ended', end]]);
  });

  test('T-GENAI-11 before any socket makes none', async () => {
    await serverThat(acceptsSetup());
    const heard = new Heard(client(), { httpOptions: { timeout: 1 } });
    expect(await heard.end()).toMatchObject({ cause: 'rejected' });
    expect(stub.urls).toEqual([]);
    expect(heard.log.length).toBe(1);
  });

  test('T-GENAI-12 never shows the key, wherever it hides', async () => {
    await serverThat(acceptsSetup());
    const url = `ws://h/ws?key=${key} and access_token=${key}`;
    const fields = { config: { headers: { authorization: `Bearer ${key}` } }, cause: new Error(key), code: 'E_X' };
    const end = await new Heard(client(), thrower(url, fields)).end();
    expect(end).toMatchObject({ cause: 'rejected' });
    expect(inspect(end, { depth: null, showHidden: true })).not.toContain(key);
    expect(inspect(end)).toContain('ws://h/ws?key=[redacted]');
    const quiet = await new Heard(client(), thrower('harmless', fields)).end();
    expect(quiet).toMatchObject({ cause: 'rejected', error: { message: 'harmless' } });
    expect(inspect(quiet, { depth: null, showHidden: true })).not.toContain(key);
  });

  test('T-GENAI-13 never shows the key that the service or the socket repeats', async () => {
    await serverThat(refuses(1007, `API key not valid: ${key}`));
    expect(await new Heard(client()).end()).toEqual({
      cause: 'close',
      code: 1007,
      reason: 'API key not valid: [redacted]',
    });
    // A base URL that makes `ws` throw an error with the whole URL in it.
    const end = await new Heard(client({ httpOptions: { baseUrl: `${stub.baseUrl}/#` } })).end();
    expect(end).toMatchObject({ cause: 'rejected' });
    expect(inspect(end, { depth: null, showHidden: true })).not.toContain(key);
  });
});

describe('close()', () => {
  test('T-GENAI-14 right after dial() leaves no trace on the network', async () => {
    await serverThat(acceptsSetup());
    const heard = new Heard(client());
    heard.connection.close();
    expect(heard.log).toEqual([]);
    expect(await heard.end()).toEqual({ cause: 'close', code: 1006, reason: '' });
    expect(stub.urls).toEqual([]);
  });

  test('T-GENAI-16 while credentials are fetched makes no socket', async () => {
    await serverThat(acceptsSetup());
    const ai = client({ vertexai: true });
    let go = (): void => {};
    const addAuthHeaders = vi.fn<() => Promise<void>>(
      () =>
        new Promise<void>((resolve) => {
          go = resolve;
        }),
    );
    const create = vi.fn<() => never>();
    Object.assign(ai.live, { auth: { addAuthHeaders }, webSocketFactory: { create } });
    const heard = new Heard(ai);
    await vi.waitFor(() => expect(addAuthHeaders).toHaveBeenCalled());
    heard.connection.close();
    expect(await heard.end()).toEqual({ cause: 'close', code: 1006, reason: '' });
    go();
    await heard.end();
    expect(create).not.toHaveBeenCalled();
  });

  test('T-GENAI-18 of a peer that never answers drops the socket after closeGraceMs', async () => {
    await serverThat(acceptsSetup(), goesDeaf());
    const clock = virtualClock();
    const heard = new Heard(client(), {}, { clock, closeGraceMs: 3_000 });
    await heard.framesCome(1);
    expect(clock.countTimers()).toBe(0);
    heard.connection.close();
    await clock.tick(2_999);
    expect(heard.log.at(-1)?.[0]).toBe('frame');
    expect(stub.openSockets).toBe(1);
    await clock.tick(1);
    expect(heard.log.at(-1)).toEqual(['ended', { cause: 'close', code: 1006, reason: '' }]);
    // The peer still reads nothing: only what it writes tells it that the socket is gone.
    await vi.waitFor(() => {
      stub.peers[0]?.send('anyone?');
      expect(stub.openSockets).toBe(0);
    });
    await heard.end();
    expect(clock.countTimers()).toBe(0);
  });

  test('T-GENAI-19 leaves no timer once the peer has answered', async () => {
    await serverThat(acceptsSetup());
    const clock = virtualClock();
    const heard = new Heard(client(), {}, { clock });
    await heard.framesCome(1);
    heard.connection.close();
    await heard.end();
    expect(clock.countTimers()).toBe(0);
  });
});

describe('the API version', () => {
  const developer = (version: string): RegExp =>
    new RegExp(`^//?ws/google\\.ai\\.generativelanguage\\.${version}\\.GenerativeService\\.BidiGenerateContent\\?key=`);

  async function urlOf(ai: GoogleGenAI): Promise<string> {
    const heard = new Heard(ai);
    await heard.framesCome(1);
    heard.connection.close();
    await heard.end();
    return stub.urls.at(-1) ?? '';
  }

  test('T-GENAI-20 is v1beta when the client names none', async () => {
    await serverThat(acceptsSetup());
    expect(genai(client())).toMatchObject({ name: 'genai', provider: 'developer', apiVersion: 'v1beta' });
    expect(await urlOf(client())).toMatch(developer('v1beta'));
  });

  test('T-GENAI-21 is v1alpha for an ephemeral token', async () => {
    await serverThat(acceptsSetup());
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const ai = client({ apiKey: 'auth_tokens/abc' });
    expect(genai(ai).apiVersion).toBe('v1alpha');
    expect(await urlOf(ai)).toMatch(/\.v1alpha\.GenerativeService\.BidiGenerateContentConstrained\?access_token=auth_/);
  });

  test.each([
    ['apiVersion', { apiVersion: 'v1' }],
    ['httpOptions.apiVersion', { httpOptions: { apiVersion: 'v1' } }],
  ])('T-GENAI-22 stays what the client says in %s', async (_name, options) => {
    await serverThat(acceptsSetup());
    expect(genai(client(options)).apiVersion).toBe('client');
    expect(await urlOf(client(options))).toMatch(developer('v1'));
  });

  test('T-GENAI-23 stays what GOOGLE_GENAI_API_VERSION says (SDK 3)', async () => {
    await serverThat(acceptsSetup());
    vi.stubEnv('GOOGLE_GENAI_API_VERSION', 'v1alpha');
    expect(genai(client()).apiVersion).toBe('client');
    expect(await urlOf(client())).toMatch(developer('v1alpha'));
  });

  test('T-GENAI-24 stays what the SDK chose on Vertex, where transparent is allowed', async () => {
    await serverThat(acceptsSetup());
    const ai = client({ vertexai: true });
    expect(genai(ai)).toMatchObject({ provider: 'vertex', apiVersion: 'client' });
    const heard = new Heard(ai, { sessionResumption: { transparent: true } });
    await heard.framesCome(1);
    expect(stub.urls[0]).toMatch(/\/ws\/google\.cloud\.aiplatform\.v1beta1\.LlmBidiService\/BidiGenerateContent$/);
    expect(stub.headers[0]).toMatchObject({ 'x-goog-api-key': key });
    expect(stub.received[0]).toMatchObject({ setup: { sessionResumption: { transparent: true } } });
    heard.connection.close();
    await heard.end();
  });
});

describe('credentials on Vertex', () => {
  test.each([
    ['the network', Object.assign(new Error('getaddrinfo ENOTFOUND metadata'), { code: 'ENOTFOUND' }), 'unreachable'],
    ['a service that is down', Object.assign(new Error('x'), { response: { status: 503 } }), 'unreachable'],
    ['missing credentials', new Error('Could not load the default credentials.'), 'rejected'],
    ['something that is not an error', Object.create(null) as object, 'rejected'],
  ])('T-GENAI-25 that cannot be fetched because of %s', async (_name, error, cause) => {
    await serverThat(acceptsSetup());
    const ai = client({ vertexai: true });
    Object.assign(ai.live, { auth: { addAuthHeaders: vi.fn<() => Promise<void>>().mockRejectedValue(error) } });
    expect(await new Heard(ai).end()).toMatchObject({ cause });
    expect(stub.urls).toEqual([]);
  });
});

describe('in a browser', () => {
  const nodeErrors = Object.getOwnPropertyDescriptor(WebSocket.prototype, 'onerror');

  /** What a browser does: Blobs, no terminate(), and error events that tell nothing. */
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

  const browserClient = (): GoogleGenAI =>
    new BrowserGoogleGenAI({ apiKey: key, httpOptions: { baseUrl: stub.baseUrl } }) as unknown as GoogleGenAI;

  beforeEach(() => vi.stubGlobal('WebSocket', BrowserLikeWebSocket));

  test('T-GENAI-26 frames are ArrayBuffers, in order', async () => {
    await serverThat(acceptsSetup(), sendsFrames('{}'));
    const heard = new Heard(browserClient());
    await heard.framesCome(2);
    expect(heard.frames[0]).toBeInstanceOf(ArrayBuffer);
    expect(heard.frames[1]).toBe('{}');
    expect(stub.urls[0]).toContain('.v1beta.');
    heard.connection.close();
    await heard.end();
  });

  test('T-GENAI-27 a failed dial is unreachable, since the status is hidden', async () => {
    await serverThat(http(401));
    expect(await new Heard(browserClient()).end()).toEqual({
      cause: 'unreachable',
      detail: 'The socket closed before it opened.',
    });
  });
});

describe('a client that cannot be tapped', () => {
  type Callbacks = Parameters<GoogleGenAI['live']['connect']>[0]['callbacks'];

  /** A hand-made client: `run` plays the service. */
  function fake(run: (callbacks: Callbacks) => unknown): { ai: GoogleGenAI; sent: [string, unknown][] } {
    const sent: [string, unknown][] = [];
    const sender = (name: string) => (params: unknown) => void sent.push([name, params]);
    const session = {
      sendClientContent: sender('clientContent'),
      sendRealtimeInput: sender('realtimeInput'),
      sendToolResponse: sender('toolResponse'),
      close: sender('close'),
    };
    const connect = async ({ callbacks }: { callbacks: Callbacks }): Promise<unknown> => {
      await run(callbacks);
      return session;
    };
    return { ai: { live: { connect } } as unknown as GoogleGenAI, sent };
  }

  const closeEvent = (code: number, reason: string): CloseEvent => ({ code, reason }) as CloseEvent;

  beforeEach(async () => void (await serverThat()));

  test('T-GENAI-28 hands up parsed messages and sends through the typed senders', async () => {
    let hangUp = (): void => {};
    const { ai, sent } = fake((callbacks) => {
      hangUp = () => callbacks.onclose?.(closeEvent(1000, 'bye'));
      callbacks.onopen?.();
      callbacks.onmessage({ setupComplete: {} } as never);
    });
    expect(genai(ai)).toMatchObject({ provider: 'developer', apiVersion: 'client' });
    const heard = new Heard(ai);
    // The first message comes before the SDK returns its session.
    heard.connection.send(turn);
    await heard.framesCome(1);
    heard.connection.send('{"realtimeInput":{"audioStreamEnd":true}}');
    await vi.waitFor(() => expect(sent.length).toBe(2));
    hangUp();
    expect(await heard.end()).toEqual({ cause: 'close', code: 1000, reason: 'bye' });
    expect(heard.log.slice(0, 2)).toEqual([['opened'], ['frame', { setupComplete: {} }]]);
    expect(sent).toEqual([
      ['clientContent', { turnComplete: true }],
      ['realtimeInput', { audioStreamEnd: true }],
    ]);
  });

  test('T-GENAI-29 ends once after error, close and rejection', async () => {
    const error = { message: 'Unexpected server response: 429' } as ErrorEvent;
    const { ai } = fake((callbacks) => {
      callbacks.onerror?.(error);
      callbacks.onclose?.(closeEvent(1006, ''));
      throw new Error('closed before setup');
    });
    expect(await new Heard(ai).end()).toEqual({ cause: 'http', status: 429 });
    const { ai: silent } = fake((callbacks) => {
      callbacks.onerror?.(error);
      throw new Error('closed before setup');
    });
    expect(await new Heard(silent).end()).toEqual({ cause: 'http', status: 429 });
  });

  test('T-GENAI-30 ends with a rejection, thrown at once or later', async () => {
    const late = fake(() => Promise.reject(new Error('no')));
    expect(await new Heard(late.ai).end()).toMatchObject({ cause: 'rejected', error: { message: 'no' } });
    const atOnce = {
      live: {
        connect: () => {
          throw new TypeError('never');
        },
      },
    };
    const end = await new Heard(atOnce as unknown as GoogleGenAI).end();
    expect(end).toMatchObject({ cause: 'rejected', error: { name: 'TypeError', message: 'never' } });
  });

  test('T-GENAI-31 closes a session that comes after close()', async () => {
    let go = (): void => {};
    const { ai, sent } = fake(
      () =>
        new Promise<void>((resolve) => {
          go = resolve;
        }),
    );
    const heard = new Heard(ai);
    await Promise.resolve();
    heard.connection.close();
    expect(await heard.end()).toEqual({ cause: 'close', code: 1006, reason: '' });
    go();
    await vi.waitFor(() => expect(sent).toEqual([['close', undefined]]));
    await heard.end();
  });

  test('T-GENAI-35 is not even asked when close() follows dial() at once', async () => {
    const run = vi.fn<() => void>();
    const heard = new Heard(fake(run).ai);
    heard.connection.close();
    expect(await heard.end()).toEqual({ cause: 'close', code: 1006, reason: '' });
    expect(run).not.toHaveBeenCalled();
  });

  test('T-GENAI-32 works with the real SDK whose private parts have other names', async () => {
    await stub[Symbol.asyncDispose]();
    await serverThat(acceptsSetup());
    const ai = client();
    const { live } = ai;
    const wrapped = { live: { connect: live.connect.bind(live) } } as unknown as GoogleGenAI;
    const heard = new Heard(wrapped);
    heard.connection.send(turn);
    await heard.framesCome(1);
    expect(heard.frames[0]).toMatchObject({ setupComplete: {} });
    await vi.waitFor(() => expect(stub.received).toMatchObject([{ setup: {} }, JSON.parse(turn)]));
    heard.connection.close();
    expect(await heard.end()).toMatchObject({ cause: 'close' });
  });

  test('T-GENAI-33 works with a tap that the app binds away', async () => {
    await stub[Symbol.asyncDispose]();
    await serverThat(acceptsSetup());
    const ai = client();
    Object.assign(ai.live, { connect: ai.live.connect.bind(ai.live) });
    const heard = new Heard(ai);
    await heard.framesCome(1);
    heard.connection.close();
    expect(await heard.end()).toMatchObject({ cause: 'close' });
  });
});

describe('genai()', () => {
  test.each([
    [() => genai({} as GoogleGenAI), 'transportUnsupported'],
    [() => genai(undefined as unknown as GoogleGenAI), 'transportUnsupported'],
    [() => genai(new GoogleGenAI({ apiKey: key }), { closeGraceMs: Number.NaN }), 'invalidOptions'],
    [() => genai(new GoogleGenAI({ apiKey: key }), { closeGraceMs: -1 }), 'invalidOptions'],
  ])('T-GENAI-34 refuses what cannot work, before any dial', (make, code) => {
    expect(make).toThrow(expect.objectContaining({ name: 'LifelineError', code }) as Error);
  });
});
