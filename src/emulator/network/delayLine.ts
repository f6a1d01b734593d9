/**
 * One direction of a network: what goes in comes out later, in order.
 *
 * Owns the queue. Never reorders, whatever the delay is changed to; a frozen line keeps everything for ever.
 */
import type { Clock, TimerId } from '../../clock.js';

/** What keeps an item costs memory too, however small the item is. */
const itemBytes = 256;

export class DelayLine {
  readonly #clock: Clock;
  readonly #delayMs: () => number;
  #queue: { readonly due: number; readonly run: () => void; readonly bytes: number }[] = [];
  #waitingBytes = 0;
  #timer: TimerId = null;
  #waiting = false;
  #releasing = false;
  #frozen = false;
  /** Added to the delay, by a fault. */
  #extraMs = 0;
  #bytesPerSecond: number | null = null;
  /** Until then what went in before is still leaving. */
  #busyUntil = 0;

  /** `delayMs` is asked for each item. */
  constructor(clock: Clock, delayMs: () => number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Bytes pass at a rate. */
  get slow(): boolean {
    return this.#bytesPerSecond !== null;
  }

  /** Memory that waits in it, about. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  push(run: () => void, bytes = 0): void {
    if (this.#frozen) return;
    const now = this.#clock.now();
    const left = Math.max(now, this.#busyUntil) + this.#leaveMs(bytes);
    if (left > now) this.#busyUntil = left;
    const due = Math.max(left + this.#delayMs() + this.#extraMs, this.#queue.at(-1)?.due ?? 0);
    this.#waitingBytes += bytes + itemBytes;
    this.#queue.push({ due, run, bytes });
    if (!this.#waiting && !this.#releasing) this.#wait();
  }

  /** As `push`, but in the same step where there is no delay and nothing to overtake. */
  pass(run: () => void, bytes = 0): void {
    if (this.#frozen) return;
    const atOnce = this.#queue.length === 0 && this.#extraMs === 0 && !this.slow && this.#busyUntil === 0;
    if (atOnce && this.#delayMs() === 0) run();
    else this.push(run, bytes);
  }

  /** For what goes in from now on. */
  slowDown(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** For what goes in from now on, instead of what was added before. */
  addDelay(ms: number): void {
    this.#extraMs = ms;
  }

  /** Nothing comes out for so long. */
  pause(ms: number): void {
    this.#busyUntil = this.#clock.now() + ms;
  }

  /** Nothing comes out any more. */
  freeze(): void {
    this.#frozen = true;
    this.drop();
  }

  /** What is on its way is lost. */
  drop(): void {
    this.#queue = [];
    this.#waitingBytes = 0;
    if (this.#waiting) this.#clock.clearTimeout(this.#timer);
    this.#waiting = false;
  }

  #leaveMs(bytes: number): number {
    return this.#bytesPerSecond === null ? 0 : Math.ceil((bytes / this.#bytesPerSecond) * 1_000);
  }

  #wait(): void {
    const first = this.#queue[0];
    if (first === undefined) return;
    this.#waiting = true;
    this.#timer = this.#clock.setTimeout(() => this.#release(), Math.max(0, first.due - this.#clock.now()));
  }

  #release(): void {
    this.#waiting = false;
    const now = this.#clock.now();
    let count = this.#queue.findIndex((item) => item.due > now);
    if (count === -1) count = this.#queue.length;
    // What an item pushes waits for the next round; an item may also drop those behind it.
    const ready = this.#queue.slice(0, count);
    this.#releasing = true;
    for (const item of ready) {
      if (this.#queue[0] !== item) break;
      this.#waitingBytes -= item.bytes + itemBytes;
      item.run();
      if (this.#queue[0] === item) this.#queue.shift();
    }
    this.#releasing = false;
    if (!this.#waiting) this.#wait();
  }
}
