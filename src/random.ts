/**
 * The Random port: backoff jitter, ids and the emulator draw from it, so that the same seed gives the same run.
 *
 * Owns both adapters. Not for secrets: nothing here is cryptographically strong.
 */

export interface Random {
  /** A number in [0, 1). */
  next(): number;
}

export const systemRandom: Random = { next: () => Math.random() };

/** A small, well-mixed generator (mulberry32): the same `seed` always gives the same sequence. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = state;
      t = Math.imul(t ^ (t >>> 15), t | 1);
      t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** `length` characters of [0-9a-z] drawn from `random`: for session ids and emulator handles, not for secrets. */
export function randomId(random: Random, length = 12): string {
  let id = '';
  while (id.length < length) id += Math.floor(random.next() * 36).toString(36);
  return id;
}
