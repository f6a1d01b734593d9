/**
 * A sink that keeps the newest records in memory: cheap enough to leave on, and there when something has gone wrong.
 *
 * Owns the ring. The header is kept however old it is, since a trace without one cannot be read. Never grows past its
 * capacity and never reads a record.
 */

export interface RingSink {
  /** It is a TraceSink itself: `connect({ trace: ring })`. */
  (line: string): void;
  /** The trace so far, as parseTrace takes it. */
  text(): string;
  /** Records that had to make room. */
  readonly dropped: number;
}

/** @param capacity Records to keep beside the header; 1 or more. */
export function ringSink(capacity: number): RingSink {
  if (!Number.isInteger(capacity) || capacity < 1)
    throw new RangeError(`ringSink: the capacity is ${capacity}; it is an integer, 1 or more.`);
  const ring: string[] = [];
  let header: string | null = null;
  let count = 0;
  const sink = (line: string): void => {
    if (header === null) {
      header = line;
      return;
    }
    ring[count % capacity] = line;
    count += 1;
  };
  const text = (): string => {
    const start = count > capacity ? count % capacity : 0;
    const lines = [...(header === null ? [] : [header]), ...ring.slice(start), ...ring.slice(0, start)];
    return lines.map((line) => `${line}\n`).join('');
  };
  return Object.defineProperty(Object.assign(sink, { text }), 'dropped', {
    get: () => Math.max(0, count - capacity),
    enumerable: true,
  }) as unknown as RingSink;
}
