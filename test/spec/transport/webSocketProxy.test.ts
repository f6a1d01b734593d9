/** Through a proxy: a tiny one on loopback that does CONNECT, and the rules of HTTPS_PROXY and NO_PROXY. */
import { createServer, type IncomingMessage } from 'node:http';
import { connect as connectTcp, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { webSocket, type WebSocketTransportOptions } from '../../../src/transport/webSocket.js';
import { proxyFor } from '../../../src/transport/webSocket/proxy.js';
import { acceptsSetup, http, type LiveStub, liveStub, refuses } from '../../support/liveStub.js';
import { Heard, key, noSocketIsLeft, soon } from './webSocketSupport.js';

interface Proxy {
  readonly url: string;
  readonly asked: IncomingMessage[];
  readonly openSockets: number;
  close(): Promise<void>;
}

/** What it does with a CONNECT: a tunnel to the address asked for unless told otherwise. */
type Answer = (socket: Socket, request: IncomingMessage) => void;

const tunnels: Answer = (socket, request) => {
  const { hostname, port } = new URL(`http://${request.url}`);
  const upstream = connectTcp(Number(port), hostname, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.pipe(socket).pipe(upstream);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
};

const proxies: Proxy[] = [];

async function proxyThat(answer: Answer): Promise<Proxy> {
  const asked: IncomingMessage[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.on('connect', (request, socket) => {
    asked.push(request);
    answer(socket as Socket, request);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const proxy: Proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get openSockets() {
      return sockets.size;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  proxies.push(proxy);
  return proxy;
}

let stub: LiveStub | null = null;

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const proxy of proxies.splice(0)) {
    await soon(() => expect(proxy.openSockets).toBe(0));
    await proxy.close();
  }
  if (stub !== null) await noSocketIsLeft(stub);
  await stub?.[Symbol.asyncDispose]();
  stub = null;
});

describe('a dial through a proxy', () => {
  const transport = (proxy: string, options: object = {}) =>
    webSocket({ apiKey: key, baseUrl: stub?.baseUrl, proxy, ...options } as WebSocketTransportOptions);

  test('T-WS-80 asks it for a tunnel to the service and talks to the service inside', async () => {
    stub = await liveStub(acceptsSetup());
    const proxy = await proxyThat(tunnels);
    const { host } = new URL(stub.baseUrl);
    const heard = new Heard(transport(proxy.url, { headers: { 'x-tenant': '7' } }));
    await heard.framesCome(1);
    expect(proxy.asked.map(({ url }) => url)).toEqual([host]);
    expect(proxy.asked[0]?.headers).toMatchObject({ host });
    // The proxy hears where to, and nothing of who asks.
    expect(inspect(proxy.asked.map(({ rawHeaders, url }) => [rawHeaders, url]))).not.toContain(key);
    expect(stub.headers).toMatchObject([{ 'x-tenant': '7' }]);
    await heard.closed();
  });

  test('T-WS-81 tells it user and password, and shows them to nobody', async () => {
    const encoded = Buffer.from('user:p@sswörd').toString('base64');
    stub = await liveStub(refuses(1008, `p@sswörd p%40ssw%C3%B6rd ${encoded}`));
    const proxy = await proxyThat(tunnels);
    const url = proxy.url.replace('//', '//user:p%40ssw%C3%B6rd@');
    const own = transport(url);
    expect(await new Heard(own).end()).toMatchObject({ reason: '[redacted] [redacted] [redacted]' });
    expect(proxy.asked[0]?.headers['proxy-authorization']).toBe(`Basic ${encoded}`);
    expect(inspect(own, { depth: null, showHidden: true })).not.toMatch(/p@ssw|p%40ssw/);
  });

  test.each([407, 403, 503])('T-WS-82 is unreachable, not HTTP, when the proxy says %i', async (status) => {
    stub = await liveStub(acceptsSetup());
    const proxy = await proxyThat((socket) => {
      socket.write(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      // It would keep the connection: hanging up is ours to do.
      socket.on('end', () => socket.end()).resume();
    });
    expect(await new Heard(transport(proxy.url)).end()).toEqual({
      cause: 'unreachable',
      detail: `The proxy refused the tunnel with HTTP ${status}.`,
    });
    expect(stub.urls).toEqual([]);
  });

  test('T-WS-83 is HTTP when the service behind it says so', async () => {
    stub = await liveStub(http(401));
    const proxy = await proxyThat(tunnels);
    expect(await new Heard(transport(proxy.url)).end()).toEqual({ cause: 'http', status: 401 });
  });

  test('T-WS-84 is unreachable when nobody listens at the proxy', async () => {
    stub = await liveStub(acceptsSetup());
    const end = await new Heard(transport('http://user:secret-password@127.0.0.1:1')).end();
    expect(end).toEqual({ cause: 'unreachable', detail: 'The proxy could not be reached: ECONNREFUSED.' });
  });

  test('T-WS-85 that is closed while the tunnel is dug leaves no socket', async () => {
    stub = await liveStub(acceptsSetup());
    // Reads, so that it notices the client leaving.
    const proxy = await proxyThat((socket) => void socket.on('end', () => socket.end()).resume());
    const heard = new Heard(transport(proxy.url));
    await soon(() => expect(proxy.asked.length).toBe(1));
    expect(await heard.closed()).toEqual({ cause: 'close', code: 1006, reason: '' });
    await soon(() => expect(proxy.openSockets).toBe(0));
  });

  test('T-WS-86 begins TLS inside the tunnel, for the name of the service', async () => {
    const received: Buffer[] = [];
    const proxy = await proxyThat((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.once('data', (data: Buffer) => {
        received.push(data);
        socket.destroy();
      });
    });
    vi.stubEnv('https_proxy', '');
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    vi.stubEnv('no_proxy', '');
    vi.stubEnv('NO_PROXY', 'localhost,.internal');
    const end = await new Heard(webSocket({ apiKey: key })).end();
    expect(end.cause).toBe('unreachable');
    expect(inspect(end)).not.toContain(key);
    expect(proxy.asked.map(({ url }) => url)).toEqual(['generativelanguage.googleapis.com:443']);
    expect(received[0]?.[0]).toBe(0x16); // a TLS handshake
    expect(received[0]?.toString('latin1')).toContain('generativelanguage.googleapis.com');
  });

  test('T-WS-87 keeps a warm socket behind it', async () => {
    stub = await liveStub(acceptsSetup());
    const proxy = await proxyThat(tunnels);
    const own = transport(proxy.url);
    const warm = own.warm();
    await soon(() => expect(warm.state).toBe('open'));
    const heard = new Heard(own, { warm });
    await heard.framesCome(1);
    expect(proxy.asked.length).toBe(1);
    await heard.closed();
  });

  test('T-WS-88 is not asked of the environment for a local server', async () => {
    stub = await liveStub(acceptsSetup());
    const proxy = await proxyThat(tunnels);
    vi.stubEnv('https_proxy', proxy.url);
    const heard = new Heard(webSocket({ apiKey: key, baseUrl: stub.baseUrl }));
    await heard.framesCome(1);
    expect(proxy.asked).toEqual([]);
    await heard.closed();
  });
});

describe('which proxy', () => {
  const google = 'wss://generativelanguage.googleapis.com';

  test.each([
    ['none is set', google, undefined, {}, null],
    ['HTTPS_PROXY', google, undefined, { HTTPS_PROXY: 'http://a:1' }, 'http://a:1/'],
    [
      'the lower case goes first',
      google,
      undefined,
      { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' },
      'http://b:2/',
    ],
    ['an empty one is none', google, undefined, { HTTPS_PROXY: '', https_proxy: '' }, null],
    ['without a scheme', google, undefined, { HTTPS_PROXY: 'proxy.corp:3128' }, 'http://proxy.corp:3128/'],
    ['over TLS', google, undefined, { HTTPS_PROXY: 'https://a' }, 'https://a/'],
    ['a plain address', 'ws://host', undefined, { HTTPS_PROXY: 'http://a:1' }, null],
    ['a plain address, by option', 'ws://host', 'http://a:1', {}, 'http://a:1/'],
    ['the option goes before', google, 'http://o:1', { HTTPS_PROXY: 'http://a:1', NO_PROXY: '*' }, 'http://o:1/'],
    ['the option says no', google, false, { HTTPS_PROXY: 'http://a:1' }, null],
  ] as const)('T-WS-89 %s', (_name, target, option, env, expected) => {
    expect(proxyFor(new URL(target), option, env)?.href ?? null).toBe(expected);
  });

  test.each([
    ['*', google, true],
    ['googleapis.com', google, true],
    ['.googleapis.com', google, true],
    ['*.googleapis.com', google, true],
    ['GENERATIVELANGUAGE.googleapis.com', google, true],
    ['localhost, other.com googleapis.com', google, true],
    ['googleapis.com:443', google, true],
    ['googleapis.com:8443', google, false],
    ['googleapis.com:8443', 'wss://googleapis.com:8443', true],
    ['apis.com', google, false],
    ['localhost', google, false],
    [',', google, false],
    ['::1', 'wss://[::1]:9', true],
    ['[::1]', 'wss://[::1]:9', true],
    ['[::1]:9', 'wss://[::1]:9', true],
    ['[::1]:8', 'wss://[::1]:9', false],
    ['127.0.0.1', 'wss://127.0.0.1:9', true],
  ])('T-WS-90 NO_PROXY=%s for %s: %s', (NO_PROXY, target, isExempt) => {
    const env = { HTTPS_PROXY: 'http://a:1', NO_PROXY };
    expect(proxyFor(new URL(target), undefined, env) === null).toBe(isExempt);
  });

  test.each(['socks5://user:secret@a:1', 'http://', 'http://a:99999'])(
    'T-WS-91 %s is refused by name',
    (HTTPS_PROXY) => {
      const ask = (): unknown => proxyFor(new URL(google), undefined, { HTTPS_PROXY });
      expect(ask).toThrow(expect.objectContaining({ name: 'LifelineError', code: 'invalidOptions' }) as Error);
      expect(ask).toThrow('HTTPS_PROXY');
      expect(ask).not.toThrow('secret');
    },
  );
});
