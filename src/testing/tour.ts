/**
 * A transition tour: few paths that together take every transition an exploration found (or every answer of a guard), each path going on to the
 * nearest transition not yet taken and starting anew when it is stuck.
 *
 * Owns the choice of paths. Every step of a path was computed by the pure machine from the step before it, so a path
 * is a prediction that the real actor can be held to (execute.ts).
 */
import { isDeepStrictEqual } from 'node:util';
import type { AnyStateMachine, SnapshotFrom } from 'xstate';
import { activeNodes } from './active.js';
import { nextEvents } from './alphabet.js';
import {
  explore,
  goalsOf,
  sequenceOf,
  stepOrReport,
  type Edge,
  type Exploration,
  type ExploreOptions,
  type Goal,
} from './explore.js';
import type { Moment, StepEvent } from './stepper.js';
import type { TransitionId } from './transitions.js';
import { configurationId, leafOrder } from './universe.js';

export interface TourStep<TMachine extends AnyStateMachine> {
  readonly event: StepEvent;
  /** The snapshot after the event. */
  readonly state: SnapshotFrom<TMachine>;
  readonly taken: readonly TransitionId[];
  /** All that is known after the event. */
  readonly moment: Moment<TMachine>;
  /** How long the clock has to run for this event; 0 unless it is an `after`. */
  readonly waitMs: number;
}

export interface TourPath<TMachine extends AnyStateMachine> {
  /** Where the path begins; its `taken` are the transitions of the start itself. */
  readonly initial: Moment<TMachine>;
  readonly steps: readonly TourStep<TMachine>[];
}

export interface Tour<TMachine extends AnyStateMachine> {
  readonly input: unknown;
  readonly paths: readonly TourPath<TMachine>[];
  readonly taken: ReadonlySet<TransitionId>;
  readonly exploration: ExplorationSummary;
}

export interface ExplorationSummary {
  readonly moments: number;
  readonly edges: number;
  readonly complete: boolean;
  /** Sets of leaves that it met, with or without a path of the tour that rests there. */
  readonly configurations: ReadonlySet<string>;
}

export interface TourOptions<TMachine extends AnyStateMachine> extends ExploreOptions<TMachine> {
  /** A path is ended after this many steps, so that a failure stays readable. @default 60 */
  readonly maxSteps?: number;
}

export function transitionTour<TMachine extends AnyStateMachine>(
  machine: TMachine,
  options: TourOptions<TMachine>,
): Tour<TMachine> {
  const graph = explore(machine, options);
  const wanted = new Set(options.targets ?? graph.taken);
  const open = new Set([...graph.goals].filter((id) => wanted.has(id)));
  const paths: TourPath<TMachine>[] = [];
  const taken = new Set<TransitionId>();
  const initial = graph.stepper.initial();
  for (const id of initial.taken) taken.add(id);
  for (const goal of goalsOf(initial)) open.delete(goal);

  const walker = new Walker(graph, options, open);
  while (open.size > 0) {
    const before = open.size;
    const steps = walker.walk(initial, options.maxSteps ?? 60);
    for (const id of steps.flatMap((step) => step.taken)) taken.add(id);
    if (open.size === before) throw new Error(`The tour cannot reach ${[...open].join(', ')}, though exploration did.`);
    paths.push({ initial, steps });
  }
  if (paths.length === 0) paths.push({ initial, steps: [] });
  return {
    input: options.input,
    paths,
    taken,
    exploration: summaryOf(machine, graph),
  };
}

export function summaryOf<TMachine extends AnyStateMachine>(
  machine: TMachine,
  { moments, edges, complete }: Exploration<TMachine>,
): ExplorationSummary {
  const order = leafOrder(machine);
  const configurations = [...moments.values()].map(({ snapshot }) =>
    configurationId(
      activeNodes(snapshot).map(({ id }) => id),
      order,
    ),
  );
  return {
    moments: moments.size,
    edges: [...edges.values()].reduce((sum, list) => sum + list.length, 0),
    complete,
    configurations: new Set(configurations),
  };
}

