/** `gemini-lifeline test`: flags and words around runTest.ts. */
import { writeFile } from 'node:fs/promises';
import { relative } from 'node:path';
import {
  assertCoverage,
  CoverageError,
  dimensionNames,
  type DimensionName,
  type Thresholds,
} from '../../testing/coverage.js';
import { formatCoverage } from '../../testing/format.js';
import { coverageHtml } from '../../testing/html.js';
import { coverageJunit } from '../../testing/junit.js';
import { jsonFlag, UsageError, type Command } from '../command.js';
import { writeExample } from './init.js';
import { testLifeline, testTarget, type TestResult } from './runTest.js';

const shortNames: Readonly<Record<string, DimensionName>> = { pairs: 'transitionPairs' };

export const testCommand: Command = {
  name: 'test',
  summary:
    'Test a statechart by its model, the one of this library or one of yours: a tour of its transitions, of pairs of\n' +
    'successive ones, every simple path of each region, predicted and then run on the real actor; and what was covered.',
  args: ['FILE#MACHINE'],
  argsAreOptional: true,
  flags: {
    min: { type: 'string', value: 'LIST', describe: 'Least shares, from 0 to 1: transitions=1,pairs=0.95,guards=1.' },
    pure: { type: 'boolean', describe: 'Predict only; actions of the machine are never run.' },
    junit: { type: 'string', value: 'FILE', describe: 'Write the report as JUnit XML.' },
    html: {
      type: 'string',
      value: 'FILE',
      describe: 'Write the report as a page with the chart coloured by coverage.',
    },
    init: {
      type: 'boolean',
      describe: 'Write an example, a machine and its test, into the folder named instead of FILE.',
    },
    json: jsonFlag,
  },
  notes:
    'FILE is a JavaScript module, or a TypeScript one on Node 24; MACHINE is the name of its export, needed when there are\n' +
    'several. Beside it the module may export input, inputs, events, alphabet, outputs, limit, unreachable and requirements.\n' +
    `Dimensions of --min: ${dimensionNames.join(', ')}. Without FILE this library's own thresholds hold.\n` +
    'Exits 1 when a threshold is missed or the actor did something else than predicted.',
  async run({ flags, args, io }) {
    const json = flags['json'] === true;
    const [target] = args;
    if (flags['init'] === true) {
      const written = await writeExample(target ?? '.');
      if (json) io.print(JSON.stringify({ written }));
      else {
        for (const path of written) io.print(`written  ${relative(process.cwd(), path)}`);
        io.print(
          `Run it: node --test ${relative(process.cwd(), written[1] ?? '')}, or gemini-lifeline test ${relative(process.cwd(), written[0] ?? '')}`,
        );
      }
      return 0;
    }
    const min = typeof flags['min'] === 'string' ? thresholds(flags['min']) : {};
    const pureOnly = flags['pure'] === true;
    const result = target === undefined ? await testLifeline(pureOnly) : await testTarget(target, pureOnly);
    const missed = whatIsMissed(result, { ...result.least, ...min });
    if (typeof flags['junit'] === 'string') await writeFile(flags['junit'], coverageJunit(result.report));
    if (typeof flags['html'] === 'string')
      await writeFile(flags['html'], await coverageHtml(result.machine, result.report));
    if (json) {
      const { report, simplePaths, hints, parts } = result;
      io.print(
        JSON.stringify({ ok: missed === null, ...report, simplePaths, parts, hints, missed: missed?.missing ?? {} }),
      );
    } else for (const line of linesOf(result, missed)) io.print(line);
    return missed ? 1 : 0;
  },
};

function linesOf({ report, simplePaths, parts, hints }: TestResult, missed: CoverageError | null): readonly string[] {
  return [
    formatCoverage(report),
    '',
    ...parts.map(({ name, paths, steps, ms }) => `${name}: ${paths} paths, ${steps} steps, ${Math.round(ms)} ms`),
    '',
    ...simplePaths.map(
      ({ region, paths, isBounded }) =>
        `${region}: ${isBounded ? 'the first ' : 'all '}${paths} simple paths taken${isBounded ? '; there are more' : ''}`,
    ),
    ...hints.map((hint) => `hint: ${hint}`),
    '',
    missed ? missed.message : 'Every threshold is met.',
  ];
}

function whatIsMissed({ report }: TestResult, least: Thresholds): CoverageError | null {
  try {
    assertCoverage(report, least);
    return null;
  } catch (error) {
    if (error instanceof CoverageError) return error;
    throw error;
  }
}

function thresholds(list: string): Thresholds {
  const entries = list.split(',').map((entry): [DimensionName, number] => {
    const [name = '', value = ''] = entry.split('=').map((part) => part.trim());
    const dimension = shortNames[name] ?? dimensionNames.find((one) => one === name);
    const share = Number(value);
    if (dimension === undefined) {
      throw new UsageError(`--min knows no dimension ${name}; there are ${[...dimensionNames, 'pairs'].join(', ')}.`);
    }
    if (value === '' || !(share >= 0 && share <= 1)) {
      throw new UsageError(`--min ${name} takes a number from 0 to 1; got ${value === '' ? 'nothing' : value}.`);
    }
    return [dimension, share];
  });
  return Object.fromEntries(entries);
}
