/** `gemini-lifeline replay SEED`: runs one random session again and tells its story. */
import { writeFileSync } from 'node:fs';
import { planOf } from '../testing/random/generate.js';
import { readSeed, seedText, type Plan } from '../testing/random/command.js';
import { runPlan } from '../testing/random/run.js';
import { shrink } from '../testing/random/shrink.js';
import { tellStory, testFile } from '../testing/random/story.js';
import { jsonFlag, UsageError, type Command } from './command.js';

export const replaySeedCommand: Command = {
  name: 'replay',
  summary: 'Run the random session of a seed again, make it smaller if it breaks a rule, and tell its story.',
  args: ['SEED'],
  flags: {
    trace: { type: 'string', value: 'FILE', describe: 'Write the trace, with the commands and the step that failed.' },
    test: { type: 'string', value: 'FILE', describe: 'Write a test that runs it again: node --test FILE.' },
    whole: { type: 'boolean', describe: 'Do not make it smaller.' },
    json: jsonFlag,
  },
  notes: 'SEED is a number as `gemini-lifeline soak` prints it, such as 17 or soak-17. Exits 1 when a rule is broken.',
  async run({ flags, args, io }) {
    const seed = readSeed(args[0] ?? '');
    if (seed === null) throw new UsageError(`A seed is a number, or soak- and a number; got ${args[0]}.`);
    const whole = planOf(seed.kind, seed.seed);
    const { violation } = await runPlan(whole);
    const isSmaller = violation !== null && flags['whole'] !== true;
    const plan: Plan = isSmaller ? (await shrink(whole, violation)).plan : whole;
    const story = await tellStory(plan);
    const { report } = story;
    if (typeof flags['trace'] === 'string') writeFileSync(flags['trace'], story.trace);
    if (typeof flags['test'] === 'string') {
      writeFileSync(flags['test'], testFile(plan, report.violation?.id ?? 'no rule'));
    }
    if (flags['json'] === true) {
      const { violation: found, hash, steps, virtualMs, faults, checked, ended } = report;
      const seconds = virtualMs / 1_000;
      io.print(
        JSON.stringify({ seed: seedText(plan), plan, violation: found, hash, steps, seconds, faults, checked, ended }),
      );
    } else {
      io.print(story.text);
      io.print(`trace ${report.hash}`);
    }
    return report.violation === null ? 0 : 1;
  },
};
