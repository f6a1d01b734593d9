/**
 * Walks a machine breadth-first over its pure steps, until it has taken every transition asked for or there is nothing
 * new within the limit.
 *
 * Owns the graph of moments. Two snapshots are the same when the caller's key says so: state values alone hide
 * transitions whose guards read the context, the whole context (with counters) never ends.
 */
import type { AnyStateMachine, SnapshotFrom } from 'xstate';
import { nextEvents, type ActorOutputs, type Alphabet } from './alphabet.js';
import { createStepper, type Microstep, type Moment, type StepEvent, type Stepper } from './stepper.js';
import { listTransitions, type TransitionId } from './transitions.js';

/** What a path may be wanted for: a transition, by its id, or an answer of a guard (probes.ts). */
export type Goal = string;

export interface ExploreOptions<TMachine extends AnyStateMachine> {
  readonly input?: unknown;
  readonly alphabet: Alphabet<TMachine>;
  /** State value, and exactly the context that guards, `always` and delays read. */
  readonly key: (snapshot: SnapshotFrom<TMachine>) => string;
  /** The most moments to keep; exploration says `complete: false` when it stops there. */
  readonly limit: number;
  readonly outputs?: ActorOutputs;
  /** Give up after expanding this many moments without taking a new target. @default Infinity */
  readonly patience?: number;
  /** Told of an event that the machine throws at, which is then left out. @default the error ends the exploration */
  readonly onThrow?: (event: StepEvent, error: unknown, snapshot: SnapshotFrom<TMachine>) => void;
  /** Stop as soon as these were taken, or answered by guards. @default every transition of the machine */
  readonly targets?: Iterable<Goal>;
}

export interface Edge {
  readonly from: string;
  readonly event: StepEvent;
  readonly to: string;
  readonly taken: readonly TransitionId[];
  /** The transitions in their order, one as often as it was taken. */
  readonly sequence: readonly TransitionId[];
  /** What a tour may want of it: transitions, and answers of guards. */
  readonly goals: readonly Goal[];
}

export interface Exploration<TMachine extends AnyStateMachine> {
  readonly stepper: Stepper<TMachine>;
  readonly start: string;
  readonly moments: ReadonlyMap<string, Moment<TMachine>>;
  readonly edges: ReadonlyMap<string, readonly Edge[]>;
  /** The edge by which a moment was first reached: following it back to the start gives a path that holds exactly. */
  readonly reachedBy: ReadonlyMap<string, Edge>;
  readonly taken: ReadonlySet<TransitionId>;
  readonly goals: ReadonlySet<Goal>;
  /** Every moment was expanded, so what was not taken cannot be, with this input, alphabet and key. */
  readonly complete: boolean;
}

export function explore<TMachine extends AnyStateMachine>(
  machine: TMachine,
  options: ExploreOptions<TMachine>,
): Exploration<TMachine> {
  const stepper = createStepper(machine, options.input);
  const open = new Set(options.targets ?? listTransitions(machine).map(({ id }) => id));
  const first = stepper.initial();
  const start = keyOf(first, options.key);
  const moments = new Map([[start, first]]);
  const edges = new Map<string, Edge[]>();
  const reachedBy = new Map<string, Edge>();
  const taken = new Set(first.taken);
  const goals = new Set(goalsOf(first));
  for (const goal of goals) open.delete(goal);

  const queue = [start];
  let complete = true;
  let fruitless = 0;
  for (const from of queue) {
    const moment = moments.get(from);
    if (!moment || open.size === 0) break;
    const openBefore = open.size;
    const leaving: Edge[] = [];
    edges.set(from, leaving);
    for (const event of nextEvents(moment, options.alphabet, options.outputs)) {
      const next = stepOrReport(stepper, moment, event, options.onThrow);
      if (!next) continue;
      const to = keyOf(next, options.key);
      const edge = { from, event, to, taken: next.taken, sequence: sequenceOf(next), goals: goalsOf(next) };
      leaving.push(edge);
      for (const id of next.taken) taken.add(id);
      for (const goal of edge.goals) {
        goals.add(goal);
        open.delete(goal);
      }
      if (moments.has(to)) continue;
      if (moments.size >= options.limit) {
        complete = false;
        continue;
      }
      moments.set(to, next);
      reachedBy.set(to, edge);
      queue.push(to);
    }
    fruitless = open.size < openBefore ? 0 : fruitless + 1;
    if (fruitless > (options.patience ?? Infinity)) {
      complete = false;
      break;
    }
  }
  return { stepper, start, moments, edges, reachedBy, taken, goals, complete: complete && open.size > 0 };
}

export function sequenceOf({ microsteps }: { readonly microsteps: readonly Microstep[] }): readonly TransitionId[] {
  return microsteps.flatMap(({ taken }) => taken);
}

export function goalsOf<TMachine extends AnyStateMachine>({ taken, guards }: Moment<TMachine>): readonly Goal[] {
  return [...taken, ...guards];
}

export function stepOrReport<TMachine extends AnyStateMachine>(
  stepper: Stepper<TMachine>,
  moment: Moment<TMachine>,
  event: StepEvent,
  onThrow: ExploreOptions<TMachine>['onThrow'],
): Moment<TMachine> | null {
  if (!onThrow) return stepper.step(moment, event);
  try {
    return stepper.step(moment, event);
  } catch (error) {
    onThrow(event, error, moment.snapshot);
    return null;
  }
}

/** The timer that is due first and what histories remember belong to the key: they decide what can happen next. */
function keyOf<TMachine extends AnyStateMachine>(
  { snapshot, timers }: Moment<TMachine>,
  key: (snapshot: SnapshotFrom<TMachine>) => string,
): string {
  const due = [...timers].sort(([, a], [, b]) => a - b)[0]?.[0] ?? '';
  return `${key(snapshot)}|${due}${historyOf(snapshot)}`;
}

function historyOf(snapshot: unknown): string {
  const { historyValue = {} } = snapshot as {
    readonly historyValue?: Readonly<Record<string, readonly { readonly id: string }[]>>;
  };
  return Object.entries(historyValue)
    .map(([id, nodes]) => `|${id}: ${nodes.map((node) => node.id).join(', ')}`)
    .join('');
}
