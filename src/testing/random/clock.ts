/**
 * Virtual time for a run: it moves only when the run says so, and what a session leaves behind can be counted.
 *
 * Owns the adapter from @sinonjs/fake-timers to the Clock port, and the count of one user's timers. `tick` is time
 * passing (timers fire in order, promises settle in between); `jump` is a laptop that slept.
 */
import { createClock } from '@sinonjs/fake-timers';
import type { Clock, TimerId } from '../../clock.js';

export interface VirtualClock extends Clock {
  tick(ms: number): Promise<void>;
  jump(ms: number): Promise<void>;
  /** Timers that are set and have not fired. */
  countTimers(): number;
}

export function virtualClock(startMs = 0): VirtualClock {
  const fake = createClock(startMs);
  return {
    now: () => fake.now,
    setTimeout: (callback, ms) => fake.setTimeout(callback, ms),
    clearTimeout: (id) => fake.clearTimeout(id as number),
    tick: async (ms) => void (await fake.tickAsync(ms)),
    async jump(ms) {
      fake.jump(ms);
      await fake.tickAsync(0);
    },
    countTimers: () => fake.countTimers(),
  };
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
