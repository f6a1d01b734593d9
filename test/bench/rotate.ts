/** `npm run -s rotate`: many rotations or cuts of one session while audio streams, and what the model heard of it. */
import { jsonFlag, numberFlag, UsageError, type Command } from '../../dist/src/cli/command.js';
import { rotate, type RotateReport } from './rotateRun.js';
import { progressOn, runAsProgram } from './support/command.js';
import { machineLine } from './support/machine.js';
import { quantilesText } from './support/quantiles.js';
import { countsText, rowsText } from './support/text.js';

const command: Command = {
  name: 'rotate',
  summary: 'Stream numbered audio through one session over many connections, and compare what the model heard.',
  args: [],
  flags: {
    count: { type: 'string', value: 'N', describe: 'Hand-offs. Default 1000, with --real 20.' },
    transparent: { type: 'boolean', describe: 'As on Vertex AI, with an index in each handle.' },
    cuts: { type: 'boolean', describe: 'Cuts without notice (RST, close 1000, close 1011) instead of goAway.' },
    real: { type: 'boolean', describe: 'Over real sockets on this machine, in real time.' },
    seed: { type: 'string', value: 'N', describe: 'The same seed gives the same run in process.', fallback: '1' },
    'one-way-ms': { type: 'string', value: 'MS', describe: 'Delay of each frame, each way.', fallback: '60' },
    'jitter-ms': {
      type: 'string',
      value: 'MS',
      describe: 'Evenly spread on top of it; in process only.',
      fallback: '0',
    },
    'setup-ms': { type: 'string', value: 'MS', describe: 'From the setup to setupComplete.', fallback: '130' },
    'handle-every-ms': { type: 'string', value: 'MS', describe: 'Between two handles, ± 20 %.', fallback: '1500' },
    'time-left-ms': { type: 'string', value: 'MS', describe: 'What each goAway announces.', fallback: '50000' },
    json: jsonFlag,
  },
  notes: [
    'Exit 1 when a chunk was lost or out of order, heard twice (with --cuts: only with --transparent), or lost or heard',
    'twice without a receipt that says so. In process cuts, and rotations with jitter, come 11 to 15 s apart, so that each',
    'connection is stable by the default of stableAfterMs; cuts with --real 2.5 to 6.5 s apart, and stableAfterMs is 2000.',
  ].join('\n'),
  async run({ flags, io }) {
    const real = flags['real'] === true;
    const number = (name: string, fallback: number) => numberFlag(flags, name) ?? fallback;
    const count = number('count', real ? 20 : 1_000);
    if (!Number.isInteger(count) || count < 1)
      throw new UsageError(`--count takes a whole number, 1 or more; got ${count}.`);
    if (real && number('jitter-ms', 0) > 0) throw new UsageError('--jitter-ms does not go with --real.');
    const cuts = flags['cuts'] === true;
    const report = await rotate({
      count,
      cuts,
      real,
      transparent: flags['transparent'] === true,
      seed: number('seed', 1),
      oneWayMs: number('one-way-ms', 60),
      jitterMs: number('jitter-ms', 0),
      setupMs: number('setup-ms', 130),
      handleEveryMs: number('handle-every-ms', 1_500),
      timeLeftMs: number('time-left-ms', 50_000),
      onProgress: progressOn(io, cuts ? 'cuts' : 'rotations'),
    });
    io.print(flags['json'] === true ? JSON.stringify(report) : text(report));
    return report.ok ? 0 : 1;
  },
};

function text(report: RotateReport): string {
  const { options } = report;
  return rowsText([
    [report.what, `${report.handOffs} (${report.atDeadline} at the deadline), seed ${options.seed}`],
    ['resumption', options.transparent ? 'transparent' : 'without an index'],
    [
      'link',
      `${options.real ? 'real sockets' : 'one virtual clock'}, ${options.oneWayMs} ms each way, jitter ${options.jitterMs} ms, setup ${options.setupMs} ms`,
    ],
    ['ordered in', countsText(report.orderedIn)],
    ...(options.cuts ? [['cut by', countsText(report.cutsBy)] as const] : []),
    ['chunks', `${report.sent} sent, ${report.heard} heard, ${report.modelTurns} turns of the model`],
    ['lost', String(report.lost)],
    ['doubled', `${report.doubled} (${report.possiblyDoubled} reported as possibly doubled)`],
    ['reordered', String(report.reordered)],
    ['unreported', String(report.unreported)],
    ['receipts', countsText(report.receipts)],
    ['gap, ms', quantilesText(report.gapMs)],
    ['held, ms', quantilesText(report.heldMs)],
    [
      'connections',
      `${report.connections} (${report.refusedSetups} refused), ${report.lineages} conversation${report.lineages === 1 ? '' : 's'}`,
    ],
    ['time', `${(report.sessionMs / 3_600_000).toFixed(2)} h of session in ${(report.wallMs / 1_000).toFixed(1)} s`],
    ['machine', machineLine(report.machine)],
    ['verdict', report.ok ? 'ok' : report.problems.join('; ')],
  ]);
}

await runAsProgram(command, import.meta.url);
