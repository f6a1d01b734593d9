/**
 * Int64: reads an int64 field, which JSON carries as a string and some clients as a number.
 *
 * Owns the accepted forms. Never rounds: what a number cannot hold exactly is null.
 */

/** A safe non-negative integer, or null when `value` is absent or anything else. */
export function parseInt64(value: unknown): number | null {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}
