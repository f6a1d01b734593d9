/**
 * Which events may come next: the ones the caller's alphabet offers, the timer that is due first, and the ends of the
 * invoked actors, each only where the chart names it.
 *
 * Owns the filter by event descriptors. Never asks a guard: a refused event is a result, not an impossibility.
 */
import type { AnyStateMachine, EventFromLogic, SnapshotFrom } from 'xstate';
import { activeNodes } from './active.js';
import { actorName } from './transitions.js';
import type { Moment, StepEvent, Timers } from './stepper.js';

/** The events worth trying in a snapshot. Keep it small: each one multiplies the exploration. */
export type Alphabet<TMachine extends AnyStateMachine> = (
  snapshot: SnapshotFrom<TMachine>,
) => readonly (EventFromLogic<TMachine> | { readonly type: `xstate.${string}` })[];

/** What invoked actors answer, by `src`: each output gives one done event. Without an entry: one, with no output. */
export type ActorOutputs = Readonly<Record<string, readonly unknown[]>>;

/** Whether any active state node names the event, be it to forbid it. */
export function isNamed(snapshot: unknown, eventType: string): boolean {
  return activeNodes(snapshot).some((node) =>
    [...node.transitions.keys()].some((descriptor) => matchesDescriptor(eventType, descriptor)),
  );
}

/** XState's rule: the name itself, `*`, or a prefix of whole tokens before `.*`. */
export function matchesDescriptor(eventType: string, descriptor: string): boolean {
  if (descriptor === eventType || descriptor === '*') return true;
  return descriptor.endsWith('.*') && `${eventType}.`.startsWith(descriptor.slice(0, -1));
}

export function nextEvents<TMachine extends AnyStateMachine>(
  moment: Moment<TMachine>,
  alphabet: Alphabet<TMachine>,
  outputs: ActorOutputs = {},
): readonly StepEvent[] {
  // What has ended hears nothing more.
  if ((moment.snapshot as { readonly status?: unknown }).status !== 'active') return [];
  const offered: readonly StepEvent[] = [
    ...alphabet(moment.snapshot),
    ...dueTimers(moment),
    ...endsOfActors(moment.snapshot, outputs),
  ];
  return offered.filter((event) => isNamed(moment.snapshot, event.type));
}

/** Only the first timer can fire next; of several at the same time, the one that was started first. */
function dueTimers({ timers }: { readonly timers: Timers }): readonly StepEvent[] {
  const first = Math.min(...timers.values());
  const next = [...timers].find(([, ms]) => ms === first);
  return next ? [{ type: next[0] }] : [];
}

function endsOfActors(snapshot: unknown, outputs: ActorOutputs): readonly StepEvent[] {
  return activeNodes(snapshot)
    .flatMap((node) => node.invoke)
    .flatMap(({ id, src }) => [
      ...(outputs[actorName(src)] ?? [undefined]).map((output) => ({
        type: `xstate.done.actor.${id}` as const,
        output,
        actorId: id,
      })),
      { type: `xstate.error.actor.${id}` as const, error: new Error(`${actorName(src)} failed`), actorId: id },
    ]);
}
