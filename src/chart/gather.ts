/**
 * Makes a chart lighter to draw without saying anything that is not so: one region of it, event names only, and arrows
 * that come from many states written down inside the state they lead to.
 *
 * Owns what a picture may leave out. The chart itself is never changed; each function returns a new one.
 */
import { groupBy } from './groupBy.js';
import { labelOf, statesOf, type Chart, type ChartEdge, type ChartState } from './model.js';

/** One state of the chart and what is below it. */
export function part(chart: Chart, id: string): Chart {
  const root = statesOf(chart.root).find((state) => state.id === id);
  if (!root) throw new Error(`The chart ${chart.name} has no state ${id}.`);
  const inside = (state: string): boolean => state === id || state.startsWith(`${id}.`);
  return { name: chart.name, root, edges: chart.edges.filter(({ from, to }) => inside(from) && inside(to)) };
}

/**
 * Drops guards and actions; what is left of an `always` is its guard. An arrow into a state of another group ends at
 * the group's border.
 */
export function eventsOnly(chart: Chart): Chart {
  const groups = statesOf(chart.root).filter(({ children }) => children.length > 0);
  const border = ({ from, to }: ChartEdge): string =>
    groups.find(
      ({ id }) => id !== chart.root.id && to.startsWith(`${id}.`) && from !== id && !from.startsWith(`${id}.`),
    )?.id ?? to;
  const bare = (edge: ChartEdge): ChartEdge => ({
    ...edge,
    to: border(edge),
    event: edge.event || (edge.guard && `[${edge.guard}]`),
    guard: '',
    actions: [],
  });
  const lighten = (state: ChartState): ChartState => ({
    ...state,
    entry: [],
    exit: [],
    invokes: [],
    inner: unique(state.inner.filter(({ from, to, actions }) => from !== to || actions.length > 0).map(bare)),
    children: state.children.map(lighten),
  });
  return { ...chart, root: lighten(chart.root), edges: unique(chart.edges.map(bare)) };
}

/**
 * Arrows with the same label from `minSources` or more states into one state become a line in that state. A final state
 * with as many sources has all its arrows written down, with their labels or only by the names of the sources.
 */
export function gather(chart: Chart, minSources: number, finals: 'labels' | 'names'): Chart {
  const crowded = statesOf(chart.root).filter(
    ({ id, kind }) => kind === 'final' && sourcesOf(chart.edges.filter(({ to }) => to === id)).length >= minSources,
  );
  const finalIds = new Set(crowded.map(({ id }) => id));
  const namesOnly = (to: string): boolean => finals === 'names' && finalIds.has(to);
  const groups = groupBy(chart.edges, (edge) => `${edge.to} ${namesOnly(edge.to) ? '' : labelOf(edge)}`);
  const gathered = [...groups.values()].filter(
    (edges) => finalIds.has(edges[0]?.to ?? '') || sourcesOf(edges).length >= minSources,
  );
  const gone = new Set(gathered.flat());
  const arrivals = groupBy(gathered, ([edge]) => edge?.to ?? '');
  const rewrite = (state: ChartState): ChartState => ({
    ...state,
    arrivals: (arrivals.get(state.id) ?? []).map((edges) => arrival(chart, edges, namesOnly(state.id))),
    children: state.children.map(rewrite),
  });
  return { ...chart, root: rewrite(chart.root), edges: chart.edges.filter((edge) => !gone.has(edge)) };
}

function sourcesOf(edges: readonly ChartEdge[]): readonly string[] {
  return [...new Set(edges.map(({ from }) => from))];
}

function arrival(chart: Chart, edges: readonly ChartEdge[], namesOnly: boolean): string {
  const to = edges[0]?.to ?? '';
  const parent = to.slice(0, Math.max(0, to.lastIndexOf('.')));
  const names = sourcesOf(edges).map((id) => (id.startsWith(`${parent}.`) ? id.slice(parent.length + 1) : id));
  const siblings = statesOf(chart.root).find(({ id }) => id === parent)?.children ?? [];
  const others = siblings.filter(({ id, kind }) => id !== to && kind !== 'final').map(({ name }) => name);
  const from = others.length > 1 && others.every((name) => names.includes(name)) ? 'every other state' : null;
  if (namesOnly) return `⇠ ${from ?? [...new Set(names.map((name) => name.split('.')[0]))].join(', ')}`;
  return `⇠ ${edges[0] ? labelOf(edges[0]) : ''} from ${from ?? names.join(', ')}`;
}

function unique(edges: readonly ChartEdge[]): readonly ChartEdge[] {
  const seen = new Map(edges.map((edge) => [`${edge.from} ${edge.to} ${labelOf(edge)}`, edge]));
  return [...seen.values()];
}
