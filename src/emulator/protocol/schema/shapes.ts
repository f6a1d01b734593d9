/**
 * The tables of the wire format, read into shapes: which fields a message has, and of what kind each is.
 *
 *   Name = Proto.Name { field: kind; field: kind[] @vertex; other: map<kind> |oneof }     a message
 *   Name = Proto.Name ( FIRST SECOND )                                                    an enum
 *
 * Kinds: string bool int32 int64 float bytes duration timestamp, struct (an object of the app's own), value (anything of
 * the app's own), the name of a message or an enum, `[]` for a list. Marks: @dev and @vertex, known to that provider
 * alone; @alpha, on the Developer API in v1alpha alone; @null, a null is not the same as nothing; |name, one of a oneof.
 *
 * Owns the language. Never looks at a value: that is walk.ts.
 */
import { contentTables } from './content.js';
import { enums } from './enums.js';
import { setupTables } from './setup.js';
import { toolTables } from './tools.js';

const scalars = ['string', 'bool', 'int32', 'int64', 'float', 'bytes', 'duration', 'timestamp'] as const;
export type Scalar = (typeof scalars)[number];

export type Kind =
  | { readonly is: 'scalar'; readonly scalar: Scalar }
  | { readonly is: 'struct' }
  | { readonly is: 'value' }
  | { readonly is: 'enum'; readonly values: EnumShape }
  | { readonly is: 'message'; readonly message: MessageShape }
  | { readonly is: 'map'; readonly of: Kind };

export interface FieldShape {
  /** In camelCase. */
  readonly name: string;
  /** In snake_case, as error reasons show it. */
  readonly protoName: string;
  readonly kind: Kind;
  readonly repeated: boolean;
  readonly only: 'dev' | 'vertex' | 'alpha' | null;
  readonly keepsNull: boolean;
  readonly oneof: string | null;
}

export interface EnumShape {
  readonly protoName: string;
  readonly values: readonly string[];
}

export interface MessageShape {
  readonly protoName: string;
  /** Under both spellings, since proto3 JSON takes both. */
  readonly fields: ReadonlyMap<string, FieldShape>;
}

/** The proto spelling of a JSON key. */
export function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

interface OpenMessage extends MessageShape {
  readonly fields: Map<string, FieldShape>;
}

class Tables {
  readonly messages = new Map<string, OpenMessage>();
  readonly #bodies: { readonly message: OpenMessage; readonly body: string }[] = [];
  readonly #enums = new Map<string, EnumShape>();

  constructor(texts: readonly string[]) {
    for (const text of texts) this.#declare(text);
    for (const { message, body } of this.#bodies) this.#fill(message, body);
  }

  #declare(text: string): void {
    for (const [, name = '', proto = name, body, values = ''] of text.matchAll(
      /^(\w+)(?: = ([\w.]+))? (?:\{([^}]*)\}|\(([^)]*)\))/gm,
    )) {
      if (body === undefined) {
        this.#enums.set(name, { protoName: proto, values: values.trim().split(/\s+/) });
      } else {
        const message = { protoName: proto, fields: new Map<string, FieldShape>() };
        this.messages.set(name, message);
        this.#bodies.push({ message, body });
      }
    }
  }

  #fill({ fields }: OpenMessage, body: string): void {
    for (const entry of body.split(';')) {
      const text = entry.trim();
      if (text === '') continue;
      const found = /^(\w+): (map<\w+>|\w+)(\[\])?((?: @\w+)*)(?: \|(\w+))?$/.exec(text);
      if (found === null) throw new Error(`Not a field: ${text}`);
      const [, name = '', kind = '', list, marks = '', oneof = null] = found;
      const field: FieldShape = {
        name,
        protoName: snake(name),
        kind: this.#kind(kind),
        repeated: list !== undefined,
        only: (/@(dev|vertex|alpha)/.exec(marks)?.[1] as FieldShape['only'] | undefined) ?? null,
        keepsNull: marks.includes('@null'),
        oneof,
      };
      fields.set(field.name, field);
      fields.set(field.protoName, field);
    }
  }

  #kind(name: string): Kind {
    const of = /^map<(\w+)>$/.exec(name)?.[1];
    if (of !== undefined) return { is: 'map', of: this.#kind(of) };
    if (name === 'struct' || name === 'value') return { is: name };
    const scalar = scalars.find((known) => known === name);
    if (scalar !== undefined) return { is: 'scalar', scalar };
    const values = this.#enums.get(name);
    if (values !== undefined) return { is: 'enum', values };
    const message = this.messages.get(name);
    if (message === undefined) throw new Error(`No such kind of field: ${name}`);
    return { is: 'message', message };
  }
}

const tables = new Tables([enums, setupTables, contentTables, toolTables]);

const fieldNames = new Set([...tables.messages.values()].flatMap(({ fields }) => [...fields.keys()]));

/** Whether any message has a field of this name, in either spelling. */
export function isFieldName(name: string): boolean {
  return fieldNames.has(name);
}

export function messageShape(name: 'ClientMessage' | 'Setup' | 'AuthToken'): MessageShape {
  const shape = tables.messages.get(name);
  if (shape === undefined) throw new Error(`No such message: ${name}`);
  return shape;
}
