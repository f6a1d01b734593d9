/**
 * The coverage report as JUnit XML: a suite for each dimension, a test case for each id. Uncovered ids fail, unreachable
 * and unknown ones are skipped with their reason.
 *
 * Owns the XML. Knows no thresholds: a pipeline that wants them reads the exit code.
 */
import { dimensionNames, type CoverageReport, type Dimension } from './coverage.js';

export function coverageJunit(report: CoverageReport): string {
  const suites = dimensionNames.flatMap((name) => suite(`${report.machine}: ${name}`, cases(report.dimensions[name])));
  const problems = report.problems.map((problem) => testCase(problem, failure(problem)));
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites>',
    ...suites,
    ...suite(`${report.machine}: problems`, problems),
    '</testsuites>',
    '',
  ].join('\n');
}

function cases({ covered, uncovered, unreachable, unknown }: Dimension): readonly string[] {
  const skipped = (kind: string, ids: Readonly<Record<string, string>>): readonly string[] =>
    Object.entries(ids).map(([id, reason]) => testCase(id, `<skipped message="${escapeXml(`${kind}: ${reason}`)}"/>`));
  return [
    ...covered.map((id) => testCase(id, '')),
    ...uncovered.map((id) => testCase(id, failure('not covered'))),
    ...skipped('unreachable', unreachable),
    ...skipped('unknown', unknown),
  ];
}

function suite(name: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const countOf = (tag: string): number => lines.filter((line) => line.includes(`<${tag} `)).length;
  const counts = `tests="${lines.length}" failures="${countOf('failure')}" skipped="${countOf('skipped')}"`;
  return [`  <testsuite name="${escapeXml(name)}" ${counts}>`, ...lines, '  </testsuite>'];
}

function testCase(name: string, inner: string): string {
  return `    <testcase name="${escapeXml(name)}"${inner ? `>${inner}</testcase>` : '/>'}`;
}

function failure(message: string): string {
  return `<failure message="${escapeXml(message)}"/>`;
}

/** XML 1.0 has no control characters but tab and line ends, not even escaped. */
export function escapeXml(text: string): string {
  const plain = text.replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
  return plain
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
