/**
 * Shapes: tables that say which fields of an object go on the wire, and how.
 *
 * Owns the interpreter of those tables. Never knows a field by name and never changes the object it is given. Absent
 * and null fields stay away from the wire, fields the table does not name do too (the same as @google/genai does).
 */

export type Fields = Record<string, unknown>;

/** `keep`: as it is. `refuse`: exists on the other service only. A function: converted; it is given the path for errors. */
export type FieldRule = 'keep' | 'refuse' | ((value: unknown, path: string) => unknown);
export type Shape = Readonly<Record<string, FieldRule>>;

/** Builds the error for a field that must not be there; the caller decides which kind of error that is. */
export type Refusal = (path: string, problem: string) => Error;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function keepAll(...names: readonly string[]): Shape {
  return Object.fromEntries(names.map((name) => [name, 'keep' as const]));
}

export function refuseAll(...names: readonly string[]): Shape {
  return Object.fromEntries(names.map((name) => [name, 'refuse' as const]));
}

export function reshape(value: unknown, shape: Shape, path: string, refusal: Refusal): Fields {
  const out: Fields = {};
  if (typeof value !== 'object' || value === null) return out;
  const from = value as Fields;
  for (const [name, rule] of Object.entries(shape)) {
    const field = from[name];
    if (rule === 'refuse') {
      if (field !== undefined) throw refusal(`${path}.${name}`, 'is not supported by this service');
      continue;
    }
    if (field === undefined || field === null) continue;
    out[name] = rule === 'keep' ? field : rule(field, `${path}.${name}`);
  }
  return out;
}

/** Applies `convert` to every item of a list. What is no list is left for the service to refuse. */
export function reshapeEach(value: unknown, path: string, convert: (item: unknown, path: string) => unknown): unknown {
  return Array.isArray(value) ? value.map((item, index) => convert(item, `${path}[${index}]`)) : value;
}
