/**
 * Which server session asked for which tool call. A result sent to one that never asked is ignored by the service
 * without a word, so it is not sent there.
 *
 * Owns the ledger of calls. An answered call stays in it: its answer may have to be replayed, and must not go to a
 * session that was never asked. Bounded by what the server has open at a time, and the newest answered ones.
 */

/** Far more answers than fit between two handles. */
const maxAnswered = 256;

interface Call {
  readonly atMs: number;
  isAnswered: boolean;
  /** A connection took over with a handle from before the call, or with none. */
  isLost: boolean;
}

export class ToolCalls {
  readonly #calls = new Map<string, Call>();
  #answered = 0;

  asked(ids: readonly string[], atMs: number): void {
    for (const id of ids) {
      this.#forget(id);
      this.#calls.set(id, { atMs, isAnswered: false, isLost: false });
    }
  }

  /** Cancelled by the server: nobody waits for an answer any more. */
  settled(ids: readonly string[]): void {
    for (const id of ids) this.#forget(id);
  }

  answered(ids: readonly string[]): void {
    for (const id of ids) {
      const call = this.#calls.get(id);
      if (!call || call.isAnswered) continue;
      call.isAnswered = true;
      this.#answered += 1;
    }
    for (const [id, call] of this.#calls) {
      if (this.#answered <= maxAnswered) break;
      if (call.isAnswered) this.#forget(id);
    }
  }

  /** A new connection took over: with a handle that arrived then, or null for a fresh session. */
  handedOver(handleReceivedAtMs: number | null): void {
    for (const call of this.#calls.values()) {
      if (handleReceivedAtMs === null || handleReceivedAtMs < call.atMs) call.isLost = true;
    }
  }

  /** A call we never heard of is the app's business: it is let through. */
  isKnown(id: string): boolean {
    return this.#calls.get(id)?.isLost !== true;
  }

  #forget(id: string): void {
    if (this.#calls.get(id)?.isAnswered) this.#answered -= 1;
    this.#calls.delete(id);
  }
}
