/**
 * Reads a script from data, or says what is wrong with it, where, and what to do.
 *
 * Owns the validation: names of fields, types and ranges. Never plays anything, reads no file.
 */
import { isFields, type Fields } from '../protocol/fields.js';
import type { EmulatorScript } from './script.js';

const maxTurns = 1_000;
const maxSteps = 1_000;
const maxText = 20_000;
const maxExpression = 2_000;
/** Such as `(a+)+` or `(b|\w*)*`, where an `x` stands for each atom: it tries every way to divide a text. */
const nestedQuantifier = /\((?:\?:|\?<\w+>)?(?:[^()]*\|)?[^()|][+*]\??(?:\|[^()]*)?\)(?:[+*]|\{\d+,\})/;

/** A script that cannot be played. Turns and steps are counted from 1; null where the fault is above them. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
  readonly turn: number | null;
  readonly step: number | null;
  /** Path within the step, the turn or the script: `say.text`. */
  readonly field: string;

  constructor(place: Place, field: string, problem: string, advice: string) {
    const { turn, step } = place;
    const at = [turn === null ? 'otherwise' : `turn ${turn}`, ...(step === null ? [] : [`step ${step}`])].join(', ');
    const where = turn === null && step === null ? 'Script' : `Script, ${at}`;
    super(`${where}: ${field === '' ? '' : `${field} `}${problem}. ${advice}`);
    this.turn = turn;
    this.step = step;
    this.field = field;
  }
}

interface Place {
  readonly turn: number | null;
  readonly step: number | null;
}

/** Reads one value; throws at `field`. */
type Check = (value: unknown, place: Place, field: string) => void;

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : typeof value;

function expected(what: string, advice: string): (value: unknown, place: Place, field: string) => never {
  return (value, place, field) => {
    throw new ScriptError(place, field, `must be ${what} and is ${kindOf(value)}`, advice);
  };
}

function text(advice: string): Check {
  const wrong = expected('text', advice);
  return (value, place, field) => {
    if (typeof value !== 'string') return wrong(value, place, field);
    if (value.length <= maxText) return;
    throw new ScriptError(place, field, `is longer than ${maxText} characters`, 'Split it into several steps.');
  };
}

function number(least: number, most: number, whole: boolean, advice: string): Check {
  return (value, place, field) => {
    const fits =
      typeof value === 'number' && value >= least && value <= most && (!whole || Number.isSafeInteger(value));
    if (fits) return;
    const shown = typeof value === 'number' ? String(value) : kindOf(value);
    const range = `a ${whole ? 'whole ' : ''}number from ${least} to ${most}`;
    throw new ScriptError(place, field, `must be ${range} and is ${shown}`, advice);
  };
}

function always(value: unknown, place: Place, field: string): void {
  if (value !== true)
    throw new ScriptError(place, field, `must be true and is ${kindOf(value)}`, 'Write true or leave it out.');
}

function flag(value: unknown, place: Place, field: string): void {
  if (typeof value !== 'boolean') expected('true or false', 'Write true or false.')(value, place, field);
}

function fields(checks: Readonly<Record<string, Check>>, required: readonly string[], advice: string): Check {
  const wrong = expected('an object', advice);
  return (value, place, field) => {
    if (!isFields(value)) return wrong(value, place, field);
    for (const [key, inner] of Object.entries(value)) {
      const path = field === '' ? key : `${field}.${key}`;
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
      if (check !== undefined) check(inner, place, path);
      else {
        const known = `Use one of: ${Object.keys(checks).join(', ')}.`;
        throw new ScriptError(place, path, 'is no field of a script', known);
      }
    }
    const missing = required.find((key) => value[key] === undefined);
    if (missing !== undefined)
      throw new ScriptError(place, field === '' ? missing : `${field}.${missing}`, 'is missing', advice);
  };
}

const object: Check = (value, place, field) => {
  if (!isFields(value)) expected('an object', 'Write it as a JSON object.')(value, place, field);
};

