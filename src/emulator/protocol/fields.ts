/**
 * Reading proto3 JSON the way the service does: snake_case or camelCase keys, int64 as string or number.
 *
 * Owns the conversions. Never knows which fields exist.
 */

export type Fields = Readonly<Record<string, unknown>>;

/** Below these keys lies the app's own data, whose names are not the protocol's to change. */
const opaque = new Set(['args', 'response', 'parameters', 'parametersJsonSchema', 'responseJsonSchema', 'labels']);

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function camel(key: string): string {
  return key.includes('_') ? key.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : key;
}

/** The proto path segment of a JSON key, as error reasons show it. */
export function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A copy with camelCase keys all the way down, except inside the app's own data. */
export function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (!isFields(value)) return value;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    const name = camel(key);
    result[name] = opaque.has(name) ? inner : camelKeys(inner);
  }
  return result;
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
