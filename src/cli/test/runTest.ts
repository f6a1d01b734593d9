/**
 * What `gemini-lifeline test` runs: the strategies over this library's own chart, or over a machine of the user's.
 *
 * Owns the choice and the time it took. Prints nothing.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { sessionMachine } from '../../../machines/index.js';
import { systemClock } from '../../clock.js';
import { coverageOf, type CoverageReport, type Thresholds } from '../../testing/coverage.js';
import { executeTour, type ExecutedPath } from '../../testing/execute.js';
import { sessionPairTours, sessionTransitionTours, sessionUnreachable } from '../../testing/lifeline/tours.js';
import { runsOf } from '../../testing/runs.js';
import { takeSimplePaths, type RegionPaths } from '../../testing/simplePaths.js';
import { testMachine } from '../../testing/testMachine.js';
import { virtualClock } from '../../testing/virtualClock.js';
import { loadMachine } from './loadMachine.js';
import { readRequirements } from './requirements.js';

export interface TestResult {
  readonly machine: AnyStateMachine;
  readonly report: CoverageReport;
  readonly simplePaths: readonly RegionPaths[];
  readonly hints: readonly string[];
  /** Wall time of each part. */
  readonly parts: readonly {
    readonly name: string;
    readonly ms: number;
    readonly paths: number;
    readonly steps: number;
  }[];
  /** The thresholds that hold when nobody names others. */
  readonly least: Thresholds;
}

export async function testTarget(target: string, pureOnly: boolean): Promise<TestResult> {
  const { machine, options } = await loadMachine(target);
  const start = systemClock.now();
  const { report, simplePaths, hints } = await testMachine(machine, { ...options, pureOnly });
  const ms = systemClock.now() - start;
  const parts = [{ name: pureOnly ? 'pure' : 'pure and executed', ms, paths: report.runs, steps: report.steps }];
  return { machine, report: { ...report, elapsedMs: ms }, simplePaths, hints, parts, least: {} };
}

export async function testLifeline(pureOnly: boolean): Promise<TestResult> {
  const begun = systemClock.now();
  const parts: { name: string; ms: number; paths: number; steps: number }[] = [];
  const timed = async <T>(
    name: string,
    run: () => Promise<T> | T,
    size: (result: T) => [number, number],
  ): Promise<T> => {
    const start = systemClock.now();
    const result = await run();
    const [paths, steps] = size(result);
    parts.push({ name, ms: systemClock.now() - start, paths, steps });
    return result;
  };
  const transitions = await timed('transition tour, pure', sessionTransitionTours, sizeOfTours);
  const pairs = await timed('pair tour, pure', sessionPairTours, sizeOfTours);
  const tours = [...transitions, ...pairs];
  const execute = async (): Promise<readonly ExecutedPath[]> => {
    const results: ExecutedPath[] = [];
    for (const tour of tours) results.push(...(await executeTour(sessionMachine, tour, { clock: virtualClock })));
    return results;
  };
  const executed = pureOnly
    ? null
    : await timed('both on the real actor', execute, (all) => [all.length, sum(all, ({ steps }) => steps)]);
  const simplePaths = await timed(
    'simple paths of each region',
    () => takeSimplePaths(sessionMachine),
    (all) => [sum(all, ({ paths }) => paths), sum(all, ({ steps }) => steps)],
  );
  const requirements = readRequirements(packageRoot());
  const report = coverageOf(sessionMachine, executed?.map(({ run }) => run) ?? tours.flatMap(runsOf), {
    unreachable: sessionUnreachable(),
    met: tours.flatMap(({ exploration }) => [...exploration.configurations]),
    ...(requirements ? { requirements } : {}),
    elapsedMs: systemClock.now() - begun,
    problems: [
      ...(executed ?? []).flatMap(({ failure }) => failure?.message ?? []),
      ...simplePaths.flatMap(({ failures }) => failures),
    ],
  });
  const hints = requirements
    ? []
    : ['The tests of this library are not in the package, so requirements are not counted.'];
  const least = { states: 1, events: 1, transitions: 1, transitionPairs: 0.95, guards: 1, requirements: 1 };
  return { machine: sessionMachine, report, simplePaths, hints, parts, least };
}

function sizeOfTours(tours: ReturnType<typeof sessionPairTours>): [number, number] {
  const paths = tours.flatMap((tour) => tour.paths);
  return [paths.length, sum(paths, ({ steps }) => steps.length)];
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** Built or not, this file lies somewhere below the folder of package.json. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
