/**
 * Reads parsed JSON against a shape of schema/, as the service does: names and values that it does not know are refused,
 * snake_case is taken for camelCase, null for nothing, a lone value for a list of one.
 *
 * Owns what fits a shape. Copies names, never texts: audio passes through as the string it came in. The form of the
 * reasons is that of Google's JSON transcoder (LOG, protobuf's proto_writer and REST errors in many reports).
 */
import type { Address } from './address.js';
import { isFields, type Fields } from './fields.js';
import { alreadySet, closings, invalidValue, notRepeating, tooDeep, unknownName, type Closing } from './refusals.js';
import type { EnumShape, FieldShape, Kind, MessageShape, Scalar } from './schema/shapes.js';

/** Which fields exist follows the path that was dialled. */
export type Dialect = Pick<Address, 'provider' | 'version'>;

/** Messages within messages; the limit of protobuf's own parsers (OWN: the service's was not seen). */
const maxDepth = 100;

const scalarNames: Record<Scalar, string> = {
  string: 'TYPE_STRING',
  bool: 'TYPE_BOOL',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  float: 'TYPE_FLOAT',
  bytes: 'TYPE_BYTES',
  duration: 'type.googleapis.com/google.protobuf.Duration',
  timestamp: 'type.googleapis.com/google.protobuf.Timestamp',
};

/** Ends a walk from any depth; never leaves this file. */
class Misfit extends Error {
  readonly closing: Closing;

  constructor(closing: Closing) {
    super(closing.reason);
    this.closing = closing;
  }
}

/** A copy with camelCase names and nothing that the shape does not know, or how the service refuses it. */
export function readShape(shape: MessageShape, value: unknown, dialect: Dialect): Fields | Closing {
  if (!isFields(value)) return unknownName('', '', 'Root element must be a message.');
  try {
    return new Walk(dialect).message(shape, value);
  } catch (error) {
    if (error instanceof Misfit) return error.closing;
    throw error;
  }
}

