/**
 * The context budget: how many tokens the model's context holds, which limit comes first, and how long that leaves.
 *
 * Between two reports of the server (usageMetadata, once a turn) it estimates from what passed: 25 tokens a second of
 * audio, 258 a video frame (Firebase's guide). Owns the arithmetic; the statechart decides what a full context means.
 */
import type { Clock } from '../clock.js';

/** Source: the Live API guides; see docs/SOURCES.md. */
const audioTokensPerSecond = 25;
const videoTokensPerFrame = 258;
const charactersPerToken = 4;
/** A video stream is sent at one frame a second. */
const videoTokensPerSecond = videoTokensPerFrame + audioTokensPerSecond;

export interface BudgetLimits {
  readonly contextWindowTokens: number;
  /** Where the server slides its window; null when compression is off. */
  readonly triggerTokens: number | null;
  readonly targetTokens: number | null;
  readonly audioSessionLimitMs: number;
  readonly videoSessionLimitMs: number;
  readonly connectionLimitMs: number;
}

export interface ContextBudget {
  /** Tokens in the context: the last report plus an estimate of what came since. */
  readonly tokens: number;
  /** Part of `tokens` that the server reported. */
  readonly reportedTokens: number;
  /** The trigger with compression, else the window. */
  readonly limitTokens: number;
  /** Share used of whichever limit binds the context: 0 … 1 and above. */
  readonly fill: number;
  /**
   * Which limit comes first at the current mix of input: `clock` (15 min of audio, 2 min with video, without
   * compression), `tokens` (the window or the trigger), `connection` (about ten minutes of one WebSocket).
   */
  readonly limitedBy: 'clock' | 'tokens' | 'connection';
  /** Until the context's limit at 25 tokens/s (audio) and 283 tokens/s (audio and video), in seconds. */
  readonly secondsLeft: { readonly audio: number; readonly audioAndVideo: number };
  /** Until this connection is expected to end, in seconds; 0 while there is none. */
  readonly connectionSecondsLeft: number;
}

export class Budget {
  readonly #clock: Clock;
  readonly #limits: BudgetLimits;
  #reported = 0;
  #estimated = 0;
  #sessionStartedAtMs: number | null = null;
  #videoSeen = false;
  #connectionEndsAtMs: number | null = null;

  constructor(clock: Clock, limits: BudgetLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  audio(ms: number): void {
    this.#estimated += (ms / 1000) * audioTokensPerSecond;
  }

  videoFrame(): void {
    this.#videoSeen = true;
    this.#estimated += videoTokensPerFrame;
  }

  text(characters: number): void {
    this.#estimated += characters / charactersPerToken;
  }

  /** `tokens`: promptTokenCount, the context that was fed, plus the response that joins it. */
  report(tokens: number): void {
    this.#reported = tokens;
    this.#estimated = 0;
  }

  connected(fresh: boolean): void {
    this.#connectionEndsAtMs = this.#clock.now() + this.#limits.connectionLimitMs;
    if (!fresh && this.#sessionStartedAtMs !== null) return;
    this.#sessionStartedAtMs = this.#clock.now();
    this.#reported = 0;
    this.#estimated = 0;
    this.#videoSeen = false;
  }

  disconnected(): void {
    this.#connectionEndsAtMs = null;
  }

  /** The server's goAway is better informed than our idea of a connection's life. */
  connectionEndsIn(ms: number): void {
    this.#connectionEndsAtMs = this.#clock.now() + ms;
  }

  read(): ContextBudget {
    const { contextWindowTokens, triggerTokens } = this.#limits;
    const tokens = Math.round(this.#reported + this.#estimated);
    const limitTokens = triggerTokens ?? contextWindowTokens;
    const tokensLeft = Math.max(0, limitTokens - tokens);
    const clock = this.#clockLimit(triggerTokens === null);
    const audio = Math.min(tokensLeft / audioTokensPerSecond, clock.audioSecondsLeft);
    const audioAndVideo = Math.min(tokensLeft / videoTokensPerSecond, clock.videoSecondsLeft);
    const connectionSecondsLeft = this.#connectionEndsAtMs === null ? 0 : this.#secondsUntil(this.#connectionEndsAtMs);
    const contextSecondsLeft = this.#videoSeen ? audioAndVideo : audio;
    const tokenSecondsLeft = tokensLeft / (this.#videoSeen ? videoTokensPerSecond : audioTokensPerSecond);
    const connectionFirst = this.#connectionEndsAtMs !== null && connectionSecondsLeft < contextSecondsLeft;
    return {
      tokens,
      reportedTokens: this.#reported,
      limitTokens,
      fill: Math.max(tokens / limitTokens, clock.fill),
      limitedBy: connectionFirst ? 'connection' : contextSecondsLeft < tokenSecondsLeft ? 'clock' : 'tokens',
      secondsLeft: { audio, audioAndVideo },
      connectionSecondsLeft,
    };
  }

  #clockLimit(applies: boolean): { fill: number; audioSecondsLeft: number; videoSecondsLeft: number } {
    if (!applies || this.#sessionStartedAtMs === null)
      return { fill: 0, audioSecondsLeft: Infinity, videoSecondsLeft: Infinity };
    const { audioSessionLimitMs, videoSessionLimitMs } = this.#limits;
    const limitMs = this.#videoSeen ? videoSessionLimitMs : audioSessionLimitMs;
    return {
      fill: (this.#clock.now() - this.#sessionStartedAtMs) / limitMs,
      audioSecondsLeft: this.#secondsUntil(this.#sessionStartedAtMs + audioSessionLimitMs),
      videoSecondsLeft: this.#secondsUntil(this.#sessionStartedAtMs + videoSessionLimitMs),
    };
  }

  #secondsUntil(atMs: number): number {
    return Math.max(0, (atMs - this.#clock.now()) / 1000);
  }
}
