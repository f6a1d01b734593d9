/**
 * The connections of one session: at most one that is sent input, and a successor while it is being dialled.
 *
 * Owns the current link, the time without one, and what the close table and the backoff policy make of an end. Dials
 * when the statechart says so, and never on its own account.
 */
import type { LiveConnectConfig, LiveServerMessage } from '@google/genai';
import type { DialInput, EndRef, SessionEvent } from '../machines/index.js';
import type { Clock } from './clock.js';
import { defaultBackoff, leastMs, longestTimerMs, type BackoffContext, type BackoffPolicy } from './policy/backoff.js';
import type { Random } from './random.js';
import { Link, type LinkEnd } from './transport/link.js';
import type { Transport, WarmSocket } from './transport/port.js';
import { mayMeanOldSocketIsOpen } from './wire/closes.js';
import type { MessageFacts } from './wire/facts.js';
import type { ReadResult } from './wire/frame.js';

/**
 * How long the close of the predecessor goes before the setup of its successor, by the number of swaps that the service
 * refused because it still saw the old socket. That our end of it is closed says little: the service may not know yet.
 */
const headStartsMs = [0, 40, 120, 250];
/** Setups that an estimate of the round trip is made of. */
const recentSetups = 3;
/** Warm sockets per connection: a service that hangs up on them is not asked again and again. */
const maxWarmPerConnection = 2;
/** The service refusing content this often without a stable connection in between is no accident. */
const maxContentRefusals = 3;

export interface Establishment {
  readonly link: Link;
  readonly input: DialInput;
  /** Time in which no connection was set up; 0 for an overlap and for the first connection. */
  readonly gapMs: number;
  /** The service closed the predecessor over its content. */
  readonly refusedContent: boolean;
}

export interface ConnectionsOptions {
  readonly transport: Transport;
  readonly model: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly setupTimeoutMs: number;
  readonly stableAfterMs: number;
  readonly oldSocketGraceMs: number;
  readonly backoff: BackoffPolicy | undefined;
  /** A fresh config for one dial, with the handle in it. */
  readonly configFor: (input: DialInput) => LiveConnectConfig;
  /** What the statechart counts of dials. */
  readonly counts: () => { readonly attempt: number; readonly dialsSinceStable: number };
  /** Before the statechart hears of it. */
  readonly onEstablished: (establishment: Establishment) => void;
  readonly onMessage: (link: Link, message: LiveServerMessage, facts: MessageFacts, bytes: number) => void;
  readonly onUnreadable: (link: Link, result: Extract<ReadResult, { ok: false }>) => void;
  readonly onRefused: (end: EndRef, epoch: number) => void;
  readonly onLost: () => void;
  /** `connection.ended`: of the current connection, after it had been set up. */
  readonly send: (event: SessionEvent) => void;
  readonly onThrow: (error: unknown) => void;
}

export class Connections {
  readonly #options: ConnectionsOptions;
  #current: Link | null = null;
  #dialling: Link | null = null;
  #warm: WarmSocket | null = null;
  #warmed = 0;
  #awayFromMs: number | null = null;
  #establishedAtMs = 0;
  #recentSetupsMs: readonly number[] = [];
  #races = 0;
  #refusedContent = false;
  #contentRefusals = 0;
  #lastEnd: LinkEnd | null = null;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** The connection that serves the session now. */
  get current(): Link | null {
    return this.#current;
  }

  /** When the last connection ended or was left; null while there is one, and before the first. */
  get awayFromMs(): number | null {
    return this.#awayFromMs;
  }

