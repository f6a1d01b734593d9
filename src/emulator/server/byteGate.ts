/**
 * The bytes of one real socket, beneath `ws`: slowed down, or stopped in one direction.
 *
 *   free ── slow ──▶ slow ── (drip: once what waited has left) ──▶ free
 *     └───────────────┴── stop ──▶ stopped, for good
 *
 * Owns the socket's `write` and `end`, and its `data` listeners, while a direction is not free; until then it costs
 * nothing. Knows nothing of frames. At most 32 MiB wait: beyond that the socket is destroyed.
 */
import type { Socket } from 'node:net';
import type { Clock, TimerId } from '../../clock.js';

type Listener = (chunk: Buffer) => void;
type Written = (error?: Error | null) => void;

const mostWaiting = 32 * 1024 * 1024;
const tickMs = 50;

export class ByteGate {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #up: Trickle | null = null;
  #down: Trickle | null = null;
  #upStopped = false;
  #downStopped = false;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.once('close', () => {
      this.#up?.stop();
      this.#down?.stop();
    });
  }

  /** Bytes that wait to be written. */
  get waiting(): number {
    return this.#down?.waiting ?? 0;
  }

  slowUp(bytesPerSecond: number): void {
    if (this.#upStopped) return;
    if (this.#up !== null) return this.#up.setRate(bytesPerSecond);
    const socket = this.#socket;
    const listeners = socket.listeners('data') as Listener[];
    socket.removeAllListeners('data');
    const trickle = new Trickle(this.#clock, bytesPerSecond, (chunk) => {
      for (const listener of listeners) listener.call(socket, chunk);
      if (trickle.waiting <= chunk.length && !this.#upStopped) socket.resume();
    });
    this.#up = trickle;
    // Not read any faster, so that the client's own buffer fills.
    socket.on('data', (chunk: Buffer) => {
      socket.pause();
      trickle.push(chunk);
    });
  }

  /** `once`: only what waits until nothing does. */
  slowDown(bytesPerSecond: number, once = false): void {
    if (this.#downStopped) return;
    if (this.#down !== null) return this.#down.setRate(bytesPerSecond);
    const socket = this.#socket;
    const write = socket.write.bind(socket);
    const end = socket.end.bind(socket);
    const trickle = new Trickle(
      this.#clock,
      bytesPerSecond,
      (chunk) => void write(chunk),
      () => {
        if (!once) return;
        this.#down = null;
        this.#free();
      },
    );
    this.#down = trickle;
    this.#replace(
      (chunk, written) => {
        trickle.push(chunk, written);
        if (trickle.waiting > mostWaiting) socket.destroy();
      },
      () => trickle.push(Buffer.alloc(0), () => end()),
    );
  }

  /** Nothing is read any more: the client's bytes stay with the network. */
  stopUp(): void {
    this.#upStopped = true;
    this.#up?.stop();
    this.#socket.removeAllListeners('data');
    this.#socket.pause();
  }

  /** Nothing is written any more, a FIN neither, and nobody is told. */
  stopDown(): void {
    this.#downStopped = true;
    this.#down?.stop();
    this.#replace(
      (_chunk, written) => written?.(),
      () => {},
    );
  }

  #replace(write: (chunk: Buffer, written?: Written) => void, end: () => void): void {
    const socket = this.#socket;
    socket.write = (chunk: Buffer | string, ...rest: unknown[]) => {
      const written = rest.find((value) => typeof value === 'function') as Written | undefined;
      write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk, written);
      return true;
    };
    socket.end = (...rest: unknown[]) => {
      const [chunk] = rest;
      if (typeof chunk === 'string' || chunk instanceof Uint8Array) write(Buffer.from(chunk));
      end();
      return socket;
    };
  }

  /** Back to the socket's own methods, which are its class's. */
  #free(): void {
    Reflect.deleteProperty(this.#socket, 'write');
    Reflect.deleteProperty(this.#socket, 'end');
  }
}

/** A queue of bytes that leaves at a rate. */
class Trickle {
  readonly #clock: Clock;
  readonly #leave: (chunk: Buffer) => void;
  readonly #empty: () => void;
  #rate: number;
  #queue: { chunk: Buffer; readonly written: Written | undefined }[] = [];
  #waiting = 0;
  #credit = 0;
  #timer: TimerId = null;
  #running = false;

  constructor(clock: Clock, rate: number, leave: (chunk: Buffer) => void, empty: () => void = () => {}) {
    this.#clock = clock;
    this.#rate = rate;
    this.#leave = leave;
    this.#empty = empty;
  }

  get waiting(): number {
    return this.#waiting;
  }

  setRate(rate: number): void {
    this.#rate = rate;
  }

  push(chunk: Buffer, written?: Written): void {
    this.#queue.push({ chunk, written });
    this.#waiting += chunk.length;
    if (!this.#running) this.#wait();
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#running = true;
    this.#queue = [];
    this.#waiting = 0;
  }

  #wait(): void {
    this.#running = true;
    const ms = Math.min(Math.max(tickMs, Math.ceil(1_000 / this.#rate)), 2_147_483_647);
    this.#timer = this.#clock.setTimeout(() => this.#tick(ms), ms);
  }

  #tick(ms: number): void {
    this.#running = false;
    this.#credit += (this.#rate * ms) / 1_000;
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const part = first.chunk.subarray(0, Math.floor(this.#credit));
      if (part.length === 0 && first.chunk.length > 0) break;
      this.#credit -= part.length;
      if (part.length > 0) this.#leave(part);
      this.#waiting -= part.length;
      if (part.length < first.chunk.length) first.chunk = first.chunk.subarray(part.length);
      else {
        this.#queue.shift();
        first.written?.();
      }
    }
    if (this.#running) return;
    if (this.#queue.length > 0) return this.#wait();
    this.#credit = 0;
    this.#empty();
  }
}
