/**
 * Entry point `gemini-lifeline/emulator/server`: the emulator behind real WebSockets, for Node.
 *
 * Owns the bounds of the HTTP server; it is made in server/listener.ts, its sockets are server/socket.ts, the control
 * endpoint and its page server/control/. Listens on loopback only unless a host is given, and refuses pages of other origins, so that no web
 * page can talk to it. Every decision about the protocol is emulator.ts.
 *
 * Memory is bounded by the sum of: `maxConnections` open connections (about 60 kB each, and at most `maxPayload` of a
 * message that is coming in, 16 MiB whose time has not come, and `maxBufferedBytes` that a client does not read),
 * `maxHandles` × (400 + 8 for each turn so far) bytes, `maxHeard` × 250 bytes, 2 × `maxRecords` × 2 kB, `maxLog` × 400
 * bytes, 1,000 faults, and 64 listeners of the log × 1 MiB.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { systemClock, type TimerId } from '../clock.js';
import { createEmulator, type Emulator } from './emulator.js';
import type { EmulatorParts } from './world.js';
import { Control } from './server/control/control.js';
import { emulatorRoutes } from './server/control/emulatorRoutes.js';
import { allowsOrigin, givenHost } from './server/guard.js';
import { HttpProblem, replyProblem } from './server/http.js';
import { Listener, type TlsOptions } from './server/listener.js';
import { refuse, upgrade, type SocketPeer, type SocketShell } from './server/socket.js';
import { isTokenPath, maxTokenRequestBytes } from './protocol/authTokens.js';
import type { EmulatorOptions } from './options.js';

export { checkTls, TlsError, type TlsOptions } from './server/listener.js';
export { startFaultProxy, type FaultProxy, type FaultProxyOptions } from './server/proxy.js';

export interface EmulatorServerOptions extends EmulatorOptions, EmulatorParts {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. Anything else lets other machines in, to the control endpoint as well. */
  readonly host?: string;
  /** Listen with TLS: https and wss, and nothing else. For clients that insist on it. */
  readonly tls?: TlsOptions;
  /** The control endpoint and its page, below `/emulator/`. Default true. */
  readonly control?: boolean;
  /** Added to every frame, each way, on the server's clock. Default 0. */
  readonly delayMs?: number;
  /** Largest client message in bytes; a larger one ends the connection with 1009. Default 16 MiB. */
  readonly maxPayload?: number;
  /** A client that leaves more than this unread is disconnected; what a fault or a delay holds back counts. Looked at once a second. Default 16 MiB. */
  readonly maxBufferedBytes?: number;
}

export interface EmulatorServer {
  /** For `httpOptions.baseUrl` of @google/genai. */
  readonly baseUrl: string;
  readonly port: number;
  readonly emulator: Emulator;
  /** Changes the added one-way delay for what is sent from now on. */
  setDelay(ms: number): void;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const patrolMs = 1_000;

/** @throws OptionError that names the option and what it takes; TlsError for a certificate that cannot be used */
export async function startEmulatorServer(options: EmulatorServerOptions = {}): Promise<EmulatorServer> {
  const emulator = createEmulator(options);
  let delayMs = options.delayMs ?? 0;
  const host = options.host ?? '127.0.0.1';
  const given = givenHost(host);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxPayload ?? 16 * 1024 * 1024 });
  const peers = new Set<SocketPeer>();
  const shell: SocketShell = {
    emulator,
    sockets,
    peers,
    clock: emulator.clock,
    delayMs: () => delayMs,
    halfOpenNoticedMs: () => emulator.settings.halfOpenNoticedMs,
  };
  const control =
    options.control === false
      ? null
      : new Control(
          emulator,
          emulatorRoutes(emulator, () => baseUrl),
        );
  const listener = new Listener(
    options.tls,
    (request, response) => answerHttp(emulator, control, given, request, response),
    (why) => emulator.note(null, 'upgradeRefused', `0 ${why}`),
  );
  const { server } = listener;
  listener.bound(emulator.settings.maxConnections);
  server.on('upgrade', (request, socket, head) => {
    if (!allowsOrigin(request.headers.origin, request.headers, given)) return refuse(socket, 403);
    upgrade(shell, request, socket as Socket, head);
  });

  const port = await listener.listen(options.port ?? 0, host);
  const baseUrl = listener.urlOf(port, host);
  const stopPatrol = patrol(emulator, peers, options.maxBufferedBytes ?? 16 * 1024 * 1024);
  const close = async (): Promise<void> => {
    stopPatrol();
    emulator.stop();
    for (const peer of peers) peer.terminate();
    await listener.close();
  };
  return {
    baseUrl,
    port,
    emulator,
    setDelay: (ms) => {
      delayMs = ms;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Not at every frame. Between two looks a client may get a second more, which at speed N is N seconds of the model. */
function patrol(emulator: Emulator, peers: ReadonlySet<SocketPeer>, maxBufferedBytes: number): () => void {
  let timer: TimerId = null;
  const look = (): void => {
    for (const peer of peers) {
      if (peer.buffered <= maxBufferedBytes) continue;
      emulator.note(null, 'slowReader', `${peer.buffered} bytes unread`);
      peer.terminate();
    }
    timer = systemClock.setTimeout(look, patrolMs);
  };
  timer = systemClock.setTimeout(look, patrolMs);
  return () => systemClock.clearTimeout(timer);
}

/** Plain HTTP: ephemeral tokens, and the control endpoint. */
function answerHttp(
  emulator: Emulator,
  control: Control | null,
  given: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { headers, method } = request;
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  if (!allowsOrigin(headers.origin, headers, given)) {
    return replyProblem(response, new HttpProblem(403, 'Pages of other origins are not let in.'));
  }
  if (control?.answer(request, response, given) === true) return;
  if (!isTokenPath(method, path)) {
    const hint = 'This is a Live API: point a client at it over WebSocket';
    const problem = control === null ? `${hint}.` : `${hint}, or open /emulator/ in a browser.`;
    return replyProblem(response, new HttpProblem(404, problem));
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxTokenRequestBytes) chunks.push(chunk);
  });
  request.on('end', () => {
    const text = bytes <= maxTokenRequestBytes ? Buffer.concat(chunks).toString('utf8') : null;
    const { status, body } = emulator.answerTokenRequest({ query: new URLSearchParams(search), headers }, text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
}
