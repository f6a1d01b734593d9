/**
 * Entry point `gemini-lifeline/emulator/server`: the emulator behind real WebSockets, for Node.
 *
 * Owns the HTTP server; its sockets are server/socket.ts. Listens on loopback only unless a host is given, and refuses
 * pages of other origins, so that no web page can talk to it. Every decision about the protocol is emulator.ts.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { systemClock, type Clock } from '../clock.js';
import type { Random } from '../random.js';
import { createEmulator, type Emulator } from './emulator.js';
import { refuse, upgrade } from './server/socket.js';
import { isTokenPath, maxTokenRequestBytes } from './protocol/authTokens.js';
import type { EmulatorOptions } from './options.js';

export interface EmulatorServerOptions extends EmulatorOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. Anything else lets other machines in. */
  readonly host?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Added to every frame, each way. Default 0. */
  readonly delayMs?: number;
  /** Largest client message in bytes. Default 16 MiB. */
  readonly maxPayload?: number;
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

const loopback = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

export async function startEmulatorServer(options: EmulatorServerOptions = {}): Promise<EmulatorServer> {
  const clock = options.clock ?? systemClock;
  const emulator = createEmulator({ ...options, clock });
  let delayMs = options.delayMs ?? 0;
  const host = options.host ?? '127.0.0.1';
  const sockets = new WebSocketServer({ noServer: true, maxPayload: options.maxPayload ?? 16 * 1024 * 1024 });
  const server = createServer((request, response) => answerHttp(emulator, request, response));
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('upgrade', (request, socket, head) => {
    const origin = request.headers.origin;
    if (origin !== undefined && !loopback.test(origin)) return refuse(socket, 403);
    upgrade({ emulator, sockets, clock, delayMs: () => delayMs }, request, socket as Socket, head);
  });

  await listening(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    emulator.stop();
    for (const client of sockets.clients) client.terminate();
    for (const socket of open) socket.destroy();
    await new Promise<void>((done) => server.close(() => done()));
  };
  return {
    baseUrl: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    emulator,
    setDelay: (ms) => {
      delayMs = ms;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Plain HTTP: only ephemeral tokens are served. */
function answerHttp(emulator: Emulator, request: IncomingMessage, response: ServerResponse): void {
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  if (!isTokenPath(request.method, path)) {
    response.writeHead(404).end();
    return;
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxTokenRequestBytes) chunks.push(chunk);
  });
  request.on('end', () => {
    const text = bytes <= maxTokenRequestBytes ? Buffer.concat(chunks).toString('utf8') : null;
    const { headers } = request;
    const { status, body } = emulator.answerTokenRequest({ query: new URLSearchParams(search), headers }, text);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
