/**
 * Steps through a machine without running it: no actor is started, no timer is set, no action with an effect is
 * executed. Says for each step which transitions were taken, which timers would run and what would be emitted.
 *
 * Owns the one dependence on XState's internals: the underscored `_transitions` of a microstep's inspection event and
 * the scope a machine steps in. Test it at each XState release. Where two regions take transitions that exclude each
 * other, both count as taken, though XState drops the second.
 */
import {
  createActor,
  type ActorOptions,
  type AnyActorScope,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  type EventObject,
  type InspectionEvent,
  type SnapshotFrom,
} from 'xstate';
import { activeNodes } from './active.js';
import { outcomeOf, probeGuards, type GuardOutcome } from './probes.js';
import { transitionId, type TransitionId } from './transitions.js';

/** Milliseconds until each `after` event is due, by event type. */
export type Timers = ReadonlyMap<string, number>;

/** An event of the chart, or one that XState makes: `xstate.after…`, `xstate.done.actor…`, `xstate.error.actor…`. */
export type StepEvent = EventObject;

/** One round of a step: the event, or one of the `always` and raised events that follow it. */
export interface Microstep {
  readonly event: string;
  readonly taken: readonly TransitionId[];
  /** Ids of the states that are active after it. */
  readonly nodes: readonly string[];
}

export interface Moment<TMachine extends AnyStateMachine> {
  readonly snapshot: SnapshotFrom<TMachine>;
  readonly timers: Timers;
  /** Transitions taken on the way to this moment from the one before it, `always` and raised events included. */
  readonly taken: readonly TransitionId[];
  /** The same one by one, in their order. */
  readonly microsteps: readonly Microstep[];
  /** What guards answered on the way to this moment. */
  readonly guards: readonly GuardOutcome[];
  readonly emitted: readonly { readonly type: string }[];
}

export interface Stepper<TMachine extends AnyStateMachine> {
  initial(): Moment<TMachine>;
  /** An `after` event lets its own time pass; every other event takes no time. */
  step(moment: Moment<TMachine>, event: StepEvent): Moment<TMachine>;
}

/** Collects the ids of transitions from an inspection stream; give it to `createActor(machine, { inspect })`. */
export function transitionsOf(inspected: InspectionEvent): readonly TransitionId[] {
  if (inspected.type !== '@xstate.microstep') return [];
  const ids = inspected._transitions.map((transition: AnyTransitionDefinition) => transitionId(transition));
  return [...new Set(ids.filter((id) => id !== null))];
}

/** What an inspection event says of a step, or null when it is about something else. */
export function microstepOf(inspected: InspectionEvent): Microstep | null {
  if (inspected.type !== '@xstate.microstep') return null;
  const nodes = activeNodes(inspected.snapshot).map(({ id }) => id);
  return { event: inspected.event.type, taken: transitionsOf(inspected), nodes };
}

export function createStepper<TMachine extends AnyStateMachine>(given: TMachine, input: unknown): Stepper<TMachine> {
  const guards = new Set<GuardOutcome>();
  const machine = probeGuards(given, (guard, answer) => guards.add(outcomeOf(guard, answer)));
  return stepperOf(machine, input, guards);
}

/** Steps the very machine that is given, without listening to its guards. */
export function stepperOf<TMachine extends AnyStateMachine>(
  machine: TMachine,
  input: unknown,
  guards: Set<GuardOutcome> = new Set(),
): Stepper<TMachine> {
  const microsteps: Microstep[] = [];
  const inspect = (inspected: InspectionEvent): void => {
    const microstep = microstepOf(inspected);
    if (microstep) microsteps.push(microstep);
  };
  // Never started: it lends its identity and its system, so that inspection works.
  const idle = createActor(machine as AnyStateMachine, { input, inspect } as ActorOptions<AnyStateMachine>);

  function run(timersBefore: Timers, advance: (scope: AnyActorScope) => unknown): Moment<TMachine> {
    const timers = new Map(timersBefore);
    const emitted: { readonly type: string }[] = [];
    microsteps.length = 0;
    guards.clear();
    const scope: AnyActorScope = {
      self: idle,
      system: idle.system,
      id: idle.id,
      sessionId: idle.sessionId,
      logger: () => {},
      defer: () => {},
      emit: () => {},
      stopChild: () => {},
      actionExecutor(action) {
        if (action.type === 'xstate.raise') startTimer(timers, action.params);
        if (action.type === 'xstate.cancel') timers.delete(fieldsOf(action.params).sendId ?? '');
        if (action.type === 'xstate.emit') emitted.push(fieldsOf(action.params).event ?? { type: '' });
      },
    };
    const snapshot = advance(scope) as SnapshotFrom<TMachine>;
    const taken = [...new Set(microsteps.flatMap((microstep) => microstep.taken))];
    return { snapshot, timers, taken, microsteps: [...microsteps], guards: [...guards], emitted };
  }

  return {
    initial: () => run(new Map(), (scope) => machine.getInitialSnapshot(scope, input)),
    step(moment, event) {
      return run(passTime(moment.timers, event.type), (scope) => machine.transition(moment.snapshot, event, scope));
    },
  };
}

interface ActionFields {
  readonly event?: { readonly type: string };
  readonly id?: string;
  readonly sendId?: string;
  readonly delay?: number;
}

function fieldsOf(params: unknown): ActionFields {
  return params ?? {};
}

function startTimer(timers: Map<string, number>, params: unknown): void {
  const { event, delay } = fieldsOf(params);
  // A raise without a delay is an event of this very step.
  if (!event || typeof delay !== 'number') return;
  // A map keeps the place of a key that is set again, and the order is that of starting.
  timers.delete(event.type);
  timers.set(event.type, delay);
}

/** Moves all timers on by what the timer of `eventType` had left. */
function passTime(timers: Timers, eventType: string): Timers {
  const waitMs = timers.get(eventType);
  if (waitMs === undefined) return timers;
  return new Map(
    [...timers].filter(([type]) => type !== eventType).map(([type, ms]) => [type, Math.max(0, ms - waitMs)]),
  );
}
