/**
 * A statechart as plain data: nested states and the edges between them, read from `machine.root`, so that initial
 * states, `always`, `after` and the ends of invoked actors are all there.
 *
 * Owns the reading and the words of a label. Draws nothing: mermaid.ts and svg.ts do.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

export interface ChartState {
  /** Path from the root, with dots: `connection.goingAway.holding`; the root's own is its name. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history';
  /** Id of the initial child of a compound state. */
  readonly initial: string | null;
  /** Names of the actors that run while the state is active. */
  readonly invokes: readonly string[];
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  /** What happens inside: transitions without a target, back to the state itself, or into one of its children. */
  readonly inner: readonly ChartEdge[];
  /** Events that lead here from many states, drawn as a line of text instead of arrows (gather.ts). */
  readonly arrivals: readonly string[];
  readonly children: readonly ChartState[];
}

export interface ChartEdge {
  readonly from: string;
  /** The same as `from` for a transition without a target. */
  readonly to: string;
  /** `server.goAway`, `after holdLimit`, `dial error`; empty for `always`. */
  readonly event: string;
  readonly guard: string;
  readonly actions: readonly string[];
}

export interface Chart {
  readonly name: string;
  readonly root: ChartState;
  readonly edges: readonly ChartEdge[];
}

export function readChart(machine: AnyStateMachine): Chart {
  const root = readState(machine.root);
  const edges = allNodes(machine.root)
    .flatMap(edgesOf)
    .filter((edge) => !isInner(edge));
  return { name: machine.id, root, edges };
}

/** `event [guard] / action, action`, without the parts that are not there. */
export function labelOf({ event, guard, actions }: ChartEdge): string {
  return [event, guard && `[${guard}]`, actions.length > 0 && `/ ${actions.join(', ')}`].filter(Boolean).join(' ');
}

export function statesOf(state: ChartState): readonly ChartState[] {
  return [state, ...state.children.flatMap(statesOf)];
}

/** A transition that stays in its state, or goes from a state to one inside it, needs no arrow. */
function isInner({ from, to }: ChartEdge): boolean {
  return to === from || to.startsWith(`${from}.`);
}

function idOf(node: AnyStateNode): string {
  return node.parent ? node.path.join('.') : node.machine.id;
}

function readState(node: AnyStateNode): ChartState {
  const children = Object.values(node.states) as readonly AnyStateNode[];
  const [initial] = node.type === 'compound' ? (node.initial.target as readonly AnyStateNode[]) : [];
  return {
    id: idOf(node),
    name: node.key,
    kind: node.type,
    initial: initial ? idOf(initial) : null,
    invokes: node.invoke.map(({ src }) => actorName(src)),
    entry: namesOf(node.entry),
    exit: namesOf(node.exit),
    inner: edgesOf(node).filter(isInner),
    arrivals: [],
    children: children.map(readState),
  };
}

function allNodes(node: AnyStateNode): readonly AnyStateNode[] {
  return [node, ...(Object.values(node.states) as readonly AnyStateNode[]).flatMap(allNodes)];
}

function edgesOf(node: AnyStateNode): readonly ChartEdge[] {
  const transitions = [...(node.always ?? []), ...[...node.transitions.values()].flat()];
  return transitions.flatMap((transition) =>
    (transition.target ?? [node]).map((target) => ({
      from: idOf(node),
      to: idOf(target),
      event: eventOf(node, transition),
      guard: guardOf(transition),
      actions: namesOf(transition.actions),
    })),
  );
}

function eventOf(node: AnyStateNode, transition: AnyTransitionDefinition): string {
  const type = String(transition.eventType);
  const timer = node.after.find(({ eventType }) => eventType === type);
  if (timer) return `after ${String(timer.delay)}${typeof timer.delay === 'number' ? ' ms' : ''}`;
  const actor = node.invoke.find(({ id }) => type === `xstate.done.actor.${id}` || type === `xstate.error.actor.${id}`);
  if (actor) return `${actorName(actor.src)} ${type.startsWith('xstate.done') ? 'done' : 'error'}`;
  if (type.startsWith('xstate.done.state.')) return 'done';
  return type;
}

function guardOf({ guard }: AnyTransitionDefinition): string {
  if (guard === undefined) return '';
  return nameOf(guard) || 'inline';
}

/** XState names inline logic itself, so a source is a string here. */
function actorName(src: unknown): string {
  return typeof src === 'string' ? src : 'actor';
}

/** Names that the author wrote; what XState adds to run timers is no part of the chart. */
function namesOf(actions: readonly unknown[]): readonly string[] {
  return actions.map(nameOf).filter((name) => name !== '' && !name.startsWith('xstate.'));
}

function nameOf(item: unknown): string {
  if (typeof item === 'string') return item;
  const { type, name } = item as { readonly type?: unknown; readonly name?: unknown };
  if (typeof type === 'string') return type;
  return typeof name === 'string' ? name : '';
}
