/**
 * Which server session asked for which tool call. A result sent to one that never asked is ignored by the service
 * without a word, so it is not sent there.
 *
 * Owns the ledger of open calls. Bounded by what the server has open at a time.
 */

interface Call {
  readonly atMs: number;
  /** A connection took over with a handle from before the call, or with none. */
  isLost: boolean;
}

export class ToolCalls {
  readonly #calls = new Map<string, Call>();

  asked(ids: readonly string[], atMs: number): void {
    for (const id of ids) this.#calls.set(id, { atMs, isLost: false });
  }

  settled(ids: readonly string[]): void {
    for (const id of ids) this.#calls.delete(id);
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
}
