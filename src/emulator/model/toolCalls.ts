/**
 * The function calls of one connection that have no result yet.
 *
 *   issued ── blocking: the turn is held ── result ──▶ gathered ── the last of them ──▶ all handed over at once
 *   issued ── NON_BLOCKING: the turn goes on ── each result, until one without willContinue ──▶ handed over at once
 *   issued ── interruption (blocking ones) or cancelCalls ──▶ cancelled
 *
 * Owns the ids. Never decides what the model does about a result.
 */
import type { Random } from '../../random.js';
import type { FunctionResponse } from '../protocol/clientMessage.js';
import type { Fields } from '../protocol/fields.js';

export interface CallRequest {
  readonly name: string;
  readonly args: Fields;
  readonly nonBlocking: boolean;
}

/** How calls and results are matched. */
export interface CallWays {
  readonly idPrefix: string;
  /** False: the client never sees an id. */
  readonly sendsIds: boolean;
  /** A result without an id belongs to the oldest call of its name. */
  readonly matchesNames: boolean;
}

export class ToolCalls {
  readonly #pending = new Map<string, { readonly name: string; readonly nonBlocking: boolean }>();
  readonly #ways: CallWays;
  readonly #random: Random;
  #gathered: FunctionResponse[] = [];
  #lastId = '';

  constructor(ways: CallWays, random: Random) {
    this.#ways = ways;
    this.#random = random;
  }

  /** Of the call that was issued last. */
  get lastId(): string {
    return this.#lastId;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** Calls that hold the turn. */
  get blocking(): number {
    return [...this.#pending.values()].filter((call) => !call.nonBlocking).length;
  }

  /** As they are sent. */
  issue(requests: readonly CallRequest[]): { name: string; args: Fields; id?: string }[] {
    return requests.map(({ name, args, nonBlocking }) => {
      const id = this.#newId();
      this.#lastId = id;
      this.#pending.set(id, { name, nonBlocking });
      return this.#ways.sendsIds ? { name, args, id } : { name, args };
    });
  }

  /** Null for a result that nobody waits for. */
  take(response: FunctionResponse): { nonBlocking: boolean } | null {
    const found = this.#ways.matchesNames && response.id === '' ? this.#oldest(response.name) : response.id;
    const call = this.#pending.get(found);
    if (call === undefined) return null;
    if (!call.nonBlocking || !response.willContinue) this.#pending.delete(found);
    if (!call.nonBlocking) this.#gathered.push(response);
    return call;
  }

  /** A client may put anything in the place of an id. */
  hasForm(id: string): boolean {
    const { idPrefix } = this.#ways;
    return id.startsWith(idPrefix) && /^\d{19}$/.test(id.slice(idPrefix.length));
  }

  /** A result that belongs to the held turn after all: the plan awaits it. */
  gather(response: FunctionResponse): void {
    this.#gathered.push(response);
  }

  handOver(): FunctionResponse[] {
    return this.#gathered.splice(0);
  }

  /** Ids of the calls that were pending, as far as the client knows any; those that do not block outlive an interruption. */
  cancel(which: 'blocking' | 'all'): string[] {
    const ids = [...this.#pending].filter(([, call]) => which === 'all' || !call.nonBlocking).map(([id]) => id);
    for (const id of ids) this.#pending.delete(id);
    this.#gathered = [];
    return this.#ways.sendsIds ? ids : [];
  }

  #oldest(name: string): string {
    return [...this.#pending].find(([, call]) => call.name === name)?.[0] ?? '';
  }

  #newId(): string {
    let digits = String(1 + Math.floor(this.#random.next() * 9));
    while (digits.length < 19) digits += String(Math.floor(this.#random.next() * 10));
    return this.#ways.idPrefix + digits;
  }
}
