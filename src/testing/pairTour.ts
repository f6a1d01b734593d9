/**
 * A tour of transition pairs: paths that take, within each region, every transition after every other that may come
 * before it.
 *
 * Owns the search. The graph of an exploration is swept with the last transition of a region as part of the place, which
 * finds the pairs that can be taken and a way to each; paths then go from one to the nearest, as transition tours do.
 */
import type { AnyStateMachine } from 'xstate';
import { explore, type Edge, type Exploration } from './explore.js';
import { listPairs, Regions, type PairId } from './regions.js';
import { replay, summaryOf, type Tour, type TourOptions, type TourPath, type TourStep } from './tour.js';
import type { TransitionId } from './transitions.js';

export interface PairTour<TMachine extends AnyStateMachine> extends Tour<TMachine> {
  /** The pairs that the paths take. */
  readonly pairs: ReadonlySet<PairId>;
}

export interface PairTourOptions<TMachine extends AnyStateMachine> extends TourOptions<TMachine> {
  /** The pairs to take. @default every pair of the chart */
  readonly pairs?: Iterable<PairId>;
}

/** A key of the graph, and the last transition of each region that counts. */
interface Place {
  readonly key: string;
  readonly last: ReadonlyMap<string, TransitionId>;
}

interface Way {
  readonly place: Place;
  readonly before: Way | null;
  readonly edge: Edge | null;
}

/** How many places to look at for a pair that is near; then the path ends and another begins. */
const nearby = 400;

export function pairTour<TMachine extends AnyStateMachine>(
  machine: TMachine,
  options: PairTourOptions<TMachine>,
): PairTour<TMachine> {
  const graph = explore(machine, { ...options, targets: ['(every moment)'], patience: Infinity });
  const open = new Set(options.pairs ?? listPairs(machine).map(({ id }) => id));
  const search = new PairSearch(graph, new Regions(machine), open);
  const initial = graph.stepper.initial();
  const pairs = new Set<PairId>();
  const paths: TourPath<TMachine>[] = [];
  for (const [pair, way] of search.sweep(lastOf(search.regions, initial))) {
    if (!open.has(pair)) continue;
    const steps: TourStep<TMachine>[] = [];
    const last = lastOf(search.regions, initial);
    let moment = initial;
    let key = graph.start;
    let plan: readonly Edge[] | null = edgesOf(way);
    while (plan && plan.length > 0 && steps.length < (options.maxSteps ?? 60)) {
      const taken: TourStep<TMachine>[] | null = replay(graph, options, moment, plan);
      if (!taken) break;
      const made = taken.flatMap((step) => search.follow(last, step.moment.microsteps));
      // The key may hide a difference; a plan that comes to nothing ends the path.
      if (!made.some((id) => open.has(id))) break;
      for (const id of made) {
        pairs.add(id);
        open.delete(id);
      }
      steps.push(...taken);
      moment = taken.at(-1)?.moment ?? moment;
      key = plan.at(-1)?.to ?? key;
      plan = search.nearest({ key, last });
    }
    if (steps.length > 0) paths.push({ initial, steps });
  }
  return {
    input: options.input,
    paths,
    taken: new Set(paths.flatMap(({ steps }) => steps.flatMap((step) => step.taken))),
    pairs,
    exploration: summaryOf(machine, graph),
  };
}

type Search = { readonly regions: Regions };

function lastOf(
  regions: Search['regions'],
  initial: { readonly microsteps: readonly { readonly taken: readonly TransitionId[] }[] },
) {
  const last = new Map<string, TransitionId>();
  for (const { taken } of initial.microsteps) regions.follow(last, taken);
  return last;
}

class PairSearch<TMachine extends AnyStateMachine> {
  readonly regions: Regions;
  readonly #graph: Exploration<TMachine>;
  readonly #open: ReadonlySet<PairId>;

  constructor(graph: Exploration<TMachine>, regions: Regions, open: ReadonlySet<PairId>) {
    this.#graph = graph;
    this.regions = regions;
    this.#open = open;
  }

  follow(last: Map<string, TransitionId>, microsteps: readonly { readonly taken: readonly TransitionId[] }[]) {
    return microsteps.flatMap(({ taken }) => this.regions.follow(last, taken));
  }

  /** Every open pair that the graph has, with a shortest way to it; region by region, so that places stay few. */
  sweep(last: ReadonlyMap<string, TransitionId>): ReadonlyMap<PairId, Way> {
    const found = new Map<PairId, Way>();
    for (const region of this.regions.ids) {
      const own = last.get(region);
      const start: Place = { key: this.#graph.start, last: new Map(own === undefined ? [] : [[region, own]]) };
      this.#spread(start, [region], Infinity, (way, pairs) => {
        for (const pair of pairs) if (this.#open.has(pair) && !found.has(pair)) found.set(pair, way);
        return false;
      });
    }
    return found;
  }

  /** The edges to an open pair that is near, or null. */
  nearest(from: Place): readonly Edge[] | null {
    let plan: readonly Edge[] | null = null;
    this.#spread(from, this.regions.ids, nearby, (way, pairs) => {
      if (!pairs.some((pair) => this.#open.has(pair))) return false;
      plan = edgesOf(way);
      return true;
    });
    return plan;
  }

  /** Breadth-first; ends when `visit` says so, or after `limit` places. */
  #spread(
    start: Place,
    regions: readonly string[],
    limit: number,
    visit: (way: Way, pairs: readonly PairId[]) => boolean,
  ): void {
    const seen = new Set([placeKey(start, regions)]);
    const quiet = new Map<Edge, boolean>();
    const isQuiet = (edge: Edge): boolean => {
      const known = quiet.get(edge) ?? !edge.sequence.some((id) => this.regions.touches(id, regions));
      quiet.set(edge, known);
      return known;
    };
    const queue: Way[] = [{ place: start, before: null, edge: null }];
    for (const way of queue) {
      for (const edge of this.#graph.edges.get(way.place.key) ?? []) {
        const { last, pairs } = isQuiet(edge) ? { ...way.place, pairs: [] } : this.#take(way.place, edge, regions);
        const next: Way = { place: { key: edge.to, last }, before: way, edge };
        if (pairs.length > 0 && visit(next, pairs)) return;
        const key = placeKey(next.place, regions);
        if (seen.has(key) || seen.size >= limit) continue;
        seen.add(key);
        queue.push(next);
      }
    }
  }

  #take(place: Place, edge: Edge, regions: readonly string[]) {
    const last = new Map(place.last);
    const pairs = this.regions.follow(last, edge.sequence);
    for (const region of last.keys()) if (!regions.includes(region)) last.delete(region);
    return { last, pairs };
  }
}

function placeKey({ key, last }: Place, regions: readonly string[]): string {
  return `${key}|${regions.map((region) => last.get(region) ?? '').join('|')}`;
}

function edgesOf(way: Way): readonly Edge[] {
  const edges: Edge[] = [];
  for (let at: Way | null = way; at; at = at.before) if (at.edge) edges.unshift(at.edge);
  return edges;
}
