/**
 * A chart as Mermaid's `stateDiagram-v2`. Regions of a parallel state are divided by `--`.
 *
 * Owns the syntax and its escapes. Mermaid lays it out.
 */
import { groupBy } from './groupBy.js';
import { labelOf, statesOf, type Chart, type ChartEdge, type ChartState } from './model.js';

export function toMermaid(chart: Chart): string {
  const lines = ['stateDiagram-v2', ...body(chart.root, chart, 1)];
  return `${lines.join('\n')}\n`;
}

function body(state: ChartState, chart: Chart, depth: number): readonly string[] {
  const pad = '  '.repeat(depth);
  if (state.kind === 'parallel' && depth === 1) {
    // The root cannot hold regions itself.
    return [`${pad}state "${state.name}" as ${alias(state.id)} {`, ...regions(state, chart, depth + 1), `${pad}}`];
  }
  const lines = state.initial ? [`${pad}[*] --> ${alias(state.initial)}`] : [];
  for (const child of state.children) lines.push(...declaration(child, chart, depth));
  const below = new Set(state.children.map(({ id }) => id));
  const edges = chart.edges.filter((edge) => below.has(childOf(state, edge, chart.root)));
  for (const { from, to, text } of merged(edges))
    lines.push(`${pad}${alias(from)} --> ${alias(to)}${text && ` : ${text}`}`);
  for (const child of state.children) {
    if (child.kind === 'final') lines.push(`${pad}${alias(child.id)} --> [*]`);
  }
  return lines;
}

function regions(state: ChartState, chart: Chart, depth: number): readonly string[] {
  const pad = '  '.repeat(depth);
  return state.children.flatMap((child, index) => [
    ...(index > 0 ? [`${pad}--`] : []),
    ...declaration(child, chart, depth),
  ]);
}

function declaration(state: ChartState, chart: Chart, depth: number): readonly string[] {
  const pad = '  '.repeat(depth);
  const notes = notesOf(state);
  const head = `${pad}state "${escape(state.name)}" as ${alias(state.id)}`;
  const inside =
    state.children.length === 0
      ? [head]
      : [
          `${head} {`,
          ...(state.kind === 'parallel' ? regions(state, chart, depth + 1) : body(state, chart, depth + 1)),
          `${pad}}`,
        ];
  if (notes.length === 0) return inside;
  return [
    ...inside,
    `${pad}note right of ${alias(state.id)}`,
    ...notes.map((note) => `${pad}  ${escape(note)}`),
    `${pad}end note`,
  ];
}

/** What has no arrow. */
function notesOf(state: ChartState): readonly string[] {
  return [
    ...state.invokes.map((src) => `runs ${src}`),
    ...(state.entry.length > 0 ? [`entry / ${state.entry.join(', ')}`] : []),
    ...(state.exit.length > 0 ? [`exit / ${state.exit.join(', ')}`] : []),
    ...state.inner.map(
      (edge) => `${labelOf(edge) || 'always'}${edge.to === edge.from ? '' : ` → ${lastName(edge.to)}`}`,
    ),
    ...state.arrivals,
  ];
}

/** The child of `state` that an edge belongs under: its source's, when `state` is the innermost that holds both ends. */
function childOf(state: ChartState, { from, to }: ChartEdge, root: ChartState): string {
  const holder = statesOf(root)
    .filter(({ id, children }) => children.length > 0 && holds(id, from, root) && holds(id, to, root))
    .at(-1);
  if (holder?.id !== state.id) return '';
  return state.children.find(({ id }) => id === from || from.startsWith(`${id}.`))?.id ?? '';
}

function holds(ancestor: string, id: string, root: ChartState): boolean {
  return ancestor === root.id ? id !== root.id : id.startsWith(`${ancestor}.`);
}

function merged(edges: readonly ChartEdge[]): readonly { from: string; to: string; text: string }[] {
  const groups = groupBy(edges, ({ from, to }) => `${from} ${to}`);
  return [...groups.values()].map((group) => ({
    from: group[0]?.from ?? '',
    to: group[0]?.to ?? '',
    text: group.map(labelOf).filter(Boolean).map(escape).join('<br/>'),
  }));
}

function lastName(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}

function alias(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9]/g, '_');
}

/** Semicolons end a statement, hashes begin an entity, a colon begins a description. */
function escape(text: string): string {
  return text.replaceAll('#', '#35;').replaceAll(';', '#59;').replaceAll(':', '#58;').replaceAll('"', '#quot;');
}
