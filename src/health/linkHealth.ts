/**
 * Whether the current connection is still alive, judged by our own traffic that nobody answers.
 *
 * A half-open link accepts every write and answers none. A pong that is late proves nothing (8 to 30 s were seen on good
 * links), so no ping is sent: what was written and demands an answer has to get SOME frame within `unansweredAfterMs`.
 * Also notices that the process slept: a timer that comes much too late. Owns its one timer; says so, and does nothing.
 */
import type { Clock, TimerId } from '../clock.js';

/** This many resumption updates in a session show that the service sends them, so that their absence says something. */
const cadenceAfter = 3;
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
  #updates = 0;
  /** The service said that no updates will come for now: it thinks, or calls a tool. */
  #isPaused = false;
  #heardAtMs = -Infinity;
  /** Bytes have been waiting to leave since then, and no frame came. */
  #stuckSinceMs: number | null = null;

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
    this.#stuckSinceMs = null;
    this.#isPaused = false;
  }

  /** `demandsAnswer`: the service never leaves it without any frame. Media does only where updates come regularly. */
  wrote(demandsAnswer: boolean): void {
    if (demandsAnswer || (this.#updates >= cadenceAfter && !this.#isPaused))
      this.#unansweredSinceMs ??= this.#options.clock.now();
  }

  /** Any frame is a sign of life. */
  heard(update?: { readonly resumable: boolean }): void {
    this.#unansweredSinceMs = null;
    this.#stuckSinceMs = null;
    this.#heardAtMs = this.#options.clock.now();
    if (!update) return;
    this.#updates += 1;
    this.#isPaused = !update.resumable;
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
    if (isExcused()) this.#unansweredSinceMs = null;
    this.#stuckSinceMs = bufferedAmount() > 0 ? (this.#stuckSinceMs ?? now) : null;
    const since = Math.min(this.#unansweredSinceMs ?? Infinity, this.#stuckSinceMs ?? Infinity);
    return unansweredAfterMs !== null && now - since >= unansweredAfterMs ? 'unanswered' : null;
  }
}
