/**
 * The coverage report: every id of every dimension, covered, uncovered, unreachable with its reason, or unknown with
 * the reason why nobody can say.
 *
 * Owns the shape of the report (plain data, to be written as JSON) and the one way to fail by it. Its texts are in
 * format.ts, junit.ts and html.ts.
 */
import type { AnyStateMachine } from 'xstate';
import { Regions } from './regions.js';
import type { Run } from './runs.js';
import {
  configurationId,
  configurationsOf,
  eventsOf,
  guardsOf,
  leafOrder,
  pairsOf,
  statesOf,
  transitionsOfChart,
  type Universe,
} from './universe.js';
import { listTransitions, stateNodesOf } from './transitions.js';

export const dimensionNames = [
  'states',
  'configurations',
  'events',
  'transitions',
  'transitionPairs',
  'guards',
  'requirements',
] as const;

/**
 * `states`: state nodes that were active. `configurations`: sets of leaves that were active together when a step was
 * over. `events`: descriptors of the chart that an event met. `transitions`: each candidate of each event. `transitionPairs`:
 * successive transitions of one region. `guards`: each guard both ways. `requirements`: what the author lists.
 */
export type DimensionName = (typeof dimensionNames)[number];

export interface Dimension {
  readonly covered: readonly string[];
  readonly uncovered: readonly string[];
  /** Ids that cannot be covered, each with its reason. */
  readonly unreachable: Readonly<Record<string, string>>;
  /** Ids of which it is not known whether they can be covered, each with why. */
  readonly unknown: Readonly<Record<string, string>>;
}

export interface CoverageReport {
  /** Id of the machine. */
  readonly machine: string;
  readonly dimensions: Readonly<Record<DimensionName, Dimension>>;
  readonly runs: number;
  readonly steps: number;
  /** Seeds of random runs; none for paths, which are the same each time. */
  readonly seeds: readonly (string | number)[];
  /** Wall time, when the caller measured it. */
  readonly elapsedMs: number | null;
  /** What is wrong with the machine or with this report: a run that differed, an excuse that does not hold. */
  readonly problems: readonly string[];
}

export interface CoverageOptions {
  /** Ids known to be out of reach, with the reason; those that the chart itself rules out are found without it. */
  readonly unreachable?: Readonly<Partial<Record<DimensionName, Readonly<Record<string, string>>>>>;
  /** Id of each requirement, and whether a test claims it. */
  readonly requirements?: Readonly<Record<string, boolean>>;
  /** Configurations that an exploration met, be it that no run did (`tour.exploration.configurations`). */
  readonly met?: Iterable<string>;
  /** The exploration met everything there is, so that what it did not meet cannot be. @default false */
  readonly isComplete?: boolean;
  /** Most configurations to list one by one; of a chart with more, only those that were met. @default 5000 */
  readonly maxConfigurations?: number;
  readonly seeds?: readonly (string | number)[];
  readonly elapsedMs?: number;
  readonly problems?: readonly string[];
}

export function coverageOf(
  machine: AnyStateMachine,
  runs: readonly Run[],
  options: CoverageOptions = {},
): CoverageReport {
  const seen = whatRunsSaw(machine, runs);
  const problems = [...(options.problems ?? [])];
  const dimension = (name: DimensionName, { ids, ruledOut }: Universe, covered: ReadonlySet<string>): Dimension => {
    const known = new Set(ids);
    const excuses = { ...ruledOut, ...options.unreachable?.[name] };
    for (const id of covered) if (!known.has(id)) problems.push(`${name}: a run has ${id}, and the chart has not`);
    for (const [id, reason] of Object.entries(excuses)) {
      if (!known.has(id)) problems.push(`${name}: ${id} is called unreachable, and the chart has no such id`);
      else if (covered.has(id)) problems.push(`${name}: ${id} is called unreachable (${reason}), and a run covers it`);
    }
    return {
      covered: ids.filter((id) => covered.has(id)),
      uncovered: ids.filter((id) => !covered.has(id) && !Object.hasOwn(excuses, id)),
      unreachable: Object.fromEntries(Object.entries(excuses).filter(([id]) => known.has(id) && !covered.has(id))),
      unknown: {},
    };
  };
  const requirements = options.requirements ?? {};
  const claimed = new Set(Object.keys(requirements).filter((id) => requirements[id] === true));
  const dimensions = {
    states: dimension('states', statesOf(machine), seen.states),
    configurations: configurations(machine, seen.configurations, options, problems),
    events: dimension('events', eventsOf(machine), seen.events),
    transitions: dimension('transitions', transitionsOfChart(machine), seen.transitions),
    transitionPairs: dimension('transitionPairs', pairsOf(machine), seen.pairs),
    guards: dimension('guards', guardsOf(machine), seen.guards),
    requirements: dimension('requirements', { ids: Object.keys(requirements), ruledOut: {} }, claimed),
  };
  return {
    machine: machine.id,
    dimensions,
    runs: runs.length,
    // The start of a run is no step.
    steps: runs.reduce((sum, { steps }) => sum + Math.max(0, steps.length - 1), 0),
    seeds: options.seeds ?? [],
    elapsedMs: options.elapsedMs ?? null,
    problems,
  };
}

