/**
 * Duration: reads a protobuf Duration in any form it was seen in.
 *
 * Owns the one rule that matters: what cannot be read is 0 (leaving now), never NaN and never an exception.
 */

/** Milliseconds of `'50s'`, `'3.000000001s'`, 50 (seconds) or `{ seconds, nanos }`; 0 for anything else or below 0. */
export function parseDurationMs(value: unknown): number {
  const seconds = secondsOf(value);
  const ms = seconds * 1_000;
  return Number.isFinite(ms) && ms > 0 ? ms : 0;
}

function secondsOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return /^\s*\d+(\.\d*)?s?\s*$/.test(value) ? Number.parseFloat(value) : 0;
  if (typeof value !== 'object' || value === null) return 0;
  const { seconds = 0, nanos = 0 } = value as { seconds?: unknown; nanos?: unknown };
  // int64 comes as a JSON string.
  const whole = typeof seconds === 'string' && /^\d+$/.test(seconds) ? Number(seconds) : seconds;
  return typeof whole === 'number' && typeof nanos === 'number' ? whole + nanos / 1e9 : 0;
}
