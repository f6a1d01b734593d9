/**
 * Whether a resume that was accepted really brought the conversation back.
 *
 * Two symptoms, each decided by what the service says and never by silence alone: the first usage report after the
 * resume is far below what was there before (the context is lost), or the user is transcribed and nothing is ever
 * generated (a poisoned resume). Owns the watchdog for the second. Decides nothing about what follows.
 */
import type { Clock, TimerId } from '../clock.js';

/** Below this there was too little in the context to tell. */
const leastTokens = 500;
/** A context this much smaller than before is another one. */
const lostBelow = 0.5;
/** Transcriptions closer together than this are one speech of the user. */
const speechPauseMs = 3_000;

export interface ContinuityOptions {
  readonly clock: Clock;
  /** How long the service may take to begin an answer to speech that it has transcribed. Null: never suspect. */
  readonly poisonedAfterMs: number | null;
  readonly onLost: (tokensBefore: number, tokensAfter: number) => void;
  readonly onPoisoned: () => void;
}

export class Continuity {
  readonly #options: ContinuityOptions;
  /** Tokens before the resume that is not judged yet. */
  #tokensBefore: number | null = null;
  /** A resumed connection that has not generated anything yet. */
  #isUnproven = false;
  #timer: TimerId = null;
  #heardAtMs = -Infinity;
  /** The speech that the wait began with is over; what the user says later does not put the wait off. */
  #isFirstSpeechOver = false;

  constructor(options: ContinuityOptions) {
    this.#options = options;
  }

  /** A handle was accepted. `mayBeCompressed`: the window was about to slide, so that a fall proves nothing. */
  resumed(tokensBefore: number, mayBeCompressed: boolean): void {
    this.stop();
    this.#tokensBefore = tokensBefore >= leastTokens && !mayBeCompressed ? tokensBefore : null;
    this.#isUnproven = true;
  }

  reported(promptTokens: number): void {
    const before = this.#tokensBefore;
    this.#tokensBefore = null;
    if (before !== null && promptTokens < before * lostBelow) this.#options.onLost(before, promptTokens);
  }

  heardUser(): void {
    const { clock, poisonedAfterMs, onPoisoned } = this.#options;
    if (!this.#isUnproven || poisonedAfterMs === null) return;
    const now = clock.now();
    const isSameSpeech = now - this.#heardAtMs <= speechPauseMs;
    this.#heardAtMs = now;
    // Nobody answers in the middle of what the user says: the wait begins with the end of the first speech.
    if (this.#timer !== null && !isSameSpeech) this.#isFirstSpeechOver = true;
    if (this.#isFirstSpeechOver) return;
    this.#clear();
    this.#timer = clock.setTimeout(() => {
      this.stop();
      onPoisoned();
    }, poisonedAfterMs);
  }

  /** Anything that only a working model does: output, a tool call, the end of a generation. */
  generated(): void {
    if (!this.#isUnproven) return;
    this.#isUnproven = false;
    this.#clear();
  }

  /** Forgets the resume: a fresh session, or the end. */
  stop(): void {
    this.#isUnproven = false;
    this.#tokensBefore = null;
    this.#clear();
  }

  #clear(): void {
    this.#isFirstSpeechOver = false;
    if (this.#timer !== null) this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
