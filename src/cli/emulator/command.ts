/** `gemini-lifeline emulator`: the local Live API on a port, or its faults in front of another server, until Ctrl-C. */
import { faultClasses } from '../../emulator/faults/catalogue.js';
import type { Fault } from '../../emulator/faults/fault.js';
import { OptionError } from '../../emulator/optionCheck.js';
import { startEmulatorServer, startFaultProxy, type TlsOptions } from '../../emulator/server.js';
import { profiles } from '../../emulator/model/profiles.js';
import { columns, jsonFlag, numberFlag, UsageError, type Command, type Invocation, type Io } from '../command.js';
import { faultsFrom, scriptFrom, tlsFrom } from './files.js';
import { durationFlags, optionList, optionRows, optionsFrom } from './flags.js';
import { certificateNotes, eventLine, opensslLine, welcome } from './words.js';
import type { EmulatorEvent } from '../../emulator/record/eventLog.js';

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
    script: { type: 'string', value: 'FILE', describe: 'What the model says and does, as JSON; see below.' },
    faults: {
      type: 'string',
      value: 'FILE|NAMES',
      describe: 'What goes wrong: a JSON file, or names with commas between.',
    },
    proxy: { type: 'string', value: 'URL', describe: 'No server of its own: the faults in front of that one.' },
    'tls-cert': { type: 'string', value: 'FILE', describe: 'Speak TLS (https, wss) with this certificate, PEM.' },
    'tls-key': { type: 'string', value: 'FILE', describe: 'The private key of the certificate, PEM.' },
    'no-control': { type: 'boolean', describe: 'Without the control endpoint and the page.' },
    delay: { type: 'string', value: 'MS', describe: 'Added to every frame, each way.', fallback: '0' },
    ...durationFlags,
    option: { type: 'string', value: 'NAME=VALUE', describe: 'Any other option; may be given again.', multiple: true },
    'list-options': { type: 'boolean', describe: 'Print every option, what it takes and its default.' },
    'list-faults': { type: 'boolean', describe: 'Print the faults that have a name.' },
    quiet: { type: 'boolean', describe: 'Print the base URL and nothing else.' },
    json: jsonFlag,
  },
  notes: [
    'It listens on loopback only, unless told otherwise. Ctrl-C ends it. Durations are milliseconds of server time.',
    'The page at /emulator/ shows what is connected, adds and withdraws faults, cuts, and changes options.',
    '',
    'A script, one turn for each turn of the user:',
    '  {"turns": [{"steps": [{"call": {"name": "lookUp", "args": {"city": "Ulm"}}}, {"say": "It is sunny in Ulm."}]}]}',
    'Faults: --faults dial/http-429,stream/rst or a file:',
    '  [{"match": {"at": "serverMessage", "kind": "turnComplete"}, "action": {"do": "rst"}, "times": 2}]',
    '',
    'Clients that insist on wss, such as google-genai for Python, need --tls-cert and --tls-key. A pair for localhost:',
    `  ${opensslLine}`,
  ].join('\n'),
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

interface Address {
  readonly port: number;
  readonly host: string;
  readonly delayMs: number;
  readonly control: boolean;
  readonly tls?: TlsOptions;
}

function addressOf(flags: Invocation['flags']): Address {
  const { host } = flags;
  const tls = tlsFrom(flags['tls-cert'], flags['tls-key']);
  return {
    port: numberFlag(flags, 'port', { most: 65_535, whole: true }) ?? 0,
    host: typeof host === 'string' && host !== '' ? host : '127.0.0.1',
    delayMs: numberFlag(flags, 'delay', { most: 2_147_483_647 }) ?? 0,
    control: flags['no-control'] !== true,
    ...(tls !== null && { tls }),
  };
}

async function serve(faults: readonly Fault[], flags: Invocation['flags'], io: Io): Promise<number> {
  const { profile, script } = flags;
  const options = { ...optionsFrom(flags), ...(typeof profile === 'string' && { profile }) };
  const server = await startEmulatorServer({
    // Nobody reads what was heard from here, so little of it is kept.
    maxHeard: 20_000,
    ...options,
    ...(typeof script === 'string' && { script: scriptFrom(script) }),
    ...addressOf(flags),
    speed: numberFlag(flags, 'speed', { least: 0.01, most: 1_000 }) ?? 1,
  } as Parameters<typeof startEmulatorServer>[0]);
  server.emulator.faults.add(faults);
  await untilInterrupted(flags, io, server, (listener) => server.emulator.listen(listener));
  return 0;
}

async function proxy(target: string, faults: readonly Fault[], flags: Invocation['flags'], io: Io): Promise<number> {
  const own = ['script', 'profile', ...Object.keys(durationFlags)].find((name) => flags[name] !== undefined);
  if (own !== undefined || flags['option'] !== undefined || flags['speed'] !== '1') {
    const name = own ?? (flags['option'] === undefined ? 'speed' : 'option');
    throw new UsageError(`--${name} is the emulator's own; --proxy serves what stands behind it. Leave it out.`);
  }
  let started: Awaited<ReturnType<typeof startFaultProxy>>;
  try {
    started = await startFaultProxy({ target, faults: [...faults], ...addressOf(flags) });
  } catch (error) {
    // What is no URL, or a fault that only the emulator itself can carry out.
    if (error instanceof TypeError || (error instanceof Error && error.name === 'FaultError')) {
      const words = error.message.replace(/^target takes/, 'it takes');
      throw new UsageError(`--proxy: ${words}`);
    }
    throw error;
  }
  await untilInterrupted(flags, io, started, (listener) => started.listen(listener), target);
  return 0;
}

/** Says where it is, then what happens, until Ctrl-C. */
async function untilInterrupted(
  flags: Invocation['flags'],
  io: Io,
  server: { readonly baseUrl: string; readonly port: number; close(): Promise<void> },
  listen: (listener: (event: EmulatorEvent) => void) => () => void,
  target?: string,
): Promise<void> {
  const { baseUrl, port } = server;
  const page = flags['no-control'] === true ? null : `${baseUrl}/emulator/`;
  const stop = interrupted();
  let stopLog = (): void => {};
  const facts = { baseUrl, port, page, ...(target !== undefined && { target }) };
  io.print(flags['json'] === true ? JSON.stringify(facts) : baseUrl);
  if (flags['json'] !== true && flags['quiet'] !== true) {
    const cert = typeof flags['tls-cert'] === 'string' ? flags['tls-cert'] : null;
    const notes = cert === null ? [] : certificateNotes(cert, new URL(baseUrl));
    for (const line of welcome({ baseUrl, page, cert, notes, target: target ?? null })) io.note(line);
    if (io.isTerminal) stopLog = listen((event) => io.note(eventLine(event)));
  }
  await stop;
  // How it ends itself is nobody's news.
  stopLog();
  await server.close();
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
