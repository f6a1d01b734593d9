/**
 * What there is to cover in a chart, and what its own structure rules out, each with the rule.
 *
 * Owns the ids of every dimension but requirements, which only the author knows. Runs nothing.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { listGuards, outcomeOf } from './probes.js';
import { listPairs, transitionsAt } from './regions.js';
import { listTransitions, stateNodesOf, transitionId, type TransitionId } from './transitions.js';

export interface Universe {
  readonly ids: readonly string[];
  /** Ids that the chart itself rules out, with the rule. */
  readonly ruledOut: Readonly<Record<string, string>>;
}

/** The leaves that are active at the same time; ids sorted as in the document. */
export type ConfigurationId = string;

export function configurationId(nodes: Iterable<string>, order: ReadonlyMap<string, number>): ConfigurationId {
  return [...nodes]
    .filter((id) => order.has(id))
    .sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
    .join(' + ');
}

/** The place of each state in which a machine can rest; the ones with children are told by theirs. */
export function leafOrder(machine: AnyStateMachine): ReadonlyMap<string, number> {
  const leaves = stateNodesOf(machine.root).filter(({ type }) => type === 'atomic' || type === 'final');
  return new Map(leaves.map(({ id }, index) => [id, index]));
}

export function statesOf(machine: AnyStateMachine): Universe {
  const reached = reachedByArrows(machine);
  const nodes = stateNodesOf(machine.root).filter(({ type }) => type !== 'history');
  const lost = nodes.filter((node) => !reached.has(node)).map(({ id }) => [id, 'no arrow leads to it']);
  return { ids: nodes.map(({ id }) => id), ruledOut: Object.fromEntries(lost) as Record<string, string> };
}

export function transitionsOfChart(machine: AnyStateMachine): Universe {
  const reached = reachedByArrows(machine);
  const ruledOut: Record<TransitionId, string> = {};
  for (const node of stateNodesOf(machine.root)) {
    for (const candidates of [node.always ?? [], ...node.transitions.values()]) {
      const winner = candidates.findIndex(({ guard }) => guard === undefined);
      for (const [place, candidate] of candidates.entries()) {
        const id = transitionId(candidate) ?? '';
        if (!reached.has(node)) ruledOut[id] = `no arrow leads to ${node.id}`;
        else if (winner >= 0 && place > winner) ruledOut[id] = `#${winner} comes first and has no guard`;
      }
    }
  }
  return { ids: listTransitions(machine).map(({ id }) => id), ruledOut };
}

export function pairsOf(machine: AnyStateMachine): Universe {
  const { ruledOut: lost } = transitionsOfChart(machine);
  const ruledOut: Record<string, string> = {};
  const pairs = listPairs(machine);
  for (const { id, from, to, ruledOut: rule } of pairs) {
    const reason = rule ?? lost[from] ?? lost[to];
    if (reason !== undefined) ruledOut[id] = reason;
  }
  return { ids: pairs.map(({ id }) => id), ruledOut };
}

export function eventsOf(machine: AnyStateMachine): Universe {
  const { ids, ruledOut: lost } = transitionsOfChart(machine);
  const byEvent = new Map<string, boolean>();
  for (const { id, event } of listTransitions(machine)) {
    if (event !== 'always') byEvent.set(event, (byEvent.get(event) ?? false) || !Object.hasOwn(lost, id));
  }
  const nowhere = [...byEvent].filter(([, isAsked]) => !isAsked && ids.length > 0);
  return {
    ids: [...byEvent.keys()],
    ruledOut: Object.fromEntries(nowhere.map(([event]) => [event, 'no state that can be reached answers it'])),
  };
}

export function guardsOf(machine: AnyStateMachine): Universe {
  return { ids: listGuards(machine).flatMap((name) => [outcomeOf(name, true), outcomeOf(name, false)]), ruledOut: {} };
}

/** Every combination of leaves, or null when there are more than `most`. */
export function configurationsOf(machine: AnyStateMachine, most: number): readonly ConfigurationId[] | null {
  if (countConfigurations(machine.root) > most) return null;
  const order = leafOrder(machine);
  return combine(machine.root).map((nodes) => configurationId(nodes, order));
}

export function countConfigurations(node: AnyStateNode): number {
  const children = childrenOf(node);
  if (children.length === 0) return 1;
  const counts = children.map(countConfigurations);
  return node.type === 'parallel' ? counts.reduce((a, b) => a * b, 1) : counts.reduce((a, b) => a + b, 0);
}

function combine(node: AnyStateNode): readonly (readonly string[])[] {
  const children = childrenOf(node);
  if (children.length === 0) return [[node.id]];
  if (node.type !== 'parallel') return children.flatMap(combine);
  let sets: readonly (readonly string[])[] = [[]];
  for (const child of children) {
    const own = combine(child);
    sets = sets.flatMap((set) => own.map((more) => [...set, ...more]));
  }
  return sets;
}

function childrenOf(node: AnyStateNode): readonly AnyStateNode[] {
  return (Object.values(node.states) as readonly AnyStateNode[]).filter(({ type }) => type !== 'history');
}

/** States that some chain of arrows from the start leads to, whatever the guards say. */
function reachedByArrows(machine: AnyStateMachine): ReadonlySet<AnyStateNode> {
  const reached = new Set<AnyStateNode>();
  const queue: AnyStateNode[] = [];
  const enter = (node: AnyStateNode): void => {
    for (let above: AnyStateNode | undefined = node; above; above = above.parent) add(above);
    if (node.type === 'compound') for (const child of node.initial.target as readonly AnyStateNode[]) enter(child);
    if (node.type === 'parallel') for (const child of childrenOf(node)) enter(child);
    // Where a history leads was reached by other arrows, or is its default.
    if (node.type === 'history' && node.parent?.type === 'compound') {
      const target = (node as { readonly target?: unknown }).target;
      if (target === undefined) enter(node.parent);
    }
  };
  const add = (node: AnyStateNode): void => {
    if (reached.has(node)) return;
    reached.add(node);
    queue.push(node);
    // Entering one region enters all of them.
    if (node.type === 'parallel') for (const child of childrenOf(node)) enter(child);
  };
  enter(machine.root);
  for (const node of queue) {
    for (const { target } of [...transitionsAt(node), ...historyDefault(node)])
      for (const to of target ?? []) enter(to);
  }
  return reached;
}

function historyDefault(node: AnyStateNode): readonly { readonly target: readonly AnyStateNode[] | undefined }[] {
  if (node.type !== 'history') return [];
  const { target } = node.config as { readonly target?: string };
  const found = stateNodesOf(node.machine.root).filter(({ id, key, parent }) =>
    target?.startsWith('#') ? id === target.slice(1) : key === target && parent === node.parent,
  );
  return [{ target: found }];
}
