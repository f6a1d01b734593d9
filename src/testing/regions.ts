/**
 * The regions of a chart, and which transitions may follow each other within one of them.
 *
 * Owns what can be read off the chart alone: pairs that its structure allows, and pairs that it rules out, each with the
 * rule. Asks no guard and runs nothing: what guards rule out is for an exploration, or for the author, to say.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { listTransitions, stateNodesOf, transitionId, type TransitionId, type TransitionInfo } from './transitions.js';

/** `A → B`: B is the next transition of the same region after A. */
export type PairId = string;

export interface TransitionPair {
  readonly id: PairId;
  /** Id of the state node that is the region: the root, or a child of a parallel state. */
  readonly region: string;
  readonly from: TransitionId;
  readonly to: TransitionId;
  /** The rule by which the chart itself rules the pair out, or null. */
  readonly ruledOut: string | null;
}

export function pairId(from: TransitionId, to: TransitionId): PairId {
  return `${from} → ${to}`;
}

/** Which region each transition belongs to, and which regions end when a transition of another is taken. */
export class Regions {
  readonly #byTransition = new Map<TransitionId, string>();
  readonly #within = new Map<string, readonly string[]>();

  constructor(machine: AnyStateMachine) {
    for (const node of stateNodesOf(machine.root)) {
      const region = regionOf(node);
      for (const transition of transitionsAt(node)) {
        const id = transitionId(transition);
        if (id !== null) this.#byTransition.set(id, region.id);
      }
      if (region === node) this.#within.set(node.id, regionsBelow(node));
    }
  }

