#!/usr/bin/env node
/**
 * The one bin, `gemini-lifeline`: finds the command, runs it, and turns what it throws into one line and an exit code.
 *
 * Exit codes: 0 done, 1 the command says no (a check that refuses, a demo that lost something), 2 a wrong call.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { columns, runCommand, UsageError, type Command, type Io } from './command.js';

/** Loaded on demand, so that `--help` is quick and one command's dependencies do not burden another. */
const commands: Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>> = {
  demo: {
    summary: 'A spoken conversation over connections that end: goAway, a cut, a refused handle.',
    load: async () => (await import('./demo/command.js')).demoCommand,
  },
  emulator: {
    summary: 'Serve a local Live API over WebSockets.',
    load: async () => (await import('./emulator/command.js')).emulatorCommand,
  },
  'emulator-check': {
    summary: 'Check recorded traffic, and the emulator on its sent half, against a grammar of message order.',
    load: async () => (await import('./emulatorCheckCommand.js')).emulatorCheckCommand,
  },
  graph: {
    summary: 'Draw the session statechart as Mermaid and SVG.',
    load: async () => (await import('./graphCommand.js')).graphCommand,
  },
  options: {
    summary: 'List every option of a session: unit, default, why, source.',
    load: async () => (await import('./optionsCommand.js')).optionsCommand,
  },
  replay: {
    summary: 'Run the random session of a seed again, and tell its story.',
    load: async () => (await import('./replaySeedCommand.js')).replaySeedCommand,
  },
  'replay-traffic': {
    summary: 'Serve recorded traffic to a real client with this library and compare.',
    load: async () => (await import('./replayTrafficCommand.js')).replayTrafficCommand,
  },
  test: {
    summary: 'Test a statechart by its model, this one or yours, and report what was covered.',
    load: async () => (await import('./test/command.js')).testCommand,
  },
  soak: {
    summary: 'Run whole sessions on virtual time through every class of faults, and ask every rule after every step.',
    load: async () => (await import('./soakCommand.js')).soakCommand,
  },
};

function help(): string {
  const rows = Object.entries(commands).map(([name, { summary }]): [string, string] => [name, summary]);
  return [
    'One Gemini Live session over as many connections as it takes.',
    '',
    'Usage: gemini-lifeline COMMAND [options]',
    '',
    'Commands:',
    ...columns(rows),
    '',
    'gemini-lifeline COMMAND --help lists the options of a command; --version prints the version.',
  ].join('\n');
}

const plain: Readonly<Record<string, (error: NodeJS.ErrnoException) => string>> = {
  ENOENT: ({ path }) => `There is no ${path === '' ? 'file of an empty name' : path}.`,
  EISDIR: ({ path }) => `${path ?? 'That'} is a folder, not a file.`,
  ENOTDIR: ({ path }) => `${path ?? 'That'} is not a folder.`,
  EEXIST: ({ path }) => `${path ?? 'That'} is a file, not a folder.`,
  EADDRINUSE: (error) => `Port ${portOf(error)} is in use; choose another with --port, or 0 for any.`,
  EADDRNOTAVAIL: (error) => `This machine has no address ${addressOf(error)}; choose another with --host.`,
  EACCES: (error) =>
    error.syscall === 'listen'
      ? `Port ${portOf(error)} needs rights that you do not have; choose one above 1023.`
      : error.message,
};

function portOf(error: NodeJS.ErrnoException): string {
  return 'port' in error ? String(error.port) : '';
}

function addressOf(error: NodeJS.ErrnoException): string {
  return 'address' in error ? String(error.address) : '';
}

/** One sentence for what a person can mend; the message of the error for the rest. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = '' } = error as NodeJS.ErrnoException;
  return (Object.hasOwn(plain, code) ? plain[code] : undefined)?.(error) ?? error.message;
}

/** Who reads no further is no error: `… | head -1`. */
function tolerateClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(process.exitCode ?? 0);
  });
}

function version(): string {
  const file = fileURLToPath(new URL('../../../package.json', import.meta.url));
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

async function main(argv: readonly string[]): Promise<number> {
  const io: Io = {
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    isTerminal: process.stderr.isTTY,
  };
  const [name, ...rest] = argv;
  if (name === '--version' || name === '-v') {
    io.print(version());
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    io.print(help());
    return 0;
  }
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (!command) throw new UsageError(`There is no command ${name}.`);
    return await runCommand(await command.load(), rest, io);
  } catch (error) {
    if (error instanceof UsageError) {
      io.note(`${error.message} Run gemini-lifeline ${Object.hasOwn(commands, name) ? `${name} ` : ''}--help.`);
      return 2;
    }
    io.note(said(error));
    return 1;
  }
}

tolerateClosedPipe(process.stdout);
tolerateClosedPipe(process.stderr);
process.exitCode = await main(process.argv.slice(2));
