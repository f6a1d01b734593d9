/**
 * Makes the WebSockets: with which constructor, and what it can be asked for.
 *
 * Owns the difference between the runtimes. `ws` is imported only where it is needed, on Node, and only when the first
 * socket is made: this file runs in a browser too.
 */
import type { Endpoint, Target } from './endpoint.js';
import type { WebSocketConstructor, WebSocketLike, WebSocketTransportOptions } from './options.js';
import { proxyFor, proxySecrets, tunnelTo, type Environment } from './proxy.js';
import { refuse } from './refuse.js';

export interface OpenedSocket {
  readonly socket: WebSocketLike;
  /** To be called when the socket is closed. */
  release(): void;
}

export interface Sockets {
  readonly secrets: readonly string[];
  /** Has the constructor ready; what it returns makes one socket at once, or throws. */
  load(): Promise<(target: Target) => OpenedSocket>;
}

type FullConstructor = new (url: string, protocols: string[], options: object) => WebSocketLike;

/** @throws LifelineError `invalidOptions` for what this runtime's WebSocket cannot do. */
export function socketsFor(options: WebSocketTransportOptions, endpoint: Endpoint): Sockets {
  const { WebSocket: given, agent } = options;
  const { isNode, env } = runtime();
  if (given === undefined ? !isNode : given.length < 3) {
    const [extra] = extrasOf(options, endpoint);
    if (extra !== undefined) refuse(extra);
    return { secrets: [], load: async () => plain(given ?? globalWebSocket()) };
  }
  if (agent !== undefined && options.proxy) refuse('agent and proxy exclude each other: the agent decides.');
  const proxy = agent === undefined ? proxyFor(endpoint.base, options.proxy, env) : null;
  return {
    secrets: proxy === null ? [] : proxySecrets(proxy),
    async load() {
      const constructor = (given as FullConstructor | undefined) ?? (await wsOfNode());
      if (constructor !== null) return full(constructor, agent, proxy);
      if (proxy === null && extrasOf(options, endpoint).length === 0) return plain(globalWebSocket());
      return refuse(
        'Package ws cannot be loaded; install it (npm install ws), or pass its class as WebSocket.',
        'connecting',
      );
    },
  };
}

function plain(constructor: WebSocketConstructor): (target: Target) => OpenedSocket {
  return ({ url }) => ({ socket: new constructor(url), release: () => {} });
}

function full(
  constructor: FullConstructor,
  agent: object | undefined,
  proxy: URL | null,
): (target: Target) => OpenedSocket {
  return ({ url, headers }) => {
    const tunnel = proxy === null ? null : tunnelTo(new URL(url), proxy);
    const socket = new constructor(url, [], {
      headers,
      ...(agent === undefined ? {} : { agent }),
      ...(tunnel === null ? {} : { createConnection: tunnel.createConnection }),
    });
    return { socket, release: () => tunnel?.abandon() };
  };
}

/** What is asked for and a WebSocket that takes nothing but a URL cannot do, each as a sentence. */
function extrasOf({ headers, agent, proxy }: WebSocketTransportOptions, endpoint: Endpoint): string[] {
  const cannot = 'which this WebSocket cannot do (in a browser none can)';
  return [
    endpoint.credentialOption === 'accessToken' && endpoint.credential !== null
      ? `accessToken goes into a header, ${cannot}; leave it out and give the baseUrl of a gateway that adds it.`
      : '',
    Object.keys(headers ?? {}).length > 0 ? `headers are sent with the upgrade, ${cannot}.` : '',
    agent === undefined ? '' : `agent makes the connection, ${cannot}.`,
    typeof proxy === 'string' ? `proxy makes a tunnel, ${cannot}.` : '',
  ].filter((sentence) => sentence !== '');
}

function globalWebSocket(): WebSocketConstructor {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketConstructor };
  return WebSocket ?? refuse('This runtime has no WebSocket; pass a class as the option WebSocket.', 'connecting');
}

/** Null where it is missing, and where a bundler put its stand-in for browsers. */
async function wsOfNode(): Promise<FullConstructor | null> {
  try {
    const { WebSocket } = await import('ws');
    return typeof WebSocket === 'function' ? WebSocket : null;
  } catch {
    return null;
  }
}

/** Bun and Deno run `ws` as well and say that they are Node here. */
function runtime(): { readonly isNode: boolean; readonly env: Environment } {
  const { process } = globalThis as { process?: { versions?: { node?: string }; env?: Environment } };
  return { isNode: typeof process?.versions?.node === 'string', env: process?.env ?? {} };
}