  get ids(): readonly string[] {
    return [...this.#within.keys()];
  }

  of(id: TransitionId): string | undefined {
    return this.#byTransition.get(id);
  }

  /** Whether taking the transition changes what is last in one of the regions. */
  touches(id: TransitionId, regions: readonly string[]): boolean {
    const own = this.#byTransition.get(id);
    if (own === undefined) return false;
    return regions.includes(own) || (this.#within.get(own) ?? []).some((inner) => regions.includes(inner));
  }

  /** The pairs that taking `taken` after `last` makes; `last` is brought up to date. */
  follow(last: Map<string, TransitionId>, taken: readonly TransitionId[]): readonly PairId[] {
    const pairs: PairId[] = [];
    for (const id of taken) {
      const region = this.#byTransition.get(id);
      if (region === undefined) continue;
      const before = last.get(region);
      if (before !== undefined) pairs.push(pairId(before, id));
      last.set(region, id);
      for (const inner of this.#within.get(region) ?? []) last.delete(inner);
    }
    return pairs;
  }
}

/** The nearest state that is the root or a child of a parallel state: the state itself, or one above it. */
export function regionOf(node: AnyStateNode): AnyStateNode {
  return !node.parent || node.parent.type === 'parallel' ? node : regionOf(node.parent);
}

export function transitionsAt(node: AnyStateNode): readonly AnyTransitionDefinition[] {
  return [...(node.always ?? []), ...[...node.transitions.values()].flat()];
}

/** The states in which a region can rest: states without children, and parallel ones, whose inside is other regions. */
export function restsOf(region: AnyStateNode): readonly AnyStateNode[] {
  return isRest(region) ? [region] : childrenOf(region).flatMap(restsOf);
}

/** Every pair that the chart's arrows allow. */
export function listPairs(machine: AnyStateMachine): readonly TransitionPair[] {
  const pairs: TransitionPair[] = [];
  for (const region of stateNodesOf(machine.root).filter((node) => regionOf(node) === node)) {
    const transitions = stateNodesOf(region)
      .filter((node) => regionOf(node) === region)
      .flatMap(transitionsAt);
    for (const transition of transitions) pairs.push(...pairsAfter(region, transition));
  }
  return pairs;
}

function pairsAfter(region: AnyStateNode, transition: AnyTransitionDefinition): TransitionPair[] {
  const from = transitionId(transition) ?? '';
  const found = new Map<TransitionId, string | null>();
  for (const rest of arrivalsOf(region, transition)) {
    for (const next of lineOf(rest, region).flatMap(transitionsAt)) {
      const to = transitionId(next) ?? '';
      const rule = firesOnce(transition, next) ?? whatRulesOut(next, rest, region);
      if (rule === null || !found.has(to)) found.set(to, rule);
    }
  }
  return [...found].map(([to, ruledOut]) => ({ id: pairId(from, to), region: region.id, from, to, ruledOut }));
}

/** A timer that fired, and took no transition to anywhere, is not started again. */
function firesOnce(
  { source, target, eventType }: AnyTransitionDefinition,
  next: AnyTransitionDefinition,
): string | null {
  const isSameTimer = next.source === source && next.eventType === eventType;
  const isTimer = source.after.some((timer) => timer.eventType === eventType);
  return isTimer && isSameTimer && !target ? `${source.id} starts this timer once` : null;
}

/** Why a pair cannot be, told by what its two transitions are, so that one reason serves many pairs. */
export interface PairRule {
  readonly from: (transition: TransitionInfo) => boolean;
  readonly to: (transition: TransitionInfo) => boolean;
  readonly reason: string;
}

/** Every pair that one of the rules, or the chart itself, rules out, with the reason. */
export function ruledOutPairs(
  machine: AnyStateMachine,
  rules: readonly PairRule[] = [],
): Readonly<Record<PairId, string>> {
  const infos = new Map(listTransitions(machine).map((info) => [info.id, info]));
  const reasons: Record<PairId, string> = {};
  for (const { id, from, to, ruledOut } of listPairs(machine)) {
    const [a, b] = [infos.get(from), infos.get(to)];
    const rule = a && b ? rules.find((one) => one.from(a) && one.to(b)) : undefined;
    const reason = ruledOut ?? rule?.reason;
    if (reason !== undefined) reasons[id] = reason;
  }
  return reasons;
}

/** Where in the region a transition may lead. */
export function arrivalsOf(region: AnyStateNode, transition: AnyTransitionDefinition): readonly AnyStateNode[] {
  const { source, target } = transition;
  if (target) return target.filter((node) => isWithin(node, region)).flatMap((node) => restsEntered(node, region));
  return restsOf(source)
    .map((rest) => outermostRest(rest, region))
    .filter((rest) => whatRulesOut(transition, rest, region) === null);
}

export function restsEntered(node: AnyStateNode, region: AnyStateNode): readonly AnyStateNode[] {
  const rest = outermostRest(node, region);
  if (rest !== node || isRest(node)) return [rest];
  // A history may lead to wherever its parent has ever rested.
  if (node.type === 'history') return node.parent ? restsOf(node.parent).filter((one) => !isLeftAtOnce(one)) : [];
  return (node.initial.target as readonly AnyStateNode[]).flatMap((child) => restsEntered(child, region));
}

function isLeftAtOnce(node: AnyStateNode): boolean {
  return node.always?.some(({ guard }) => guard === undefined) ?? false;
}

function outermostRest(node: AnyStateNode, region: AnyStateNode): AnyStateNode {
  return lineOf(node, region).findLast((above) => above.type === 'parallel') ?? node;
}

/** An event goes to the innermost state that answers it, and there to the first candidate whose guard agrees. */
export function whatRulesOut(next: AnyTransitionDefinition, rest: AnyStateNode, region: AnyStateNode): string | null {
  const line = lineOf(rest, region);
  if (rest.type === 'final' && rest.parent === rest.machine.root && rest.parent.type === 'compound') {
    return `${rest.id} ends the machine`;
  }
  const isAlways = next.source.always?.includes(next) ?? false;
  if (!isAlways) {
    const leaver = line.find(isLeftAtOnce);
    if (leaver) return `${leaver.id} is left at once`;
  }
  for (const node of line) {
    const candidates = (isAlways ? node.always : node.transitions.get(String(next.eventType))) ?? [];
    for (const candidate of candidates) {
      if (candidate === next) return null;
      if (candidate.guard === undefined)
        return `${node.id} answers ${isAlways ? 'first' : String(next.eventType)} itself`;
    }
  }
  return null;
}

/** A state and those above it, up to its region. */
export function lineOf(node: AnyStateNode, region: AnyStateNode): readonly AnyStateNode[] {
  return node === region || !node.parent ? [node] : [node, ...lineOf(node.parent, region)];
}

export function isWithin(node: AnyStateNode, region: AnyStateNode): boolean {
  return node === region || (node.parent !== undefined && isWithin(node.parent, region));
}

function isRest(node: AnyStateNode): boolean {
  return node.type === 'atomic' || node.type === 'final' || node.type === 'parallel';
}

function childrenOf(node: AnyStateNode): readonly AnyStateNode[] {
  return (Object.values(node.states) as readonly AnyStateNode[]).filter(({ type }) => type !== 'history');
}

function regionsBelow(region: AnyStateNode): readonly string[] {
  return stateNodesOf(region)
    .filter((node) => node !== region && regionOf(node) === node)
    .map(({ id }) => id);
}
