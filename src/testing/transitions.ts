/**
 * The ids of a chart's transitions: one for every candidate of every event of every state node, with `always`, `after`
 * and the done and error events of invoked actors included. Initial edges have no event and are no transitions.
 *
 * Owns how an id is written. Never runs a machine.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/** State node id, event descriptor (`always` for eventless ones) and the place among the candidates of that event. */
export type TransitionId = string;

export interface TransitionInfo {
  readonly id: TransitionId;
  /** Id of the state node that declares it. */
  readonly source: string;
  readonly event: string;
  /** From 0, in the order in which the guards are asked. */
  readonly ordinal: number;
  /** Ids of the target nodes; empty for a transition that only runs actions, or forbids the event. */
  readonly targets: readonly string[];
  readonly guarded: boolean;
  /** Name of the guard; null without one, and for one that is written in place. */
  readonly guard: string | null;
  /** Names of the actions, without those written in place. */
  readonly actions: readonly string[];
}

/** All state nodes below `node` and itself, in document order. */
export function stateNodesOf(node: AnyStateNode): readonly AnyStateNode[] {
  const children = Object.values(node.states) as readonly AnyStateNode[];
  return [node, ...children.flatMap(stateNodesOf)];
}

/** The name of an invoked actor; XState names inline logic itself, so a source is a string here. */
export function actorName(src: unknown): string {
  return typeof src === 'string' ? src : 'actor';
}

/** Null for what is no transition of a chart, such as the entry into the initial state. */
export function transitionId(transition: AnyTransitionDefinition): TransitionId | null {
  const { source } = transition;
  const eventType = String(transition.eventType);
  const always = source.always?.indexOf(transition) ?? -1;
  if (always >= 0) return `${source.id} always #${always}`;
  const ordinal = source.transitions?.get(eventType)?.indexOf(transition) ?? -1;
  return ordinal < 0 ? null : `${source.id} ${eventType} #${ordinal}`;
}

/** Every transition of the chart, in document order. */
export function listTransitions(machine: AnyStateMachine): readonly TransitionInfo[] {
  return stateNodesOf(machine.root).flatMap((node) => [
    ...(node.always ?? []).map((transition, ordinal) => infoOf(transition, 'always', ordinal)),
    ...[...node.transitions].flatMap(([event, candidates]) =>
      candidates.map((transition, ordinal) => infoOf(transition, event, ordinal)),
    ),
  ]);
}

function infoOf(transition: AnyTransitionDefinition, event: string, ordinal: number): TransitionInfo {
  return {
    id: `${transition.source.id} ${event} #${ordinal}`,
    source: transition.source.id,
    event,
    ordinal,
    targets: (transition.target ?? []).map((target) => target.id),
    guarded: transition.guard !== undefined,
    guard: nameOf(transition.guard),
    actions: transition.actions.map(nameOf).filter((name) => name !== null),
  };
}

/** The name of a guard or an action, or null for one that is written in place. */
export function nameOf(item: unknown): string | null {
  if (typeof item === 'string') return item;
  if (typeof item !== 'object' || item === null) return null;
  const { type } = item as { readonly type?: unknown };
  return typeof type === 'string' ? type : null;
}
