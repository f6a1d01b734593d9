/**
 * Watches a clock: which timers are set, cleared and fire, with the chart's own name where it has one.
 *
 * Owns the numbers of timers and the wrapped clock, which behaves as the one inside it: same ids, same callbacks, same
 * order. Never sets a timer of its own and keeps nothing of one that is over.
 */
import type { Clock, TimerId } from '../clock.js';

export interface TimerChange {
  readonly action: 'set' | 'cleared' | 'fired';
  readonly id: number;
  readonly ms: number;
  readonly name?: string;
}

/** Names that no timer came for are forgotten. */
const maxExpected = 50;

export class TimerLog {
  readonly #write: (change: TimerChange) => void;
  #seq = 0;
  #expected: { readonly name: string; readonly ms: number }[] = [];

  constructor(write: (change: TimerChange) => void) {
    this.#write = write;
  }

  /** XState sets the timer of an `after` in the same step, after saying so. */
  expect(name: string, ms: number): void {
    this.#expected.push({ name, ms });
    if (this.#expected.length > maxExpected) this.#expected.shift();
  }

  wrap(clock: Clock): Clock {
    const live = new Map<TimerId, Omit<TimerChange, 'action'>>();
    return {
      now: () => clock.now(),
      setTimeout: (callback, ms) => {
        const timer = this.#identify(ms);
        this.#note('set', timer);
        let isOver = false;
        const id = clock.setTimeout(() => {
          isOver = true;
          live.delete(id);
          this.#note('fired', timer);
          callback();
        }, ms);
        if (!isOver) live.set(id, timer);
        return id;
      },
      clearTimeout: (id) => {
        const timer = live.get(id);
        clock.clearTimeout(id);
        if (!timer || !live.delete(id)) return;
        this.#note('cleared', timer);
      },
    };
  }

  #identify(ms: number): Omit<TimerChange, 'action'> {
    this.#seq += 1;
    const index = this.#expected.findIndex((expected) => expected.ms === ms);
    const [expected] = index < 0 ? [] : this.#expected.splice(index, 1);
    return { id: this.#seq, ms, ...(expected ? { name: expected.name } : {}) };
  }

  /** A recording that goes wrong must not keep a timer from being set. */
  #note(action: TimerChange['action'], timer: Omit<TimerChange, 'action'>): void {
    try {
      this.#write({ action, ...timer });
    } catch {
      // Counted by the recorder where it can; the timer matters more.
    }
  }
}
