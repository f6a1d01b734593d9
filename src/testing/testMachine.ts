/**
 * All chart strategies over any XState 5 machine, without changes to it: a transition tour, a tour of pairs, every simple
 * path of each region, predicted by the pure machine and then run on the real actor on a virtual clock.
 *
 * Owns what is taken for granted when nobody says otherwise: events without a payload, actors that end without output.
 * Says so where that was not enough.
 */
import type { AnyStateMachine, EventObject, SnapshotFrom } from 'xstate';
import type { ActorOutputs, Alphabet } from './alphabet.js';
import { coverageOf, type CoverageOptions, type CoverageReport } from './coverage.js';
import { executeTour, type ExecutedPath } from './execute.js';
import type { ExploreOptions } from './explore.js';
import { pairTour } from './pairTour.js';
import { listGuards, outcomeOf } from './probes.js';
import { runsOf, type Run } from './runs.js';
import { takeSimplePaths, type RegionPaths } from './simplePaths.js';
import { createStepper } from './stepper.js';
import { transitionTour, type Tour } from './tour.js';
import { listTransitions } from './transitions.js';
import { virtualClock } from './virtualClock.js';

/** An event with whatever else it carries. */
export interface TestEvent extends EventObject {
  readonly [field: string]: unknown;
}

export interface MachineTestOptions extends Pick<CoverageOptions, 'unreachable' | 'requirements'> {
  readonly input?: unknown;
  /** Instead of `input`: one exploration for each, so that guards on what a machine was given answer both ways. */
  readonly inputs?: readonly unknown[];
  /** Events with their payloads, several of one type if need be. @default `{ type }` for each event the chart names */
  readonly events?: readonly TestEvent[];
  /** Instead of `events`: those worth trying in a snapshot. */
  readonly alphabet?: (snapshot: unknown) => readonly TestEvent[];
  /** What invoked actors answer, by `src`. @default one `undefined` for each */
  readonly outputs?: ActorOutputs;
  /** Most moments to explore. @default 1000 */
  readonly limit?: number;
  /** Only predict; the machine's actions are then never run. @default false */
  readonly pureOnly?: boolean;
}

export interface MachineTest {
  /** Of the real actor, or of the predictions with `pureOnly`. */
  readonly report: CoverageReport;
  readonly simplePaths: readonly RegionPaths[];
  /** What would help to cover more. */
  readonly hints: readonly string[];
}

/** Throws when the machine cannot start, or has a state or a guard that nothing implements. */
export async function testMachine(machine: AnyStateMachine, options: MachineTestOptions = {}): Promise<MachineTest> {
  const thrown = new Map<string, string>();
  const exploration: Omit<ExploreOptions<AnyStateMachine>, 'key'> = {
    alphabet: alphabetOf(machine, options),
    limit: options.limit ?? 1_000,
    ...(options.outputs ? { outputs: options.outputs } : {}),
    onThrow: ({ type }, error, snapshot) => {
      const where = JSON.stringify((snapshot as { readonly value?: unknown }).value);
      if (!thrown.has(type)) thrown.set(type, `${type} threw in ${where}: ${firstLine(error)}`);
    },
  };
  const groups = (options.inputs ?? [options.input]).map((input) => toursOf(machine, { ...exploration, input }));
  const tours = groups.flat();
  const isComplete = groups.every((group) => group.some((tour) => tour.exploration.complete));
  const problems: string[] = [];
  let runs: readonly Run[] = tours.flatMap(runsOf);
  if (options.pureOnly !== true) {
    const executed: ExecutedPath[] = [];
    for (const tour of tours) {
      const comparesContext = foretellsContext(machine, tour);
      executed.push(...(await executeTour(machine, tour, { clock: virtualClock, comparesContext })));
    }
    problems.push(...new Set(executed.flatMap(({ failure }) => (failure ? [firstLine(failure)] : []))));
    runs = executed.map(({ run }) => run);
  }
  const simplePaths = takeSimplePaths(machine);
  problems.push(...simplePaths.flatMap(({ region, failures }) => failures.map((one) => `${region}: ${one}`)));
  const report = coverageOf(machine, runs, {
    ...(options.unreachable ? { unreachable: options.unreachable } : {}),
    ...(options.requirements ? { requirements: options.requirements } : {}),
    met: tours.flatMap((tour) => [...tour.exploration.configurations]),
    isComplete: isComplete && thrown.size === 0,
    problems,
  });
  return { report, simplePaths, hints: hintsFor(report, [...thrown.values()], isComplete, options) };
}