class Walk {
  readonly #dialect: Dialect;
  /** Names from the root to the value at hand; a list index as `[3]`. */
  readonly #path: string[] = [];

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  message(shape: MessageShape, value: Fields): Fields {
    const result: Record<string, unknown> = {};
    let groups: Set<string> | null = null;
    for (const key of Object.keys(value)) {
      const field = shape.fields.get(key);
      if (field === undefined || !this.#knows(field)) throw new Misfit(unknownName(key, this.#at()));
      const inner = value[key];
      if (inner === null) {
        if (field.keepsNull) result[field.name] = null;
        continue;
      }
      if (field.oneof !== null) {
        groups ??= new Set();
        if (groups.has(field.oneof)) throw new Misfit(alreadySet(field.oneof, key, this.#at()));
        groups.add(field.oneof);
      }
      this.#path.push(field.protoName);
      result[field.name] = field.repeated ? this.#list(field, inner) : this.#one(field.kind, inner, key);
      this.#path.pop();
    }
    return result;
  }

  #knows({ only }: FieldShape): boolean {
    if (only === null) return true;
    const { provider, version } = this.#dialect;
    if (only === 'alpha') return provider === 'vertex' || version === 'v1alpha';
    return (only === 'vertex') === (provider === 'vertex');
  }

  #list(field: FieldShape, value: unknown): unknown[] {
    if (!Array.isArray(value)) return [this.#one(field.kind, value, field.name)];
    return (value as unknown[]).map((inner, index) => {
      this.#path.push(`[${index}]`);
      const one = this.#one(field.kind, inner, field.name);
      this.#path.pop();
      return one;
    });
  }

  #one(kind: Kind, value: unknown, key: string): unknown {
    if (this.#path.length > maxDepth) throw new Misfit(tooDeep(key));
    switch (kind.is) {
      case 'value':
        this.#checkDepth(value, key, this.#path.length);
        return value;
      case 'struct':
        if (!isFields(value)) throw this.#invalid('type.googleapis.com/google.protobuf.Struct', value);
        this.#checkDepth(value, key, this.#path.length);
        return value;
      case 'scalar':
        if (Array.isArray(value)) throw this.#notRepeating(key);
        return this.#scalar(kind.scalar, value);
      case 'enum':
        if (Array.isArray(value)) throw this.#notRepeating(key);
        return this.#enum(kind.values, value);
      case 'message':
        if (Array.isArray(value)) throw this.#notRepeating(key);
        if (!isFields(value)) throw this.#invalid(this.#typeName(kind.message.protoName), value);
        return this.message(kind.message, value);
      case 'map':
        return this.#map(kind.of, value, key);
      default:
        return kind satisfies never;
    }
  }

  #map(of: Kind, value: unknown, key: string): Fields {
    if (Array.isArray(value)) throw this.#notRepeating(key);
    if (!isFields(value)) throw this.#invalid('Map', value);
    // The app's own names: fromEntries defines `__proto__` as a key like any other.
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        this.#path.push(`[${JSON.stringify(name)}]`);
        const one = this.#one(of, inner, name);
        this.#path.pop();
        return [name, one];
      }),
    );
  }

  /** What is the app's own is kept as it is, and must not be so deep that writing it as JSON again fails. */
  #checkDepth(value: unknown, key: string, depth: number): void {
    if (typeof value !== 'object' || value === null) return;
    if (depth > maxDepth) throw new Misfit(tooDeep(key));
    for (const [name, inner] of Object.entries(value)) this.#checkDepth(inner, name, depth + 1);
  }

  #enum(shape: EnumShape, value: unknown): string {
    if (typeof value === 'string') {
      // Lower case and dashes are taken: function schemas with "type": "object" are common.
      const name = value.toUpperCase().replaceAll('-', '_');
      if (shape.values.includes(name)) return name;
    } else if (typeof value === 'number' && Number.isInteger(value)) {
      // Proto3 enums are open: an unknown number is a value without a name, as good as none.
      return shape.values[value] ?? shape.values[0] ?? '';
    }
    throw this.#invalid(this.#typeName(shape.protoName), value);
  }

  #scalar(kind: Scalar, value: unknown): unknown {
    if (typeof value === 'object' && value !== null) {
      throw new Misfit(invalidValue(this.#at(), scalarNames[kind], 'Starting an object on a scalar field', 'said'));
    }
    // Half a surrogate pair is no character: proto strings are UTF-8, which has no way to say it.
    if (kind === 'string' && typeof value === 'string' && /\p{Surrogate}/u.test(value))
      throw new Misfit(closings.notJson);
    const read = readScalar(kind, value);
    if (read !== undefined) return read;
    if (kind === 'bytes' && typeof value === 'string') {
      const said = `Base64 decoding failed for ${JSON.stringify(value.slice(0, 123))}`;
      throw new Misfit(invalidValue(this.#at(), scalarNames[kind], said, 'said'));
    }
    throw this.#invalid(scalarNames[kind], value);
  }

  #typeName(protoName: string): string {
    const { provider, version } = this.#dialect;
    const google = provider === 'vertex' ? 'cloud.aiplatform' : 'ai.generativelanguage';
    return `type.googleapis.com/google.${google}.${version}.${protoName}`;
  }

  #invalid(type: string, value: unknown): Misfit {
    return new Misfit(invalidValue(this.#at(), type, value));
  }

  #notRepeating(key: string): Misfit {
    const inside = this.#path.slice(0, -1);
    return new Misfit(notRepeating(key, joinPath(inside)));
  }

  #at(): string {
    return joinPath(this.#path);
  }
}

function joinPath(path: readonly string[]): string {
  return path.reduce((text, name) => (text === '' || name.startsWith('[') ? text + name : `${text}.${name}`), '');
}

/** undefined: it does not fit. */
function readScalar(kind: Scalar, value: unknown): unknown {
  switch (kind) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'int32': {
      const number = wholeNumber(value);
      return number !== null && number >= -(2 ** 31) && number < 2 ** 31 ? number : undefined;
    }
    case 'int64': {
      const number = wholeNumber(value);
      return number !== null && number >= -(2 ** 63) && number < 2 ** 63 ? value : undefined;
    }
    case 'float':
      return readFloat(value);
    case 'bytes':
      return typeof value === 'string' && isBase64(value) ? value : undefined;
    case 'duration':
      return typeof value === 'string' && /^-?\d{1,12}(?:\.\d{1,9})?s$/.test(value) ? value : undefined;
    case 'timestamp':
      return typeof value === 'string' && isTimestamp(value) ? value : undefined;
    default:
      return kind satisfies never;
  }
}

/** int32 and int64 come as numbers or as texts of digits. */
function wholeNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isInteger(value) ? value : null;
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? Number(value) : null;
}

function readFloat(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.length > 64) return undefined;
  if (value === 'NaN' || /^-?Infinity$/.test(value)) return Number(value);
  return /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value) ? Number(value) : undefined;
}

/** Both alphabets, padding or none. A search for the first stranger, not a match of the whole: it cannot backtrack. */
function isBase64(text: string): boolean {
  if (/[^\w+/=-]/.test(text)) return false;
  const padding = text.indexOf('=');
  const length = padding === -1 ? text.length : padding;
  return text.length - length <= 2 && length % 4 !== 1 && (padding === -1 || !/[^=]/.test(text.slice(padding)));
}

function isTimestamp(text: string): boolean {
  const form = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;
  // oxlint-disable-next-line no-restricted-globals -- parses a text, does not ask for the time
  return form.test(text) && !Number.isNaN(Date.parse(text));
}
