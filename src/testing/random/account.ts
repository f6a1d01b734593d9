/**
 * Receipts against what the model heard: the claims of the session, held to the emulator's record.
 *
 *   G5  what a receipt calls delivered or replayed was heard; what was heard twice was reported; one outcome each
 *   G6  numbered audio is heard in order
 *
 * Owns the sends of one run. One limit of docs/GUARANTEES.md is modelled here and nowhere else: without `transparent`,
 * where a network became slower within one connection, what was written so shortly before a handle arrived that only the
 * slower network explains it may be called delivered and be lost.
 */
import type { Emulator } from '../../emulator/index.js';
import type { Receipt, ReceiptOutcome } from '../../outbox/receipt.js';
import { readNumber } from './audio.js';
import type { DialRecord } from './tap.js';
import type { Findings } from './violation.js';

interface Send {
  readonly receipt: Receipt;
  /** Of numbered audio; null for all else. */
  readonly n: number | null;
  outcome: ReceiptOutcome | null;
}

interface Write {
  readonly dial: DialRecord;
  readonly at: number;
}

/** When frames began to take longer, and by how much, each way. */
export interface Slowness {
  readonly at: number;
  readonly byMs: number;
  /** For what is written so much later it holds too; 0: only for what is on its way at that moment. */
  readonly lastsMs: number;
}

/** The longest of any setting, with jitter and the time for a setup. */
const roundTripMs = 400;
const audioMark = '"realtimeInput":{"audio":';

export class SendAccount {
  readonly #findings: Findings;
  readonly #isExact: boolean;
  readonly #sends: Send[] = [];
  /** Each numbered frame, by connection: the last time it was written. */
  readonly #writes = new Map<number, Write>();
  readonly #slow: Slowness[] = [];
  /** When the handles came that were resumed with. */
  readonly #resumedWith: number[] = [];
  #settledUpTo = 0;
  #next = 0;
  #lastDial = 0;

  constructor(findings: Findings, isExact: boolean) {
    this.#findings = findings;
    this.#isExact = isExact;
  }

  /** The number for the next frame of audio. */
  take(): number {
    return this.#next++;
  }

  get sends(): number {
    return this.#sends.length;
  }

  add(receipt: Receipt, n: number | null): void {
    this.#sends.push({ receipt, n, outcome: null });
  }

  wrote(dial: DialRecord, text: string, at: number): void {
    if (!text.includes(audioMark)) return;
    const head = /"data":"([^"]{24})/.exec(text)?.[1];
    if (head !== undefined) this.#writes.set(readNumber(head), { dial, at });
  }

  /** A dial, with a handle that came at `cameAt`, or with none. */
  dialled({ n }: DialRecord, cameAt: number | null): void {
    this.#lastDial = n;
    if (cameAt !== null) this.#resumedWith.push(cameAt);
  }

  /** The network became slower on the open connections, or, with `lastsMs` 0, only what was on its way was held up. */
  slowed(slowness: Slowness): void {
    this.#slow.push(slowness);
  }

  /** An outcome that was given does not change. */
  afterStep(): void {
    for (let i = this.#settledUpTo; i < this.#sends.length; i += 1) {
      const send = this.#sends[i] as Send;
      const { outcome } = send.receipt;
      if (send.outcome !== null && outcome !== send.outcome)
        this.#findings.check('G5', false, () => `receipt ${send.receipt.seq} changed`);
      send.outcome = outcome;
      if (outcome !== null && i === this.#settledUpTo) this.#settledUpTo += 1;
    }
  }

  /** With everything acknowledged that will be, and with the session over or not. */
  settle(emulator: Emulator, isOver: boolean): void {
    const numbered = this.#sends.filter(({ n }) => n !== null);
    const outcomes = new Map(numbered.map(({ n, receipt }) => [n as number, receipt.outcome]));
    const { lost, doubled, reordered } = emulator.account(
      ({ kind, head }) => (kind === 'audio' ? readNumber(head) : null),
      outcomes.keys(),
    );
    const check: Findings['check'] = (id, holds, message) => this.#findings.check(id, holds, message);
    for (const n of lost) {
      const state = outcomes.get(n)?.state;
      const isClaimed = state === 'delivered' || state === 'replayed';
      check('G5', !isClaimed || this.#isExcused(n), () => `audio ${n} is called ${state}, and no model heard it`);
    }
    for (const n of doubled) {
      const outcome = outcomes.get(n);
      // `sent` and `dropped` claim nothing: the hand-off that wrote it again counted it as possibly doubled.
      const claims = outcome?.state === 'delivered' || outcome?.state === 'replayed';
      const isReported = !claims || (outcome.state === 'replayed' && outcome.possibleDouble);
      check('G5', isReported, () => `audio ${n} was heard twice, and its receipt says ${outcome?.state}`);
      if (this.#isExact) check('G5', false, () => `audio ${n} was heard twice with transparent`);
    }
    check('G6', reordered.length === 0, () => `audio ${reordered[0]} was heard after a later one`);
    if (!isOver) return;
    const open = this.#sends.filter(({ receipt }) => receipt.outcome === null).length;
    check('G5', open === 0, () => `${open} receipts are open after the end of the session`);
  }

  #isExcused(n: number): boolean {
    const write = this.#writes.get(n);
    if (this.#isExact || write === undefined) return false;
    const { dial, at } = write;
    const over = Math.min(dial.endedAt ?? Infinity, dial.closedAt ?? Infinity);
    // What is on its way at a moment was written so much earlier where frames take longer already.
    const slower = this.#slow.filter((slow) => slow.at >= dial.at && slow.at <= over && slow.lastsMs > 0);
    const onItsWayMs = roundTripMs + Math.max(0, ...slower.map(({ byMs }) => byMs));
    return this.#slow.some(
      (slow) =>
        slow.at >= dial.at &&
        slow.at <= over &&
        at >= slow.at - onItsWayMs &&
        at <= slow.at + slow.lastsMs &&
        // Without a resume it is still on its way.
        (dial.n === this.#lastDial ||
          this.#resumedWith.some((came) => came >= at && came - at <= 2 * slow.byMs + onItsWayMs)),
    );
  }
}
