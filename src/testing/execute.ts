/**
 * Runs the paths of a tour on the real actor and holds it to the prediction after every step: state value, context,
 * status and transitions taken.
 *
 * Owns the stand-ins for invoked actors, which stay pending until the path settles them, and the one virtual clock that
 * `after` waits on. Uses `TestModel` of `xstate/graph` as it is; never its path generators, which explode on parallel
 * machines.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  createActor,
  fromPromise,
  type ActorLogic,
  type ActorOptions,
  type AnyActor,
  type AnyStateMachine,
  type EventObject,
  type InspectionEvent,
  type Snapshot,
} from 'xstate';
import { TestModel } from 'xstate/graph';
import { OneTimerClock, type SteppedClock } from './oneTimer.js';
import { RunRecorder, type Run } from './runs.js';
import { actorName, stateNodesOf, type TransitionId } from './transitions.js';
import { transitionsOf } from './stepper.js';
import type { Tour, TourPath, TourStep } from './tour.js';

export interface ExecuteOptions {
  /** A fresh clock for each path. */
  readonly clock: () => SteppedClock;
  /** Called after every step of the real actor: invariants go here. Throw to fail. */
  readonly afterStep?: (actor: AnyActor) => void;
  /** Hold the context to the prediction, too; not for contexts with random ids or actors in them. @default true */
  readonly comparesContext?: boolean;
}

export interface ExecutedPath {
  readonly steps: number;
  readonly taken: readonly TransitionId[];
  /** What the real actor did, to count coverage from. */
  readonly run: Run;
  /** The first difference between prediction and actor, or what `afterStep` threw. */
  readonly failure: Error | null;
}

/** Never rejects over a difference: look at `failure` of each path. */
export async function executeTour<TMachine extends AnyStateMachine>(
  machine: TMachine,
  tour: Tour<TMachine>,
  options: ExecuteOptions,
): Promise<readonly ExecutedPath[]> {
  const results: ExecutedPath[] = [];
  for (const path of tour.paths) results.push(await executePath(machine, tour.input, path, options));
  return results;
}

async function executePath<TMachine extends AnyStateMachine>(
  machine: TMachine,
  input: unknown,
  path: TourPath<TMachine>,
  options: ExecuteOptions,
): Promise<ExecutedPath> {
  const clock = new OneTimerClock(options.clock());
  const pending = new PendingActors();
  const seen = new Set<TransitionId>();
  let taken = new Set<TransitionId>();
  const recorder = new RunRecorder(pending.providedTo(machine));
  const inspect = (inspected: InspectionEvent): void => {
    for (const id of transitionsOf(inspected)) taken.add(id);
    recorder.inspect(inspected);
  };
  const actor: AnyActor = createActor(recorder.machine, { input, clock, inspect } as ActorOptions<AnyStateMachine>);
  // An actor that ends in an error reports it to its observers; without one it would be thrown to the process.
  actor.subscribe({ error: () => {} });
  actor.start();

  const compare = (state: Snapshot<unknown>, expected: readonly TransitionId[]): void => {
    compareSnapshots(actor.getSnapshot() as Snapshot<unknown>, state, options.comparesContext ?? true);
    if (!sameMembers(taken, expected)) {
      throw new Error(
        `Took other transitions than predicted: ${[...taken].join(', ')} instead of ${expected.join(', ')}`,
      );
    }
    for (const id of taken) seen.add(id);
    options.afterStep?.(actor);
  };

  let current: TourStep<TMachine> | null = null;
  const execute = async (step: unknown): Promise<void> => {
    current = step as TourStep<TMachine>;
    taken = new Set();
    const { event, waitMs } = current;
    if (event.type.startsWith('xstate.after.')) await clock.fireNext(waitMs);
    else if (!pending.settle(event)) actor.send(event);
    await promisesSettle();
  };

  // With a matcher that says no, the checks under '*' run after every step.
  const model = new TestModel(machine as unknown as ActorLogic<Snapshot<unknown>, EventObject, unknown>, {
    stateMatcher: () => false,
    // What a failure prints of each step.
    serializeState: (state) => JSON.stringify((state as { readonly value?: unknown }).value),
    serializeEvent: ({ type }) => type,
  });
  const [testPath] = model.getPaths(() => [
    { state: path.steps.at(-1)?.state ?? path.initial.snapshot, steps: [...path.steps], weight: path.steps.length },
  ]);
  let failure: Error | null = null;
  try {
    compare(path.initial.snapshot, path.initial.taken);
    await testPath?.test({
      events: Object.fromEntries(path.steps.map(({ event }) => [event.type, execute])),
      states: { '*': (state) => compare(state, current?.taken ?? []) },
    });
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  }
  actor.stop();
  return { steps: path.steps.length, taken: [...seen], run: recorder.runs[0] ?? { steps: [] }, failure };
}

function compareSnapshots(actual: Snapshot<unknown>, expected: Snapshot<unknown>, withContext: boolean): void {
  for (const field of ['value', 'status', ...(withContext ? ['context'] : [])]) {
    const [is, should] = [actual, expected].map((snapshot) => (snapshot as unknown as Record<string, unknown>)[field]);
    if (isDeepStrictEqual(is, should)) continue;
    throw new Error(`The actor's ${field} differs: ${JSON.stringify(is)} instead of ${JSON.stringify(should)}`);
  }
}

function sameMembers(set: ReadonlySet<string>, list: readonly string[]): boolean {
  return set.size === list.length && list.every((id) => set.has(id));
}

/** An actor's promise reaches its machine after a few turns of the queue; no time passes. */
async function promisesSettle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

/** Stand-ins for everything a machine invokes: they do nothing until a path says how they end. */
class PendingActors {
  readonly #waiting = new Map<string, { resolve(output: unknown): void; reject(error: unknown): void }>();

  providedTo(machine: AnyStateMachine): AnyStateMachine {
    const invoked = stateNodesOf(machine.root).flatMap((node) => node.invoke.map(({ src }) => actorName(src)));
    // Those that actions start by name, too.
    const sources = new Set([...invoked, ...Object.keys(machine.implementations.actors)]);
    const standIn = fromPromise<unknown, unknown>(
      ({ self }) => new Promise((resolve, reject) => void this.#waiting.set(self.id, { resolve, reject })),
    );
    return machine.provide({ actors: Object.fromEntries([...sources].map((src) => [src, standIn])) });
  }

  /** False when the event is not the end of an invoked actor. */
  settle(event: EventObject & { readonly output?: unknown; readonly error?: unknown }): boolean {
    const [, outcome, id = ''] = /^xstate\.(done|error)\.actor\.(.+)$/.exec(event.type) ?? [];
    if (!outcome) return false;
    const waiting = this.#waiting.get(id);
    if (!waiting) throw new Error(`No actor ${id} is running, so it cannot end.`);
    if (outcome === 'done') waiting.resolve(event.output);
    else waiting.reject(event.error);
    return true;
  }
}
