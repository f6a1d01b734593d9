/** `npm run -s soak`: days of one session in minutes, and what is left over at the end. */
import { jsonFlag, numberFlag, UsageError, type Command } from '../../dist/src/cli/command.js';
import { soak, type SoakReport } from './soakRun.js';
import { progressOn, runAsProgram } from './support/command.js';
import { machineLine } from './support/machine.js';
import { quantilesText } from './support/quantiles.js';
import { countsText, rowsText } from './support/text.js';

const command: Command = {
  name: 'soak',
  summary: 'Keep one session for many virtual hours through rotations, cuts, tool calls and barge-ins.',
  args: [],
  flags: {
    hours: { type: 'string', value: 'N', describe: 'Virtual hours.', fallback: '200' },
    seed: { type: 'string', value: 'N', describe: 'The same seed gives the same run.', fallback: '1' },
    'one-way-ms': { type: 'string', value: 'MS', describe: 'Delay of each frame, each way.', fallback: '60' },
    json: jsonFlag,
  },
  notes: [
    'On average a goAway and a cut each minute, a tool call each 90 s, a barge-in each 2 minutes. Exit 1 when a receipt',
    'never settles, a chunk is lost, out of order or doubled without a word, there is not one socket at rest, a socket or',
    'timer is left after close, or the heap (forced collections) grows by 1 % or more in the last half. That is judged from',
    '20,000 hand-offs on, about 170 hours: the session keeps its newest 10,000. What the emulator keeps is taken off.',
    'dialBudget is 100: cuts in quick succession are wanted here.',
  ].join('\n'),
  async run({ flags, io }) {
    const hours = numberFlag(flags, 'hours') ?? 200;
    if (hours <= 0) throw new UsageError('--hours takes a number above 0.');
    const report = await soak({
      hours,
      seed: numberFlag(flags, 'seed') ?? 1,
      oneWayMs: numberFlag(flags, 'one-way-ms') ?? 60,
      onProgress: progressOn(io, 'hours'),
    });
    io.print(flags['json'] === true ? JSON.stringify(report) : text(report));
    return report.ok ? 0 : 1;
  },
};

function text(report: SoakReport): string {
  const { heap } = report;
  return rowsText([
    ['session', `${report.hours} h, seed ${report.seed}, ${report.connections} connections`],
    ['orders', countsText(report.orders)],
    [
      'hand-offs',
      `${report.rotations} planned, ${report.cutResumes} after a cut, gap in ms ${quantilesText(report.gapMs)}`,
    ],
    ['window', `slid ${report.compressions} times`],
    ['chunks', `${report.chunks} sent, ${report.heard} heard`],
    ['lost', String(report.lost)],
    [
      'doubled',
      `${report.doubled} (${report.possiblyDoubled} reported as possibly doubled, ${report.unreported} unreported)`,
    ],
    ['reordered', String(report.reordered)],
    ['receipts', `${countsText(report.receipts)}, open ${report.openReceipts}`],
    ['sockets', `${report.maxSocketsAtRest} at rest, ${report.socketsLeft} left after close`],
    ['timers', `${report.timersLeft} left after close`],
    [
      'heap',
      heap === null
        ? 'not measured (needs --expose-gc)'
        : `${heap.firstMiB} MiB at first, ${heap.lastMiB} MiB at last, ${(heap.growthOfLastHalf * 100).toFixed(2)} % over the last half${heap.isJudged ? '' : ' (too short to judge)'}`,
    ],
    ['time', `${(report.wallMs / 1_000).toFixed(1)} s, ${report.virtualHoursPerSecond} virtual hours a second`],
    ['machine', machineLine(report.machine)],
    ['verdict', report.ok ? 'ok' : report.problems.join('; ')],
  ]);
}

await runAsProgram(command, import.meta.url);
