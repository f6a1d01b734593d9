/**
 * Every simple path of each region alone: from its initial state on, without entering a state twice. Of the product of
 * the regions there are too many (924,601 on a chart of 19 states); of one region a few hundred or thousand.
 *
 * Owns the paths and the machine that a region is when it stands alone: its states and arrows, with guards that answer
 * as the path needs it, and without actions, actors and timers. So it shows that each arrow leads where the chart says,
 * after any others; whether guards let a session go that way is what pairs and tours show.
 */
import { createMachine, type AnyStateMachine, type AnyStateNode, type AnyTransitionDefinition } from 'xstate';
import { groupBy } from '../chart/groupBy.js';
import { arrivalsOf, isWithin, lineOf, regionOf, restsEntered, transitionsAt, whatRulesOut } from './regions.js';
import { stepperOf } from './stepper.js';
import { stateNodesOf, transitionId, type TransitionId } from './transitions.js';

export interface RegionPaths {
  /** Id of the region. */
  readonly region: string;
  /** Sequences of states without repetition, each prefix counted as one of its own. */
  readonly paths: number;
  /** Paths that end where no arrow leads to a new state: taking them takes all. */
  readonly maximal: number;
  readonly steps: number;
  /** Arrows that a path took; where several join the same two states, paths take them in turn. */
  readonly arrows: number;
  /** Stopped at the bound, so there are more. */
  readonly isBounded: boolean;
  /** Paths that did not go where the chart says, in words. */
  readonly failures: readonly string[];
}

export interface SimplePathOptions {
  /** Most maximal paths to take of one region. @default 20000 */
  readonly most?: number;
}

interface Arrow {
  readonly id: TransitionId;
  readonly event: string;
  readonly isAlways: boolean;
  readonly to: AnyStateNode;
  /** The parent of the history that it leads to. It counts while nothing in there was visited: later it leads back. */
  readonly remembers: AnyStateNode | null;
}

export function takeSimplePaths(
  machine: AnyStateMachine,
  { most = 20_000 }: SimplePathOptions = {},
): readonly RegionPaths[] {
  const regions = stateNodesOf(machine.root).filter((node) => regionOf(node) === node && node.type === 'compound');
  return regions.map((region) => takeRegion(region, most));
}

function takeRegion(region: AnyStateNode, most: number): RegionPaths {
  const alone = standAlone(region);
  const failures: string[] = [];
  const count = { paths: 0, maximal: 0, steps: 0 };
  let isBounded = false;
  const arrows = new Map<AnyStateNode, readonly Arrow[]>();
  const arrowsOf = (rest: AnyStateNode): readonly Arrow[] => {
    const known = arrows.get(rest) ?? arrowsFrom(rest, region);
    arrows.set(rest, known);
    return known;
  };
  const used = new Map<TransitionId, number>();
  const usesOf = ({ id }: Arrow): number => used.get(id) ?? 0;
  const walk = (path: readonly Arrow[], visited: readonly AnyStateNode[]): void => {
    const onward = groupBy(
      arrowsOf(visited.at(-1) ?? region).filter(
        ({ to, remembers }) => !visited.includes(to) && !visited.some((rest) => remembers && isWithin(rest, remembers)),
      ),
      ({ to }) => to.id,
    );
    if (path.length > 0) count.paths += 1;
    for (const joining of onward.values()) {
      const arrow = joining.toSorted((a, b) => usesOf(a) - usesOf(b))[0];
      if (!arrow || isBounded) return;
      used.set(arrow.id, usesOf(arrow) + 1);
      walk([...path, arrow], [...visited, arrow.to]);
    }
    if (onward.size > 0) return;
    if (count.maximal >= most) {
      isBounded = true;
      return;
    }
    count.maximal += 1;
    count.steps += path.length;
    const failure = typeof alone === 'string' ? alone : alone(path);
    if (failure !== null && failures.length < 10) failures.push(`${path.map(({ id }) => id).join(', ')}: ${failure}`);
  };
  for (const rest of restsEntered(region, region)) walk([], [rest]);
  return { region: region.id, ...count, arrows: used.size, isBounded, failures };
}

function arrowsFrom(rest: AnyStateNode, region: AnyStateNode): readonly Arrow[] {
  const candidates = lineOf(rest, region).flatMap(transitionsAt);
  return candidates
    .filter((transition) => transition.target && whatRulesOut(transition, rest, region) === null)
    .flatMap((transition) => {
      const history = transition.target?.find(({ type }) => type === 'history');
      const remembers = history?.parent ?? null;
      const to = remembers ? restsEntered(remembers, region) : arrivalsOf(region, transition);
      return to.map((rested) => ({
        id: transitionId(transition) ?? '',
        event: String(transition.eventType),
        isAlways: transition.source.always?.includes(transition) ?? false,
        to: rested,
        remembers,
      }));
    });
}

/** Runs a path on the region as a machine of its own and says what went wrong, or why it cannot stand alone. */
function standAlone(region: AnyStateNode): string | ((path: readonly Arrow[]) => string | null) {
  const chosen = new Set<TransitionId>();
  let machine: AnyStateMachine;
  try {
    machine = createMachine({ ...(region.config as object), id: region.id, context: {}, output: undefined } as never);
  } catch (error) {
    return `cannot stand alone: ${error instanceof Error ? error.message : String(error)}`;
  }
  for (const node of stateNodesOf(machine.root)) {
    Object.assign(node, { entry: [], exit: [] });
    Object.defineProperty(node, 'invoke', { value: [] });
    for (const transition of transitionsAt(node)) strip(transition, chosen);
  }
  const stepper = stepperOf(machine, undefined);
  return (path) => {
    chosen.clear();
    let place = 0;
    const always = (): void => {
      for (; path[place]?.isAlways; place += 1) chosen.add(path[place]?.id ?? '');
    };
    always();
    let moment = stepper.initial();
    while (place < path.length) {
      const { event, id } = path[place] as Arrow;
      chosen.clear();
      chosen.add(id);
      place += 1;
      always();
      moment = stepper.step(moment, { type: event.replace(/\*$/, 'any') });
      const taken = moment.microsteps.flatMap((microstep) => microstep.taken);
      if (!taken.includes(id)) return `${event} took ${taken.join(', ') || 'nothing'} instead of ${id}`;
    }
    const last = path.at(-1);
    const step = moment.microsteps.find(({ taken }) => last && taken.includes(last.id));
    if (!last || step?.nodes.includes(last.to.id)) return null;
    return `${last.id} led to ${step?.nodes.join(', ') ?? 'nothing'}, not to ${last.to.id}`;
  };
}

function strip(transition: AnyTransitionDefinition, chosen: ReadonlySet<TransitionId>): void {
  const id = transitionId(transition) ?? '';
  Object.assign(transition, { actions: [] });
  if (transition.guard !== undefined) Object.assign(transition, { guard: () => chosen.has(id) });
}
