/**
 * Valid setups for the emulator, made from its own tables.
 *
 * Owns the generator. Takes shapes from its caller and imports nothing of the package at run time, so that a test and a
 * command can both use their own build. The same numbers give the same setup.
 */
import type { Random } from '../../src/random.js';
import type { FieldShape, Kind, MessageShape } from '../../src/emulator/protocol/schema/shapes.js';

export interface FrameDialect {
  readonly provider: 'developer' | 'vertex';
  readonly version: string;
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random.next() * list.length)] as T;
}

const scalars = {
  string: ['', 'x', 'Grüße 🎈', '__proto__', 'a'.repeat(200)],
  bool: [true, false],
  int32: [0, 1, '7', -3, 2_147_483_647],
  int64: ['0', '12', 9, '9007199254740993'],
  float: [0, 0.5, '1.5', 'NaN', -2, 1e6],
  bytes: ['', 'AAAA', 'AAA=', '_-8='],
  duration: ['0s', '1.500s', '-3s', '3.000000001s'],
  timestamp: ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05.123456789+02:00'],
} satisfies Record<string, readonly Json[]>;

function validValue(kind: Kind, random: Random, dialect: FrameDialect, depth: number): Json {
  switch (kind.is) {
    case 'scalar':
      return pick<Json>(random, scalars[kind.scalar]);
    case 'enum': {
      const name = pick(random, kind.values.values);
      return random.next() < 0.2 ? name.toLowerCase() : name;
    }
    case 'message':
      return validMessage(kind.message, random, dialect, depth + 1);
    case 'map':
      return depth > 4 ? {} : { a: validValue(kind.of, random, dialect, depth + 1) };
    case 'struct':
      return pick<Json>(random, [{}, { x_y: [1, { deep: null }] }]);
    case 'value':
      return pick<Json>(random, ['x', 1, true, [1], { type: 'object' }]);
    default:
      return kind satisfies never;
  }
}

function isKnown(field: FieldShape, { provider, version }: FrameDialect): boolean {
  if (field.only === 'dev') return provider === 'developer';
  if (field.only === 'vertex') return provider === 'vertex';
  return field.only === null || provider === 'vertex' || version === 'v1alpha';
}

/** Some of the fields, each in one of its spellings; never two of a oneof. */
function validMessage(shape: MessageShape, random: Random, dialect: FrameDialect, depth = 0): { [key: string]: Json } {
  const message: { [key: string]: Json } = {};
  const groups = new Set<string>();
  const share = depth > 4 ? 0 : depth === 0 ? 0.5 : 0.35;
  for (const field of new Set(shape.fields.values())) {
    if (random.next() >= share || !isKnown(field, dialect)) continue;
    if (field.oneof !== null && groups.has(field.oneof)) continue;
    if (field.oneof !== null) groups.add(field.oneof);
    const key = random.next() < 0.3 ? field.protoName : field.name;
    const one = (): Json => validValue(field.kind, random, dialect, depth);
    if (!field.repeated) message[key] = !field.keepsNull && random.next() < 0.05 ? null : one();
    else message[key] = random.next() < 0.1 ? one() : [one(), one()];
  }
  return message;
}

/** A setup whose shape is anything that the tables allow, and whose values make sense for `model`. */
export function validSetup(shape: MessageShape, random: Random, dialect: FrameDialect, model: string): object {
  const { contextWindowCompression, context_window_compression, ...setup } = validMessage(shape, random, dialect);
  const generation = { ...(setup['generationConfig'] as object), ...(setup['generation_config'] as object) };
  delete setup['generation_config'];
  for (const key of ['sessionResumption', 'session_resumption']) {
    const resumption = setup[key];
    if (resumption !== undefined && resumption !== null) delete (resumption as { handle?: Json }).handle;
  }
  return {
    ...setup,
    model,
    generationConfig: { ...generation, response_modalities: undefined, responseModalities: ['AUDIO'] },
    ...(contextWindowCompression === undefined && context_window_compression === undefined
      ? {}
      : { contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: 12_800 } } }),
  };
}
