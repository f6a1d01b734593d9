/**
 * A benchmark as a command: flags, help and exit codes as those of the package's own commands; with --json exactly one
 * object on stdout, progress always on stderr.
 */
import { fileURLToPath } from 'node:url';
import { helpFor, runCommand, UsageError, type Command, type Io } from '../../../dist/src/cli/command.js';

/** Runs `command` when its file is the program, and not when a test imports it. */
export async function runAsProgram(command: Command, moduleUrl: string): Promise<void> {
  const [, program, ...argv] = process.argv;
  if (program !== fileURLToPath(moduleUrl)) return;
  const io: Io = {
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    isTerminal: process.stderr.isTTY,
  };
  if (argv.includes('--help')) {
    io.print(helpFor(command).replace(`gemini-lifeline ${command.name}`, `npm run -s ${command.name} --`));
    return;
  }
  try {
    process.exitCode = await runCommand(command, argv, io);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    io.note(`${error.message}\nnpm run -s ${command.name} -- --help lists the options.`);
    process.exitCode = 2;
  }
}

export interface Progress {
  (done: number, of: number, detail?: string): void;
}

/** At most one line in `everyMs` of real time, and one at the end. */
export function progressOn(io: Io, unit: string, everyMs = 2_000): Progress {
  const startedAt = performance.now();
  let saidAt = startedAt;
  return (done, of, detail = '') => {
    const now = performance.now();
    if (done < of && now - saidAt < everyMs) return;
    saidAt = now;
    io.note(
      `${done} of ${of} ${unit}, ${((now - startedAt) / 1_000).toFixed(1)} s${detail === '' ? '' : `, ${detail}`}`,
    );
  };
}