/** Covered ids as a share of all that are not unreachable; what is unknown counts as not covered. */
export function shareOf({ covered, uncovered, unknown }: Dimension): number {
  const total = covered.length + uncovered.length + Object.keys(unknown).length;
  return total === 0 ? 1 : covered.length / total;
}

/** The least share of each dimension, from 0 to 1. */
export type Thresholds = Readonly<Partial<Record<DimensionName, number>>>;

/** Coverage is below a threshold, or the report has problems; `missing` has every id by dimension. */
export class CoverageError extends Error {
  override readonly name = 'CoverageError';
  readonly missing: Readonly<Partial<Record<DimensionName, readonly string[]>>>;

  constructor(message: string, missing: CoverageError['missing']) {
    super(message);
    this.missing = missing;
  }
}

const shownIds = 20;

/** Throws a CoverageError that lists what is missing. Problems of the report fail it, too. */
export function assertCoverage(report: CoverageReport, least: Thresholds): void {
  const lines: string[] = report.problems.map((problem) => `problem: ${problem}`);
  const missing: Partial<Record<DimensionName, readonly string[]>> = {};
  for (const name of dimensionNames) {
    const wanted = least[name];
    const { [name]: one } = report.dimensions;
    if (wanted === undefined || shareOf(one) >= wanted) continue;
    const ids = [...one.uncovered, ...Object.keys(one.unknown)];
    missing[name] = ids;
    lines.push(
      `${name}: ${percent(shareOf(one))} covered, ${percent(wanted)} wanted; missing:`,
      ...ids.slice(0, shownIds).map((id) => `  ${id}`),
      ...(ids.length > shownIds ? [`  and ${ids.length - shownIds} more`] : []),
    );
  }
  if (lines.length > 0) throw new CoverageError(`Coverage of ${report.machine}:\n${lines.join('\n')}`, missing);
}

export function percent(share: number): string {
  // Never 100 % while anything is missing.
  return `${(Math.floor(share * 1_000) / 10).toFixed(share === 1 ? 0 : 1)} %`;
}

function configurations(
  machine: AnyStateMachine,
  covered: ReadonlySet<string>,
  { met = [], isComplete = false, maxConfigurations = 5_000, unreachable = {} }: CoverageOptions,
  problems: string[],
): Dimension {
  const known = new Set([...covered, ...met]);
  const all = configurationsOf(machine, maxConfigurations);
  const excuses = unreachable.configurations ?? {};
  for (const id of Object.keys(excuses)) {
    if (known.has(id)) problems.push(`configurations: ${id} is called unreachable, and it was met`);
  }
  const rest = (all ?? []).filter((id) => !known.has(id));
  const why = isComplete ? 'a complete exploration never met it' : 'no exploration met it, and none was complete';
  const others = Object.fromEntries(rest.filter((id) => !Object.hasOwn(excuses, id)).map((id) => [id, why]));
  return {
    covered: [...covered],
    uncovered: [...known].filter((id) => !covered.has(id)),
    unreachable: { ...excuses, ...(isComplete ? others : {}) },
    unknown: isComplete ? {} : others,
  };
}

function whatRunsSaw(machine: AnyStateMachine, runs: readonly Run[]) {
  const regions = new Regions(machine);
  const order = leafOrder(machine);
  const lines = ancestry(machine);
  const infos = new Map(listTransitions(machine).map((info) => [info.id, info]));
  const descriptors = new Set(eventsOf(machine).ids);
  const seen = {
    states: new Set<string>(),
    configurations: new Set<string>(),
    events: new Set<string>(),
    transitions: new Set<string>(),
    pairs: new Set<string>(),
    guards: new Set<string>(),
  };
  for (const { steps } of runs) {
    const last = new Map<string, string>();
    for (const { event, nodes, microsteps, guards } of steps) {
      if (event !== null && descriptors.has(event)) seen.events.add(event);
      for (const id of nodes) seen.states.add(id);
      for (const microstep of microsteps) {
        if (descriptors.has(microstep.event)) seen.events.add(microstep.event);
        for (const id of microstep.nodes) seen.states.add(id);
        for (const id of microstep.taken) {
          seen.transitions.add(id);
          const { source = '', event: descriptor = '' } = infos.get(id) ?? {};
          if (descriptors.has(descriptor)) seen.events.add(descriptor);
          // A state that is left in the step that entered it.
          for (const above of lines.get(source) ?? []) seen.states.add(above);
        }
        for (const id of regions.follow(last, microstep.taken)) seen.pairs.add(id);
      }
      for (const outcome of guards) seen.guards.add(outcome);
      seen.configurations.add(configurationId(nodes, order));
    }
  }
  return seen;
}

function ancestry(machine: AnyStateMachine): ReadonlyMap<string, readonly string[]> {
  return new Map(
    stateNodesOf(machine.root).map((node) => {
      const line: string[] = [];
      for (let above: typeof node | undefined = node; above; above = above.parent) line.push(above.id);
      return [node.id, line];
    }),
  );
}
