/** `gemini-lifeline emulator`: the local Live API on a port, or its faults in front of another server, until Ctrl-C. */
import { faultClasses } from '../../emulator/faults/catalogue.js';
import type { Fault } from '../../emulator/faults/fault.js';
import { OptionError } from '../../emulator/optionCheck.js';
import { startEmulatorServer, startFaultProxy } from '../../emulator/server.js';
import { profiles } from '../../emulator/model/profiles.js';
import { columns, jsonFlag, numberFlag, UsageError, type Command, type Invocation, type Io } from '../command.js';
import { faultsFrom, scriptFrom } from './files.js';
import { durationFlags, optionList, optionRows, optionsFrom } from './flags.js';
import { eventLine, welcome } from './words.js';

export const emulatorCommand: Command = {
  name: 'emulator',
  summary: 'Serve a local Live API over WebSockets, for any client: Developer API and Vertex AI paths, no key needed.',
  args: [],
  flags: {
    port: { type: 'string', value: 'PORT', describe: 'Port; 0 takes any free one.', fallback: '0' },
    host: {
      type: 'string',
      value: 'HOST',
      describe: 'Where it listens; others than loopback let other machines in.',
      fallback: '127.0.0.1',
    },
    speed: { type: 'string', value: 'N', describe: 'Everything on the server happens N times as fast.', fallback: '1' },
    profile: {
      type: 'string',
      value: 'NAME',
      describe: `Behaviour of one family of models: ${Object.keys(profiles).join(', ')}.`,
    },
    script: { type: 'string', value: 'FILE', describe: 'What the model says and does, as JSON.' },
    faults: {
      type: 'string',
      value: 'FILE|NAMES',
      describe: 'What goes wrong: a JSON file, or names with commas between.',
    },
    proxy: { type: 'string', value: 'URL', describe: 'No server of its own: the faults in front of that one.' },
    'no-control': { type: 'boolean', describe: 'Without the control endpoint and the page.' },
    delay: { type: 'string', value: 'MS', describe: 'Added to every frame, each way.', fallback: '0' },
    ...durationFlags,
    option: { type: 'string', value: 'NAME=VALUE', describe: 'Any other option; may be given again.', multiple: true },
    'list-options': { type: 'boolean', describe: 'Print every option, what it takes and its default.' },
    'list-faults': { type: 'boolean', describe: 'Print the faults that have a name.' },
    quiet: { type: 'boolean', describe: 'Print the base URL and nothing else.' },
    json: jsonFlag,
  },
  notes: 'It listens on loopback only, unless told otherwise. Ctrl-C ends it.',
  async run({ flags, io }) {
    if (flags['list-options'] === true) return list(flags, io, optionRows(), { options: optionList() });
    if (flags['list-faults'] === true) {
      const rows = Object.entries(faultClasses).map(([name, { summary }]): [string, string] => [name, summary]);
      return list(flags, io, rows, { faults: faultClasses });
    }
    const faults = typeof flags['faults'] === 'string' ? faultsFrom(flags['faults']) : [];
    try {
      return typeof flags['proxy'] === 'string'
        ? await proxy(flags['proxy'], faults, flags, io)
        : await serve(faults, flags, io);
    } catch (error) {
      if (error instanceof OptionError) throw new UsageError(error.message);
      throw error;
    }
  },
};

function list(flags: Invocation['flags'], io: Io, rows: [string, string][], json: object): number {
  if (flags['json'] === true) io.print(JSON.stringify(json));
  else for (const line of columns(rows)) io.print(line);
  return 0;
}

function addressOf(flags: Invocation['flags']): { port: number; host: string; delayMs: number } {
  const { host } = flags;
  return {
    port: numberFlag(flags, 'port', { most: 65_535, whole: true }) ?? 0,
    host: typeof host === 'string' && host !== '' ? host : '127.0.0.1',
    delayMs: numberFlag(flags, 'delay', { most: 2_147_483_647 }) ?? 0,
  };
}

async function serve(faults: readonly Fault[], flags: Invocation['flags'], io: Io): Promise<number> {
  const { profile, script } = flags;
  const options = { ...optionsFrom(flags), ...(typeof profile === 'string' && { profile }) };
  const control = flags['no-control'] !== true;
  const server = await startEmulatorServer({
    // Nobody reads what was heard from here, so little of it is kept.
    maxHeard: 20_000,
    ...options,
    ...(typeof script === 'string' && { script: scriptFrom(script) }),
    ...addressOf(flags),
    speed: numberFlag(flags, 'speed', { least: 0.01, most: 1_000 }) ?? 1,
    control,
  } as Parameters<typeof startEmulatorServer>[0]);
  server.emulator.faults.add(faults);
  const page = control ? `${server.baseUrl}/emulator/` : null;
  announce(flags, io, { baseUrl: server.baseUrl, port: server.port, page }, welcome(server.baseUrl, control));
  if (io.isTerminal && flags['json'] !== true && flags['quiet'] !== true) {
    server.emulator.listen((event) => io.note(eventLine(event)));
  }
  await interrupted();
  await server.close();
  return 0;
}

async function proxy(target: string, faults: readonly Fault[], flags: Invocation['flags'], io: Io): Promise<number> {
  const own = ['script', 'profile', ...Object.keys(durationFlags)].find((name) => flags[name] !== undefined);
  if (own !== undefined) throw new UsageError(`--${own} is the emulator's own; --proxy serves what stands behind it.`);
  let started: Awaited<ReturnType<typeof startFaultProxy>>;
  try {
    started = await startFaultProxy({ target, faults: [...faults], ...addressOf(flags) });
  } catch (error) {
    // What is no URL, or a fault that only the emulator itself can carry out.
    if (error instanceof TypeError || (error instanceof Error && error.name === 'FaultError')) {
      throw new UsageError(`--proxy: ${error.message}`);
    }
    throw error;
  }
  const { baseUrl, port } = started;
  announce(flags, io, { baseUrl, port, target }, welcome(baseUrl, false));
  await interrupted();
  await started.close();
  return 0;
}

function announce(
  flags: Invocation['flags'],
  io: Io,
  facts: { baseUrl: string; port: number; page?: string | null; target?: string },
  lines: readonly string[],
): void {
  io.print(flags['json'] === true ? JSON.stringify(facts) : facts.baseUrl);
  if (flags['json'] === true || flags['quiet'] === true) return;
  for (const line of lines) io.note(line);
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
