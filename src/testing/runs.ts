/**
 * What happened to a machine, as plain data: the material that coverage is counted from, whoever drove the machine.
 *
 * Owns the shape of a run and how one is gathered, from a tour or from a live actor. Judges nothing.
 */
import type { AnyStateMachine, InspectionEvent } from 'xstate';
import { activeNodes } from './active.js';
import { outcomeOf, probeGuards, type GuardOutcome } from './probes.js';
import { microstepOf, type Microstep, type Moment } from './stepper.js';
import type { Tour } from './tour.js';

export interface RunStep {
  /** Type of the event; null for the start. */
  readonly event: string | null;
  readonly microsteps: readonly Microstep[];
  /** Ids of the states that are active when the step is over. */
  readonly nodes: readonly string[];
  readonly guards: readonly GuardOutcome[];
}

/** One life of an actor. Its first step is its start. */
export interface Run {
  readonly steps: readonly RunStep[];
}

/** The runs that a tour predicts. */
export function runsOf<TMachine extends AnyStateMachine>(tour: Tour<TMachine>): readonly Run[] {
  return tour.paths.map(({ initial, steps }) => ({
    steps: [stepOf(null, initial), ...steps.map(({ event, moment }) => stepOf(event.type, moment))],
  }));
}

function stepOf<TMachine extends AnyStateMachine>(
  event: string | null,
  { snapshot, microsteps, guards }: Moment<TMachine>,
): RunStep {
  return { event, microsteps, guards, nodes: activeNodes(snapshot).map(({ id }) => id) };
}

/**
 * Watches a live actor:
 *
 *     const recorder = new RunRecorder(machine);
 *     const actor = createActor(recorder.machine, { inspect: recorder.inspect });
 *
 * Several actors of the machine may run, one after the other or at once: each gives one run.
 */
export class RunRecorder<TMachine extends AnyStateMachine> {
  /** The machine given, with guards that are listened to. */
  readonly machine: TMachine;
  readonly #runs = new Map<unknown, RunStep[]>();
  #microsteps: Microstep[] = [];
  #guards = new Set<GuardOutcome>();

  constructor(machine: TMachine) {
    this.machine = probeGuards(machine, (guard, answer) => void this.#guards.add(outcomeOf(guard, answer)));
  }

  readonly inspect = (inspected: InspectionEvent): void => {
    const { actorRef } = inspected;
    if ((actorRef as { readonly logic?: unknown }).logic !== this.machine) return;
    const microstep = microstepOf(inspected);
    if (microstep) this.#microsteps.push(microstep);
    // Being stopped from outside is no step of the machine.
    if (inspected.type !== '@xstate.snapshot' || inspected.event.type === 'xstate.stop') return;
    const steps = this.#runs.get(actorRef) ?? [];
    this.#runs.set(actorRef, steps);
    steps.push({
      event: steps.length === 0 ? null : inspected.event.type,
      microsteps: this.#microsteps,
      guards: [...this.#guards],
      nodes: activeNodes(inspected.snapshot).map(({ id }) => id),
    });
    this.#microsteps = [];
    this.#guards = new Set();
  };

  get runs(): readonly Run[] {
    return [...this.#runs.values()].map((steps) => ({ steps }));
  }
}