const expression: Check = (value, place, field) => {
  if (typeof value !== 'string') return expected('text', 'Give a regular expression as text.')(value, place, field);
  if (value.length > maxExpression)
    throw new ScriptError(place, field, `is longer than ${maxExpression} characters`, 'Use several turns, or text.');
  try {
    RegExp(value, 'iu');
  } catch {
    throw new ScriptError(place, field, 'is no regular expression', 'Escape what is meant literally, or use text.');
  }
  const atoms = value.replace(/\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\./gsu, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (nestedQuantifier.test(atoms))
    throw new ScriptError(place, field, 'repeats a repetition, which can take for ever', 'Write a+ for (a+)+.');
};

const closeCode: Check = (value, place, field) => {
  number(1_000, 4_999, true, 'Use a code that a close frame may carry, such as 1011.')(value, place, field);
  if (
    [1_004, 1_005, 1_006, 1_015].includes(value as number) ||
    ((value as number) > 1_015 && (value as number) < 3_000)
  )
    throw new ScriptError(place, field, 'is a code that no close frame may carry', 'Use another, such as 1011.');
};

const dayMs = 86_400_000;
const words = text('Give the words that the model says.');
const speech = fields(
  {
    text: words,
    audioSeconds: number(0, 600, false, 'Give the length of the audio in seconds.'),
    pace: number(0, 100, false, 'Give 0.25 for audio that comes four times as fast as it plays.'),
    pauseMs: number(0, dayMs, false, 'Give milliseconds.'),
  },
  ['text'],
  'Give { "text": "…" } or the text alone.',
);
const call = fields(
  { name: text('Name a declared function.'), args: object, nonBlocking: flag },
  ['name'],
  'Give { "name": "…", "args": {} } or a list of those.',
);

const steps: Readonly<Record<string, Check>> = {
  think: text('Give the thought.'),
  say: (value, place, field) => (typeof value === 'string' ? words : speech)(value, place, field),
  call: (value, place, field) => {
    if (!Array.isArray(value)) return call(value, place, field);
    if (value.length === 0)
      throw new ScriptError(place, field, 'is an empty list', 'Name a function or drop the step.');
    value.forEach((one: unknown, index) => call(one, place, `${field}[${index}]`));
  },
  waitMs: number(0, dayMs, false, 'Give milliseconds.'),
  awaitResults: always,
  turnComplete: (value, place, field) =>
    value === true
      ? undefined
      : fields({ inProgress: flag }, ['inProgress'], 'Write true or { "inProgress": true }.')(value, place, field),
  interrupted: always,
  cancelCalls: always,
  transcribe: text('Give the words that the user said.'),
  send: object,
  goAway: fields(
    { timeLeftMs: number(0, dayMs, false, 'Give milliseconds.'), thenClose: flag },
    ['timeLeftMs'],
    'Give { "timeLeftMs": 10000 }.',
  ),
  close: fields(
    { code: closeCode, reason: text('Give the reason as text.') },
    ['code'],
    'Give { "code": 1011, "reason": "…" }.',
  ),
  silent: always,
};

const when = fields(
  {
    start: always,
    result: (value, place, field) => {
      if (value !== true) text('Write true or the name of a function.')(value, place, field);
    },
    turn: number(1, Number.MAX_SAFE_INTEGER, true, 'Turns of the user are counted from 1.'),
    audio: flag,
    text: text('Give a piece of what the user says.'),
    matches: expression,
  },
  [],
  'Give { "text": "…" }, or leave it out to answer any turn of the user.',
);

function readSteps(value: unknown, turn: number | null, field: string): void {
  const place = { turn, step: null };
  if (!Array.isArray(value)) return expected('a list', 'List the steps: [{ "say": "…" }].')(value, place, field);
  if (value.length > maxSteps)
    throw new ScriptError(place, field, `has more than ${maxSteps} steps`, 'Split it into several turns.');
  value.forEach((step: unknown, index) => readStep(step, { turn, step: index + 1 }));
}

function readStep(step: unknown, place: Place): void {
  const known = `Use one of: ${Object.keys(steps).join(', ')}.`;
  const [name, second] = isFields(step) ? Object.keys(step) : [];
  if (name === undefined) throw new ScriptError(place, '', 'A step must be an object with one key', known);
  if (second !== undefined) throw new ScriptError(place, second, `stands beside ${name}`, 'Make it a step of its own.');
  if (!Object.hasOwn(steps, name)) throw new ScriptError(place, name, 'is no step', known);
  steps[name]?.((step as Fields)[name], place, name);
}

function readTurn(value: unknown, turn: number): void {
  const place = { turn, step: null };
  fields(
    {
      when,
      steps: (list) => readSteps(list, turn, 'steps'),
      repeat: (times, at, field) => {
        if (times !== 'always')
          number(1, Number.MAX_SAFE_INTEGER, true, 'Give how often, or "always".')(times, at, field);
      },
    },
    ['steps'],
    'Give { "when": { "text": "…" }, "steps": [{ "say": "…" }] }.',
  )(value, place, '');
  const conditions = (value as { when?: Fields }).when ?? {};
  const other = Object.keys(conditions).find((key) => key !== 'start');
  if (conditions['start'] === true && other !== undefined)
    throw new ScriptError(place, `when.${other}`, 'cannot be told at the start', 'Leave it out, or leave out start.');
  if (conditions['result'] !== undefined && conditions['audio'] !== undefined)
    throw new ScriptError(place, 'when.audio', 'cannot be told of a result', 'Leave it out, or leave out result.');
}

/** A script out of data such as a parsed JSON file. Throws a ScriptError. */
export function readScript(data: unknown): EmulatorScript {
  const nowhere = { turn: null, step: null };
  fields(
    {
      turns: (list, place, field) => {
        if (!Array.isArray(list)) return expected('a list', 'Write { "turns": [] }.')(list, place, field);
        if (list.length > maxTurns)
          throw new ScriptError(place, field, `has more than ${maxTurns} turns`, 'Use repeat, or several scripts.');
        list.forEach((turn: unknown, index) => readTurn(turn, index + 1));
      },
      otherwise: (value) => (value === 'echo' ? undefined : readSteps(value, null, 'otherwise')),
    },
    ['turns'],
    'Write { "turns": [{ "when": { "text": "hello" }, "steps": [{ "say": "Hello." }] }] }.',
  )(data, nowhere, '');
  try {
    return JSON.parse(JSON.stringify(data)) as EmulatorScript;
  } catch {
    throw new ScriptError(nowhere, '', 'is no data that JSON can hold', 'Leave out big integers and cycles.');
  }
}
