/**
 * How long to wait before the next dial. A policy is a function of what is known, and null means: give up.
 *
 * Owns the default policy. Never dials, never waits.
 */
import type { Random } from '../random.js';
import type { CloseVerdict } from '../wire/closes.js';

export interface BackoffContext {
  /** What the close table says of the end: `now`, `quick`, `backoff` or `slow`. */
  readonly pace: CloseVerdict['pace'];
  /** Dials refused since the last connection was set up; 0 when that connection ended just now. */
  readonly attempt: number;
  /** Dials without a stable connection in between: above 2, the service accepts and hangs up. */
  readonly unstable: number;
  /** Since the last connection ended or was retired, in milliseconds. */
  readonly awayMs: number;
  /** Window in which a server that still holds the old socket is asked again quickly, in milliseconds. */
  readonly oldSocketGraceMs: number;
  readonly random: Random;
}

/** Milliseconds to wait, or null to give up. */
export type BackoffPolicy = (context: BackoffContext) => number | null;

/** Never two dials closer than this, however eager a policy is (G11). */
export const leastMs = 25;
/** What a timer can wait for: 24.8 days. One that is set for longer fires at once. */
export const longestTimerMs = 2_147_483_647;
const quickMs = 250;
const firstMs = 500;
const longestMs = 30_000;
const slowFirstMs = 5_000;
const slowLongestMs = 120_000;

/**
 * At once after the loss of a connection, unless the service accepts and hangs up again and again; else exponential
 * with full jitter, so that a thousand clients that lost one server do not come back in step. While the old socket may
 * still be open, at most 250 ms apart.
 */
export const defaultBackoff: BackoffPolicy = ({ pace, attempt, unstable, awayMs, oldSocketGraceMs, random }) => {
  const loops = Math.max(0, unstable - 2 - attempt);
  if (attempt === 0 && loops === 0 && pace !== 'slow') return 0;
  if (pace === 'now' && loops === 0) return leastMs + random.next() * (quickMs - leastMs);
  if (pace === 'quick' && awayMs < oldSocketGraceMs) return leastMs + random.next() * (quickMs - leastMs);
  const [first, longest] = pace === 'slow' ? [slowFirstMs, slowLongestMs] : [firstMs, longestMs];
  const ceiling = Math.min(longest, first * 2 ** Math.min(attempt + loops, 16));
  const floor = pace === 'slow' ? first / 2 : leastMs;
  return floor + random.next() * (ceiling - floor);
};
