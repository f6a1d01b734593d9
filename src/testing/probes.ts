/**
 * Listens to the guards of a machine: which were asked, and what they answered.
 *
 * Owns the copy that does the listening. Named guards are wrapped through `machine.provide`, guards written in place on
 * the copy that `provide` makes; the machine that was given is never changed.
 */
import { and, type AnyStateMachine } from 'xstate';
import { transitionsAt } from './regions.js';
import { nameOf, stateNodesOf, transitionId } from './transitions.js';

/** `isWorn is true`; a guard without a name is called after its transition. */
export type GuardOutcome = string;

export type OnGuard = (guard: string, answer: boolean) => void;

export function outcomeOf(guard: string, answer: boolean): GuardOutcome {
  return `${guard} is ${answer}`;
}

/** A guard that XState built (`and`, `not`, `stateIn`) has a `check` and is asked through it. */
type Guard = ((args: unknown, params: unknown) => boolean) & {
  readonly check?: (snapshot: unknown, args: unknown, self: unknown) => boolean;
};

/** Names of all guards that the chart asks, those that only others ask included. */
export function listGuards(machine: AnyStateMachine): readonly string[] {
  const asked = stateNodesOf(machine.root).flatMap((node) =>
    transitionsAt(node).flatMap((transition) =>
      transition.guard === undefined ? [] : [nameOf(transition.guard) ?? inlineName(transitionId(transition))],
    ),
  );
  const named = Object.values(guardsOf(machine)).flatMap(namesWithin);
  return [...new Set([...asked, ...named])];
}

export function probeGuards<TMachine extends AnyStateMachine>(machine: TMachine, onGuard: OnGuard): TMachine {
  const wrapped = Object.entries(guardsOf(machine)).map(([name, guard]) => [name, wrap(guard, name, onGuard)]);
  const copy = (machine as AnyStateMachine).provide({ guards: Object.fromEntries(wrapped) as Record<string, never> });
  for (const transition of stateNodesOf(copy.root).flatMap(transitionsAt)) {
    if (transition.guard === undefined || nameOf(transition.guard) !== null) continue;
    const id = transitionId(transition);
    // XState asks a guard written in place through `and` as it asks it itself.
    Object.assign(transition, { guard: wrap(builtFrom(transition.guard), inlineName(id), onGuard) });
  }
  return copy as TMachine;
}

function wrap(guard: Guard, name: string, onGuard: OnGuard): Guard {
  const heard = (answer: boolean): boolean => {
    onGuard(name, answer);
    return answer;
  };
  // A name may also stand for another name.
  if (typeof guard !== 'function') return wrap(builtFrom(guard), name, onGuard);
  if (!guard.check) return (args: unknown, params: unknown) => heard(guard(args, params));
  const { check } = guard;
  const built = Object.assign(() => false, guard);
  return Object.assign(built, { check: (snapshot: unknown, args: unknown) => heard(check(snapshot, args, guard)) });
}

function builtFrom(guard: unknown): Guard {
  return and([guard as never]) as unknown as Guard;
}

function guardsOf(machine: AnyStateMachine): Readonly<Record<string, Guard>> {
  return machine.implementations.guards as unknown as Readonly<Record<string, Guard>>;
}

function inlineName(transition: string | null): string {
  return `guard of ${transition ?? 'a transition'}`;
}

/** The names that a built guard asks. */
function namesWithin(guard: Guard): readonly string[] {
  const { guards = [] } = guard as { readonly guards?: readonly unknown[] };
  return guards.flatMap((inner) => nameOf(inner) ?? namesWithin(inner as Guard));
}
