/**
 * The server's end of one real socket: upgrade, frames in and out, and the ways in which a socket goes wrong.
 *
 *   upgrade request ── handshake delay ── accepted? ──▶ refused, stalled, or open ──▶ frames ──▶ gone
 *
 * Owns the socket. What is accepted, and what goes wrong when, is decided behind it (emulator.ts, proxy.ts).
 */
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../clock.js';
import type { Emulator } from '../emulator.js';
import { isRefusal, type ServerConnection, type UpgradeRefusal } from '../shell.js';
import { sendableCode } from '../faults/actions.js';
import type { Direction } from '../faults/fault.js';
import type { FrameForm, Peer } from '../faults/line.js';
import { DelayLine } from '../network/delayLine.js';
import { ByteGate } from './byteGate.js';
import { resetSocket } from './listener.js';
import { frameBytes, writeFrame } from './writing.js';

/** What sockets share. */
export interface Sockets {
  readonly sockets: WebSocketServer;
  /** Those that are open. */
  readonly peers: Set<SocketPeer>;
  readonly clock: Clock;
  /** Added to every frame, each way, and to each way of the three round trips of a handshake. */
  delayMs(): number;
  /** A client that is gone is noticed at the latest after this, however late its frames come. */
  halfOpenNoticedMs(): number;
}

export interface SocketShell extends Sockets {
  readonly emulator: Emulator;
}

/** What an open socket is made of. */
interface Wire {
  readonly webSocket: WebSocket;
  readonly socket: Socket;
  readonly gate: ByteGate;
  readonly up: DelayLine;
  readonly down: DelayLine;
  readonly pongs: DelayLine;
  /** The end, where what is on its way up would hold it back for too long. */
  readonly ends: DelayLine;
}

/** TCP, TLS and the upgrade. On loopback nobody waits for the first two. */
const handshakeRoundTrips = 3;
/** A socket that nobody reads or writes any more is kept this long. */
const abandonMs = 120_000;
/** A client is not read while more than this of it waits for its time. */
const mostHeldBytes = 16 * 1024 * 1024;
/** Pongs beyond are not sent: a ping more is answered by an earlier pong as well. */
const mostPongBytes = 256 * 1024;

/** Answers one upgrade request. */
export function upgrade(shell: SocketShell, request: IncomingMessage, socket: Socket, head: Buffer): void {
  whenArrived(shell, socket, () => {
    // A URL that starts with two slashes would be read as a host.
    const [path = '', search = ''] = (request.url ?? '').split('?', 2);
    const peer = new SocketPeer(shell);
    const query = new URLSearchParams(search);
    const answer = shell.emulator.accept({ path, query, headers: request.headers }, peer);
    if (isRefusal(answer)) turnAway(socket, answer.status);
    else peer.open(request, socket, head, answer);
  });
}

/** After the delay of the handshake, unless the client is gone by then. */
export function whenArrived({ clock, delayMs }: Sockets, socket: Socket, then: () => void): void {
  socket.on('error', () => {});
  socket.setNoDelay(true);
  const ms = handshakeRoundTrips * 2 * delayMs();
  if (ms === 0) return then();
  const timer = clock.setTimeout(() => {
    socket.off('close', forget);
    if (!socket.destroyed) then();
  }, ms);
  const forget = (): void => clock.clearTimeout(timer);
  socket.once('close', forget);
}

export function turnAway(socket: Socket, status: UpgradeRefusal['status']): void {
  if (status === 0) resetSocket(socket);
  else if (status === 'never') stall(socket);
  else refuse(socket, status);
}

