/**
 * The vault of resumption handles: each stands for an immutable snapshot of one context.
 *
 * Owns what a handle is worth and for how long. Never sends one: that is resumption.ts.
 */
import type { Clock } from '../../clock.js';
import { randomId, type Random } from '../../random.js';
import type { Provider } from '../../transport/port.js';
import type { ContextSnapshot } from '../model/context.js';
import type { ContextParent } from '../record/heard.js';
import { forProvider, type EmulatorSettings } from '../options.js';
import type { Closing } from '../protocol/refusals.js';

export interface HandleRecord {
  readonly handle: string;
  readonly session: SessionRecord;
  readonly connection: number;
  readonly model: string;
  readonly provider: Provider;
  readonly snapshot: ContextSnapshot;
  readonly origin: ContextParent;
  readonly issuedAt: number;
}

/** The server's notion of a session: a fresh context and all that was resumed from it. */
export interface SessionRecord {
  readonly id: string;
  /** Connections that are set up and not gone. */
  readonly open: Set<number>;
  /** When the last of them ended. */
  lastEndedAt: number | null;
  /** Its time limit was used up: no handle of it works any more. */
  exhausted: boolean;
}

export class HandleVault {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #settings: Readonly<EmulatorSettings>;
  readonly #records = new Map<string, HandleRecord>();
  readonly #bySession = new Map<SessionRecord, string[]>();
  readonly #used = new Set<string>();

  constructor(clock: Clock, random: Random, settings: Readonly<EmulatorSettings>) {
    this.#clock = clock;
    this.#random = random;
    this.#settings = settings;
  }

  newSession(): SessionRecord {
    return { id: randomId(this.#random, 16), open: new Set(), lastEndedAt: null, exhausted: false };
  }

  issue(fields: Omit<HandleRecord, 'handle' | 'issuedAt'>): HandleRecord {
    const id = randomId(this.#random, 24);
    const handle = `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12)}`;
    const record: HandleRecord = { ...fields, handle, issuedAt: this.#clock.now() };
    this.#records.set(handle, record);
    const mine = this.#bySession.get(fields.session) ?? [];
    mine.push(handle);
    if (mine.length > this.#settings.maxHandlesPerSession) {
      const oldest = mine.shift();
      if (oldest !== undefined) this.#forget(oldest);
    }
    this.#bySession.set(fields.session, mine);
    if (this.#records.size > this.#settings.maxHandles) this.#forgetOldest();
    return record;
  }

  /** The snapshot behind a handle, or why it is refused. Does not look at whether the old socket is open. */
  find(handle: string, model: string, provider: Provider): HandleRecord | Closing {
    const record = this.#records.get(handle);
    const { unknownHandleEnd, otherModelHandleEnd, expiredHandleEnd, singleUseHandles } = this.#settings;
    if (record === undefined) return unknownHandleEnd;
    if (record.model !== model || record.provider !== provider) return otherModelHandleEnd;
    if (record.session.exhausted || this.#expired(record)) return expiredHandleEnd;
    if (singleUseHandles && this.#used.has(handle)) return unknownHandleEnd;
    return record;
  }

  use(record: HandleRecord): void {
    if (this.#settings.singleUseHandles) this.#used.add(record.handle);
  }

  forgetAll(): void {
    this.#records.clear();
    this.#bySession.clear();
    this.#used.clear();
  }

  #expired(record: HandleRecord): boolean {
    const { open, lastEndedAt } = record.session;
    if (open.size > 0 || lastEndedAt === null) return false;
    return this.#clock.now() - lastEndedAt > forProvider(this.#settings.handleTtlMs, record.provider);
  }

  /** A map keeps the order in which its entries came, and so do the lists of the sessions. */
  #forgetOldest(): void {
    const [oldest] = this.#records.values();
    if (oldest === undefined) return;
    const mine = this.#bySession.get(oldest.session);
    if (mine?.[0] === oldest.handle) mine.shift();
    if (mine?.length === 0) this.#bySession.delete(oldest.session);
    this.#forget(oldest.handle);
  }

  #forget(handle: string): void {
    this.#records.delete(handle);
    this.#used.delete(handle);
  }
}