/** A context with random ids or actors in it is another one each time. */
function foretellsContext(machine: AnyStateMachine, { input, paths }: Tour<AnyStateMachine>): boolean {
  const stepper = createStepper(machine, input);
  const [first, again] = [contextOf(stepper.initial().snapshot), contextOf(stepper.initial().snapshot)];
  const all = paths.flatMap(({ steps }) => steps.map(({ state }) => contextOf(state)));
  return keyOf(first) === keyOf(again) && [first, ...all].every(isPlain);
}

function contextOf(snapshot: SnapshotFrom<AnyStateMachine>): unknown {
  return (snapshot as { readonly context?: unknown }).context;
}

/** With the whole context first; where that never ends, by the state value, which sees farther and less. */
function toursOf(
  machine: AnyStateMachine,
  exploration: Omit<ExploreOptions<AnyStateMachine>, 'key'>,
): readonly Tour<AnyStateMachine>[] {
  const outcomes = listGuards(machine).flatMap((name) => [outcomeOf(name, true), outcomeOf(name, false)]);
  const targets = [...listTransitions(machine).map(({ id }) => id), ...outcomes];
  const byContext = (snapshot: SnapshotFrom<AnyStateMachine>): string =>
    keyOf([snapshot.value, snapshot.status, snapshot.context]);
  const byValue = (snapshot: SnapshotFrom<AnyStateMachine>): string => keyOf([snapshot.value, snapshot.status]);
  const tours = [byContext, byValue].flatMap((key) => [
    transitionTour(machine, { ...exploration, key, targets }),
    pairTour(machine, { ...exploration, key }),
  ]);
  return tours[1]?.exploration.complete === true ? tours.slice(0, 2) : tours;
}

function alphabetOf(machine: AnyStateMachine, { events, alphabet }: MachineTestOptions): Alphabet<AnyStateMachine> {
  if (alphabet) return (snapshot) => alphabet(snapshot);
  const named = [...new Set(listTransitions(machine).map(({ event }) => event))]
    .filter((event) => event !== 'always' && !event.startsWith('xstate.'))
    .map((event) => ({ type: event.replace(/\*$/, 'any') }));
  const given = new Set(events?.map(({ type }) => type));
  const offered = [...(events ?? []), ...named.filter(({ type }) => !given.has(type))];
  return () => offered;
}

function hintsFor(
  { dimensions }: CoverageReport,
  thrown: readonly string[],
  isComplete: boolean,
  { events, alphabet, outputs, limit = 1_000 }: MachineTestOptions,
): readonly string[] {
  const hints = thrown.map(
    (what) => `${what}. Give it a payload in \`events\`, or an \`input\` that it can work with.`,
  );
  const missing = dimensions.transitions.uncovered.length + dimensions.guards.uncovered.length;
  if (missing === 0) return hints;
  if (!isComplete) hints.push(`The exploration stopped at ${limit} moments; a higher \`limit\` may reach more.`);
  if (!events && !alphabet) {
    hints.push('Events were sent without a payload; guards that read one may answer both ways with `events` given.');
  }
  if (!outputs && dimensions.transitions.uncovered.some((id) => id.includes(' xstate.done.actor.'))) {
    hints.push('Actors ended without an output; guards on it may answer both ways with `outputs` given.');
  }
  return hints;
}

/** As JSON, without what is another one each time: actors and functions. */
function keyOf(value: unknown): string {
  const above = new WeakSet<object>();
  return (
    JSON.stringify(value, (_name, inner: unknown) => {
      if (typeof inner === 'function' || typeof inner === 'bigint') return String(inner);
      if (typeof inner !== 'object' || inner === null) return inner;
      if ('sessionId' in inner && 'send' in inner) return '(actor)';
      if (inner instanceof Map || inner instanceof Set) return [...(inner as Iterable<unknown>)];
      if (above.has(inner)) return '(seen)';
      above.add(inner);
      return inner;
    }) ?? ''
  );
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value !== 'function';
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return false;
  return Object.values(value).every(isPlain);
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ''] = message.split('\n');
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}
