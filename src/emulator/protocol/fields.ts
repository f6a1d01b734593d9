/**
 * Reading proto3 JSON the way the service does: snake_case or camelCase keys, int64 as string or number.
 *
 * Owns the conversions. Never knows which fields exist.
 */

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An int64 field: null when absent, NaN when it is not an integer. */
export function int64(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value : Number.NaN;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
}

/** The text of a Content, a list of parts, one part or a plain string, joined by spaces. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content))
    return content
      .map(textOf)
      .filter((text) => text !== '')
      .join(' ');
  if (!isFields(content)) return '';
  if (typeof content['text'] === 'string') return content['text'];
  return textOf(content['parts']);
}

/** A protobuf Duration: "50s", "1.500s". */
export function durationText(ms: number): string {
  const whole = Math.max(0, ms);
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${(whole / 1000).toFixed(3)}s`;
}
