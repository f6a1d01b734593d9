/**
 * The report over one or more tours: which transitions of the chart were taken, which were not, and why not.
 *
 * Owns the shape of the report (plain data, to be written as JSON) and its text. Judges nothing: a test does.
 */
import type { AnyStateMachine } from 'xstate';
import type { Tour } from './tour.js';
import { listTransitions, type TransitionId } from './transitions.js';

export interface TransitionCoverage {
  readonly covered: readonly TransitionId[];
  readonly uncovered: readonly TransitionId[];
  /** Known by the caller to be out of reach, with the reason. */
  readonly unreachable: Readonly<Record<TransitionId, string>>;
  /** Ids in `taken` or `unreachable` that the chart does not have, or unreachable ones that were taken all the same. */
  readonly unknown: readonly TransitionId[];
  readonly transitions: number;
  readonly paths: number;
  readonly steps: number;
}

export interface CoverageSource {
  readonly taken: Iterable<TransitionId>;
  readonly paths: number;
  readonly steps: number;
}

/** What a tour contributes to the report. */
export function sourceOf<TMachine extends AnyStateMachine>(tour: Tour<TMachine>): CoverageSource {
  return {
    taken: tour.taken,
    paths: tour.paths.length,
    steps: tour.paths.reduce((sum, path) => sum + path.steps.length, 0),
  };
}

export function transitionCoverage(
  machine: AnyStateMachine,
  sources: readonly CoverageSource[],
  unreachable: Readonly<Record<TransitionId, string>> = {},
): TransitionCoverage {
  const ids = listTransitions(machine).map(({ id }) => id);
  const known = new Set(ids);
  const taken = new Set(sources.flatMap((source) => [...source.taken]));
  const excused = new Set(Object.keys(unreachable));
  return {
    covered: ids.filter((id) => taken.has(id)),
    uncovered: ids.filter((id) => !taken.has(id) && !excused.has(id)),
    unreachable: { ...unreachable },
    unknown: [...new Set([...taken, ...excused])].filter((id) => !known.has(id) || (taken.has(id) && excused.has(id))),
    transitions: ids.length,
    paths: sources.reduce((sum, source) => sum + source.paths, 0),
    steps: sources.reduce((sum, source) => sum + source.steps, 0),
  };
}

export function formatCoverage(report: TransitionCoverage): string {
  const { covered, uncovered, unreachable, unknown } = report;
  const lines = [
    `${covered.length} of ${report.transitions} transitions taken by ${report.paths} paths with ${report.steps} events`,
    ...uncovered.map((id) => `  not taken    ${id}`),
    ...Object.entries(unreachable).map(([id, reason]) => `  unreachable  ${id}: ${reason}`),
    ...unknown.map((id) => `  unknown      ${id}`),
  ];
  return lines.join('\n');
}
