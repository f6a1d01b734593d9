/**
 * The resumption updates of one connection: when they come and what they say.
 *
 *   resumable ── every handleEveryMs: {newHandle, resumable} ──▶ resumable
 *   resumable ── generating or calling tools: {} once, if asked for ──▶ paused ── over: a fresh handle at once ──▶ resumable
 *   paused ── the tool results are in: one handle, on models that do so ──▶ paused
 *
 * Owns the rhythm. Never knows what a handle is worth: `mint` makes it.
 */
import type { Random } from '../../random.js';
import type { UnaskedHandles } from '../model/profiles.js';
import type { EmulatorSettings } from '../options.js';
import type { Timer, Timers } from '../network/timers.js';

export interface ResumptionParts {
  readonly settings: Readonly<EmulatorSettings>;
  readonly timers: Timers;
  readonly random: Random;
  /** How updates come that nobody asked for; null: the client asked. */
  readonly unasked: UnaskedHandles | null;
  /** One comes between the last tool result and the answer. */
  readonly afterResults: boolean;
  /** With `transparent` each update carries the index of the last message it includes. */
  readonly transparent: boolean;
  mint(): string;
  send(message: object): void;
  resumable(): boolean;
  /** Number of the last client message that was consumed. */
  consumed(): number;
}

export class Resumption {
  readonly #parts: ResumptionParts;
  #announced = false;
  #timer: Timer | null = null;
  #issuedAtIndex = -1;

  constructor(parts: ResumptionParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#announced = this.#parts.resumable();
    if (this.#announced && (this.#parts.unasked?.atSetup ?? true)) this.#issue();
    else this.#schedule();
  }

  /** To be called after every step that may have begun or ended a phase in which the session cannot be resumed. */
  refresh(): void {
    const resumable = this.#parts.resumable();
    if (resumable === this.#announced) return;
    this.#announced = resumable;
    if (resumable) this.#issue();
    else if (this.#parts.unasked === null) this.#pause();
  }

  resultsHeard(): void {
    if (this.#parts.afterResults) this.#issue();
  }

  #pause(): void {
    const update = this.#parts.settings.notResumableForm === 'empty' ? {} : { newHandle: '', resumable: false };
    this.#parts.send({ sessionResumptionUpdate: update });
  }

  #issue(): void {
    const index = this.#parts.consumed();
    this.#issuedAtIndex = index;
    const update = { newHandle: this.#parts.mint(), resumable: true };
    this.#parts.send({
      sessionResumptionUpdate: this.#parts.transparent
        ? { ...update, lastConsumedClientMessageIndex: String(index) }
        : update,
    });
    this.#schedule();
  }

  #schedule(): void {
    const { settings, timers, random, unasked } = this.#parts;
    this.#timer?.cancel();
    if (unasked?.periodic === false) return;
    const spread = 1 + settings.handleJitter * (2 * random.next() - 1);
    this.#timer = timers.after(settings.handleEveryMs * spread, () => {
      const news = this.#parts.consumed() !== this.#issuedAtIndex;
      if (this.#announced && this.#parts.resumable() && (settings.handlesWhileIdle || news)) this.#issue();
      else this.#schedule();
    });
  }
}
