/**
 * Places a chart: sizes from its text, positions from elkjs (`layered`, hierarchical, orthogonal edges), regions of a
 * parallel root laid out one by one and packed.
 *
 * Owns every figure of the geometry. Knows no colour. Runs elkjs in this process, imported only when it is needed.
 */
import type { ElkExtendedEdge, ElkNode, LayoutOptions } from 'elkjs';
import { groupBy } from './groupBy.js';
import { labelOf, statesOf, type Chart, type ChartEdge, type ChartState } from './model.js';
import { textWidth, wrap } from './text.js';

export const fontPx = { title: 13, name: 12.5, line: 10.5 } as const;
export const linePx = 14;
const headPx = 26;
const padPx = 10;
const initialDot = 9;

export interface Box {
  readonly state: ChartState;
  readonly lines: readonly string[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly depth: number;
}

export interface Arrow {
  /** `from → to`: an arrow stands for all transitions between two states. */
  readonly id: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly label: { readonly x: number; readonly y: number; readonly lines: readonly string[] } | null;
}

export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  readonly dots: readonly Dot[];
}

export interface LayoutSettings {
  readonly direction: 'DOWN' | 'RIGHT';
  readonly labelWidth: number;
}

const options: LayoutOptions = {
  'elk.algorithm': 'layered',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
  'elk.randomSeed': '1',
  'elk.spacing.edgeLabel': '4',
  'elk.spacing.nodeNode': '20',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '10',
  'elk.layered.spacing.nodeNodeBetweenLayers': '22',
  'elk.layered.spacing.edgeNodeBetweenLayers': '12',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.edgeLabels.sideSelection': 'SMART_DOWN',
};

export async function layOut(chart: Chart, settings: LayoutSettings): Promise<Layout> {
  const { root } = chart;
  if (root.kind !== 'parallel' || chart.edges.some(({ from, to }) => from.split('.')[0] !== to.split('.')[0])) {
    return placeUnit(root, chart.edges, settings, 1);
  }
  const units: Layout[] = [];
  for (const region of root.children) {
    const edges = chart.edges.filter(({ from }) => from.startsWith(`${region.id}.`));
    units.push(await placeUnit(region, edges, settings, 1));
  }
  return pack(units);
}

async function placeUnit(
  state: ChartState,
  edges: readonly ChartEdge[],
  settings: LayoutSettings,
  depth: number,
): Promise<Layout> {
  const { default: module } = await import('elkjs/lib/elk.bundled.js');
  // The CommonJS bundle is typed as if its default export were the module.
  const Elk = module as unknown as new () => { layout(graph: ElkNode): Promise<ElkNode> };
  const sizes = new Map<string, Sized>();
  const graph: ElkNode = {
    id: '(chart)',
    layoutOptions: {
      ...options,
      'elk.direction': settings.direction,
      'elk.padding': '[top=0,left=0,bottom=0,right=0]',
    },
    children: [toElk(state, sizes, settings)],
    edges: [...initialEdges(state), ...hangingEdges(state, edges), ...toElkEdges(edges, orderOf(state), settings)],
  };
  const placed = await new Elk().layout(graph);
  const boxes: Box[] = [];
  const dots: Dot[] = [];
  collect(placed.children ?? [], sizes, depth, boxes, dots);
  const arrows = (placed.edges ?? []).filter(({ id }) => !id.startsWith(hidden)).map(toArrow);
  return { width: placed.width ?? 0, height: placed.height ?? 0, boxes, arrows, dots };
}

interface Sized {
  readonly state: ChartState;
  readonly lines: readonly string[];
}

function linesOf(state: ChartState, maxWidth: number): readonly string[] {
  const lines = [
    ...state.invokes.map((src) => `runs ${src}`),
    ...(state.entry.length > 0 ? [`entry / ${state.entry.join(', ')}`] : []),
    ...(state.exit.length > 0 ? [`exit / ${state.exit.join(', ')}`] : []),
    ...state.inner
      .map((edge) => `${labelOf(edge) || 'always'}${edge.to === edge.from ? '' : ` → ${lastName(edge.to)}`}`)
      .map((line) => `↻ ${line}`),
    ...state.arrivals,
  ];
  return lines.flatMap((line) => wrap(line, fontPx.line, maxWidth));
}

function lastName(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}

