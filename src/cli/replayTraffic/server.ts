/**
 * A WebSocket server on loopback that serves one recording: to the first setup the frames from the start, to each later
 * one (the session left, or lost, its connection) a setupComplete of its own and the frames that are still to come.
 *
 *   waiting ──setup──→ serving ──last frame read by the client──→ served
 *                         └──socket gone──→ waiting
 *
 * Owns when a frame is written. After a goAway the session may leave at any moment, so from there on the rest is served
 * without its pauses and each frame waits for the one before it to be read: a ping behind it is answered only then.
 * Never closes a connection itself before `stop`, and never looks at what the client sends.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { systemClock, type TimerId } from '../../clock.js';
import type { RecordedFrame } from './recording.js';

export interface RecordingServerOptions {
  readonly frames: readonly RecordedFrame[];
  /** 1 as recorded, 2 twice as fast; Infinity at once. */
  readonly speed: number;
  /** How many messages the client has delivered, so that a further connection goes on from there. */
  countDelivered(): number;
}

export class RecordingServer {
  readonly #options: RecordingServerOptions;
  readonly #server: WebSocketServer;
  readonly #cancels = new Set<() => void>();
  #resolveServed!: () => void;
  /** Every frame was written and read by the client. */
  readonly served = new Promise<void>((resolve) => {
    this.#resolveServed = resolve;
  });
  /** Setups answered. */
  #setups = 0;
  #next = 0;
  /** Frames that were written again, since the connection ended before they were read. */
  #repeated = 0;
  #afterGoAway = false;

  constructor(options: RecordingServerOptions, server: WebSocketServer) {
    this.#options = options;
    this.#server = server;
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.once('message', () => void this.#serve(socket));
    });
  }

  static async start(options: RecordingServerOptions): Promise<RecordingServer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    await once(server, 'listening');
    return new RecordingServer(options, server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#setups;
  }

  get repeated(): number {
    return this.#repeated;
  }

  async stop(): Promise<void> {
    for (const cancel of this.#cancels) cancel();
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #serve(socket: WebSocket): Promise<void> {
    const { frames } = this.#options;
    this.#setups += 1;
    const turn = this.#setups;
    const startedAtMs = systemClock.now();
    const isMine = () => turn === this.#setups && socket.readyState === socket.OPEN;
    if (turn > 1) {
      const written = this.#next;
      this.#next = this.#firstUnread();
      this.#repeated += Math.max(0, written - this.#next);
      write(socket, JSON.stringify(setupCompleteOf(turn)));
    }
    const offsetMs = turn > 1 ? (frames[this.#next]?.dueMs ?? 0) : 0;
    while (this.#next < frames.length) {
      const frame = frames[this.#next] as RecordedFrame;
      const waitMs = this.#afterGoAway
        ? 0
        : (frame.dueMs - offsetMs) / this.#options.speed - (systemClock.now() - startedAtMs);
      if (waitMs > 0) await this.#wait(socket, waitMs);
      if (!isMine()) return;
      this.#next += 1;
      this.#afterGoAway ||= frame.isGoAway;
      write(socket, frame.text);
      if (this.#afterGoAway && !(await this.#isRead(socket))) return;
    }
    if (await this.#isRead(socket)) this.#resolveServed();
  }

  /** Index of the first frame that the client has not delivered; what it skips on purpose counts as read. */
  #firstUnread(): number {
    let open = this.#options.countDelivered();
    const { frames } = this.#options;
    let index = 0;
    while (index < frames.length && (open > 0 || frames[index]?.message === null)) {
      if (frames[index]?.message !== null) open -= 1;
      index += 1;
    }
    return index;
  }

  /** False when the socket is gone before the client had read all that was written. */
  #isRead(socket: WebSocket): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isRead: boolean) => {
        socket.off('pong', onPong).off('close', onClose);
        resolve(isRead);
      };
      const onPong = () => settle(true);
      const onClose = () => settle(false);
      socket.on('pong', onPong).on('close', onClose);
      if (socket.readyState === socket.OPEN) socket.ping();
      else settle(false);
    });
  }

  #wait(socket: WebSocket, ms: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: TimerId = null;
      const end = () => {
        systemClock.clearTimeout(timer);
        this.#cancels.delete(end);
        socket.off('close', end);
        resolve();
      };
      timer = systemClock.setTimeout(end, ms);
      this.#cancels.add(end);
      socket.once('close', end);
    });
  }
}

/** What a further connection is greeted with; no line of any recording. */
function setupCompleteOf(turn: number): object {
  return { setupComplete: { sessionId: `replay-traffic:${turn}` } };
}

/** The greeting of a further connection, which was not recorded. */
export function isGreeting(message: object): boolean {
  const sessionId = (message as { readonly setupComplete?: { readonly sessionId?: unknown } }).setupComplete?.sessionId;
  return typeof sessionId === 'string' && sessionId.startsWith('replay-traffic:');
}

/** The service writes JSON in binary frames. */
function write(socket: WebSocket, text: string): void {
  socket.send(Buffer.from(text, 'utf8'), { binary: true });
}