class Walker<TMachine extends AnyStateMachine> {
  readonly #graph: Exploration<TMachine>;
  readonly #options: TourOptions<TMachine>;
  readonly #open: Set<Goal>;

  constructor(graph: Exploration<TMachine>, options: TourOptions<TMachine>, open: Set<Goal>) {
    this.#graph = graph;
    this.#options = options;
    this.#open = open;
  }

  /** One path from the start; every transition it takes is no longer open. */
  walk(initial: Moment<TMachine>, maxSteps: number): TourStep<TMachine>[] {
    const steps: TourStep<TMachine>[] = [];
    let moment = initial;
    let at = this.#graph.start;
    while (steps.length < maxSteps && this.#open.size > 0) {
      const plan = this.#nearest(at);
      const last = plan?.at(-1);
      if (!plan || !last) break;
      // On the first leg the moment is the one that was explored and the plan holds exactly; later the key may hide a
      // difference, which the replay notices.
      const replayed = this.#replay(moment, steps.length === 0 ? this.#exactly(last) : plan);
      if (!replayed) break;
      for (const goal of replayed.steps.flatMap((step) => goalsOf(step.moment))) this.#open.delete(goal);
      steps.push(...replayed.steps);
      moment = replayed.moment;
      at = last.to;
    }
    return steps;
  }

  /** Breadth-first over the explored graph to the nearest edge that takes something open. */
  #nearest(from: string): readonly Edge[] | null {
    const via = new Map<string, Edge | null>([[from, null]]);
    const queue = [from];
    for (const key of queue) {
      for (const edge of this.#graph.edges.get(key) ?? []) {
        if (edge.goals.some((goal) => this.#open.has(goal))) return [...backwards(via, key), edge];
        if (via.has(edge.to)) continue;
        via.set(edge.to, edge);
        queue.push(edge.to);
      }
    }
    return null;
  }

  #exactly(last: Edge): readonly Edge[] {
    return [...backwards(this.#graph.reachedBy, last.from), last];
  }

  #replay(from: Moment<TMachine>, plan: readonly Edge[]) {
    const steps = replay(this.#graph, this.#options, from, plan);
    const gains = steps?.some((step) => goalsOf(step.moment).some((goal) => this.#open.has(goal)));
    return steps && gains ? { steps, moment: steps.at(-1)?.moment ?? from } : null;
  }
}

/**
 * Takes the edges of a plan from a moment that may not be quite the one they were explored from, or returns null where
 * that is not possible. An event that now does something else is exchanged for one of the same type that does the same.
 */
export function replay<TMachine extends AnyStateMachine>(
  { stepper }: Exploration<TMachine>,
  options: TourOptions<TMachine>,
  from: Moment<TMachine>,
  plan: readonly Edge[],
): TourStep<TMachine>[] | null {
  const steps: TourStep<TMachine>[] = [];
  let moment = from;
  for (const { event, sequence } of plan) {
    const possible = nextEvents(moment, options.alphabet, options.outputs).filter(({ type }) => type === event.type);
    if (possible.length === 0) return null;
    const tries = [event, ...possible].flatMap((one) => {
      const next = stepOrReport(stepper, moment, one, options.onThrow);
      return next ? [{ event: one, next }] : [];
    });
    const same = tries.find(({ next }) => isDeepStrictEqual(sequenceOf(next), sequence)) ?? tries[0];
    if (!same) return null;
    const { next } = same;
    steps.push({
      event: same.event,
      state: next.snapshot,
      taken: next.taken,
      moment: next,
      waitMs: moment.timers.get(event.type) ?? 0,
    });
    moment = next;
  }
  return steps;
}

export function backwards(via: ReadonlyMap<string, Edge | null>, key: string): readonly Edge[] {
  const edges: Edge[] = [];
  for (let edge = via.get(key); edge; edge = via.get(edge.from)) edges.unshift(edge);
  return edges;
}
