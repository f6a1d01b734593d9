/**
 * The coverage report as text for a terminal.
 *
 * Owns its words. Leaves nothing out without saying how much.
 */
import { dimensionNames, percent, shareOf, type CoverageReport, type DimensionName } from './coverage.js';

export interface FormatOptions {
  /** Most ids to list of each kind. @default 20 */
  readonly most?: number;
}

export const titles: Readonly<Record<DimensionName, string>> = {
  states: 'states',
  configurations: 'configurations',
  events: 'event types',
  transitions: 'transitions',
  transitionPairs: 'transition pairs',
  guards: 'guards both ways',
  requirements: 'requirements',
};

export function formatCoverage(report: CoverageReport, { most = 20 }: FormatOptions = {}): string {
  const head = ['', 'covered', 'uncovered', 'unreachable', 'unknown', 'share'];
  const rows = dimensionNames.map((name) => {
    const { [name]: one } = report.dimensions;
    const counts = [one.covered, one.uncovered, Object.keys(one.unreachable), Object.keys(one.unknown)];
    const isEmpty = counts.every(({ length }) => length === 0);
    return [titles[name], ...counts.map(({ length }) => String(length)), isEmpty ? '–' : percent(shareOf(one))];
  });
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const table = [head, ...rows].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  const lists = dimensionNames.flatMap((name) => {
    const { uncovered, unreachable, unknown } = report.dimensions[name];
    return [
      ...list(`${titles[name]}, uncovered`, uncovered, most),
      ...list(`${titles[name]}, unreachable`, byReason(unreachable), most),
      ...list(`${titles[name]}, unknown`, byReason(unknown), most),
    ];
  });
  const { machine, runs, steps, seeds, elapsedMs, problems } = report;
  const facts = [`${runs} runs`, `${steps} steps`, ...(elapsedMs === null ? [] : [`${Math.round(elapsedMs)} ms`])];
  if (seeds.length > 0) facts.push(`seeds ${seeds.join(', ')}`);
  return [`${machine}: ${facts.join(', ')}`, '', ...table, ...lists, ...list('problems', problems, most)].join('\n');
}

/** Each reason once, with how many ids it serves and the first of them. */
function byReason(ids: Readonly<Record<string, string>>): readonly string[] {
  const groups = new Map<string, string[]>();
  for (const [id, reason] of Object.entries(ids)) {
    const group = groups.get(reason);
    if (group) group.push(id);
    else groups.set(reason, [id]);
  }
  return [...groups].map(([reason, [first = '', ...others]]) =>
    others.length === 0 ? `${first}: ${reason}` : `${first} and ${others.length} more: ${reason}`,
  );
}

function list(title: string, lines: readonly string[], most: number): readonly string[] {
  if (lines.length === 0) return [];
  const left = lines.length - most;
  return [
    '',
    `${title}:`,
    ...lines.slice(0, most).map((line) => `  ${line}`),
    ...(left > 0 ? [`  and ${left} more`] : []),
  ];
}
