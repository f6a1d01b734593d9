/**
 * One direction of a network: what goes in comes out later, in order.
 *
 * Owns the queue. Never reorders, whatever the delay is changed to; a frozen line keeps everything for ever.
 */
import type { Clock, TimerId } from '../../clock.js';

export class DelayLine {
  readonly #clock: Clock;
  readonly #delayMs: () => number;
  #queue: { readonly due: number; readonly run: () => void }[] = [];
  #timer: TimerId = null;
  #waiting = false;
  #releasing = false;
  #frozen = false;

  /** `delayMs` is asked for each item. */
  constructor(clock: Clock, delayMs: () => number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  push(run: () => void): void {
    if (this.#frozen) return;
    const due = Math.max(this.#clock.now() + this.#delayMs(), this.#queue.at(-1)?.due ?? 0);
    this.#queue.push({ due, run });
    if (!this.#waiting && !this.#releasing) this.#wait();
  }

  /** As `push`, but in the same step where there is no delay and nothing to overtake. */
  pass(run: () => void): void {
    if (this.#frozen) return;
    if (this.#queue.length === 0 && this.#delayMs() === 0) run();
    else this.push(run);
  }

  /** Nothing comes out any more. */
  freeze(): void {
    this.#frozen = true;
    this.drop();
  }

  /** What is on its way is lost. */
  drop(): void {
    this.#queue = [];
    if (this.#waiting) this.#clock.clearTimeout(this.#timer);
    this.#waiting = false;
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
      item.run();
      if (this.#queue[0] === item) this.#queue.shift();
    }
    this.#releasing = false;
    if (!this.#waiting) this.#wait();
  }
}
