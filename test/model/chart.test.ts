/** The pictures show the whole chart, the same bytes each time, and no transition is lost on the way to them. */
import { expect, test } from 'vitest';
import { sessionMachine } from '../../machines/index.js';
import { eventsOnly, gather, part } from '../../src/chart/gather.js';
import { toMermaid } from '../../src/chart/mermaid.js';
import { labelOf, readChart, statesOf } from '../../src/chart/model.js';
import { toSvg } from '../../src/chart/svg.js';
import { graph } from '../../src/cli/graph.js';
import { listTransitions } from '../../src/testing/index.js';

const chart = readChart(sessionMachine);

test('every transition is an arrow, or is told inside its state', () => {
  const inner = statesOf(chart.root).flatMap((state) => state.inner);
  expect(chart.edges.length + inner.length).toBe(listTransitions(sessionMachine).length);
});

test('labels say event, guard and actions', () => {
  const labels = new Set(chart.edges.map(labelOf));
  expect(labels).toContain('server.resumptionUpdate [coversInput]');
  expect(labels).toContain('after rotationDeadline [hasHandle] / announceRotationAtDeadline, planSwap');
  expect(labels).toContain('prepareReseed error / restoreNothing');
});

test('gathered arrows are still told', () => {
  const lighter = gather(chart, 5, 'labels');
  const arrivals = statesOf(lighter.root).flatMap(({ id, arrivals: lines }) => lines.map((line) => `${id} ${line}`));
  expect(arrivals).toContain('connection.closing ⇠ close from every other state');
  expect(arrivals).toContain('connection.failed ⇠ [endsAfterExpiry] / failWithExpiry from expired');
  expect(lighter.edges.length).toBeLessThan(chart.edges.length);
});

test('a part of the chart with events only has all its states', () => {
  const lifecycle = eventsOnly(part(chart, 'connection'));
  expect(statesOf(lifecycle.root).map(({ name }) => name)).toContain('overlapping');
  expect(lifecycle.edges.every(({ guard, actions }) => guard === '' && actions.length === 0)).toBe(true);
});

test('mermaid: every state is declared once, regions are divided, nothing but names in an id', () => {
  const text = toMermaid(chart);
  const declared = [...text.matchAll(/^\s*state ".*" as (\w+)/gm)].map(([, id]) => id);
  expect(new Set(declared).size).toBe(declared.length);
  expect(declared).toHaveLength(statesOf(chart.root).length);
  expect(text.match(/^\s*--$/gm)).toHaveLength(3);
});

test('svg: the same bytes each time, well-formed, inside its frame', async () => {
  const draw = () => toSvg(gather(chart, 5, 'labels'), { title: 'A <chart> & more' });
  const svg = await draw();
  expect(await draw()).toBe(svg);
  expect(svg).toContain('A &lt;chart&gt; &amp; more');
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  for (const { name } of statesOf(chart.root).slice(1)) expect(svg).toContain(`>${name}</text>`);
});

test('the committed pictures are those of the machine', async () => {
  const { files, stale } = await graph({ check: true, format: 'all', json: false });
  expect(files.map(({ path }) => path.split('/').at(-1))).toEqual(['chart.mmd', 'chart.svg', 'lifecycle.svg']);
  expect(stale).toBe(false);
});