export function refuse(socket: Duplex, status: number): void {
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

/** Read, so that the client's end is noticed, and never answered. */
function stall(socket: Socket): void {
  socket.once('end', () => socket.destroy());
  socket.resume();
}

/** The client behind a real socket. Before `open` nothing is sent. */
export class SocketPeer implements Required<Peer> {
  /** Some of what was sent has left, or never will. */
  onWritten: () => void = () => {};
  /** The client sent a ping or a pong. `ws` has answered pings already, unless its server was told not to. */
  onControl: (kind: 'ping' | 'pong', data: Buffer) => void = () => {};
  readonly #shell: Sockets;
  #wire: Wire | null = null;
  #pongDelayMs: number | null = null;

  constructor(shell: Sockets) {
    this.#shell = shell;
  }

  /** Bytes that were sent and have not left, with those that a fault or a delay holds back. */
  get buffered(): number {
    const wire = this.#wire;
    return wire === null ? 0 : wire.down.waitingBytes + wire.webSocket.bufferedAmount + wire.gate.waiting;
  }

  /** Answers the upgrade, and hands on what the client sends. */
  open(request: IncomingMessage, socket: Socket, head: Buffer, connection: ServerConnection): void {
    const { sockets, peers, clock, delayMs, halfOpenNoticedMs } = this.#shell;
    const gate = new ByteGate(socket, clock);
    if (connection.answerBytesPerSecond !== null) gate.slowDown(connection.answerBytesPerSecond, true);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const line = (ms: () => number): DelayLine => new DelayLine(clock, ms);
      const [up, down] = [line(() => delayMs()), line(() => delayMs())];
      const [pongs, ends] = [line(() => this.#pongDelayMs ?? 0), line(() => halfOpenNoticedMs())];
      this.#wire = { webSocket, socket, gate, up, down, pongs, ends };
      peers.add(this);
      listen(this.#wire, connection, () => peers.delete(this));
      webSocket.on('ping', (data) => this.onControl('ping', data));
      webSocket.on('pong', (data) => this.onControl('pong', data));
    });
    // `ws` has refused the handshake by itself: nothing more comes, so this is the end with its code.
    if (this.#wire === null) connection.gone(1006);
  }

  /** The client's frames wait, in its own buffers at last. */
  pause(): void {
    this.#wire?.webSocket.pause();
  }

  resume(): void {
    this.#wire?.webSocket.resume();
  }

  control(kind: 'ping' | 'pong', data: Buffer): void {
    const wire = this.#wire;
    wire?.down.pass(() => {
      if (wire.webSocket.readyState === wire.webSocket.OPEN) wire.webSocket[kind](data);
    });
  }

  send(data: Uint8Array | string, form: FrameForm = {}): void {
    const wire = this.#wire;
    if (wire === null) return;
    wire.down.pass(() => writeFrame(wire.webSocket, data, form, () => this.onWritten()), data.length);
  }

  close(code: number, reason: string): void {
    const wire = this.#wire;
    wire?.down.pass(() => {
      if (sendableCode(code)) wire.webSocket.close(code, reason);
      else wire.webSocket.close();
    });
  }

  reset(frame?: Uint8Array | string): void {
    const wire = this.#wire;
    if (wire === null) return;
    if (frame === undefined) {
      wire.down.freeze();
      resetSocket(wire.socket);
      return;
    }
    const bytes = frameBytes(frame);
    wire.down.pass(() => {
      wire.socket.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => resetSocket(wire.socket));
    });
  }

  end(): void {
    const wire = this.#wire;
    if (wire === null) return;
    wire.up.freeze();
    wire.down.pass(() => wire.socket.end());
    this.#abandon(wire);
  }

  freeze(): void {
    this.mute('up');
    this.mute('down');
    if (this.#wire !== null) this.#abandon(this.#wire);
  }

  mute(direction: 'up' | 'down'): void {
    const wire = this.#wire;
    if (wire === null) return;
    wire[direction].freeze();
    if (direction === 'up') return wire.gate.stopUp();
    wire.gate.stopDown();
    this.onWritten();
  }

  trickle(bytesPerSecond: number, direction: Direction): void {
    if (direction !== 'down') this.#wire?.gate.slowUp(bytesPerSecond);
    if (direction !== 'up') this.#wire?.gate.slowDown(bytesPerSecond);
  }

  delay(ms: number, direction: Direction): void {
    if (direction !== 'down') this.#wire?.up.addDelay(ms);
    if (direction !== 'up') this.#wire?.down.addDelay(ms);
  }

  /** The socket is gone at once, with all that waits. */
  terminate(): void {
    if (this.#wire === null) return;
    const { webSocket, up, down, pongs, ends } = this.#wire;
    for (const line of [up, down, pongs, ends]) line.freeze();
    webSocket.terminate();
  }

  delayPongs(ms: number): void {
    const wire = this.#wire;
    if (wire === null) return;
    const { webSocket, pongs } = wire;
    const first = this.#pongDelayMs === null;
    this.#pongDelayMs = ms;
    if (!first) return;
    const pong = webSocket.pong.bind(webSocket);
    // `ws` answers pings through this method.
    webSocket.pong = (data) => {
      if (pongs.waitingBytes > mostPongBytes) return;
      pongs.pass(() => {
        if (webSocket.readyState === webSocket.OPEN) pong(data, false);
      });
    };
  }

  /** Where one end hears nothing any more, neither a close nor a FIN would ever end it. */
  #abandon({ socket }: Wire): void {
    const { clock } = this.#shell;
    const timer = clock.setTimeout(() => socket.destroy(), abandonMs);
    socket.once('close', () => clock.clearTimeout(timer));
  }
}

function listen(wire: Wire, connection: ServerConnection, over: () => void): void {
  const { webSocket, socket, up, down, pongs, ends } = wire;
  let isHeldBack = false;
  webSocket.on('message', (data: Buffer, binary: boolean) => {
    const frame = binary ? new Uint8Array(data) : data.toString('utf8');
    up.pass(() => {
      if (isHeldBack && up.waitingBytes <= mostHeldBytes) {
        isHeldBack = false;
        webSocket.resume();
      }
      connection.receive(frame);
    }, data.length);
    if (up.waitingBytes <= mostHeldBytes) return;
    isHeldBack = true;
    webSocket.pause();
  });
  // Errors end in 'close' too; without a listener they would end the process.
  webSocket.on('error', () => {});
  webSocket.on('close', (code, reason) => {
    // What was to leave later has nowhere to go; its timer would keep the process alive.
    down.freeze();
    pongs.freeze();
    const gone = (): void => {
      up.freeze();
      ends.freeze();
      over();
      connection.gone(code, reason.toString('utf8'));
    };
    // A client that is not heard any more is noticed when what it is sent comes back.
    if (up.frozen) return gone();
    up.pass(gone);
    ends.push(gone);
  });
  // `ws` tells of a close frame only when the whole handshake is over; its state changes as soon as the frame is read.
  const look = (): void => {
    if (webSocket.readyState !== webSocket.CLOSING) return;
    socket.off('data', look);
    up.pass(() => connection.gone());
  };
  socket.on('data', look);
}
