/**
 * How long a connection and its session may live, and when that is announced.
 *
 *   accepted ────────────────── goAway ──── goAwayBeforeEndMs ──── the end of the connection
 *         set up ───── the end of a session without compression (sooner once there is video)
 *
 * Owns the three timers. Never closes anything itself.
 */
import type { Clock } from '../../clock.js';
import type { EmulatorSettings } from '../options.js';
import type { Timer, Timers } from '../network/timers.js';

export interface LifetimeParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly settings: Readonly<EmulatorSettings>;
  readonly openedAt: number;
  announce(timeLeftMs: number): void;
  outlived(): void;
  exhausted(): void;
}

export class Lifetime {
  readonly #parts: LifetimeParts;
  #endsAt: number;
  #end: Timer;
  #sessionEnd: Timer | null = null;

  constructor(parts: LifetimeParts) {
    this.#parts = parts;
    this.#endsAt = parts.openedAt + parts.settings.connectionLifetimeMs;
    this.#end = parts.timers.after(parts.settings.connectionLifetimeMs, () => parts.outlived());
  }

  get endsAt(): number {
    return this.#endsAt;
  }

  /** Once set up: a notice before that would come before setupComplete. */
  scheduleNotice(): void {
    const { settings, clock, timers, announce } = this.#parts;
    if (settings.goAwayBeforeEndMs <= 0) return;
    timers.after(this.#endsAt - settings.goAwayBeforeEndMs - clock.now(), () => {
      announce(Math.max(0, this.#endsAt - clock.now()));
    });
  }

  /** The connection ends `ms` from now, whatever was planned. */
  endIn(ms: number): void {
    this.#end.cancel();
    this.#endsAt = this.#parts.clock.now() + ms;
    this.#end = this.#parts.timers.after(ms, () => this.#parts.outlived());
  }

  /** `usedMs` of the session's time are over already. */
  limitSession(usedMs: number, sawVideo: boolean): void {
    const { settings, timers, exhausted } = this.#parts;
    const limitMs = sawVideo ? settings.videoSessionMs : settings.audioSessionMs;
    this.#sessionEnd?.cancel();
    this.#sessionEnd = timers.after(limitMs - usedMs, () => exhausted());
  }
}
