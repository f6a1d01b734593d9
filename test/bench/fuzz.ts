/** `npm run -s fuzz`: mutated client messages, in every phase of a connection, and what became of them. */
import * as fc from 'fast-check';
import { WebSocket } from 'ws';
import { jsonFlag, numberFlag, UsageError, type Command } from '../../dist/src/cli/command.js';
import { createEmulator } from '../../dist/src/emulator/index.js';
import { startEmulatorServer } from '../../dist/src/emulator/server.js';
import { dialectOf, fuzzCase, FuzzBench, paths } from '../support/wireFuzz.js';
import { mutatedFrame } from '../support/wireFrames.js';
import { progressOn, runAsProgram, type Progress } from './support/command.js';
import { machineLine, machine } from './support/machine.js';
import { countsText, rowsText } from './support/text.js';

/** Frames for one emulator, which keeps a record of each connection. */
const perEmulator = 1_000;
/** Sockets that are open at once. */
const atOnce = 50;
/** A socket that hears nothing for this long hangs. */
const hangMs = 20_000;

interface FuzzReport {
  readonly messages: number;
  readonly seed: number;
  readonly outcomes: Record<string, number>;
  readonly reasons: Record<string, number>;
  readonly overSockets: Record<string, number>;
  readonly problems: readonly string[];
  readonly heapGrowthMiB: number | null;
  readonly wallMs: number;
  readonly machine: ReturnType<typeof machine>;
  readonly ok: boolean;
}

const command: Command = {
  name: 'fuzz',
  summary: 'Send mutated client messages to the emulator: each is taken, or closed with a reason.',
  args: [],
  flags: {
    messages: { type: 'string', value: 'N', describe: 'Messages in process.', fallback: '100000' },
    sockets: { type: 'string', value: 'N', describe: 'Messages over real WebSockets.', fallback: '2000' },
    seed: { type: 'string', value: 'N', describe: 'The same seed gives the same messages.', fallback: '1' },
    json: jsonFlag,
  },
  notes: [
    'Exit 1 when a message makes the emulator throw, is neither taken nor refused, is refused with a close code or a',
    'reason that no close frame of the service has, or when a log, a context or a timer grows or stays.',
  ].join('\n'),
  async run({ flags, io }) {
    const messages = numberFlag(flags, 'messages') ?? 100_000;
    const sockets = numberFlag(flags, 'sockets') ?? 2_000;
    if (messages < 1 || sockets < 0)
      throw new UsageError('--messages takes a number above 0, --sockets one from 0 on.');
    const report = await fuzz(messages, sockets, numberFlag(flags, 'seed') ?? 1, progressOn(io, 'messages'));
    io.print(flags['json'] === true ? JSON.stringify(report) : text(report));
    return report.ok ? 0 : 1;
  },
};

async function fuzz(messages: number, sockets: number, seed: number, onProgress: Progress): Promise<FuzzReport> {
  const startedAt = performance.now();
  const outcomes: Record<string, number> = {};
  const reasons: Record<string, number> = {};
  const problems: string[] = [];
  let heapAfterFirst: number | null = null;
  for (let done = 0; done < messages; done += perEmulator) {
    const bench = new FuzzBench(createEmulator);
    const numRuns = Math.min(perEmulator, messages - done);
    for (const frame of fc.sample(fuzzCase, { numRuns, seed: seed * 1_000_003 + done })) {
      const verdict = bench.play(frame);
      count(outcomes, `${frame.phase} ${verdict.outcome}`);
      if (verdict.outcome === 'closed') count(reasons, family(verdict.reason));
      if (verdict.problem !== null) problems.push(`${verdict.problem}: ${describe(frame.frame)}`);
    }
    const left = bench.end();
    if (left !== null) problems.push(left);
    onProgress(done + numRuns, messages);
    if (done >= 5 * perEmulator) heapAfterFirst ??= heapMiB();
  }
  const heapAtEnd = heapMiB();
  const overSockets = await fuzzSockets(sockets, seed, problems);
  return {
    messages,
    seed,
    outcomes,
    reasons,
    overSockets,
    problems: problems.slice(0, 20),
    heapGrowthMiB:
      heapAfterFirst === null || heapAtEnd === null ? null : Math.round((heapAtEnd - heapAfterFirst) * 10) / 10,
    wallMs: Math.round(performance.now() - startedAt),
    machine: machine(),
    ok: problems.length === 0,
  };
}

