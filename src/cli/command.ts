/**
 * What a command of the CLI is, and how its arguments are read: node's parseArgs, strict, with a complete `--help`.
 *
 * Owns parsing, help and the exit code of a wrong call (2). Commands print; this file knows none of them.
 */
import { parseArgs } from 'node:util';

export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly describe: string;
  /** Shown in the help as the value, e.g. `PORT`. */
  readonly value?: string;
  readonly fallback?: string;
  /** May be given again; then `flags` has a list. */
  readonly multiple?: boolean;
}

export interface Io {
  /** One line on stdout; nothing but the JSON object with --json. */
  print(line: string): void;
  /** One line on stderr: progress and errors. */
  note(line: string): void;
  /** Colour, progress bars and live lines make sense. */
  readonly isTerminal: boolean;
}

export interface Invocation {
  readonly flags: Readonly<Record<string, string | boolean | string[] | undefined>>;
  readonly args: readonly string[];
  readonly io: Io;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Names of positional arguments, e.g. `DIR`; all are required. */
  readonly args: readonly string[];
  /** Called without any of them it decides itself. Default false. */
  readonly argsAreOptional?: boolean;
  readonly flags: Readonly<Record<string, Flag>>;
  readonly notes?: string;
  /** Returns the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** A wrong call: the message is shown with a pointer to `--help`, exit code 2. */
export class UsageError extends Error {}

const helpFlag: Flag = { type: 'boolean', describe: 'Print this.' };

export const jsonFlag: Flag = { type: 'boolean', describe: 'Print one JSON object on stdout and nothing else.' };

export function helpFor(command: Command): string {
  const rows = Object.entries({ ...command.flags, help: helpFlag }).map(([name, flag]): [string, string] => [
    `--${name}${flag.type === 'string' ? ` ${flag.value ?? 'VALUE'}` : ''}`,
    `${flag.describe}${flag.fallback === undefined ? '' : ` Default ${flag.fallback}.`}`,
  ]);
  const args = command.args.map((name) => (command.argsAreOptional === true ? `[${name}]` : name));
  const usage = ['gemini-lifeline', command.name, ...args, '[options]'].join(' ');
  return [
    command.summary,
    '',
    `Usage: ${usage}`,
    '',
    'Options:',
    ...columns(rows),
    ...(command.notes ? ['', command.notes] : []),
  ].join('\n');
}

export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

export async function runCommand(command: Command, argv: readonly string[], io: Io): Promise<number> {
  const { flags, args } = parse(command, argv);
  if (flags['help'] === true) {
    io.print(helpFor(command));
    return 0;
  }
  const mayBeBare = command.argsAreOptional === true && args.length === 0;
  if (args.length !== command.args.length && !mayBeBare) {
    const wanted = command.args.length === 0 ? 'no arguments' : command.args.join(' ');
    throw new UsageError(`${command.name} takes ${wanted}; got ${args.length === 0 ? 'none' : args.join(' ')}.`);
  }
  return command.run({ flags, args, io });
}

function parse(command: Command, argv: readonly string[]) {
  const options = Object.fromEntries(
    Object.entries<Flag>({ ...command.flags, help: helpFlag }).map(([name, { type, multiple = false }]) => [
      name,
      { type, multiple },
    ]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    const flags = values as Record<string, string | boolean | string[] | undefined>;
    for (const [name, { fallback }] of Object.entries(command.flags)) flags[name] ??= fallback;
    return { flags, args: flags['help'] === true ? command.args : positionals };
  } catch (error) {
    throw new UsageError(firstSentence(error));
  }
}

/** parseArgs explains at length what nobody asked. */
function firstSentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [first = message] = message.split(/\. |\n/);
  return first.endsWith('.') ? first : `${first}.`;
}

export interface NumberRange {
  readonly least?: number;
  readonly most?: number;
  readonly whole?: boolean;
}

/** A number given to a flag, or a UsageError that names the flag. */
export function numberFlag(
  flags: Invocation['flags'],
  name: string,
  { least = 0, most = Infinity, whole = false }: NumberRange = {},
): number | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  const number = Number(value);
  const isInRange =
    Number.isFinite(number) && number >= least && number <= most && (!whole || Number.isInteger(number));
  if (typeof value !== 'string' || value.trim() === '' || !isInRange) {
    const range = most === Infinity ? `${least} or more` : `${least} to ${most}`;
    throw new UsageError(`--${name} takes a ${whole ? 'whole ' : ''}number, ${range}; got ${String(value)}.`);
  }
  return number;
}
