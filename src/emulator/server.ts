/**
 * Entry point `gemini-lifeline/emulator/server`: the emulator behind real WebSockets, for Node.
 *
 * Owns the HTTP server, the upgrade and the sockets. Listens on loopback only unless a host is given, and refuses
 * pages of other origins, so that no web page can talk to it. Every decision about the protocol is emulator.ts.
 */
import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { systemClock, type Clock } from '../clock.js';
import type { Random } from '../random.js';
import type { Peer, ServerConnection } from './connection.js';
import { DelayLine } from './network/delayLine.js';
import { createEmulator, isRefusal, type Emulator } from './emulator.js';
import { isFields } from './protocol/fields.js';
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

/** What a peer needs of its socket beyond what `ws` offers. */
interface Wire {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly up: DelayLine;
  readonly down: DelayLine;
}

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
    upgrade(request, socket as Socket, head);
  });

  function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.setNoDelay(true);
    // A URL that starts with two slashes would be read as a host.
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    let wire: Wire | null = null;
    const answer = emulator.accept(
      { path, query: new URLSearchParams(search), headers: request.headers },
      peerOf(() => wire),
    );
    if (isRefusal(answer)) return answer.status === 0 ? void socket.destroy() : refuse(socket, answer.status);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const line = (): DelayLine => new DelayLine(clock, () => delayMs);
      wire = { webSocket, socket, up: line(), down: line() };
      listen(wire, answer);
    });
  }

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

function listen({ webSocket, socket, up }: Wire, connection: ServerConnection): void {
  webSocket.on('message', (data: Buffer, binary: boolean) => {
    const frame = binary ? new Uint8Array(data) : data.toString('utf8');
    up.pass(() => connection.receive(frame));
  });
  // Errors end in 'close' too; without a listener they would end the process.
  webSocket.on('error', () => {});
  webSocket.on('close', () => up.pass(() => connection.gone()));
  // `ws` tells of a close frame only when the whole handshake is over; its state changes as soon as the frame is read.
  const look = (): void => {
    if (webSocket.readyState !== webSocket.CLOSING) return;
    socket.off('data', look);
    up.pass(() => connection.gone());
  };
  socket.on('data', look);
}

/** The core never calls before the upgrade is done, except to refuse a key, which it does a step later. */
function peerOf(wire: () => Wire | null): Peer {
  const later = (run: (wire: Wire) => void): void => {
    const found = wire();
    if (found !== null) found.down.pass(() => run(found));
  };
  return {
    send: (data) => later(({ webSocket }) => webSocket.send(data, { binary: typeof data !== 'string' })),
    close: (code, reason) => later(({ webSocket }) => webSocket.close(code, reason)),
    reset: () => {
      const found = wire();
      found?.down.freeze();
      found?.socket.resetAndDestroy();
    },
    freeze: () => {
      const found = wire();
      if (found === null) return;
      found.up.freeze();
      found.down.freeze();
      // Not read and not written any more, but open: pings and the client's close stay without an answer.
      found.socket.removeAllListeners('data');
      found.socket.pause();
    },
  };
}

function refuse(socket: Duplex, status: number): void {
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

/** Plain HTTP: only ephemeral tokens are served. */
function answerHttp(emulator: Emulator, request: IncomingMessage, response: ServerResponse): void {
  const [path = ''] = (request.url ?? '').split('?', 2);
  if (request.method !== 'POST' || !/^\/{1,2}v1(?:alpha|beta)?\/auth_tokens$/.test(path)) {
    response.writeHead(404).end();
    return;
  }
  let body = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    if (body.length < 100_000) body += chunk;
  });
  request.on('end', () => {
    try {
      const parsed: unknown = JSON.parse(body === '' ? '{}' : body);
      const name = emulator.mintToken(isFields(parsed) ? parsed : {});
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ name }));
    } catch {
      response.writeHead(400).end();
    }
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
