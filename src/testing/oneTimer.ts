/**
 * A clock between an actor and a virtual clock that lets one timer fire at a time, so that a path decides what comes
 * between two timers that are due at the same moment, or between a step and a timer of no delay that it starts.
 *
 * Owns no time: it only holds timers back.
 */
import type { Clock, TimerId } from '../clock.js';

/** A virtual clock: `tick` lets time pass, fires timers in their order and lets promises settle in between. */
export interface SteppedClock extends Clock {
  tick(ms: number): Promise<void>;
}

interface Timer {
  readonly id: number;
  readonly callback: () => void;
  readonly ms: number;
}

export class OneTimerClock implements Clock {
  readonly #clock: SteppedClock;
  readonly #running = new Map<number, TimerId>();
  /** Due, and held back. */
  #due: Timer[] = [];
  /** Set while a timer fires; they begin when it is done. */
  #fresh: Timer[] = [];
  #nextId = 1;
  #isTicking = false;
  #hasFired = false;

  constructor(clock: SteppedClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, ms: number): TimerId {
    const timer = { id: this.#nextId++, callback, ms };
    if (this.#isTicking) this.#fresh.push(timer);
    else this.#begin(timer);
    return timer.id;
  }

  clearTimeout(id: TimerId): void {
    const running = this.#running.get(id as number);
    if (running !== undefined) this.#clock.clearTimeout(running);
    this.#running.delete(id as number);
    this.#due = this.#due.filter((timer) => timer.id !== id);
    this.#fresh = this.#fresh.filter((timer) => timer.id !== id);
  }

  /** Lets `ms` pass and the first timer fire that is due then; throws when one is due before. */
  async fireNext(ms: number): Promise<void> {
    this.#hasFired = false;
    this.#isTicking = true;
    const held = this.#due.shift();
    const lastMs = Math.min(1, ms);
    let isEarly = false;
    if (held) held.callback();
    else {
      await this.#clock.tick(ms - lastMs);
      isEarly = ms > 0 && this.#hasFired;
      await this.#clock.tick(lastMs);
    }
    this.#isTicking = false;
    for (const timer of this.#fresh.splice(0)) this.#begin(timer);
    if (isEarly) throw new Error(`A timer fired before the ${ms} ms that it should wait.`);
  }

  #begin(timer: Timer): void {
    const id = this.#clock.setTimeout(() => {
      this.#running.delete(timer.id);
      if (this.#hasFired) return void this.#due.push(timer);
      this.#hasFired = true;
      timer.callback();
    }, timer.ms);
    this.#running.set(timer.id, id);
  }
}
