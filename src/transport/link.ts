/**
 * A link: one connection of a session, from the dial to its end.
 *
 *   dialing ──setupComplete──→ established ──end──→ over          retire(): the session has left it; nothing more is heard
 *       └──────refusal, timeout─────────────────────↗
 *
 * Owns the reading of frames in order, the setup timeout and the classification of the end. Knows nothing of other
 * connections, handles or turns.
 */
import type { LiveConnectConfig, LiveServerMessage } from '@google/genai';
import type { Clock, TimerId } from '../clock.js';
import { classifyEnd, closeCodeOf, reasonOf, type CloseVerdict } from '../wire/closes.js';
import { readFacts, type MessageFacts } from '../wire/facts.js';
import { FrameReader, type ReadResult } from '../wire/frame.js';
import type { Connection, ConnectionEnd, Transport, WarmSocket } from './port.js';

/** Why a link is over, as the session sees it. */
export interface LinkEnd {
  readonly verdict: CloseVerdict;
  readonly closeCode: number | null;
  readonly reason: string;
  readonly cause: unknown;
}

export interface LinkListener {
  /** Every readable message, setupComplete included, in the order of arrival. */
  message(link: Link, message: LiveServerMessage, facts: MessageFacts, bytes: number): void;
  unreadable(link: Link, result: Extract<ReadResult, { ok: false }>): void;
  established(link: Link): void;
  /** Reading one message threw, which is a bug; the frames behind it are read all the same. */
  threw(error: unknown): void;
  /** Once, also for a dial that was refused or timed out; not after `retire`. */
  ended(link: Link, end: LinkEnd): void;
}

export interface LinkOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly epoch: number;
  readonly model: string;
  readonly config: LiveConnectConfig;
  readonly handleSent: boolean;
  /** A socket that was opened early. */
  readonly warm: WarmSocket | undefined;
  readonly setupTimeoutMs: number;
  readonly listener: LinkListener;
}

export class Link {
  readonly epoch: number;
  readonly #options: LinkOptions;
  readonly #connection: Connection;
  readonly #reader: FrameReader;
  readonly #timer: TimerId;
  #isOpen = false;
  #state: 'dialing' | 'established' | 'over' = 'dialing';
  #openedAtMs: number | null = null;
  #establishedAtMs: number | null = null;
  /** The connection brought a handle of its own: the one it was dialled with proved good. */
  #isProven = false;
  #hasWritten = false;
  #isRetired = false;
  #onGone: (() => void) | null = null;
  #isGone = false;

  constructor(options: LinkOptions) {
    const { transport, clock, epoch, model, config, warm, setupTimeoutMs } = options;
    this.#options = options;
    this.epoch = epoch;
    this.#reader = new FrameReader(
      (result) => this.#read(result),
      (error) => options.listener.threw(error),
    );
    this.#timer = clock.setTimeout(() => this.#timeOut(), setupTimeoutMs);
    try {
      this.#connection = transport.dial(
        { model, config, warm },
        {
          opened: () => {
            this.#isOpen = true;
            this.#openedAtMs = clock.now();
          },
          frame: (data) => this.#reader.read(data),
          ended: (end) => this.#gone(end),
        },
      );
    } catch (error) {
      clock.clearTimeout(this.#timer);
      throw error;
    }
  }

  get isOver(): boolean {
    return this.#state === 'over';
  }

  /** From the setup to setupComplete: an upper estimate of the round trip. Null before that. */
  get setupMs(): number | null {
    const { clock } = this.#options;
    if (this.#establishedAtMs === null) return null;
    return this.#establishedAtMs - (this.#openedAtMs ?? clock.now());
  }

  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  write(text: string): void {
    this.#hasWritten = true;
    this.#connection.send(text);
  }

  /** Leaves the connection: starts its close, waits for nothing, hears nothing more of it. */
  retire(): void {
    this.#isRetired = true;
    this.#finish();
    this.#connection.close();
  }

  /** The link is dead although its socket is open: ends it as a loss of the network. */
  fail(why: string): void {
    this.#end({ cause: 'unreachable', detail: `The link is dead: ${why}.` });
    this.#connection.close();
  }

  /** Like `retire`, and resolves when the socket is gone. The caller bounds the wait. */
  async close(): Promise<void> {
    this.retire();
    if (this.#isGone) return;
    await new Promise<void>((resolve) => {
      this.#onGone = resolve;
    });
  }

  #read(result: ReadResult): void {
    if (this.#isRetired || this.#state === 'over') return;
    const { listener } = this.#options;
    if (!result.ok) {
      listener.unreadable(this, result);
      return;
    }
    const facts = readFacts(result.message);
    if (this.#state === 'dialing') {
      // A field that nobody knows is no refusal; `error` is one.
      if (facts.setupComplete === undefined && facts.unknown.includes('error')) {
        this.#refuse(`The service answered the setup with ${facts.unknown.join(', ')}.`);
        return;
      }
      if (facts.setupComplete !== undefined) this.#establish();
    }
    if (facts.resumption?.handle) this.#isProven = true;
    listener.message(this, result.message, facts, result.bytes);
  }

  #establish(): void {
    const { clock, listener } = this.#options;
    this.#state = 'established';
    this.#establishedAtMs = clock.now();
    clock.clearTimeout(this.#timer);
    listener.established(this);
  }

  #timeOut(): void {
    const what = this.#isOpen ? 'setupComplete' : 'the socket to open';
    this.#end(
      { cause: 'unreachable', detail: `Waited ${this.#options.setupTimeoutMs} ms for ${what}.` },
      'setupTimeout',
    );
    this.#connection.close();
  }

  #refuse(detail: string): void {
    this.#end({ cause: 'rejected', error: new Error(detail) }, 'setupRefused');
    this.#connection.close();
  }

  #gone(end: ConnectionEnd): void {
    this.#isGone = true;
    this.#onGone?.();
    this.#end(end);
  }

  #end(end: ConnectionEnd, error?: CloseVerdict['error']): void {
    if (this.#isRetired || this.#state === 'over') return;
    const { listener, handleSent } = this.#options;
    const verdict = this.#classify(end, handleSent);
    this.#finish();
    listener.ended(this, {
      verdict: error ? { ...verdict, error } : verdict,
      closeCode: closeCodeOf(end),
      reason: reasonOf(end),
      cause: end.cause === 'rejected' ? end.error : undefined,
    });
  }

  /** A handle may also be refused after setupComplete: until one of its own, a resumed connection is not proven. */
  #classify(end: ConnectionEnd, handleSent: boolean): CloseVerdict {
    const dialing = classifyEnd(end, { phase: 'dialing', handleSent });
    if (this.#state === 'dialing') return dialing;
    const established = classifyEnd(end, { phase: 'established', handleSent });
    if (!handleSent || this.#isProven || dialing.action !== 'dropHandle') return established;
    // Content or handle, the reason does not say: the one more try of the handle is made without the content.
    return { ...dialing, refusedContent: this.#hasWritten && established.refusedContent };
  }

  #finish(): void {
    this.#state = 'over';
    this.#options.clock.clearTimeout(this.#timer);
  }
}
