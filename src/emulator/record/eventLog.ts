/**
 * The event log: what happened on the emulator, for people and for assertions.
 *
 * Owns the entries, their bound, their numbers and who listens. Holds no key, handle, token, audio or user text: a
 * refusal that quotes a value or a name of the client's is shown without it. The names are eventNames.ts.
 */
import { isFieldName } from '../protocol/schema/shapes.js';

export interface EmulatorEvent {
  /** From 1, one more for each entry, never used again. */
  readonly seq: number;
  /** On the server's clock. */
  readonly at: number;
  /** Null: no connection came of it. */
  readonly connection: number | null;
  /** One word of eventNames.ts. */
  readonly what: string;
  readonly detail: string;
  /** A fault that acted (`what` is `fault`): its id in the plan. */
  readonly fault?: number;
}

/** All that is given must hold. */
export interface EventFilter {
  /** Entries with a greater `seq`. */
  readonly after?: number;
  /** Any of these words. */
  readonly what?: readonly string[];
  readonly connection?: number;
  /** Somewhere in the detail. */
  readonly detail?: string;
}

export function passes(event: EmulatorEvent, { after, what, connection, detail }: EventFilter): boolean {
  if (after !== undefined && event.seq <= after) return false;
  if (what !== undefined && !what.includes(event.what)) return false;
  if (connection !== undefined && event.connection !== connection) return false;
  return detail === undefined || event.detail.includes(detail);
}

/** Google's refusals end with the value that was sent: `Invalid value at 'x' (TYPE_STRING), "…"`. */
const quotedValue = /(\([\w./]+\)), .*$/s;
/** Other reasons quote names, in paths too; a close frame cuts them anywhere. Those of the service's fields may stay. */
const refusal = /Invalid (?:JSON payload received|value)/;
const quotedName = /"((?:[^"\\]|\\.)*)(?:"|\\?$)/gsu;
const mostDetail = 200;

/** A reason of a refusal without what the client had written. */
export function withoutValues(reason: string): string {
  const shown = reason.replace(quotedValue, '$1, …');
  if (!refusal.test(shown)) return shown;
  return shown.replace(quotedName, (quoted, name: string) => (isFieldName(name) ? quoted : '"…"'));
}

export class EventLog {
  readonly #limit: () => number;
  readonly #listeners = new Set<(event: EmulatorEvent) => void>();
  readonly #entries: EmulatorEvent[] = [];
  #lastSeq = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Oldest first. */
  get entries(): readonly EmulatorEvent[] {
    return this.#entries;
  }

  /** Of the newest entry ever; 0 before the first. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  note(at: number, connection: number | null, what: string, detail: string, fault?: number): void {
    this.#lastSeq++;
    const shown = withoutValues(detail).slice(0, mostDetail);
    const plain: EmulatorEvent = { seq: this.#lastSeq, at, connection, what, detail: shown };
    const event = fault === undefined ? plain : { ...plain, fault };
    this.#entries.push(event);
    while (this.#entries.length > this.#limit()) this.#entries.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Calls `listener` with every later entry, in the step in which it is noted; returns how to stop that. */
  listen(listener: (event: EmulatorEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