  /** The slowest of the recent setups: an upper estimate of the round trip, in milliseconds. */
  get slowestSetupMs(): number {
    return Math.max(0, ...this.#recentSetupsMs);
  }

  /** A successor is being set up while the predecessor may still deliver. */
  get isDialling(): boolean {
    return this.#dialling !== null;
  }

  get lastEnd(): LinkEnd | null {
    return this.#lastEnd;
  }

  /** Breaks before it makes, unless `overlap`. Answers once; the returned function gives the dial up. */
  dial(input: DialInput, answer: (event: SessionEvent) => void): () => void {
    const { clock } = this.#options;
    const left = input.overlap ? null : this.#current;
    if (!input.overlap) this.leave();
    const headStartMs = headStartsMs[Math.min(this.#races, headStartsMs.length - 1)] ?? 0;
    if (!left || headStartMs === 0) return this.#open(input, left !== null, answer);

    // Close and setup race on two connections, and this service minds: the close goes first, by what it took so far.
    let giveUp = (): void => {};
    const timer = clock.setTimeout(() => {
      giveUp = this.#open(input, true, answer);
    }, headStartMs);
    return () => {
      clock.clearTimeout(timer);
      giveUp();
    };
  }

  #open(input: DialInput, isSwap: boolean, answer: (event: SessionEvent) => void): () => void {
    const { transport, model, clock, setupTimeoutMs, configFor, onMessage, onUnreadable } = this.#options;
    const { epoch } = input;
    const link = new Link({
      transport,
      model,
      clock,
      epoch,
      setupTimeoutMs,
      config: configFor(input),
      warm: this.#takeWarm(),
      handleSent: input.handle !== null,
      listener: {
        message: onMessage,
        unreadable: onUnreadable,
        threw: this.#options.onThrow,
        established: (established) => {
          const gapMs = this.#establish(established, input);
          answer({ type: 'connection.established', epoch, awayMs: gapMs });
        },
        ended: (ended, end) => {
          const wasCurrent = ended === this.#current;
          this.#lastEnd = end;
          // It was opened with the token that is spent.
          if (end.verdict.action === 'newToken') this.#takeWarm()?.discard();
          // A planned swap that is refused like this lost the race against its own close.
          if (isSwap && !wasCurrent && mayMeanOldSocketIsOpen(end.verdict)) this.#races += 1;
          const ref = this.#endRef(end, wasCurrent);
          if (wasCurrent) {
            this.#lose();
            this.#options.send({ type: 'connection.ended', epoch, end: ref });
          } else {
            this.#options.onRefused(ref, epoch);
            answer({ type: 'connection.refused', epoch, end: ref, awayMs: this.#awayMs() });
          }
        },
      },
    });
    if (!link.isOver) this.#dialling = link;
    return () => {
      if (this.#dialling === link) this.#dialling = null;
      if (link !== this.#current) link.retire();
    };
  }

  /**
   * The connection will be left: opens the successor's socket early where the transport can, with no setup sent.
   * `onSettled`: it is open, or it will not be.
   */
  prepare(onSettled: () => void): void {
    const { transport } = this.#options;
    const isAlive = this.#warm !== null && this.#warm.state !== 'gone';
    // During an overlap the successor has its socket already.
    if (!transport.warm || isAlive || this.#dialling || this.#warmed >= maxWarmPerConnection) {
      if (this.#warm?.state !== 'opening') onSettled();
      return;
    }
    this.#warmed += 1;
    this.#warm = transport.warm(onSettled);
  }

  #takeWarm(): WarmSocket | undefined {
    const warm = this.#warm ?? undefined;
    this.#warm = null;
    return warm;
  }

  /** Leaves the current connection without waiting for its end. */
  leave(): void {
    this.#current?.retire();
    if (this.#current) this.#lose();
  }

  /** Gives the current connection up as dead: for the statechart it has ended, whatever the socket says. */
  fail(why: string): void {
    this.#current?.fail(why);
  }

  /** Leaves it and resolves when the socket is gone; the caller bounds the wait. */
  async close(): Promise<void> {
    const link = this.#current;
    this.#current = null;
    this.#takeWarm()?.discard();
    await link?.close();
  }

  #establish(link: Link, input: DialInput): number {
    // With a predecessor still up (overlap) there was no gap.
    const gapMs = this.#current ? 0 : this.#awayMs();
    this.leave();
    this.#dialling = null;
    this.#current = link;
    this.#warmed = 0;
    this.#awayFromMs = null;
    this.#establishedAtMs = this.#options.clock.now();
    const setupMs = link.setupMs ?? 0;
    this.#recentSetupsMs = [...this.#recentSetupsMs, setupMs].slice(-recentSetups);
    const refusedContent = this.#refusedContent;
    this.#refusedContent = false;
    this.#options.onEstablished({ link, input, gapMs, refusedContent });
    return gapMs;
  }

  #lose(): void {
    this.#current = null;
    this.#awayFromMs = this.#options.clock.now();
    this.#options.onLost();
  }

  #awayMs(): number {
    return this.#awayFromMs === null ? 0 : this.#options.clock.now() - this.#awayFromMs;
  }

  #endRef({ verdict, closeCode, reason }: LinkEnd, wasCurrent: boolean): EndRef {
    if (verdict.refusedContent && wasCurrent) {
      this.#refusedContent = true;
      const wasStable = this.#options.clock.now() - this.#establishedAtMs >= this.#options.stableAfterMs;
      this.#contentRefusals = wasStable ? 1 : this.#contentRefusals + 1;
    }
    const isHopeless = this.#contentRefusals >= maxContentRefusals;
    const { attempt, dialsSinceStable } = this.#options.counts();
    return {
      action: isHopeless ? 'fatal' : verdict.action,
      meaning: verdict.meaning,
      retryInMs: this.#retryInMs({
        pace: verdict.pace,
        attempt: wasCurrent ? 0 : attempt + 1,
        unstable: dialsSinceStable,
        awayMs: this.#awayMs(),
        oldSocketGraceMs: this.#options.oldSocketGraceMs,
        random: this.#options.random,
      }),
      error: isHopeless ? 'contentRefused' : verdict.error,
      closeCode,
      reason,
    };
  }

  /** An app's policy may throw or answer nonsense: then ours decides. However eager it is, dials keep a least distance. */
  #retryInMs(context: BackoffContext): number | null {
    try {
      const ms = this.#options.backoff?.(context);
      if (ms === null) return null;
      const least = context.attempt > 0 || context.unstable > 2 ? leastMs : 0;
      if (typeof ms === 'number' && ms >= 0) return Math.min(Math.max(ms, least), longestTimerMs);
    } catch (error) {
      this.#options.onThrow(error);
    }
    return defaultBackoff(context);
  }
}
