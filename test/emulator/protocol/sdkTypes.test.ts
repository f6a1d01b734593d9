/**
 * The tables against the types that @google/genai 3.1.0 publishes: every field and every enum value that its client
 * messages can hold is in the tables, and nothing that they do not have but for the few named here.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { messageShape, type Kind, type MessageShape } from '../../../src/emulator/protocol/schema/shapes.js';

const declarations = readFileSync(
  new URL('../../../node_modules/@google/genai/dist/genai.d.ts', import.meta.url),
  'utf8',
).replaceAll('\r', '');

/** Field → name of its type, of an interface or a class of the SDK. */
function fieldsOf(type: string): Map<string, string> | null {
  const found = new RegExp(`^(?:export )?declare (?:interface|class) ${type} \\{((?:\\n(?!\\}).*)*)\\n\\}`, 'm').exec(
    declarations,
  );
  const body = found?.[1]?.replace(/\/\*\*(?:(?!\*\/)[\s\S])*\*\//g, '');
  if (body === undefined) return null;
  const fields = [...body.matchAll(/^ {4}(\w+)\??: ([^;]+);/gm)];
  return new Map(fields.map(([, name = '', declared = '']) => [name, declared.trim()]));
}

function enumValues(type: string): string[] | null {
  const body = new RegExp(`^export declare enum ${type} \\{([\\s\\S]*?)\\n\\}`, 'm').exec(declarations)?.[1];
  return body === undefined ? null : [...body.matchAll(/= "([^"]*)"/g)].map(([, value = '']) => value);
}

/** Types of the SDK that stand for another shape on the wire. */
const wireType: Record<string, string> = { ContentUnion: 'Content', ToolListUnion: 'Tool', ToolUnion: 'Tool' };

/** What each type of JSON may be in proto: int64 and times are texts. */
const jsonTypes: Record<string, readonly string[]> = {
  string: ['string', 'bytes', 'int64', 'duration', 'timestamp'],
  number: ['int32', 'float'],
  boolean: ['bool'],
};

/** In the tables, and not in the SDK's types. */
const ours = new Set([
  'LiveClientSetup.toolConfig',
  'GenerationConfig.modelConfig',
  'Schema.additionalProperties',
  'Schema.ref',
  'Schema.defs',
]);

interface Difference {
  readonly missing: string[];
  readonly surplus: string[];
  /** Messages and enums that were compared. */
  readonly compared: Set<string>;
}

function compare(type: string, shape: MessageShape, seen: Difference): void {
  if (seen.compared.has(type)) return;
  seen.compared.add(type);
  const fields = fieldsOf(type) ?? new Map<string, string>();
  for (const [field, declared] of fields) {
    const known = shape.fields.get(field);
    if (known === undefined) seen.missing.push(`${type}.${field}`);
    else compareKind(declared, `${type}.${field}`, known.kind, seen);
  }
  for (const field of new Set([...shape.fields.values()].map((known) => known.name))) {
    if (!fields.has(field) && !ours.has(`${type}.${field}`)) seen.surplus.push(`${type}.${field}`);
  }
}

function compareKind(declared: string, at: string, kind: Kind, seen: Difference): void {
  const bare = declared.replace(/\[\]$/, '').replace(/^Record<string, (\w+)>$/, '$1');
  const type = wireType[bare] ?? bare;
  if (kind.is === 'map') return compareKind(bare, at, kind.of, seen);
  if (kind.is === 'message') {
    if (fieldsOf(type) !== null) compare(type, kind.message, seen);
    return;
  }
  const scalars = jsonTypes[bare];
  if (scalars !== undefined) {
    if (kind.is !== 'scalar' || !scalars.includes(kind.scalar)) seen.missing.push(`${at} as ${bare}`);
    return;
  }
  const values = enumValues(type);
  if (values === null) return;
  seen.compared.add(type);
  if (kind.is !== 'enum') seen.missing.push(`${at} as an enum`);
  else expect([type, kind.values.values]).toEqual([type, values]);
}

describe('the tables have every field of the types of @google/genai', () => {
  test('client messages and all that is in them', () => {
    const seen: Difference = { missing: [], surplus: [], compared: new Set() };
    const message = messageShape('ClientMessage');
    compare('LiveClientMessage', message, seen);
    compare('GenerationConfig', fieldShape(messageShape('Setup'), 'generationConfig'), seen);
    expect(seen.missing).toEqual([]);
    expect(seen.surplus).toEqual([]);
    // So many messages and enums are there to compare; fewer would mean that the types were not found.
    expect(seen.compared.size).toBeGreaterThan(90);
  });

  test('tool configuration and tokens', () => {
    const seen: Difference = { missing: [], surplus: [], compared: new Set() };
    compare('ToolConfig', fieldShape(messageShape('Setup'), 'toolConfig'), seen);
    expect([seen.missing, seen.surplus]).toEqual([[], []]);
    for (const name of fieldsOf('AuthToken')?.keys() ?? [])
      expect(messageShape('AuthToken').fields.has(name)).toBe(true);
  });
});

function fieldShape(shape: MessageShape, name: string): MessageShape {
  const kind = shape.fields.get(name)?.kind;
  if (kind?.is !== 'message') throw new Error(`${name} is no message`);
  return kind.message;
}
