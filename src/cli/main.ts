#!/usr/bin/env node
/**
 * The one bin, `gemini-lifeline`: finds the command, runs it, and turns what it throws into one line and an exit code.
 *
 * Exit codes: 0 done, 1 the command says no (a check that refuses, a demo that lost something), 2 a wrong call.
 */
import { columns, runCommand, UsageError, type Command, type Io } from './command.js';

/** Loaded on demand, so that `--help` is quick and one command's dependencies do not burden another. */
const commands: Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>> = {
  demo: {
    summary: 'A spoken conversation over connections that end: goAway, a cut, a refused handle.',
    load: async () => (await import('./demo/command.js')).demoCommand,
  },
  emulator: {
    summary: 'Serve a local Live API over WebSockets.',
    load: async () => (await import('./emulatorCommand.js')).emulatorCommand,
  },
  graph: {
    summary: 'Draw the session statechart as Mermaid and SVG.',
    load: async () => (await import('./graphCommand.js')).graphCommand,
  },
  options: {
    summary: 'List every option of a session: unit, default, why, source.',
    load: async () => (await import('./optionsCommand.js')).optionsCommand,
  },
  'replay-traffic': {
    summary: 'Serve recorded traffic to a real client with this library and compare.',
    load: async () => (await import('./replayTrafficCommand.js')).replayTrafficCommand,
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
    'gemini-lifeline COMMAND --help lists the options of a command.',
  ].join('\n');
}

async function main(argv: readonly string[]): Promise<number> {
  const io: Io = {
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
    isTerminal: process.stdout.isTTY,
  };
  const [name, ...rest] = argv;
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
      io.note(`${error.message} Run gemini-lifeline ${name in commands ? `${name} ` : ''}--help.`);
      return 2;
    }
    io.note(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
