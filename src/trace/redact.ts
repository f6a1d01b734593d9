/**
 * What may be seen of a value in a trace: an allow list of keys and of words. Everything else is a length.
 *
 *   { type: 'server.goAway', timeLeftMs: 50000 }   as it is
 *   { newHandle: 'x', resumable: true }            newHandle is not on the list: { resumable: true, omitted: 1 }
 *   { meaning: 'what the server said' }            the key is, the words are not: { meaning: { redacted: 20 } }
 *
 * Owns how the lists (allowList.ts) are applied. Never changes what it is given, and never looks into text for secrets:
 * there is no deny list.
 */
import { shownKeys, shownWords } from './allowList.js';
import type { Redacted } from './format.js';

/** A trace is a log, not a copy: what is larger than this is cut, so that one record cannot hold up a session. */
const maxValues = 400;
const maxDepth = 8;

export class Redactor {
  readonly #words: Set<string>;

  /** `words` come on top of the built-in ones: those of the chart, the session's model. */
  constructor(words: Iterable<string>) {
    this.#words = new Set([...shownWords, ...words]);
  }

  word(text: string): string | Redacted {
    return this.#words.has(text) ? text : { redacted: text.length };
  }

  /** A copy that can be written as JSON and holds nothing that is not on the lists. */
  value(value: unknown): unknown {
    return this.#copy(value, maxDepth, { left: maxValues });
  }

  #copy(value: unknown, depth: number, budget: { left: number }): unknown {
    budget.left -= 1;
    switch (typeof value) {
      case 'string':
        return this.word(value);
      case 'number':
      case 'boolean':
        return value;
      case 'bigint':
        return Number(value);
      case 'object':
        break;
      default:
        return undefined;
    }
    if (value === null) return null;
    const bytes = sizeOf(value);
    if (bytes !== null) return { redacted: bytes } satisfies Redacted;
    if (depth === 0 || budget.left <= 0) return { omitted: 1 };
    if (Array.isArray(value))
      return value.slice(0, Math.max(0, budget.left)).map((item) => this.#copy(item, depth - 1, budget) ?? null);
    return this.#fields(value, depth, budget);
  }

  #fields(value: object, depth: number, budget: { left: number }): unknown {
    const out: Record<string, unknown> = {};
    let omitted = 0;
    for (const key of Object.keys(value)) {
      if (shownKeys.has(key) && budget.left > 0)
        out[key] = this.#copy((value as Record<string, unknown>)[key], depth - 1, budget);
      else omitted += 1;
    }
    if (omitted > 0) out['omitted'] = omitted;
    return out;
  }
}

/** The whole of a value as JSON can take it, for a trace that was asked for unredacted. Bytes are a length even there. */
export function reveal(value: unknown): unknown {
  return unfold(value, new Set());
}

function unfold(value: unknown, above: Set<object>): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  const bytes = sizeOf(value);
  if (bytes !== null) return { bytes };
  if (above.has(value)) return { cycle: true };
  above.add(value);
  const copy: unknown = Array.isArray(value)
    ? value.map((item) => unfold(item, above) ?? null)
    : Object.fromEntries(
        Object.keys(value).map((key) => [key, unfold((value as Record<string, unknown>)[key], above)]),
      );
  above.delete(value);
  return copy;
}

function sizeOf(value: object): number | null {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  return typeof Blob !== 'undefined' && value instanceof Blob ? value.size : null;
}
