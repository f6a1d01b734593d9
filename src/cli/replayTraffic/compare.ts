/**
 * Compares what a session delivered with what was recorded: count, order, every key and every value.
 *
 * Owns the words of a difference and the two fields that the library renames on purpose (docs/RECORDINGS.md). Nothing
 * else may differ, and a message that is not recorded may not come.
 */
import { isFields, type Fields } from '../../wire/shape.js';
import type { RecordedFrame } from './recording.js';

/** Then the rest is counted. */
const maxDifferences = 10;
/** How far apart a missing and the next right message may be to be told as such. */
const lookAhead = 50;

export interface Comparison {
  /** Empty when all is as recorded. */
  readonly differences: readonly string[];
  /** Fields that came under the SDK's name for them. */
  readonly renamed: number;
}

export function compare(frames: readonly RecordedFrame[], delivered: readonly object[]): Comparison {
  const expected = frames.filter((frame): frame is RecordedFrame & { message: Fields } => frame.message !== null);
  const differences: string[] = [];
  const tally = { renamed: 0 };
  let e = 0;
  let d = 0;
  while (e < expected.length || d < delivered.length) {
    const frame = expected[e];
    const message = delivered[d];
    if (frame === undefined) {
      differences.push(`message ${d + 1} is in no line of the file: ${excerpt(message)}`);
      d += 1;
    } else if (message === undefined) {
      differences.push(`line ${frame.line} was not delivered: ${excerpt(frame.message)}`);
      e += 1;
    } else {
      const found = diff(frame.message, message, '', tally);
      if (found.length === 0) {
        e += 1;
        d += 1;
        continue;
      }
      const missing = distance(
        expected,
        e + 1,
        (other) => diff(other.message, message, '', { renamed: 0 }).length === 0,
      );
      const extra = distance(delivered, d + 1, (other) => diff(frame.message, other, '', { renamed: 0 }).length === 0);
      if (missing !== null && (extra === null || missing <= extra)) {
        differences.push(`line ${frame.line} was not delivered: ${excerpt(frame.message)}`);
        e += 1;
      } else if (extra !== null) {
        differences.push(`message ${d + 1} is in no line of the file at this place: ${excerpt(message)}`);
        d += 1;
      } else {
        differences.push(...found.map((line) => `line ${frame.line}, message ${d + 1}: ${line}`));
        e += 1;
        d += 1;
      }
    }
  }
  if (expected.length !== delivered.length)
    differences.unshift(`${expected.length} messages were recorded, ${delivered.length} delivered`);
  const more = differences.length - maxDifferences;
  return {
    differences: more > 0 ? [...differences.slice(0, maxDifferences), `and ${more} more`] : differences,
    renamed: tally.renamed,
  };
}

function distance<T>(list: readonly T[], from: number, isIt: (item: T) => boolean): number | null {
  for (let i = from; i < Math.min(list.length, from + lookAhead); i += 1) if (isIt(list[i] as T)) return i - from;
  return null;
}

/** One sentence for each place that differs. */
function diff(expected: unknown, actual: unknown, path: string, tally: { renamed: number }): string[] {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length =
      expected.length === actual.length ? [] : [`${path} has ${actual.length} items instead of ${expected.length}`];
    return [
      ...length,
      ...expected.slice(0, actual.length).flatMap((item, i) => diff(item, actual[i], `${path}[${i}]`, tally)),
    ];
  }
  if (isFields(expected) && isFields(actual)) {
    return diffFields(
      path === '' || path === 'usageMetadata' || path === 'voiceActivity'
        ? inWordsOfSdk(expected, actual, path, tally)
        : expected,
      actual,
      path,
      tally,
    );
  }
  return expected === actual ? [] : [`${path} is ${excerpt(actual)} instead of ${excerpt(expected)}`];
}

function diffFields(expected: Fields, actual: Fields, path: string, tally: { renamed: number }): string[] {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`);
  const lines: string[] = [];
  for (const key of Object.keys(expected)) {
    if (Object.hasOwn(actual, key)) lines.push(...diff(expected[key], actual[key], at(key), tally));
    else lines.push(`${at(key)} is missing, ${excerpt(expected[key])} was recorded`);
  }
  for (const key of Object.keys(actual)) {
    if (!Object.hasOwn(expected, key)) lines.push(`${at(key)} was not recorded, and is ${excerpt(actual[key])}`);
  }
  return lines;
}

const sdkNames: readonly (readonly [string, string])[] = [
  ['candidatesTokenCount', 'responseTokenCount'],
  ['candidatesTokensDetails', 'responseTokensDetails'],
];

/** The recorded fields under the names that an app of the SDK reads, where the session used those. */
function inWordsOfSdk(expected: Fields, actual: Fields, path: string, tally: { renamed: number }): Fields {
  const out: Fields = { ...expected };
  if (
    path === 'voiceActivity' &&
    'type' in expected &&
    !('voiceActivityType' in expected) &&
    'voiceActivityType' in actual
  ) {
    out['voiceActivityType'] = expected['type'];
    tally.renamed += 1;
  }
  if (path !== 'usageMetadata') return out;
  for (const [wire, sdk] of sdkNames) {
    if (!(wire in expected) || wire in actual) continue;
    if (!(sdk in expected) && expected[wire] !== null) out[sdk] = expected[wire];
    delete out[wire];
    tally.renamed += 1;
  }
  return out;
}

function excerpt(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