function toElk(state: ChartState, sizes: Map<string, Sized>, settings: LayoutSettings): ElkNode {
  const lines = linesOf(state, settings.labelWidth * 1.4);
  sizes.set(state.id, { state, lines });
  const textPx = Math.max(
    textWidth(state.name, fontPx.name) + 12,
    ...lines.map((line) => textWidth(line, fontPx.line)),
  );
  const width = Math.max(84, textPx + 2 * padPx);
  const head = headPx + lines.length * linePx;
  if (state.children.length === 0) return { id: state.id, width, height: head + (lines.length > 0 ? 8 : 6) };
  return {
    id: state.id,
    children: [
      ...(state.initial ? [initialNode(state.id)] : []),
      ...state.children.map((child) => toElk(child, sizes, settings)),
    ],
    layoutOptions: {
      'elk.padding': `[top=${head + 14},left=16,bottom=16,right=16]`,
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${width},${head + 20})`,
    },
  };
}

function initialNode(parent: string): ElkNode {
  return { id: `${parent} (initial)`, width: initialDot, height: initialDot };
}

function initialEdges(state: ChartState): readonly ElkExtendedEdge[] {
  const own = state.initial
    ? [{ id: `${state.id} (initial edge)`, sources: [`${state.id} (initial)`], targets: [state.initial] }]
    : [];
  return [...own, ...state.children.flatMap(initialEdges)];
}

const hidden = '(hidden) ';

/** A state that no arrow reaches would be placed on top; an invisible one puts it below the one before it. */
function hangingEdges(state: ChartState, edges: readonly ChartEdge[]): readonly ElkExtendedEdge[] {
  const isReached = ({ id }: ChartState): boolean =>
    id === state.initial || edges.some(({ from, to }) => from !== id && (to === id || to.startsWith(`${id}.`)));
  const reached = state.children.filter(isReached);
  const hanging = state.initial ? state.children.filter((child) => !isReached(child)) : [];
  const below = hanging.flatMap(({ id }) => {
    const before = reached.findLast(
      (child) =>
        state.children.indexOf(child) < state.children.findIndex((one) => one.id === id) && child.kind !== 'final',
    );
    return before ? [{ id: `${hidden}${id}`, sources: [before.id], targets: [id] }] : [];
  });
  return [...below, ...state.children.flatMap((child) => hangingEdges(child, edges))];
}

/** The place of each state in the document. */
function orderOf(state: ChartState): ReadonlyMap<string, number> {
  return new Map(statesOf(state).map(({ id }, index) => [id, index]));
}

const backwards = ' (backwards)';

/**
 * One arrow for all transitions between the same two states, with their labels on top of each other. An arrow against
 * the order of the document is laid out the other way round and turned when it is read: so the picture runs the way the
 * chart was written, and elkjs has no cycle to break.
 */
function toElkEdges(
  edges: readonly ChartEdge[],
  order: ReadonlyMap<string, number>,
  settings: LayoutSettings,
): readonly ElkExtendedEdge[] {
  const groups = [...groupBy(edges, ({ from, to }) => `${from} → ${to}`)].sort(([a], [b]) => (a < b ? -1 : 1));
  return groups.map(([id, group]) => {
    const lines = group
      .map(labelOf)
      .filter(Boolean)
      .flatMap((line) => wrap(line, fontPx.line, settings.labelWidth));
    const width = Math.max(0, ...lines.map((line) => textWidth(line, fontPx.line))) + 6;
    const label = { id: `${id} (label)`, text: lines.join('\n'), width, height: lines.length * linePx + 2 };
    const { from = '', to = '' } = group[0] ?? {};
    const isBack = (order.get(from) ?? 0) > (order.get(to) ?? 0);
    return {
      id: isBack ? `${id}${backwards}` : id,
      sources: [isBack ? to : from],
      targets: [isBack ? from : to],
      ...(lines.length > 0 ? { labels: [label] } : {}),
    };
  });
}

function collect(
  nodes: readonly ElkNode[],
  sizes: ReadonlyMap<string, Sized>,
  depth: number,
  boxes: Box[],
  dots: Dot[],
): void {
  for (const node of nodes) {
    const { x = 0, y = 0, width = 0, height = 0 } = node;
    const sized = sizes.get(node.id);
    if (sized) boxes.push({ ...sized, x, y, width, height, depth });
    else dots.push({ x: x + width / 2, y: y + height / 2, radius: width / 2 });
    collect(node.children ?? [], sizes, depth + 1, boxes, dots);
  }
}

function toArrow(edge: ElkExtendedEdge): Arrow {
  const points = (edge.sections ?? []).flatMap(({ startPoint, bendPoints = [], endPoint }) => [
    startPoint,
    ...bendPoints,
    endPoint,
  ]);
  const [label] = edge.labels ?? [];
  return {
    id: edge.id.endsWith(backwards) ? edge.id.slice(0, -backwards.length) : edge.id,
    points: edge.id.endsWith(backwards) ? points.toReversed() : points,
    label: label?.text ? { x: label.x ?? 0, y: label.y ?? 0, lines: label.text.split('\n') } : null,
  };
}

const unitGap = 22;

/** The widest unit first, the others below it in rows. */
function pack(units: readonly Layout[]): Layout {
  const width = Math.max(...units.map((unit) => unit.width));
  const rows: Layout[][] = [];
  for (const unit of units) {
    const row = rows.at(-1);
    const used = (row ?? []).reduce((sum, each) => sum + each.width + unitGap, 0);
    if (row && used + unit.width <= width) row.push(unit);
    else rows.push([unit]);
  }
  const placed: Layout[] = [];
  let y = 0;
  for (const row of rows) {
    let x = 0;
    for (const unit of row) {
      placed.push(moved(unit, x, y));
      x += unit.width + unitGap;
    }
    y += Math.max(...row.map(({ height }) => height)) + unitGap;
  }
  return {
    width,
    height: y - unitGap,
    boxes: placed.flatMap(({ boxes }) => boxes),
    arrows: placed.flatMap(({ arrows }) => arrows),
    dots: placed.flatMap(({ dots }) => dots),
  };
}

function moved(unit: Layout, dx: number, dy: number): Layout {
  const shift = <T extends { readonly x: number; readonly y: number }>(at: T): T => ({
    ...at,
    x: at.x + dx,
    y: at.y + dy,
  });
  return {
    ...unit,
    boxes: unit.boxes.map(shift),
    dots: unit.dots.map(shift),
    arrows: unit.arrows.map(({ id, points, label }) => ({
      id,
      points: points.map(shift),
      label: label && shift(label),
    })),
  };
}
