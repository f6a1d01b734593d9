/**
 * The vault: handle values by number. The statechart and everything that is logged or traced know the number only.
 *
 * Owns the one place where handle values are kept in memory, and what a value may be seen through.
 */

export interface StoredHandle {
  readonly value: string;
  readonly receivedAtMs: number;
  /** The connection that brought it; 0 for one that the app passed in. */
  readonly epoch: number;
  /** Number of the last client message of that connection that it includes; null where the service does not say. */
  readonly index: number | null;
}

/** A dial may still be using an older handle when the predecessor brings a newer one. */
const kept = 4;

export class HandleVault {
  readonly #handles = new Map<number, StoredHandle>();
  #seq = 0;

  /** Keeps `handle` and forgets the oldest. Returns its number. */
  put(handle: StoredHandle): number {
    this.#seq += 1;
    this.#handles.set(this.#seq, handle);
    this.#handles.delete(this.#seq - kept);
    return this.#seq;
  }

  get(seq: number): StoredHandle | undefined {
    return this.#handles.get(seq);
  }

  /** The number of the newest handle if it has this value: servers repeat themselves. */
  seqOf(value: string): number | null {
    return this.#handles.get(this.#seq)?.value === value ? this.#seq : null;
  }
}

/** A handle as the app sees it: keep `value` to resume the session later. Neither JSON nor inspection shows the value. */
export class SessionHandle {
  readonly #value: string;
  /** When it arrived, in milliseconds on the session's clock. */
  readonly issuedAt: number;
  /** When the service will forget it if the connection ended now (or when it did). */
  readonly expiresAt: number;
  /** False while the server is generating or waits for a tool: resuming now would lose what came after `issuedAt`. */
  readonly resumable: boolean;

  constructor(value: string, issuedAt: number, expiresAt: number, resumable: boolean) {
    this.#value = value;
    this.issuedAt = issuedAt;
    this.expiresAt = expiresAt;
    this.resumable = resumable;
  }

  /** Secret. Pass it as `config.sessionResumption.handle`, or to `resumeSession`. */
  get value(): string {
    return this.#value;
  }
}
