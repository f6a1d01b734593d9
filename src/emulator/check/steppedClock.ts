/**
 * A clock that stands until it is told how far to go: timers fire in order, at their time, in one synchronous call.
 *
 * Owns the timers. Enough for the emulator's core, which awaits nothing; not for promises.
 */
import type { Clock, TimerId } from '../../clock.js';

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
}

export class SteppedClock implements Clock {
  readonly #timers = new Map<number, Entry>();
  #nowMs = 1_750_000_000_000;
  #order = 0;

  now(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, ms: number): TimerId {
    this.#order += 1;
    this.#timers.set(this.#order, { dueMs: this.#nowMs + Math.max(0, ms), order: this.#order, callback });
    return this.#order;
  }

  clearTimeout(id: TimerId): void {
    this.#timers.delete(id as number);
  }

  /** Goes on until `enough` holds, at most `ms`; whether it held. */
  runUntil(enough: () => boolean, ms: number): boolean {
    const endMs = this.#nowMs + ms;
    while (!enough()) {
      const next = this.#next();
      if (next === null || next.dueMs > endMs) {
        this.#nowMs = endMs;
        return enough();
      }
      this.#timers.delete(next.order);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.callback();
    }
    return true;
  }

  #next(): Entry | null {
    let next: Entry | null = null;
    for (const entry of this.#timers.values()) if (next === null || entry.dueMs < next.dueMs) next = entry;
    return next;
  }
}
