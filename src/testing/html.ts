/**
 * The coverage report as one HTML page that stands alone: the chart coloured by coverage, a table, and every id.
 *
 * Owns the look. No script, no file beside it, no font from elsewhere; light or dark as the reader's system is.
 */
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import { readChart, type Chart, type ChartState } from '../chart/model.js';
import { toSvg } from '../chart/svg.js';
import { dimensionNames, percent, shareOf, type CoverageReport, type Dimension } from './coverage.js';
import { titles } from './format.js';
import { escapeXml } from './junit.js';
import { listTransitions, stateNodesOf } from './transitions.js';

type Colour = 'covered' | 'partly' | 'uncovered' | 'unreachable';

export async function coverageHtml(machine: AnyStateMachine, report: CoverageReport): Promise<string> {
  const colours = coloursOf(machine, report);
  const svg = await toSvg(lighter(readChart(machine)), {
    title: `${report.machine}: the chart by coverage`,
    labelWidth: 210,
    classOf: (id) => colours.get(id) ?? '',
  });
  const { runs, steps, seeds, elapsedMs, problems } = report;
  const facts = [
    `${runs} runs`,
    `${steps} steps`,
    ...(elapsedMs === null ? [] : [`${Math.round(elapsedMs)} ms`]),
    ...(seeds.length > 0 ? [`seeds ${seeds.join(', ')}`] : []),
  ];
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>Coverage of ${escapeXml(report.machine)}</title>`,
    `<style>${style}</style></head>`,
    '<body>',
    `<h1>Coverage of ${escapeXml(report.machine)}</h1>`,
    `<p>${escapeXml(facts.join(', '))}</p>`,
    ...(problems.length > 0 ? ['<h2>Problems</h2>', list(problems)] : []),
    '<table><tr><th></th><th>covered</th><th>uncovered</th><th>unreachable</th><th>unknown</th><th>share</th></tr>',
    ...dimensionNames.map((name) => row(titles[name], report.dimensions[name])),
    '</table>',
    '<p class="key"><span class="k-covered">covered</span> <span class="k-partly">partly</span> <span class="k-uncovered">uncovered</span> <span class="k-unreachable">unreachable</span></p>',
    `<div class="chart">${svg}</div>`,
    ...dimensionNames.flatMap((name) => details(titles[name], report.dimensions[name])),
    '</body></html>',
    '',
  ].join('\n');
}

/** States, events and guards: what runs on the way is not what is covered. */
function lighter(chart: Chart): Chart {
  const bare = (state: ChartState): ChartState => ({
    ...state,
    entry: [],
    exit: [],
    inner: state.inner.map((edge) => ({ ...edge, actions: [] })),
    children: state.children.map(bare),
  });
  return { ...chart, root: bare(chart.root), edges: chart.edges.map((edge) => ({ ...edge, actions: [] })) };
}

function row(title: string, one: Dimension): string {
  const counts = [one.covered, one.uncovered, Object.keys(one.unreachable), Object.keys(one.unknown)];
  const isEmpty = counts.every(({ length }) => length === 0);
  const cells = [...counts.map(({ length }) => String(length)), isEmpty ? '–' : percent(shareOf(one))];
  return `<tr><th>${escapeXml(title)}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function details(title: string, { covered, uncovered, unreachable, unknown }: Dimension): readonly string[] {
  const withReason = (ids: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(ids).map(([id, reason]) => `${id}: ${reason}`);
  const kinds = [
    ['uncovered', uncovered],
    ['unreachable', withReason(unreachable)],
    ['unknown', withReason(unknown)],
    ['covered', covered],
  ] as const;
  return kinds.flatMap(([kind, lines]) =>
    lines.length === 0
      ? []
      : [
          `<details${kind === 'uncovered' ? ' open' : ''}><summary>${escapeXml(title)}, ${kind} (${lines.length})</summary>`,
          list(lines),
          '</details>',
        ],
  );
}

function list(lines: readonly string[]): string {
  return `<ul>${lines.map((line) => `<li>${escapeXml(line)}</li>`).join('')}</ul>`;
}

/** By the ids of the picture: paths of states, and `from → to` of arrows, which stand for several transitions. */
function coloursOf(machine: AnyStateMachine, report: CoverageReport): ReadonlyMap<string, Colour> {
  const { states, transitions } = report.dimensions;
  const pictureIds = new Map(stateNodesOf(machine.root).map((node) => [node.id, pictureId(node)]));
  const colours = new Map<string, Colour>();
  const colourOf = (id: string, { covered, unreachable }: Dimension): Colour =>
    covered.includes(id) ? 'covered' : Object.hasOwn(unreachable, id) ? 'unreachable' : 'uncovered';
  for (const [id, picture] of pictureIds) colours.set(picture, colourOf(id, states));
  const byArrow = new Map<string, Set<Colour>>();
  for (const { id, source, targets } of listTransitions(machine)) {
    for (const target of targets) {
      const arrow = `${pictureIds.get(source)} → ${pictureIds.get(target)}`;
      byArrow.set(arrow, (byArrow.get(arrow) ?? new Set<Colour>()).add(colourOf(id, transitions)));
    }
  }
  for (const [arrow, kinds] of byArrow) {
    const [only] = kinds;
    if (only !== undefined) colours.set(arrow, kinds.size === 1 ? only : kinds.has('uncovered') ? 'partly' : 'covered');
  }
  return colours;
}

function pictureId(node: AnyStateNode): string {
  return node.parent ? node.path.join('.') : node.machine.id;
}

const style = `
:root { color-scheme: light dark; --text: #1f2933; --back: #ffffff; --rule: #cbd5e1; --good: #15803d; --part: #b45309; --bad: #b91c1c; --out: #64748b }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --back: #0d1117; --rule: #2c3a48; --good: #4ade80; --part: #fbbf24; --bad: #f87171; --out: #94a3b8 } }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back) }
table { border-collapse: collapse } td, th { padding: .2rem .8rem; border-bottom: 1px solid var(--rule); text-align: right } tr > th:first-child { text-align: left }
.chart svg { max-width: 100%; height: auto } li { font: 12.5px/1.5 ui-monospace, monospace; overflow-wrap: anywhere } summary { cursor: pointer; padding: .3rem 0 }
.key span { padding: 0 .5rem; border-left: 4px solid } .k-covered { color: var(--good) } .k-partly { color: var(--part) } .k-uncovered { color: var(--bad) } .k-unreachable { color: var(--out) }
svg rect.covered, svg path.edge.covered { stroke: var(--good) } svg rect.partly, svg path.edge.partly { stroke: var(--part) }
svg rect.uncovered, svg path.edge.uncovered { stroke: var(--bad); stroke-width: 2.2 } svg rect.unreachable, svg path.edge.unreachable { stroke: var(--out); stroke-dasharray: 4 3 }
svg path.tip.covered { fill: var(--good) } svg path.tip.partly { fill: var(--part) } svg path.tip.uncovered { fill: var(--bad) } svg path.tip.unreachable { fill: var(--out) }
`;
