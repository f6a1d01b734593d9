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
  /** Rejects, or throws what the constructor throws. */
  make(target: Target): Promise<OpenedSocket>;
}

type FullConstructor = new (url: string, protocols: string[], options: object) => WebSocketLike;

/** What `ws` can be told and a browser's WebSocket cannot. */
interface Extras {
  readonly agent: object | undefined;
  readonly proxy: URL | null;
}

/** @throws LifelineError `invalidOptions` for what this runtime's WebSocket cannot do. */
export function socketsFor(options: WebSocketTransportOptions, endpoint: Endpoint): Sockets {
  const { WebSocket: given, agent } = options;
  const isFull = given === undefined ? runtime().isNode : given.length >= 3;
  if (!isFull) {
    refuseExtras(options, endpoint);
    return {
      secrets: [],
      make: async ({ url }) => ({ socket: new (given ?? globalWebSocket())(url), release: () => {} }),
    };
  }
  const proxy = agent === undefined ? proxyFor(endpoint.base, options.proxy, runtime().env) : null;
  if (agent !== undefined && options.proxy) refuse('agent and proxy exclude each other: the agent decides.');
  return {
    secrets: proxy === null ? [] : proxySecrets(proxy),
    make: async (target) => {
      const constructor = (given as FullConstructor | undefined) ?? (await wsOfNode());
      return makeFull(constructor, target, { agent, proxy });
    },
  };
}

function makeFull(constructor: FullConstructor, { url, headers }: Target, { agent, proxy }: Extras): OpenedSocket {
  const tunnel = proxy === null ? null : tunnelTo(new URL(url), proxy);
  const socket = new constructor(url, [], {
    headers,
    ...(agent === undefined ? {} : { agent }),
    ...(tunnel === null ? {} : { createConnection: tunnel.createConnection }),
  });
  return { socket, release: () => tunnel?.abandon() };
}

function refuseExtras({ headers, agent, proxy }: WebSocketTransportOptions, endpoint: Endpoint): void {
  const cannot = 'which this WebSocket cannot do (in a browser none can)';
  if (endpoint.credentialOption === 'accessToken' && endpoint.credential !== null) {
    refuse(`accessToken goes into a header, ${cannot}; leave it out and give the baseUrl of a gateway that adds it.`);
  }
  if (headers !== undefined && Object.keys(headers).length > 0) refuse(`headers are sent with the upgrade, ${cannot}.`);
  if (agent !== undefined) refuse(`agent makes the connection, ${cannot}.`);
  if (typeof proxy === 'string') refuse(`proxy makes a tunnel, ${cannot}.`);
}

function globalWebSocket(): WebSocketConstructor {
  const { WebSocket } = globalThis as { WebSocket?: WebSocketConstructor };
  return WebSocket ?? refuse('This runtime has no WebSocket; pass a constructor as the option WebSocket.', 'connecting');
}

async function wsOfNode(): Promise<FullConstructor> {
  try {
    const { WebSocket } = await import('ws');
    return WebSocket as unknown as FullConstructor;
  } catch {
    return refuse('Package ws cannot be loaded; install it (npm install ws), or pass its constructor as WebSocket.', 'connecting');
  }
}

/** Bun and Deno run `ws` as well and say they are Node here. */
function runtime(): { readonly isNode: boolean; readonly env: Environment } {
  const { process } = globalThis as { process?: { versions?: { node?: string }; env?: Environment } };
  return { isNode: typeof process?.versions?.node === 'string', env: process?.env ?? {} };
}
