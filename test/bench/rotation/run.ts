/**
 * `npm run -s bench:rotation`: this library, the plain SDK with the loop of Google's guide, and other libraries, each
 * over the same planned rotations and the same cuts, on one emulator server behind one long wire.
 */
import { jsonFlag, numberFlag, UsageError, type Command, type Io } from '../../../dist/src/cli/command.js';
import { startEmulatorServer } from '../../../dist/src/emulator/server.js';
import { seededRandom } from '../../../dist/src/random.js';
import { installClients } from '../../clients/install.js';
import { runAsProgram } from '../support/command.js';
import { machine, machineLine } from '../support/machine.js';
import { quantilesText } from '../support/quantiles.js';
import { referee, type Entry, type RunResult } from './referee.js';
import { startRelay } from './relay.js';

/** A 3.x model sends handles unasked: ADK 2.0.0 has no way to ask for them, and would have none. */
const model = 'gemini-3.1-flash-live-preview';
/** LiveKit's own default. On 3.1 it sends its history after a resume, is refused with 1007, and does not come back. */
const nativeAudio = 'gemini-2.5-flash-native-audio-preview-12-2025';

const lifeline = import.meta.resolve('./contestants/lifeline.ts');
const ours: readonly Entry[] = [
  { name: 'lifeline webSocket, warm', file: lifeline, args: ['warm'] },
  { name: 'lifeline webSocket, cold', file: lifeline, args: ['cold'] },
  { name: 'lifeline genai', file: lifeline, args: ['genai'] },
  { name: '@google/genai, guide loop', file: import.meta.resolve('./contestants/plainSdk.ts') },
];
/** Not followed by tools that look for imports: what these files import is not installed with the package. */
const peer = (name: string): string => new URL(`../../clients/rotation/${name}.mjs`, import.meta.url).href;
const peers: readonly Entry[] = [
  { name: '@livekit/agents-plugin-google', file: peer('livekit'), model: nativeAudio },
  { name: '@google/adk', file: peer('adk') },
  { name: 'firebase', file: peer('firebase') },
];

const setupMs = 130;
/** TCP and TLS 1.3; the upgrade is a third round trip that takes place. */
const handshakeRoundTrips = 2;
const numbersPerRun = 1_000_000;

const command: Command = {
  name: 'bench:rotation',
  summary: 'Compare what 20 planned rotations and 20 cuts cost with this library, the plain SDK and others.',
  args: [],
  flags: {
    count: { type: 'string', value: 'N', describe: 'Hand-offs of each kind.', fallback: '20' },
    seed: { type: 'string', value: 'N', describe: 'Of the moments at which they come.', fallback: '1' },
    'one-way-ms': { type: 'string', value: 'MS', describe: 'Delay of every byte, each way.', fallback: '60' },
    only: { type: 'string', value: 'TEXT', describe: 'Contestants whose name contains it.' },
    'no-peers': { type: 'boolean', describe: 'Leave out the libraries that have to be installed first.' },
    json: jsonFlag,
  },
  notes: [
    'Contestants run one after the other, each in a process of its own. The others are installed once, into',
    'test/clients/node_modules, and never with the package. Real time; about 10 minutes.',
    'Connections follow each other in seconds here, so this library is told stableAfterMs 500.',
  ].join('\n'),
  async run({ flags, io }) {
    const number = (name: string, fallback: number) => numberFlag(flags, name) ?? fallback;
    const count = number('count', 20);
    if (!Number.isInteger(count) || count < 1)
      throw new UsageError(`--count takes a whole number, 1 or more; got ${count}.`);
    const oneWayMs = number('one-way-ms', 60);
    const startedAt = performance.now();
    const host = machine();
    const { entries, notRun } = contestants(flags['no-peers'] === true, io);
    const chosen = entries.filter(({ name }) => name.includes(typeof flags['only'] === 'string' ? flags['only'] : ''));
    const server = await startEmulatorServer({
      setupMs,
      replyAudioSeconds: 0.4,
      goAwayBeforeEndMs: 0,
    });
    const relay = await startRelay({ port: server.port, oneWayMs, handshakeRoundTrips });
    const results: RunResult[] = [];
    try {
      for (const entry of chosen) {
        for (const what of ['rotations', 'cuts'] as const) {
          const random = seededRandom(number('seed', 1));
          const firstNumber = (results.length + 1) * numbersPerRun;
          const options = { what, count, model: entry.model ?? model, random, firstNumber, oneWayMs };
          const result = await referee(entry, relay.baseUrl, server, options);
          results.push(result);
          const elapsed = Math.round((performance.now() - startedAt) / 1_000);
          io.note(
            `${elapsed} s: ${entry.name}, ${result.handOffs} of ${count} ${what}${result.stopped === null ? '' : `, stopped: ${result.stopped}`}`,
          );
        }
      }
    } finally {
      await relay.close();
      await server.close();
    }
    const report = {
      command: ['npm run -s bench:rotation --', ...process.argv.slice(2)].join(' '),
      link: {
        oneWayMs,
        delayed: 'every byte',
        handshakeRoundTrips,
        setupMs,
      },
      load: { chunkMs: 20, sessions: 1, audio: 'silence, 16 kHz', model, reply: 'one of 0.4 s after each hand-off' },
      count,
      results,
      notRun,
      wallMs: Math.round(performance.now() - startedAt),
      machine: host,
    };
    io.print(flags['json'] === true ? JSON.stringify(report) : text(report));
    return results.some(({ name, lost, stopped }) => name.startsWith('lifeline') && (lost > 0 || stopped !== null))
      ? 1
      : 0;
  },
};

