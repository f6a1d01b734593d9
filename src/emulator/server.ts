/**
 * Entry point `gemini-lifeline/emulator/server`: the emulator behind real WebSockets, for Node.
 *
 * Owns the bounds of the HTTP server; it is made in server/listener.ts, its sockets are server/socket.ts, the control
 * endpoint and its page server/control/. Listens on loopback only unless a host is given, and refuses pages of other origins, so that no web
 * page can talk to it. Every decision about the protocol is emulator.ts.
 *
 * Memory is bounded by the sum of: `maxConnections` open connections (about 60 kB each, and at most `maxPayload` of a
 * message that is coming in and `maxBufferedBytes` that a client does not read), `maxHandles` × 400 bytes, `maxHeard` ×
 * 250 bytes, 2 × `maxRecords` × 2 kB, `maxLog` × 400 bytes, 1,000 faults, and 64 listeners of the log × 1 MiB.
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
import { refuse, upgrade } from './server/socket.js';
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
  /** A client that leaves more than this unread is disconnected. Looked at once a second. Default 16 MiB. */
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

/** TCP connections beyond the open WebSockets: the page, the control endpoint, upgrades on their way. */
const spareConnections = 256;
/** A request that drips in is not waited for longer than this. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 20_000;
const patrolMs = 1_000;

/** @throws OptionError that names the option and what it takes; TlsError for a certificate that cannot be used */
export async function startEmulatorServer(options: EmulatorServerOptions = {}): Promise<EmulatorServer> {
  const emulator = createEmulator(options);
  let delayMs = options.delayMs ?? 0;
  const host = options.host ?? '127.0.0.1';
  const given = givenHost(host);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxPayload ?? 16 * 1024 * 1024 });
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
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.maxConnections = emulator.settings.maxConnections + spareConnections;
  server.on('upgrade', (request, socket, head) => {
    if (!allowsOrigin(request.headers.origin, request.headers, given)) return refuse(socket, 403);
    upgrade({ emulator, sockets, clock: emulator.clock, delayMs: () => delayMs }, request, socket as Socket, head);
  });

  const port = await listener.listen(options.port ?? 0, host);
  const baseUrl = listener.urlOf(port, host);
  const stopPatrol = patrol(emulator, sockets, options.maxBufferedBytes ?? 16 * 1024 * 1024);
  const close = async (): Promise<void> => {
    stopPatrol();
    emulator.stop();
    for (const client of sockets.clients) client.terminate();
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

/** Not at every frame: between two looks a client gets no more than a second of what is meant for it. */
function patrol(emulator: Emulator, sockets: WebSocketServer, maxBufferedBytes: number): () => void {
  let timer: TimerId = null;
  const look = (): void => {
    for (const client of sockets.clients) {
      if (client.bufferedAmount <= maxBufferedBytes) continue;
      emulator.note(null, 'slowReader', `${client.bufferedAmount} bytes unread`);
      client.terminate();
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
