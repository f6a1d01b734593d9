/**
 * The verdict: what the model knows at the end of each lineage, and which of the messages sent are not in it.
 *
 * Owns the walk over contexts. Never changes one. A lineage is a context that began fresh and the chain of resumes
 * from it; the successor of a context is the LAST one that resumed from its handle, every other branch is dead. Where the
 * archive gave up the beginning, the lineage begins with what is left:
 *
 *   fresh ── heard 0…40 │ 41…44 (after the handle: gone)
 *                       └─ successor ── heard 41'…90 │ …
 */
import type { ContextParent, HeardList, HeardMessage } from './heard.js';

export interface LineageLink {
  readonly id: number;
  readonly parent: ContextParent | null;
  readonly heard: HeardList;
}

/** One list per lineage. */
export function survivingMessages(contexts: readonly LineageLink[]): HeardMessage[][] {
  const successor = new Map<number, LineageLink>();
  for (const context of contexts) if (context.parent !== null) successor.set(context.parent.contextId, context);
  const known = new Set(contexts.map(({ id }) => id));
  return contexts
    .filter(({ parent }) => parent === null || !known.has(parent.contextId))
    .map((root) => {
      const survived: HeardMessage[] = [];
      for (let link: LineageLink | undefined = root; link !== undefined; ) {
        const next = successor.get(link.id);
        for (const message of link.heard.upTo(next?.parent?.length)) survived.push(message);
        link = next;
      }
      return survived;
    });
}

export type Key = string | number;

export interface Account<K extends Key = Key> {
  /** Distinct keys that some lineage knows at its end. */
  readonly heard: number;
  /** Sent, and in no lineage. */
  readonly lost: K[];
  /** Twice or more within one lineage. */
  readonly doubled: K[];
  /** In more than one lineage: what a reseed brought back is here. */
  readonly reheard: K[];
  /** First heard after a key that was sent later. */
  readonly reordered: K[];
}

/** Compares what was sent with what survived. `keyOf` returns null for messages that do not count. */
export function accountFor<K extends Key>(
  lineages: readonly (readonly HeardMessage[])[],
  keyOf: (message: HeardMessage) => K | null,
  sent: Iterable<K>,
): Account<K> {
  const position = new Map<K, number>();
  for (const key of sent) if (!position.has(key)) position.set(key, position.size);
  const all = new Set<K>();
  const doubled = new Set<K>();
  const reheard = new Set<K>();
  const reordered = new Set<K>();
  for (const lineage of lineages) {
    const here = new Set<K>();
    let latest = -1;
    for (const message of lineage) {
      const key = keyOf(message);
      if (key === null) continue;
      if (here.has(key)) {
        doubled.add(key);
        continue;
      }
      here.add(key);
      if (all.has(key)) reheard.add(key);
      const at = position.get(key);
      if (at === undefined) continue;
      if (at < latest) reordered.add(key);
      latest = Math.max(latest, at);
    }
    for (const key of here) all.add(key);
  }
  const lost = [...position.keys()].filter((key) => !all.has(key));
  return { heard: all.size, lost, doubled: [...doubled], reheard: [...reheard], reordered: [...reordered] };
}
