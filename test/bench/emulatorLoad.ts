/** `npm run -s bench:emulator`: how many sessions the emulator's server carries, and what one costs. */
import { jsonFlag, numberFlag, type Command } from '../../dist/src/cli/command.js';
import { idle, type IdleReport } from './load/idle.js';
import { frameMs, talk, type TalkReport } from './load/talk.js';
import { runAsProgram } from './support/command.js';
import { machine, machineLine, type Machine } from './support/machine.js';
import { rowsText } from './support/text.js';

/** From one number of sessions to the next, until it falls behind. */
const step = 1.25;
const mostSessions = 3_000;

interface LoadReport {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly talk: TalkReport;
  /** Larger and larger, up to the first that falls behind twice. */
  readonly search: readonly TalkReport[];
  /** The number of sessions at which it falls behind; null: none was tried, or none found. */
  readonly fallsBehindAt: number | null;
  readonly idle: IdleReport;
  readonly machine: Machine;
}

const command: Command = {
  name: 'bench:emulator',
  summary: "Load the emulator's server: sessions that talk 50 frames a second each way, then sessions that only stay.",
  args: [],
  flags: {
    sessions: { type: 'string', value: 'N', describe: 'Sessions that talk at once.', fallback: '200' },
    seconds: { type: 'string', value: 'S', describe: 'How long each load lasts.', fallback: '20' },
    idle: { type: 'string', value: 'N', describe: 'Sessions that only stay.', fallback: '2000' },
    'no-search': { type: 'boolean', describe: 'Do not look for the number at which it falls behind.' },
    profile: {
      type: 'string',
      value: 'DIR',
      describe: 'Write a CPU profile of the server under the first load there.',
    },
    json: jsonFlag,
  },
  notes: [
    'Server and generator are two processes and share the machine. A frame is 20 ms: 640 bytes of PCM up, 960 down. It',
    'is late by how long it arrived after its beat, the delays of the generator included. Exit 1 when the 99th percentile',
    'under the first load is one frame time or more, a frame is missing, or an idle session was lost.',
  ].join('\n'),
  async run({ flags, io }) {
    const host = machine();
    const sessions = numberFlag(flags, 'sessions', { least: 1, whole: true }) ?? 200;
    const seconds = numberFlag(flags, 'seconds', { least: 1 }) ?? 20;
    const profileTo = typeof flags['profile'] === 'string' ? flags['profile'] : null;
    const tell = (report: TalkReport): void => io.note(`${report.sessions} sessions: ${lateText(report)}`);
    const first = await talk({ sessions, seconds, profileTo });
    tell(first);
    const search = flags['no-search'] === true || !first.keepsUp ? [] : await findLimit(sessions, seconds, tell);
    const still = await idle(numberFlag(flags, 'idle', { least: 1, whole: true }) ?? 2_000, seconds);
    const problems = [
      ...(first.keepsUp ? [] : [`at ${sessions} sessions it falls behind`]),
      ...(still.alive === still.sessions ? [] : [`${still.sessions - still.alive} idle sessions were lost`]),
    ];
    const behind = [first, ...search].find(({ keepsUp }) => !keepsUp)?.sessions ?? null;
    const report: LoadReport = {
      ok: problems.length === 0,
      problems,
      talk: first,
      search,
      fallsBehindAt: behind,
      idle: still,
      machine: host,
    };
    io.print(flags['json'] === true ? JSON.stringify(report) : text(report));
    return report.ok ? 0 : 1;
  },
};

async function findLimit(from: number, seconds: number, tell: (report: TalkReport) => void): Promise<TalkReport[]> {
  const found: TalkReport[] = [];
  for (let sessions = Math.ceil(from * step); sessions <= mostSessions; sessions = Math.ceil(sessions * step)) {
    const tries: TalkReport[] = [];
    // Once may be another program's fault.
    while (tries.length < 2 && !tries.some(({ keepsUp }) => keepsUp)) {
      const report = await talk({ sessions, seconds: Math.min(seconds, 8) });
      tell(report);
      tries.push(report);
    }
    found.push(...tries.slice(-1));
    if (!tries.some(({ keepsUp }) => keepsUp)) break;
  }
  return found;
}

function lateText({ lateP50Ms, lateP99Ms, lateMaxMs, missing }: TalkReport): string {
  return `late p50 ${lateP50Ms}, p99 ${lateP99Ms}, max ${lateMaxMs} ms (a frame is ${frameMs}), ${missing} missing`;
}

function text({ talk: talked, search, fallsBehindAt, idle: still, machine: host, ok, problems }: LoadReport): string {
  const lastGood = [talked, ...search].findLast(({ keepsUp }) => keepsUp)?.sessions;
  return rowsText([
    ['talking', `${talked.sessions} sessions, ${talked.framesUp} frames/s up, ${talked.framesDown} down`],
    ['late', lateText(talked)],
    ['cpu', `server ${talked.serverCpu}, generator ${talked.generatorCpu} of a core each`],
    ['limit', fallsBehindAt === null ? 'not found' : `keeps up with ${lastGood ?? 'none'}, not with ${fallsBehindAt}`],
    [
      'idle',
      `${still.alive} of ${still.sessions} alive, ${still.handlesShare} of the handles due, cpu ${still.serverCpu}`,
    ],
    [
      'memory',
      `${still.heapKiBPerSession} KiB heap and ${still.rssKiBPerSession} KiB in all per idle session; ${still.heapKiBPerSessionLater} KiB heap after ${still.seconds} s of handles`,
    ],
    ['machine', machineLine(host)],
    ['verdict', ok ? 'ok' : problems.join('; ')],
  ]);
}

await runAsProgram(command, import.meta.url);
