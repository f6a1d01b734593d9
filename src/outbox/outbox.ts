/**
 * The outbox: every send from the call to its outcome.
 *
 *   accept → held ──write──→ written ──a handle covers it──→ delivered | replayed
 *               ↑               └─ the connection ended: replay, or drop with a reason ─┐
 *               └──────────────────────────────────────────────────────────────────────┘
 *
 * A handle is a snapshot: it includes what the server had received when it was issued. With an index (`transparent`)
 * the server says how far that is. Without one, everything written at least `ambiguityMs` before the handle arrived is
 * in it, everything written after it arrived is not, and what lies between may be heard twice and is reported so.
 * Owns order, bounds and receipts. Never dials and never reads what the server says.
 */
import type { Clock } from '../clock.js';
import type { ClientMessage, ClientMessageKind } from '../wire/clientMessage.js';
import type { Entry } from './entry.js';
import { Receipt, type DropReason, type ReceiptOutcome } from './receipt.js';
import { reasonToGiveUp, replayDecision, withoutEmptyActivities, type ReplayRules } from './replay.js';

export interface OutboxLimits {
  readonly maxAudioMs: number;
  readonly maxBytes: number;
  readonly maxControlItems: number;
}

/** How far a handle reaches: by its index, or, without one, by the time it arrived. */
export interface Coverage {
  readonly epoch: number;
  readonly receivedAtMs: number;
  readonly index: number | null;
  /** When the oldest of what had not left the socket by then was written; the server cannot know it. */
  readonly unsentSinceMs: number;
}

export interface OutboxCounts {
  readonly accepted: number;
  readonly delivered: number;
  readonly replayed: number;
  readonly sent: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  readonly possiblyDoubled: number;
  /** Waiting for a connection. */
  readonly held: number;
  /** Written and not acknowledged. */
  readonly unacknowledged: number;
  readonly bytes: number;
}

/** What a new connection will be sent before anything new. */
export interface AttachReport {
  readonly replayed: number;
  readonly possiblyDoubled: number;
  readonly dropped: number;
  /** The longest wait of one send from the call to its first write, ended by this attach. */
  readonly heldMs: number;
}

export interface OutboxOptions {
  readonly clock: Clock;
  readonly limits: OutboxLimits;
  /** False where no handle will ever acknowledge: a write is then the end of the story. */
  readonly acknowledged: boolean;
  /** Called after each write. */
  readonly onWrite: (message: ClientMessage) => void;
  readonly onDrop: (entry: Entry, reason: DropReason) => void;
  /** The bytes waiting or unacknowledged crossed 80 % of the bound upwards, or 40 % downwards. */
  readonly onWater: (level: 'high' | 'low') => void;
}

const highWater = 0.8;
const lowWater = 0.4;

