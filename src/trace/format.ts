/**
 * The trace format: JSON lines, one record each, the header first.
 *
 * Owns the record types, their version and how a text is read back. Never writes one (recorder.ts) and decides nothing
 * about secrets (redact.ts). docs/TRACE.md describes every record. Within one major version fields and record types are
 * only added, so a reader skips what it does not know.
 */

/** Receives one record as one line of JSON, without the line break. */
export type TraceSink = (line: string) => void;

export const traceFormat = 'gemini-lifeline-trace';
/** The major version. A reader refuses a greater one. */
export const traceVersion = 1;

interface RecordBase {
  /** The step of the statechart it belongs to: one for each event the statechart was given, from 1. 0 is the start. */
  readonly n: number;
  /** Milliseconds on the session's clock. */
  readonly at: number;
}

export interface HeaderRecord extends RecordBase {
  readonly type: 'header';
  readonly format: typeof traceFormat;
  readonly version: number;
  /** Version of gemini-lifeline that wrote it. */
  readonly library: string;
  readonly sessionId: string;
  /** The session's clock when the recording began: milliseconds since the Unix epoch, unless the clock is virtual. */
  readonly startedAt: number;
  readonly model: string | Redacted;
  readonly transport: string | Redacted;
  /** Two traces with one hash ran the same states and transitions. */
  readonly chart: { readonly id: string; readonly hash: string };
  /** False: the app asked for everything, secrets included. */
  readonly redacted: boolean;
}

/** Stands where a string or bytes were. */
export interface Redacted {
  readonly redacted: number;
}

/** A state of the chart as XState writes it. */
export type TraceStateValue = string | { readonly [region: string]: TraceStateValue };

export interface FrameRecord extends RecordBase {
  readonly type: 'frame';
  readonly dir: 'in' | 'out';
  /** Number of the connection. */
  readonly epoch: number;
  /** Names of the fields in it, joined with `+`: `audio`, `serverContent.turnComplete+usageMetadata`; `empty`. */
  readonly kind: string;
  readonly bytes: number;
  /** Only in a trace that is not redacted. */
  readonly message?: unknown;
}

/** `sent`: by the session. `actor`: by a dial or another child. `raised`: by the chart itself, inside a step. */
export type EventOrigin = 'start' | 'sent' | 'timer' | 'actor' | 'raised';

export interface EventRecord extends RecordBase {
  readonly type: 'event';
  readonly origin: EventOrigin;
  readonly event: { readonly type: string | Redacted; readonly [field: string]: unknown };
}

/** One microstep. Not written for an event that nothing in the chart answered. */
export interface TransitionRecord extends RecordBase {
  readonly type: 'transition';
  /** `NODE EVENT #ORDINAL`, one for each region that moved; empty for the entry into the initial states. */
  readonly taken: readonly string[];
  readonly from: TraceStateValue | null;
  readonly to: TraceStateValue;
}

export interface GuardRecord extends RecordBase {
  readonly type: 'guard';
  readonly name: string | Redacted;
  readonly answer: boolean;
}

export interface TimerRecord extends RecordBase {
  readonly type: 'timer';
  readonly action: 'set' | 'cleared' | 'fired';
  /** Counts the timers of one recording. */
  readonly id: number;
  readonly ms: number;
  /** The event that an `after` of the chart will send; absent for the session's other timers. */
  readonly name?: string | Redacted;
}

export interface StatusRecord extends RecordBase {
  readonly type: 'status';
  readonly status: { readonly [field: string]: unknown };
}

export interface OutboxRecord extends RecordBase {
  readonly type: 'outbox';
  readonly counts: { readonly [field: string]: unknown };
}

/** What the app saw on `events$`. */
export interface PublicRecord extends RecordBase {
  readonly type: 'public';
  readonly event: { readonly [field: string]: unknown };
}

export interface EndRecord extends RecordBase {
  readonly type: 'end';
  readonly reason: string | Redacted;
  /** Records before this one; fewer in the text means that a ring dropped the oldest. */
  readonly records: number;
}

export type TraceRecord =
  | HeaderRecord
  | FrameRecord
  | EventRecord
  | TransitionRecord
  | GuardRecord
  | TimerRecord
  | StatusRecord
  | OutboxRecord
  | PublicRecord
  | EndRecord;

