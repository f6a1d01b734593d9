/**
 * Reads XState's inspection stream: which transitions a microstep took, and what belongs to the session's own actor.
 *
 * Owns the trace's one dependence on XState's internals, the underscored `_transitions` of a microstep and the params
 * of a delayed raise. Test it at each XState release. Never writes a record.
 */
import type { AnyTransitionDefinition, InspectionEvent } from 'xstate';
import type { TraceStateValue } from './format.js';

/** State node id, event descriptor (`always` for eventless ones) and the place among the candidates of that event. */
function idOf(transition: AnyTransitionDefinition): string | null {
  const { source } = transition;
  const eventType = transition.eventType as string;
  const always = source.always?.indexOf(transition) ?? -1;
  if (always >= 0) return `${source.id} always #${always}`;
  const ordinal = source.transitions?.get(eventType)?.indexOf(transition) ?? -1;
  return ordinal < 0 ? null : `${source.id} ${eventType} #${ordinal}`;
}

/** Empty for an event that nothing answered, and for the entry into the initial states. */
export function takenIn(inspected: InspectionEvent): readonly string[] {
  if (inspected.type !== '@xstate.microstep') return [];
  // Absent in an XState that renamed it: a trace without transitions is better than a session that dies of it.
  const transitions = (inspected._transitions as readonly AnyTransitionDefinition[] | undefined) ?? [];
  return [...new Set(transitions.map(idOf).filter((id) => id !== null))];
}

/** Null for snapshots that have no value, as those of child actors. */
export function stateIn(inspected: InspectionEvent): TraceStateValue | null {
  if (!('snapshot' in inspected)) return null;
  return (inspected.snapshot as { readonly value?: TraceStateValue }).value ?? null;
}

/** The actor the session started, and not one of its children. */
export function isOfRoot(inspected: InspectionEvent): boolean {
  return (inspected.actorRef as { readonly sessionId?: string }).sessionId === inspected.rootId;
}

/** What an `after` will send, and when: XState sets the timer right after this step. */
export function delayedRaise(inspected: InspectionEvent): { readonly name: string; readonly ms: number } | null {
  if (inspected.type !== '@xstate.action' || inspected.action.type !== 'xstate.raise') return null;
  const params = inspected.action.params as
    | { readonly event?: { readonly type?: unknown }; readonly delay?: unknown }
    | undefined;
  const name = params?.event?.type;
  return typeof name === 'string' && typeof params?.delay === 'number' ? { name, ms: params.delay } : null;
}
