/** The three figures that every wait is told by. */

export interface Quantiles {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Nearest rank, rounded to a tenth; null where there was nothing to measure. */
export function quantiles(values: readonly number[]): Quantiles | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => Math.round((sorted[Math.ceil(share * sorted.length) - 1] ?? 0) * 10) / 10;
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

export function quantilesText(found: Quantiles | null): string {
  return found === null ? 'none' : `p50 ${found.p50}, p95 ${found.p95}, max ${found.max}`;
}
