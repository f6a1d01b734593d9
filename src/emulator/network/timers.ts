/**
 * The timers of one owner, so that all of them can be cleared at once.
 *
 * Owns which timers are set. Never knows what they are for.
 */
import type { Clock, TimerId } from '../../clock.js';

export interface Timer {
  cancel(): void;
}

export class Timers {
  readonly #clock: Clock;
  readonly #ids = new Set<TimerId>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(ms: number, callback: () => void): Timer {
    const id = this.#clock.setTimeout(
      () => {
        this.#ids.delete(id);
        callback();
      },
      Math.max(0, ms),
    );
    this.#ids.add(id);
    return {
      cancel: () => {
        if (this.#ids.delete(id)) this.#clock.clearTimeout(id);
      },
    };
  }

  clear(): void {
    for (const id of this.#ids) this.#clock.clearTimeout(id);
    this.#ids.clear();
  }
}
