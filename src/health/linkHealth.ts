/**
 * Whether the current connection is still alive, judged by our own traffic that nobody answers.
 *
 * A half-open link accepts every write and answers none. A pong that is late proves nothing (8 to 30 s were seen on good
 * links), so no ping is sent: what was written and demands an answer has to get SOME frame within `unansweredAfterMs`,
 * and what was written has to leave the socket at all.
 * Also notices that the process slept: a timer that comes much too late. Owns its one timer; says so, and does nothing.
 */
import type { Clock, TimerId } from '../clock.js';

/** So often two resumption updates in a row, with nothing between, show that a connection sends them by the clock. */
const cadenceAfter = 2;
/** A model that thinks says nothing: so many times longer it may be silent while no updates come. */
const patienceWhilePaused = 3;
/** Silence so many times as long as any that media met there before is no longer a pause. */
const pausesMissed = 5;
/** How often a sleep is looked for. */
const tickMs = 2_000;

export interface LinkHealthOptions {
  readonly clock: Clock;
  /** Null: never suspect a silent link. */
  readonly unansweredAfterMs: number | null;
  /** A timer this late means that the process slept. Null: never suspect. */
  readonly sleepAfterMs: number | null;
  /** Silence is what the service owes now, e.g. while a tool call of ours is pending. */
  readonly isExcused: () => boolean;
  /** Bytes that the socket has not handed to the network. */
  readonly bufferedAmount: () => number;
  readonly onDead: (why: 'unanswered' | 'slept') => void;
}

export class LinkHealth {
  readonly #options: LinkHealthOptions;
  #timer: TimerId = null;
  #dueAtMs = 0;
  /** The oldest write that demands an answer and has got none. */
  #unansweredSinceMs: number | null = null;
  /** The oldest media since a frame came. */
  #mediaSinceMs: number | null = null;
  /** Updates of this connection that came right after another. */
  #regular = 0;
  #lastWasUpdate = false;
  /** The longest that media has waited for a frame on this connection. */
  #longestPauseMs = 0;
  /** The service said that no updates will come for now: it thinks, or calls a tool. */
  #isPaused = false;
  #heardAtMs = -Infinity;
  /** Bytes have been waiting to leave since then, and none has left. */
  #stuckSinceMs: number | null = null;
  #written = 0;
  #left = 0;

  constructor(options: LinkHealthOptions) {
    this.#options = options;
  }

  /** A connection was set up. */
  attach(): void {
    this.detach();
    this.#tick();
  }

  detach(): void {
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#unansweredSinceMs = null;
    this.#mediaSinceMs = null;
    this.#regular = 0;
    this.#lastWasUpdate = false;
    this.#longestPauseMs = 0;
    this.#stuckSinceMs = null;
    this.#written = 0;
    this.#left = 0;
    this.#isPaused = false;
  }

  /** `demandsAnswer`: the service never leaves it without any frame. Media does only where updates come regularly. */
  wrote(demandsAnswer: boolean, bytes: number): void {
    const now = this.#options.clock.now();
    this.#written += bytes;
    if (demandsAnswer) this.#unansweredSinceMs ??= now;
    else this.#mediaSinceMs ??= now;
  }

  /** Any frame is a sign of life. */
  heard(update?: { readonly resumable: boolean }): void {
    const now = this.#options.clock.now();
    this.#unansweredSinceMs = null;
    if (!this.#isPaused) this.#longestPauseMs = Math.max(this.#longestPauseMs, now - (this.#mediaSinceMs ?? now));
    this.#mediaSinceMs = null;
    this.#heardAtMs = now;
    if (update?.resumable && this.#lastWasUpdate) this.#regular += 1;
    this.#lastWasUpdate = update?.resumable === true;
    if (update) this.#isPaused = !update.resumable;
  }

  #tick(): void {
    const { clock } = this.#options;
    this.#dueAtMs = clock.now() + tickMs;
    this.#timer = clock.setTimeout(() => {
      this.#timer = null;
      const why = this.#judge();
      if (why === null) this.#tick();
      else this.#options.onDead(why);
    }, tickMs);
  }

  #judge(): 'unanswered' | 'slept' | null {
    const { clock, unansweredAfterMs, sleepAfterMs, isExcused, bufferedAmount } = this.#options;
    const now = clock.now();
    if (sleepAfterMs !== null && now - Math.max(this.#dueAtMs, this.#heardAtMs) >= sleepAfterMs) return 'slept';
    if (unansweredAfterMs === null) return null;
    if (isExcused()) {
      this.#unansweredSinceMs = null;
      this.#mediaSinceMs = null;
    }
    // Frames may still come in on a link that lets nothing out.
    const left = this.#written - bufferedAmount();
    if (bufferedAmount() === 0 || left > this.#left) this.#stuckSinceMs = null;
    else this.#stuckSinceMs ??= now;
    this.#left = left;
    const silentMs = now - Math.min(this.#unansweredSinceMs ?? now, this.#stuckSinceMs ?? now);
    if (silentMs >= unansweredAfterMs) return 'unanswered';
    if (this.#regular < cadenceAfter || this.#mediaSinceMs === null) return null;
    const usualMs = Math.max(unansweredAfterMs, pausesMissed * this.#longestPauseMs);
    const limitMs = this.#isPaused ? patienceWhilePaused * usualMs : usualMs;
    return now - this.#mediaSinceMs >= limitMs ? 'unanswered' : null;
  }
}
