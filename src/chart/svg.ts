/**
 * A chart as one SVG file that stands alone: light by default, dark where the reader's system is.
 *
 * Owns the look. Plain classes and a media query, since not every renderer knows CSS variables. The same chart gives the
 * same bytes: coordinates are rounded, nothing is dated.
 */
import { fontPx, layOut, linePx, type Arrow, type Box, type Layout, type LayoutSettings } from './layout.js';
import type { Chart } from './model.js';
import { continuation, textWidth } from './text.js';

export interface SvgSettings extends Partial<LayoutSettings> {
  readonly title: string;
  /** A class for a state (by its path) or an arrow (`from → to`), for a page that colours them. */
  readonly classOf?: (id: string) => string;
}

const marginPx = 18;
const titlePx = 34;

const style = `
text { font-family: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2933 }
.paper { fill: #ffffff }
.title { font-size: 16px; font-weight: 600 }
.name { font-size: ${fontPx.name}px; font-weight: 600 }
.line { font-size: ${fontPx.line}px; fill: #52606d }
.label { font-size: ${fontPx.line}px; fill: #334e68 }
.label, .name, .line { paint-order: stroke; stroke: #f8fafc; stroke-width: 3px; stroke-linejoin: round }
.on-group { stroke: #f0f5fb }
.on-state { stroke: #ffffff }
.region { fill: #f8fafc; stroke: #cbd5e1; stroke-width: 1 }
.group { fill: #f0f5fb; stroke: #9fb3c8; stroke-width: 1 }
.state { fill: #ffffff; stroke: #486581; stroke-width: 1.2 }
.final { fill: #ffffff; stroke: #486581; stroke-width: 1.2 }
.ring { fill: none; stroke: #486581; stroke-width: 1.2 }
.edge { fill: none; stroke: #627d98; stroke-width: 1.2 }
.tip, .dot { fill: #627d98 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .paper { fill: #0d1117 }
  .line { fill: #9fb0c0 }
  .label { fill: #bfd3e6 }
  .label, .name, .line { stroke: #11171f }
  .on-group { stroke: #151e29 }
  .on-state { stroke: #1b2734 }
  .region { fill: #11171f; stroke: #2c3a48 }
  .group { fill: #151e29; stroke: #3d5166 }
  .state, .final { fill: #1b2734; stroke: #7b98b5 }
  .ring { stroke: #7b98b5 }
  .edge { stroke: #7f98b0 }
  .tip, .dot { fill: #7f98b0 }
}`;