async function fuzzSockets(total: number, seed: number, problems: string[]): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {};
  await using server = await startEmulatorServer({ setupMs: 1, firstAudioDelayMs: 1, replyAudioSeconds: 0.1 });
  for (let done = 0; done < total; done += atOnce) {
    const numRuns = Math.min(atOnce, total - done);
    const path = (done / atOnce) % paths.length;
    const isSetUp = (done / atOnce) % 2 === 1;
    const frames = fc.sample(mutatedFrame(dialectOf(path), !isSetUp), { numRuns, seed: seed * 1_000_003 - done });
    for (const outcome of await Promise.all(frames.map((frame) => overSocket(server.port, path, isSetUp, frame)))) {
      count(outcomes, outcome.name);
      if (outcome.problem !== null) problems.push(outcome.problem);
    }
  }
  return outcomes;
}

/** With `isSetUp` the frame comes after setupComplete; otherwise it is the first. */
function overSocket(
  port: number,
  path: number,
  isSetUp: boolean,
  frame: string | Uint8Array,
): Promise<{ name: string; problem: string | null }> {
  const [provider, , url] = paths[path] ?? paths[0];
  const model =
    provider === 'vertex' ? 'publishers/google/models/gemini-live-2.5-flash' : 'models/gemini-live-2.5-flash';
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${url}?key=k`);
    let isTaken = false;
    const hang = setTimeout(() => {
      socket.terminate();
      resolve({ name: 'hung', problem: `no answer over a socket: ${describe(frame)}` });
    }, hangMs);
    socket.on('error', () => {});
    socket.on('open', () => {
      if (isSetUp) socket.send(JSON.stringify({ setup: { model } }));
      else socket.send(frame);
    });
    socket.on('message', () => {
      if (isTaken) return;
      isTaken = true;
      // In a session a frame may rightly go without an answer: one that is refused at once is told apart by the close.
      if (isSetUp) socket.send(frame, () => setTimeout(() => socket.close(), 5));
      else socket.close();
    });
    socket.on('close', (code, reason) => {
      clearTimeout(hang);
      const isFit = [1005, 1007, 1008, 1011].includes(code) && reason.length <= 123;
      const name = code === 1005 ? 'taken' : `closed ${code}`;
      resolve({ name, problem: isFit ? null : `close ${code} "${reason.toString()}": ${describe(frame)}` });
    });
  });
}

function heapMiB(): number | null {
  if (globalThis.gc === undefined) return null;
  globalThis.gc();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

/** Reasons that differ only in the name or value that they quote are one family. */
function family(reason: string): string {
  return reason
    .replace(/'[^']*'?/g, "'…'")
    .replace(/"(?:[^"\\]|\\.)*"?/g, '"…"')
    .slice(0, 80);
}

function describe(frame: string | Uint8Array): string {
  return (typeof frame === 'string' ? frame : `bytes ${new TextDecoder().decode(frame)}`).slice(0, 200);
}

function text(report: FuzzReport): string {
  return rowsText([
    ['messages', `${report.messages}, seed ${report.seed}`],
    ['outcomes', countsText(report.outcomes)],
    ['over sockets', countsText(report.overSockets)],
    ['heap', report.heapGrowthMiB === null ? 'not measured' : `${report.heapGrowthMiB} MiB more at the end`],
    ['time', `${(report.wallMs / 1_000).toFixed(1)} s`],
    ['machine', machineLine(report.machine)],
    ['verdict', report.ok ? 'ok' : report.problems.join('\n')],
  ]);
}

await runAsProgram(command, import.meta.url);
