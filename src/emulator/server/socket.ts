/**
 * The emulator's end of one real socket: upgrade, frames in and out, and the ways in which a socket goes wrong.
 *
 * Owns the socket. Every decision about the protocol is emulator.ts.
 */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../clock.js';
import type { Peer, ServerConnection } from '../connection.js';
import { isRefusal, type Emulator } from '../emulator.js';
import { DelayLine } from '../network/delayLine.js';

export interface SocketShell {
  readonly emulator: Emulator;
  readonly sockets: WebSocketServer;
  readonly clock: Clock;
  /** Added to every frame, each way. */
  delayMs(): number;
}

/** What a peer needs of its socket beyond what `ws` offers. */
interface Wire {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly up: DelayLine;
  readonly down: DelayLine;
}

/** Answers one upgrade request. */
export function upgrade(shell: SocketShell, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { emulator, sockets, clock } = shell;
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
    const line = (): DelayLine => new DelayLine(clock, () => shell.delayMs());
    wire = { webSocket, socket, up: line(), down: line() };
    listen(wire, answer);
  });
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

export function refuse(socket: Duplex, status: number): void {
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}
