/** `gemini-lifeline soak`: flags and words around the random runs of src/testing/random. */
import { campaign, type CampaignReport } from '../testing/random/campaign.js';
import { seedText } from '../testing/random/command.js';
import { shrink } from '../testing/random/shrink.js';
import { tellStory } from '../testing/random/story.js';
import { columns, jsonFlag, numberFlag, UsageError, type Command, type Io } from './command.js';

const defaultHours = 100;
const progressEveryMs = 2_000;

export const soakCommand: Command = {
  name: 'soak',
  summary:
    'Run whole sessions through turns, tools, goAways and faults on virtual time, and ask every rule of the\n' +
    'specification after every step.',
  args: [],
  flags: {
    hours: {
      type: 'string',
      value: 'N',
      describe: `Simulated hours. Default ${defaultHours}, unless --steps is given.`,
    },
    steps: { type: 'string', value: 'N', describe: 'Short random sessions instead of whole hours, so many steps.' },
    seed: { type: 'string', value: 'N', describe: 'The same seed gives the same run, byte for byte.', fallback: '1' },
    'keep-going': { type: 'boolean', describe: 'Do not stop at the first broken rule; list all of them.' },
    json: jsonFlag,
  },
  notes: [
    'Each session is one hour: a numbered frame of audio (16 bytes) a second, a handle each 1.5 s, something else each',
    '30 s on average. With --steps sessions are short, begin in any state, and meet every class of faults, laptop sleep,',
    'going offline and close(). Exit 1 when a rule is broken, with the story of the smallest run that breaks it;',
    'gemini-lifeline replay SEED tells it again. Speed is per wall second, on one core.',
  ].join('\n'),
  async run({ flags, io }) {
    const steps = numberFlag(flags, 'steps', { least: 1, whole: true });
    const hours = numberFlag(flags, 'hours', { least: 0.001 }) ?? (steps === undefined ? defaultHours : undefined);
    if (steps !== undefined && flags['hours'] !== undefined) throw new UsageError('Give --hours or --steps, not both.');
    const startedAt = performance.now();
    const report = await campaign({
      kind: steps === undefined ? 'soak' : 'random',
      seed: numberFlag(flags, 'seed', { most: 0xff_ff_ff_ff, whole: true }) ?? 1,
      ...(steps === undefined ? {} : { steps }),
      ...(hours === undefined ? {} : { hours }),
      stopAt: flags['keep-going'] === true ? 'never' : 'first',
      onRun: progress(io),
    });
    const cpuSeconds = process.cpuUsage().user / 1e6;
    const wallSeconds = (performance.now() - startedAt) / 1_000;
    const speed = {
      wallSeconds: round(wallSeconds),
      cpuSeconds: round(cpuSeconds),
      hoursPerWallSecond: round(report.virtualHours / wallSeconds),
      stepsPerWallSecond: Math.round(report.steps / wallSeconds),
    };
    if (flags['json'] === true) io.print(JSON.stringify({ ok: report.failures.length === 0, ...report, ...speed }));
    else for (const line of text(report, speed)) io.print(line);
    const [failure] = report.failures;
    if (failure === undefined) return 0;
    if (flags['json'] !== true) {
      const { plan, runs } = await shrink(failure.plan, failure.violation);
      io.print(`\nseed ${seedText(plan)}, made smaller in ${runs} runs:\n\n${(await tellStory(plan)).text}`);
    }
    return 1;
  },
};

function round(n: number): number {
  return Math.round(n * 100) / 100;
}

function progress(io: Io): (sums: CampaignReport) => void {
  let toldAt = performance.now();
  let told = 0;
  return ({ steps, virtualHours, failures }) => {
    for (const { plan, violation } of failures.slice(told)) {
      io.note(`seed ${seedText(plan)} breaks ${violation.id}: ${violation.message}`);
    }
    told = failures.length;
    if (performance.now() - toldAt < progressEveryMs) return;
    toldAt = performance.now();
    io.note(`${virtualHours.toFixed(1)} hours, ${steps} steps, ${failures.length} broken rules`);
  };
}

function text(report: CampaignReport, speed: Readonly<Record<string, number>>): string[] {
  const { failures, transitions, faults, checked } = report;
  const sum = (counts: Readonly<Record<string, number>>): number =>
    Object.values(counts).reduce((all, n) => all + n, 0);
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, n]) => `${name} ${n}`)
      .join(', ');
  return columns([
    [
      'simulated',
      `${report.virtualHours.toFixed(1)} hours in ${report.runs} sessions (${list(report.ended)}), seed ${report.seed}`,
    ],
    [
      'speed',
      `${speed['hoursPerWallSecond']} hours and ${speed['stepsPerWallSecond']} steps a second (${speed['wallSeconds']} s)`,
    ],
    ['steps', String(report.steps)],
    ['faults', `${sum(faults)} of ${Object.keys(faults).length} classes: ${list(faults)}`],
    ['checked', `${sum(checked)} times: ${list(checked)}`],
    ['transitions', `${transitions.taken} of ${transitions.of}`],
    ['trace hash', report.hash],
    ['broken', failures.length === 0 ? 'no rule' : `${failures.length} times`],
    ...failures.map(({ plan, violation }): [string, string] => [
      `  ${seedText(plan)}`,
      `${violation.id} at step ${violation.step + 1}: ${violation.message}`,
    ]),
  ]);
}