export async function toSvg(chart: Chart, settings: SvgSettings): Promise<string> {
  const layout = await layOut(chart, {
    direction: settings.direction ?? 'DOWN',
    labelWidth: settings.labelWidth ?? 260,
  });
  const width = Math.ceil(layout.width + 2 * marginPx);
  const height = Math.ceil(layout.height + 2 * marginPx + titlePx);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escape(settings.title)}</title>`,
    `<style>${style}\n</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="8"/>`,
    `<text class="title" x="${marginPx}" y="${marginPx + 12}">${escape(settings.title)}</text>`,
    `<g transform="translate(${marginPx} ${marginPx + titlePx})">`,
    ...drawing(layout, (id) => (settings.classOf?.(id) ? ` ${settings.classOf(id)}` : '')),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

function drawing({ boxes, arrows, dots }: Layout, mark: (id: string) => string): readonly string[] {
  return [
    ...boxes.map((box) => drawBox(box, mark(box.state.id))),
    ...arrows.map((arrow) => drawArrow(arrow, mark(arrow.id))),
    ...dots.map(({ x, y, radius }) => `<circle class="dot" cx="${round(x)}" cy="${round(y)}" r="${round(radius)}"/>`),
    // Last, and with a halo, so that no line crosses a text.
    ...boxes.map(drawText),
    ...arrows.map((arrow) => drawLabel(arrow, boxes)),
  ].filter(Boolean);
}

function lookOf({ state, depth }: Box): 'final' | 'state' | 'region' | 'group' {
  if (state.kind === 'final') return 'final';
  if (state.children.length === 0) return 'state';
  return depth <= 1 ? 'region' : 'group';
}

function drawBox(box: Box, mark: string): string {
  const at = (inset: number): string => {
    const { x, y, width, height } = box;
    return `x="${round(x + inset)}" y="${round(y + inset)}" width="${round(width - 2 * inset)}" height="${round(height - 2 * inset)}"`;
  };
  const look = lookOf(box);
  const ring = look === 'final' ? `<rect class="ring" ${at(3)} rx="6"/>` : '';
  return `<rect class="${look}${mark}" ${at(0)} rx="8"/>${ring}`;
}

function drawText(box: Box): string {
  const { state, lines, x, y, width, height } = box;
  const look = haloOf(box);
  const name = escape(state.name);
  if (state.children.length === 0 && lines.length === 0) {
    return `<text class="name${look}" x="${round(x + width / 2)}" y="${round(y + height / 2 + 4.5)}" text-anchor="middle">${name}</text>`;
  }
  return [
    `<text class="name${look}" x="${round(x + 10)}" y="${round(y + 19)}">${name}</text>`,
    ...lines.map((line, index) => drawLine(`line${look}`, line, x + 10, y + 35 + index * linePx)),
  ].join('');
}

/** Renderers drop spaces at the start of a text, so an indent is a place. */
function drawLine(look: string, line: string, x: number, y: number): string {
  const isContinued = line.startsWith(continuation);
  const at = x + (isContinued ? textWidth(continuation, fontPx.line) : 0);
  return `<text class="${look}" x="${round(at)}" y="${round(y)}">${escape(isContinued ? line.slice(continuation.length) : line)}</text>`;
}

/** A halo has the colour of what is behind the text. */
function haloOf(box: Box | undefined): string {
  const look = box ? lookOf(box) : 'region';
  if (look === 'region') return '';
  return look === 'group' ? ' on-group' : ' on-state';
}

const cornerPx = 6;

function drawArrow({ points }: Arrow, mark: string): string {
  const [first, ...rest] = points;
  const last = points.at(-1);
  const before = points.at(-2);
  if (!first || !last || !before) return '';
  let path = `M${round(first.x)} ${round(first.y)}`;
  for (const [index, point] of rest.entries()) {
    const next = rest[index + 1];
    const previous = points[index];
    if (!next || !previous) {
      path += `L${round(point.x)} ${round(point.y)}`;
      continue;
    }
    const into = toward(point, previous);
    const out = toward(point, next);
    path += `L${round(into.x)} ${round(into.y)}Q${round(point.x)} ${round(point.y)} ${round(out.x)} ${round(out.y)}`;
  }
  return `<path class="edge${mark}" d="${path}"/>${drawTip(before, last, mark)}`;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A little before a bend, on the way to `other`, so that the corner is round. */
function toward(bend: Point, other: Point): Point {
  const length = Math.hypot(other.x - bend.x, other.y - bend.y) || 1;
  const share = Math.min(cornerPx, length / 2) / length;
  return { x: bend.x + (other.x - bend.x) * share, y: bend.y + (other.y - bend.y) * share };
}

function drawTip(before: Point, last: Point, mark: string): string {
  const length = Math.hypot(last.x - before.x, last.y - before.y) || 1;
  const dx = (last.x - before.x) / length;
  const dy = (last.y - before.y) / length;
  const corner = (along: number, across: number): string =>
    `${round(last.x - dx * along - dy * across)} ${round(last.y - dy * along + dx * across)}`;
  return `<path class="tip${mark}" d="M${corner(0, 0)}L${corner(8, 4)}L${corner(8, -4)}Z"/>`;
}

function drawLabel({ label }: Arrow, boxes: readonly Box[]): string {
  if (!label) return '';
  const behind = boxes.findLast(
    ({ x, y, width, height }) => label.x >= x && label.x <= x + width && label.y >= y && label.y <= y + height,
  );
  return label.lines
    .map((line, index) => drawLine(`label${haloOf(behind)}`, line, label.x + 3, label.y + 11 + index * linePx))
    .join('');
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