/** Installs the others once; what cannot be installed is named, with the reason. */
function contestants(
  withoutPeers: boolean,
  io: Io,
): { entries: readonly Entry[]; notRun: { name: string; why: string }[] } {
  const because = (why: string) => ({ entries: ours, notRun: peers.map(({ name }) => ({ name, why })) });
  if (withoutPeers) return because('--no-peers');
  const missing = installClients(io);
  if (missing !== null) return because(missing);
  return { entries: [...ours, ...peers], notRun: [] };
}

interface Report {
  readonly command: string;
  readonly link: { readonly oneWayMs: number; readonly delayed: string; readonly handshakeRoundTrips: number };
  readonly load: { readonly audio: string; readonly reply: string };
  readonly count: number;
  readonly results: readonly RunResult[];
  readonly notRun: readonly { readonly name: string; readonly why: string }[];
  readonly wallMs: number;
  readonly machine: ReturnType<typeof machine>;
}

function text({ command: called, link, load, count, results, notRun, wallMs, machine: host }: Report): string {
  const rows = results.map((result) => [
    result.name,
    `${result.handOffs} ${result.what}`,
    result.stopped === null ? `${result.lost} (${result.lost * result.chunkMs} ms)` : 'stopped',
    result.doubled === 0 ? '0' : `${result.doubled} (${result.reportedDoubled ?? 0} reported)`,
    String(result.reordered),
    quantilesText(result.gapMs),
    quantilesText(result.firstAudioMs),
    String(result.conversations),
  ]);
  const head = ['', 'hand-offs', 'lost', 'doubled', 'reordered', 'gap, ms', 'first audio, ms', 'conversations'];
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    line(head),
    ...rows.map(line),
    '',
    ...results
      .filter(({ stopped }) => stopped !== null)
      .map(({ name, what, handOffs, stopped }) => `${name}: stopped after ${handOffs} of ${count} ${what}: ${stopped}`),
    ...notRun.map(({ name, why }) => `${name}: not run: ${why}`),
    `link: ${link.oneWayMs} ms each way on ${link.delayed}, ${link.handshakeRoundTrips} handshake round trips before the upgrade, setup ${setupMs} ms`,
    `load: one session at a time, 20 ms chunks (${load.audio}; 50 ms for LiveKit, which cuts audio anew), ${load.reply}; model ${model}, for LiveKit ${nativeAudio}`,
    `time: ${(wallMs / 1_000).toFixed(0)} s; ${machineLine(host)}`,
    `command: ${called}`,
  ].join('\n');
}

await runAsProgram(command, import.meta.url);
