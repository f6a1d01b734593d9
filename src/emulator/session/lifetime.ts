/**
 * How long a connection and its session may live, and when that is announced.
 *
 *   accepted ────────────────── goAway ──── goAwayBeforeEndMs ──── the end of the connection
 *         set up ───── the end of a session without compression (sooner once there is video)
 *
 * Owns the three timers. Never closes anything itself.
 */
import type { Clock } from '../../clock.js';
import { lifetimeBeforeSetupMs } from '../model/profiles.js';
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
  #goAwayAt: number | null = null;
  #end: Timer;
  #sessionEnd: Timer | null = null;

  constructor(parts: LifetimeParts) {
    this.#parts = parts;
    const lifetimeMs = parts.settings.connectionLifetimeMs ?? lifetimeBeforeSetupMs;
    this.#endsAt = parts.openedAt + lifetimeMs;
    this.#end = parts.timers.after(lifetimeMs, () => parts.outlived());
  }

  get endsAt(): number {
    return this.#endsAt;
  }

  /** When the goAway is planned, or was sent; null: none, or not known yet. */
  get goAwayAt(): number | null {
    return this.#goAwayAt;
  }

  /** Once set up, as the model has it: a notice before that would come before setupComplete. */
  scheduleNotice(lifetimeMs: number, goAwayBeforeEndMs: number): void {
    const { openedAt, clock, timers, announce } = this.#parts;
    this.endIn(openedAt + lifetimeMs - clock.now());
    if (goAwayBeforeEndMs <= 0) return;
    this.#goAwayAt = Math.max(clock.now(), this.#endsAt - goAwayBeforeEndMs);
    timers.after(this.#goAwayAt - clock.now(), () => {
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
