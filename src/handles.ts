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
  /** Written at that time or later had not left the socket when the handle came; Infinity where all had. */
  readonly unsentSinceMs: number;
}

/** A dial may still be using an older handle when the predecessor brings a newer one. */
const kept = 4;
/** Of so many earlier handles it is known that they are not new. */
const remembered = 1_000;

export class HandleVault {
  readonly #handles = new Map<number, StoredHandle>();
  /** Fingerprints: the values themselves would be a megabyte an hour, and secret. */
  readonly #earlier = new Set<number>();
  #seq = 0;

  /** Keeps `handle` and forgets the oldest. Returns its number. */
  put(handle: StoredHandle): number {
    this.#seq += 1;
    this.#handles.set(this.#seq, handle);
    this.#earlier.add(fingerprint(handle.value));
    for (const oldest of this.#earlier) {
      if (this.#earlier.size <= remembered) break;
      this.#earlier.delete(oldest);
    }
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

  /** It was the newest once and is so no more: what it stands for is older than what the newest does. */
  isStale(value: string): boolean {
    return this.seqOf(value) === null && this.#earlier.has(fingerprint(value));
  }
}

/** 53 bits: two different handles of a session practically never share one. */
function fingerprint(text: string): number {
  let high = 0x9dc5;
  let low = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) ^ (low >>> 13);
  }
  return (high & 0x1fffff) * 0x1_0000_0000 + (low >>> 0);
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
