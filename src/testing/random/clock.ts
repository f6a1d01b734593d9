/**
 * Virtual time for a run: it moves only when the run says so, and what a session leaves behind can be counted.
 *
 * Owns its timers, a heap by due time and then by age. `tick` is time passing (timers fire in order, promises settle in
 * between); `jump` is a laptop that slept. Promises settle in microtasks alone, without a turn of the event loop: a
 * simulated hour has some twenty thousand timers, and a turn for each costs as much as what it waits for.
 */
import type { Clock, TimerId } from '../../clock.js';
import type { VirtualClock } from '../virtualClock.js';

interface Timer {
  readonly due: number;
  readonly age: number;
  /** Null: cleared. */
  run: (() => void) | null;
}

/** No chain of promises in a session is longer. */
const microtasks = 24;

export function virtualClock(startMs = 0): VirtualClock {
  return new HeapClock(startMs);
}

class HeapClock implements VirtualClock {
  readonly #heap: Timer[] = [];
  #now: number;
  #ages = 0;
  #open = 0;
  #isTicking = false;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, ms: number): TimerId {
    // Never at once: a timer that is set while another fires would stop time.
    const wait = Number.isFinite(ms) ? Math.max(this.#isTicking ? 1 : 0, Math.floor(ms)) : 1;
    const timer: Timer = { due: this.#now + wait, age: (this.#ages += 1), run: callback };
    this.#open += 1;
    this.#push(timer);
    return timer;
  }

  clearTimeout(id: TimerId): void {
    const timer = id as Timer | null | undefined;
    if (!timer?.run) return;
    timer.run = null;
    this.#open -= 1;
  }

  countTimers(): number {
    return this.#open;
  }

  async tick(ms: number): Promise<void> {
    const until = this.#now + ms;
    this.#isTicking = true;
    await settle();
    for (let timer = this.#heap[0]; timer !== undefined && timer.due <= until; timer = this.#heap[0]) {
      this.#pop();
      if (timer.run === null) continue;
      this.#now = Math.max(this.#now, timer.due);
      this.#fire(timer);
      await settle();
    }
    this.#now = until;
    this.#isTicking = false;
  }

  async jump(ms: number): Promise<void> {
    this.#now += ms;
    await this.tick(0);
  }

  #fire(timer: Timer): void {
    const { run } = timer;
    timer.run = null;
    this.#open -= 1;
    run?.();
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.push(timer) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!isBefore(timer, heap[up] as Timer)) break;
      heap[at] = heap[up] as Timer;
      at = up;
    }
    heap[at] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && isBefore(heap[down + 1] as Timer, heap[down] as Timer)) down += 1;
      if (!isBefore(heap[down] as Timer, last)) break;
      heap[at] = heap[down] as Timer;
      at = down;
    }
    heap[at] = last;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.due < b.due || (a.due === b.due && a.age < b.age);
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < microtasks; turn += 1) await Promise.resolve();
}

/** The same clock for one user, whose timers are counted apart from all others. */
export class CountedClock implements Clock {
  readonly #clock: Clock;
  readonly #open = new Set<TimerId>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get openTimers(): number {
    return this.#open.size;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, ms: number): TimerId {
    const id: TimerId = this.#clock.setTimeout(() => {
      this.#open.delete(id);
      callback();
    }, ms);
    this.#open.add(id);
    return id;
  }

  clearTimeout(id: TimerId): void {
    this.#open.delete(id);
    this.#clock.clearTimeout(id);
  }
}