export interface TraceProblem {
  /** `severalSessions`: cut it with `splitTraces` first. */
  readonly code: 'empty' | 'notATrace' | 'newerVersion' | 'badRecord' | 'severalSessions';
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export type ParsedTrace =
  | {
      readonly ok: true;
      readonly header: HeaderRecord;
      /** The header included. */
      readonly records: readonly TraceRecord[];
      /** Records of a type that this version does not know. */
      readonly skipped: number;
      /** The last line was cut off, as it is after a crash. */
      readonly truncated: boolean;
    }
  | { readonly ok: false; readonly problem: TraceProblem };

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber: Check = (value) => typeof value === 'number';
const isString: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isWord: Check = (value) => isString(value) || (isFields(value) && isNumber(value['redacted']));
const isList: Check = (value) => Array.isArray(value) && value.every(isString);
const isState: Check = (value) => isString(value) || (isFields(value) && Object.values(value).every(isState));
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    isString(value) && words.includes(value as string);

/** What a reader relies on, by record type; further fields are welcome. */
const shapes: Readonly<Record<TraceRecord['type'], Readonly<Record<string, Check>>>> = {
  header: {
    library: isString,
    sessionId: isString,
    startedAt: isNumber,
    model: isWord,
    transport: isWord,
    chart: (value) => isFields(value) && isString(value['id']) && isString(value['hash']),
    redacted: isBoolean,
  },
  frame: { dir: oneOf('in', 'out'), epoch: isNumber, kind: isString, bytes: isNumber },
  event: { origin: isString, event: (value) => isFields(value) && isWord(value['type']) },
  transition: { taken: isList, from: (value) => value === null || isState(value), to: isState },
  guard: { name: isWord, answer: isBoolean },
  timer: { action: oneOf('set', 'cleared', 'fired'), id: isNumber, ms: isNumber },
  status: { status: isFields },
  outbox: { counts: isFields },
  public: { event: isFields },
  end: { reason: isWord, records: isNumber },
};

/** Reads the trace of one session. Never throws. */
export function parseTrace(text: string): ParsedTrace {
  const lines = text.split('\n');
  let last = lines.length - 1;
  while (last >= 0 && lines[last]?.trim() === '') last -= 1;

  let header: HeaderRecord | null = null;
  const records: TraceRecord[] = [];
  let skipped = 0;
  for (let index = 0; index <= last; index += 1) {
    const text = lines[index] as string;
    if (text.trim() === '') continue;
    const value = parseLine(text);
    if (header === null) {
      const problem = problemOfHeader(value, index + 1);
      if (problem) return { ok: false, problem };
      header = value as HeaderRecord;
    } else if (value === undefined && index === last) {
      return { ok: true, header, records, skipped, truncated: true };
    } else if (isFields(value) && value['type'] === 'header') {
      return refuse('severalSessions', index + 1, 'Another session begins here; take one of splitTraces(text).');
    }
    const problem = problemOf(value);
    if (problem === 'unknownType') skipped += 1;
    else if (problem !== null) return refuse('badRecord', index + 1, problem);
    else records.push(value as TraceRecord);
  }
  return header === null
    ? refuse('empty', 1, 'There is no record in it.')
    : { ok: true, header, records, skipped, truncated: false };
}

/** One text for each session, in order: a file that several runs appended to holds more than one. */
export function splitTraces(text: string): readonly string[] {
  const traces: string[][] = [];
  for (const line of text.split('\n')) {
    const value = line.includes(traceFormat) ? parseLine(line) : undefined;
    const begins = isFields(value) && value['type'] === 'header' && value['format'] === traceFormat;
    if (begins || traces.length === 0) traces.push([]);
    traces.at(-1)?.push(line);
  }
  return traces.map((lines) => lines.join('\n')).filter((trace) => trace.trim() !== '');
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function problemOfHeader(value: unknown, line: number): TraceProblem | null {
  if (!isFields(value) || value['type'] !== 'header' || value['format'] !== traceFormat) {
    return { code: 'notATrace', line, message: `The first line is no header with the format ${traceFormat}.` };
  }
  const version = value['version'];
  if (typeof version === 'number' && Math.floor(version) > traceVersion) {
    const message = `The trace has version ${version}; this reader knows ${traceVersion}. Read it with a newer gemini-lifeline.`;
    return { code: 'newerVersion', line, message };
  }
  if (typeof version === 'number' && Math.floor(version) === traceVersion) return null;
  return {
    code: 'notATrace',
    line,
    message: `The header has no version that was ever written: ${JSON.stringify(version) ?? 'none'}.`,
  };
}

/** Null when it is a record, `unknownType` when a later version may have written it, else a sentence. */
function problemOf(value: unknown): string | null {
  if (!isFields(value)) return 'The line is no JSON object.';
  const { type } = value;
  if (typeof type !== 'string') return 'The record has no type.';
  if (!Object.hasOwn(shapes, type)) return 'unknownType';
  const shape = { n: isNumber, at: isNumber, ...shapes[type as TraceRecord['type']] };
  const wrong = Object.entries(shape).find(([name, check]) => !check(value[name]));
  return wrong ? `The ${type} record has no usable ${wrong[0]}.` : null;
}

function refuse(code: TraceProblem['code'], line: number, message: string): ParsedTrace {
  return { ok: false, problem: { code, line, message } };
}
