/**
 * What the model heard of numbered chunks, counted while the run goes on, so that the emulator need not remember it.
 *
 *   context 1 ── resumed by 2 ── resumed by 4 …      the path: each context up to where the LAST resume of it begins
 *                   └ resumed by 3 (dead)             counted once `keep` later contexts exist, then thrown away
 *
 * Owns the count. Thins out the emulator's own records, which are never bounded: in a run of days they would be most of
 * the heap. A context's place in the list is its id, so the place stays, with a stub in it.
 */
import type { ConnectionRecord, ContextRecord, Emulator } from '../../../dist/src/emulator/index.js';
import { stampOf } from './stamps.js';

/** No resume begins with a handle from so many connections ago. */
const keep = 8;

const stub = { id: -1, parent: { contextId: -1, length: 0 } } as unknown as ContextRecord;
const gone = {} as ConnectionRecord;

export class Ledger {
  readonly #emulator: Emulator;
  /** 0, 1, or 2 for twice and more. */
  readonly #timesHeard: Uint8Array;
  readonly #wasReported: Uint8Array;
  #next = 0;
  #onPath = 0;
  #latest = -1;
  readonly #counts = { heard: 0, doubled: 0, reordered: 0, lineages: 0, forgotten: 0 };

  /** `most`: numbers are below it. */
  constructor(emulator: Emulator, most: number) {
    this.#emulator = emulator;
    this.#timesHeard = new Uint8Array(most);
    this.#wasReported = new Uint8Array(most);
  }

  /** `forgotten`: messages that the emulator dropped before they were counted; anything but 0 spoils the account. */
  get counts(): Readonly<Record<'heard' | 'doubled' | 'reordered' | 'lineages' | 'forgotten', number>> {
    return { ...this.#counts };
  }

  /** Numbers below `sent` that the model never heard. */
  lost(sent: number): number {
    return this.#timesHeard.subarray(0, sent).reduce((sum, times) => sum + (times === 0 ? 1 : 0), 0);
  }

  /** The session says that the model may have heard `n` twice. */
  report(n: number): void {
    this.#wasReported[n] = 1;
  }

  /** Numbers heard twice without such a word. */
  unreported(): number {
    return this.#timesHeard.reduce((sum, times, n) => sum + (times > 1 && this.#wasReported[n] === 0 ? 1 : 0), 0);
  }

  /** Bytes of the emulator's two lists; by V8's rule an array that is full grows by half and 16 places. */
  listBytes(): number {
    const { length } = this.#emulator.contexts();
    return capacityFor(length) * 8 + capacityFor(this.#emulator.connections.length) * 8;
  }

  /** Counts what no resume can change any more; everything when the run `isOver`. */
  settle(isOver = false): void {
    const contexts = this.#emulator.contexts() as ContextRecord[];
    const connections = this.#emulator.connections as ConnectionRecord[];
    for (const end = contexts.length - (isOver ? 0 : keep); this.#next < end; this.#next += 1) {
      const context = contexts[this.#next];
      if (context) this.#count(context, contexts);
      contexts[this.#next] = stub;
    }
    for (let n = connections.length - keep; n >= 0 && connections[n] !== gone; n -= 1) connections[n] = gone;
  }

  #count(context: ContextRecord, contexts: readonly ContextRecord[]): void {
    this.#counts.forgotten += context.heard.forgotten;
    if (context.parent === null) {
      this.#counts.lineages += 1;
      this.#onPath = context.id;
    }
    if (context.id !== this.#onPath) return;
    const successor = contexts.findLast(({ parent }, at) => at > this.#next && parent?.contextId === context.id);
    for (const message of context.heard.upTo(successor?.parent?.length)) {
      const n = stampOf(message);
      if (n !== null) this.#hear(n);
    }
    if (successor) this.#onPath = successor.id;
  }

  #hear(n: number): void {
    if ((this.#timesHeard[n] ?? 0) > 0) {
      this.#counts.doubled += 1;
      this.#timesHeard[n] = 2;
      return;
    }
    this.#timesHeard[n] = 1;
    this.#counts.heard += 1;
    if (n < this.#latest) this.#counts.reordered += 1;
    this.#latest = Math.max(this.#latest, n);
  }
}

function capacityFor(length: number): number {
  let capacity = 0;
  while (capacity < length) capacity = capacity + 1 + ((capacity + 1) >> 1) + 16;
  return capacity;
}