export class Outbox {
  readonly #options: OutboxOptions;
  #held: Entry[] = [];
  #written: Entry[] = [];
  /** An activityStart waits for the audio or video of its activity. */
  #start: Entry | null = null;
  #write: ((text: string, kind: ClientMessageKind) => void) | null = null;
  #open = false;
  #isOver = false;
  #epoch = 0;
  #nextIndex = 1;
  #seq = 0;
  #bytes = 0;
  #audioMs = 0;
  #isHigh = false;
  #counts = { delivered: 0, replayed: 0, sent: 0, possiblyDoubled: 0 };
  #dropped: Partial<Record<DropReason, number>> = {};

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get counts(): OutboxCounts {
    return {
      accepted: this.#seq,
      ...this.#counts,
      dropped: { ...this.#dropped },
      held: this.#held.length + (this.#start ? 1 : 0),
      unacknowledged: this.#written.length,
      bytes: this.#bytes,
    };
  }

  /** Nothing was written that a handle does not include. */
  get isCovered(): boolean {
    return this.#written.length === 0;
  }

  accept(message: ClientMessage): Receipt {
    const entry = this.#entryOf(message);
    // Not announced: an app that sends again whatever was dropped would never come to an end.
    if (this.#isOver) this.#giveUp(entry, 'sessionEnded');
    else if (!this.#isMarkToHoldBack(entry)) {
      if (this.#start && isMedia(entry)) {
        const start = this.#start;
        this.#start = null;
        this.#enqueue(start);
      }
      this.#enqueue(entry);
    }
    return entry.receipt;
  }

  /** Gives a send up before it was ever queued; its receipt says why. */
  refuse(message: ClientMessage, reason: DropReason): Receipt {
    const entry = this.#entryOf(message);
    this.#drop(entry, reason);
    return entry.receipt;
  }

  #entryOf(message: ClientMessage): Entry {
    const receipt = new Receipt(++this.#seq, message.kind);
    this.#bytes += message.bytes;
    this.#audioMs += message.audioMs ?? 0;
    const acceptedAtMs = this.#options.clock.now();
    return { message, receipt, acceptedAtMs, writes: 0, writtenAtMs: 0, epoch: 0, index: 0, possibleDouble: false };
  }

  /** True when `entry` was taken care of: a start that waits, or the end of an activity that never was one. */
  #isMarkToHoldBack(entry: Entry): boolean {
    const start = this.#start;
    if (entry.message.kind === 'activityStart') {
      this.#start = entry;
      if (start) this.#drop(start, 'emptyActivity');
      return true;
    }
    if (entry.message.kind !== 'activityEnd' || !start) return false;
    this.#start = null;
    this.#drop(start, 'emptyActivity');
    this.#drop(entry, 'emptyActivity');
    return true;
  }

  #enqueue(entry: Entry): void {
    if (this.#open && this.#held.length === 0) this.#writeEntry(entry);
    else this.#held.push(entry);
    this.#keepWithinBounds(entry);
    this.#noteWater();
  }

  /**
   * A new connection is set up. Decides what of the unacknowledged is sent again, in order and before what is held;
   * nothing is written until `open`. `written` messages (a reseed) count as the first ones of the connection.
   */
  attach(
    epoch: number,
    write: (text: string, kind: ClientMessageKind) => void,
    rules: ReplayRules,
    written: number,
  ): AttachReport {
    const now = this.#options.clock.now();
    this.#epoch = epoch;
    this.#write = write;
    this.#nextIndex = 1 + written;
    const again: Entry[] = [];
    // Dropped at the very end: whoever hears of a drop may send again at once, and must find the queue in order.
    const given: [Entry, DropReason][] = [];
    // What was to be replayed on a connection that died first stands in #held already, and is judged again.
    const waiting = this.#held.filter((entry) => entry.writes === 0);
    for (const entry of [...this.#written, ...this.#held.filter((held) => held.writes > 0)]) {
      if (entry.receipt.outcome) continue;
      const decision = replayDecision(entry, rules, now);
      if (decision.action === 'drop') {
        given.push([entry, decision.reason]);
        continue;
      }
      if (decision.possibleDouble && !entry.possibleDouble) {
        entry.possibleDouble = true;
        this.#counts.possiblyDoubled += 1;
      }
      again.push(
        decision.text === undefined ? entry : { ...entry, message: { ...entry.message, text: decision.text } },
      );
    }
    this.#written = [];
    const toolResponses = again.filter(({ message }) => message.kind === 'toolResponse');
    const others = again.filter(({ message }) => message.kind !== 'toolResponse');
    const stillWanted = waiting.filter((entry) => {
      const reason = reasonToGiveUp(entry, rules);
      if (reason) given.push([entry, reason]);
      return reason === null;
    });
    this.#held = [...toolResponses, ...others, ...stillWanted];
    for (const entry of this.#takeEmptyActivities()) given.push([entry, 'emptyActivity']);
    for (const [entry, reason] of given) this.#drop(entry, reason);
    const replayed = again.filter((entry) => entry.receipt.outcome === null);
    return {
      replayed: replayed.length,
      possiblyDoubled: replayed.filter((entry) => entry.possibleDouble).length,
      dropped: given.length,
      // In order of acceptance, so the first has waited longest.
      heldMs: waiting[0] ? now - waiting[0].acceptedAtMs : 0,
    };
  }

  /** The gate opens: what is held flows, in order. */
  open(): void {
    // What did not fit in the meantime may have been all the audio of an activity.
    const empty = this.#takeEmptyActivities();
    this.#open = true;
    const held = this.#held;
    this.#held = [];
    for (const entry of held) this.#writeEntry(entry);
    for (const entry of empty) this.#drop(entry, 'emptyActivity');
    this.#noteWater();
  }

  /** Takes them out of what is held; a last start without audio waits for it again. */
  #takeEmptyActivities(): Entry[] {
    const { kept, empty, waiting } = withoutEmptyActivities(this.#held);
    this.#held = kept;
    if (waiting && this.#start) empty.push(waiting);
    else this.#start = waiting ?? this.#start;
    return empty;
  }

  /** The gate closes: from here on input is held. */
  close(): void {
    this.#open = false;
  }

  /** Whether `seq` will be written again; so that a reseed does not say it a second time. */
  willReplay(seq: number): boolean {
    return [...this.#written, ...this.#held].some((entry) => entry.receipt.seq === seq);
  }

  /** A handle includes what was written before it was issued. */
  acknowledge({ epoch, receivedAtMs, index, unsentSinceMs }: Coverage, ambiguityMs: number): void {
    if (epoch !== this.#epoch) return;
    let covered = 0;
    for (const entry of this.#written) {
      const isIn =
        index === null
          ? entry.writtenAtMs < unsentSinceMs && entry.writtenAtMs <= receivedAtMs - ambiguityMs
          : entry.index <= index;
      if (!isIn) break;
      covered += 1;
      const { possibleDouble } = entry;
      this.#settle(entry, entry.writes > 1 ? { state: 'replayed', possibleDouble } : { state: 'delivered' });
    }
    if (covered > 0) this.#written.splice(0, covered);
    this.#noteWater();
  }

  /** When the oldest of the newest `unsentBytes` was written; Infinity when all has left the socket. */
  unsentSinceMs(unsentBytes: number): number {
    let sinceMs = Number.POSITIVE_INFINITY;
    let rest = unsentBytes;
    for (let at = this.#written.length - 1; rest > 0 && at >= 0; at -= 1) {
      const entry = this.#written[at] as Entry;
      sinceMs = entry.writtenAtMs;
      rest -= entry.message.bytes;
    }
    return sinceMs;
  }

  /** The session is over: nothing stays open, and nothing is accepted any more. */
  end(): void {
    this.#open = false;
    this.#isOver = true;
    const rest = [...this.#written, ...this.#held, ...(this.#start ? [this.#start] : [])];
    this.#written = [];
    this.#held = [];
    this.#start = null;
    for (const entry of rest) {
      if (entry.writes > 0) this.#settle(entry, { state: 'sent' });
      else this.#drop(entry, 'sessionEnded');
    }
  }

  #writeEntry(entry: Entry): void {
    this.#write?.(entry.message.text, entry.message.kind);
    entry.writes += 1;
    entry.writtenAtMs = this.#options.clock.now();
    entry.epoch = this.#epoch;
    entry.index = this.#nextIndex++;
    if (this.#options.acknowledged) this.#written.push(entry);
    else this.#settle(entry, { state: 'sent' });
    this.#options.onWrite(entry.message);
  }

  #keepWithinBounds(newest: Entry): void {
    const { maxAudioMs, maxBytes, maxControlItems } = this.#options.limits;
    while (this.#audioMs > maxAudioMs || this.#bytes > maxBytes) {
      const oldest = this.#written.find(isMedia) ?? this.#held.find(isMedia);
      if (!oldest) break;
      this.#forget(oldest);
    }
    if (isMedia(newest)) return;
    const controls = this.#held.reduce((count, entry) => count + (isMedia(entry) ? 0 : 1), 0);
    if (controls > maxControlItems || this.#bytes > maxBytes) this.#forget(newest);
  }

  /** Bounds first: what was written can no longer be replayed, what was held is lost. */
  #forget(entry: Entry): void {
    this.#written = this.#written.filter((other) => other !== entry);
    this.#held = this.#held.filter((other) => other !== entry);
    if (entry.writes > 0) this.#settle(entry, { state: 'sent' });
    else this.#drop(entry, 'overflow');
  }

  #drop(entry: Entry, reason: DropReason): void {
    this.#giveUp(entry, reason);
    this.#options.onDrop(entry, reason);
  }

  #giveUp(entry: Entry, reason: DropReason): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + 1;
    this.#settle(entry, { state: 'dropped', reason });
  }

  #settle(entry: Entry, outcome: ReceiptOutcome): void {
    if (entry.receipt.outcome) return;
    if (outcome.state !== 'dropped') this.#counts[outcome.state] += 1;
    this.#bytes -= entry.message.bytes;
    this.#audioMs -= entry.message.audioMs ?? 0;
    entry.receipt.settle(outcome);
  }

  #noteWater(): void {
    const { maxBytes, maxAudioMs } = this.#options.limits;
    const share = Math.max(this.#bytes / maxBytes, maxAudioMs > 0 ? this.#audioMs / maxAudioMs : 0);
    if (!this.#isHigh && share >= highWater) this.#options.onWater('high');
    if (this.#isHigh && share <= lowWater) this.#options.onWater('low');
    this.#isHigh = this.#isHigh ? share > lowWater : share >= highWater;
  }
}

function isMedia({ message }: Entry): boolean {
  return message.kind === 'audio' || message.kind === 'video';
}
