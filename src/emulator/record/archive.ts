/**
 * Everything that is remembered of connections and contexts, within bounds.
 *
 * Owns both lists and the count of heard messages over all of them. What goes first when a bound is reached: whole
 * lineages that nobody is connected to, oldest first, because `surviving()` needs a lineage whole; then the oldest
 * contexts that have ended, then the oldest messages of the ones that live. All of it is counted.
 */
import type { ModelContext } from '../model/context.js';
import { HeardList, type ContextParent, type HeardMessage } from './heard.js';
import { contextRecord, type ConnectionRecord, type ContextRecord } from './records.js';

export interface ArchiveLimits {
  readonly maxRecords: number;
  readonly maxHeard: number;
  readonly maxHeardPerContext: number;
}

/** What was thrown away to stay within the bounds. */
export interface Forgotten {
  readonly connections: number;
  readonly contexts: number;
  readonly messages: number;
}

/** Work in lumps: throwing away one at a time would walk the lists for every connection. */
const slack = 1.1;

export class Archive {
  readonly connections: ConnectionRecord[] = [];
  readonly contexts: ContextRecord[] = [];
  readonly #limits: ArchiveLimits;
  readonly #connectionOf = new WeakMap<ContextRecord, ConnectionRecord>();
  readonly #forgotten = { connections: 0, contexts: 0, messages: 0 };
  #heard = 0;
  #lastConnection = 0;
  #lastContext = -1;

  constructor(limits: ArchiveLimits) {
    this.#limits = limits;
  }

  get forgotten(): Forgotten {
    return { ...this.#forgotten };
  }

  /** The id that the next connection is given. */
  get nextConnection(): number {
    return this.#lastConnection + 1;
  }

  openConnection(fields: Pick<ConnectionRecord, 'provider' | 'path' | 'openedAt'>): ConnectionRecord {
    this.#lastConnection++;
    const record: ConnectionRecord = {
      id: this.#lastConnection,
      ...fields,
      readyAt: null,
      endsAt: Infinity,
      goAwayAt: null,
      endedAt: null,
      closeCode: null,
      reason: '',
      endedBy: null,
      model: null,
      setup: null,
      resumedFrom: null,
      session: null,
      contextId: null,
    };
    this.connections.push(record);
    if (this.connections.length > this.#limits.maxRecords * slack) this.#thinConnections(this.#limits.maxRecords);
    return record;
  }

  /** The record of a context that begins now on a connection, which must have its session. */
  openContext(connection: ConnectionRecord, context: ModelContext, parent: ContextParent | null): ContextRecord {
    this.#lastContext++;
    const record = contextRecord(this.#lastContext, connection, context, new HeardList(), parent);
    connection.contextId = record.id;
    this.contexts.push(record);
    this.#connectionOf.set(record, connection);
    if (this.contexts.length > this.#limits.maxRecords * slack) this.#thinContexts();
    return record;
  }

  hear({ heard }: ContextRecord, message: HeardMessage): void {
    this.#heard += 1;
    this.#lose(heard.add(message, this.#limits.maxHeardPerContext));
    if (this.#heard > this.#limits.maxHeard * slack) this.#thinContexts();
  }

  /** Forgets whatever has ended. */
  clear(): void {
    this.#thinConnections(0);
    this.#drop(new Set(this.contexts.filter((context) => this.#isOver(context))));
  }

  #isOver(context: ContextRecord): boolean {
    return this.#connectionOf.get(context)?.endedAt !== null;
  }

  #lose(messages: number): void {
    this.#heard -= messages;
    this.#forgotten.messages += messages;
  }

  #thinConnections(most: number): void {
    let surplus = this.connections.length - most;
    const kept = this.connections.filter(({ endedAt }) => endedAt === null || surplus-- <= 0);
    this.#forgotten.connections += this.connections.length - kept.length;
    this.connections.length = 0;
    for (const record of kept) this.connections.push(record);
  }

  #thinContexts(): void {
    let places = this.contexts.length - this.#limits.maxRecords;
    let messages = this.#heard - this.#limits.maxHeard;
    const dropped = new Set<ContextRecord>();
    const drop = (context: ContextRecord): void => {
      dropped.add(context);
      places--;
      messages -= context.heard.kept;
    };
    for (const lineage of this.#lineages()) {
      if (places <= 0 && messages <= 0) break;
      if (lineage.every((context) => this.#isOver(context))) lineage.forEach(drop);
    }
    for (const context of this.contexts) {
      if (places <= 0 && messages <= 0) break;
      if (!dropped.has(context) && this.#isOver(context)) drop(context);
    }
    this.#drop(dropped);
    // Only what lives is left: each gives up its oldest, the longest the most.
    if (this.#heard <= this.#limits.maxHeard) return;
    const share = this.#limits.maxHeard / this.#heard;
    for (const { heard } of this.contexts) this.#lose(heard.shorten(Math.floor(heard.kept * share)));
  }

  #drop(dropped: ReadonlySet<ContextRecord>): void {
    if (dropped.size === 0) return;
    const kept = this.contexts.filter((context) => !dropped.has(context));
    for (const context of dropped) {
      this.#connectionOf.delete(context);
      this.#lose(context.heard.kept);
    }
    this.#forgotten.contexts += dropped.size;
    this.contexts.length = 0;
    for (const context of kept) this.contexts.push(context);
  }

  /** Each a fresh context and all that was resumed from it; the one that began first comes first. */
  #lineages(): Iterable<ContextRecord[]> {
    const byId = new Map<number, ContextRecord[]>();
    const all: ContextRecord[][] = [];
    for (const context of this.contexts) {
      let lineage = context.parent === null ? undefined : byId.get(context.parent.contextId);
      if (lineage === undefined) {
        lineage = [];
        all.push(lineage);
      }
      lineage.push(context);
      byId.set(context.id, lineage);
    }
    return all;
  }
}
