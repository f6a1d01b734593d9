/**
 * `gemini-lifeline emulator-check DIR`: recordings, and the emulator given their sent halves, against one grammar of
 * message order.
 *
 * Owns the list of files, the order of the report and its words. The grammar is src/emulator/check; docs/RECORDINGS.md
 * describes the files and the report.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { checkRecording, type SessionReport } from '../emulator/check/checkRecording.js';
import { emulatorRules } from '../emulator/check/emulatorRules.js';
import { grammar } from '../emulator/check/grammar.js';
import type { Deviation } from '../emulator/check/rule.js';
import { profileNames } from '../emulator/check/sessions.js';
import { recordingsIn } from './recordings/folder.js';
import { count, readLines } from './recordings/lines.js';

export interface FileCheck {
  readonly file: string;
  readonly outcome: 'ok' | 'refused' | 'unreadable';
  /** One for each setup in the file. */
  readonly sessions: readonly SessionReport[];
  readonly notes: readonly string[];
  /** Why it could not be read, or checked. */
  readonly problem: string | null;
}

export interface CheckReport {
  readonly ok: number;
  readonly refused: number;
  readonly unreadable: number;
  readonly files: readonly FileCheck[];
}

/** Then the rest is counted. */
const shownDeviations = 5;

/** @throws when there is no such folder, or no `*.jsonl` file in it. */
export async function emulatorCheck(dir: string, print: (line: string) => void): Promise<CheckReport> {
  const files: FileCheck[] = [];
  for (const path of await recordingsIn(dir)) {
    const file = await checkFile(path);
    files.push(file);
    for (const line of linesOf(file)) print(line);
  }
  const total = (outcome: FileCheck['outcome']): number => files.filter((file) => file.outcome === outcome).length;
  const report = { ok: total('ok'), refused: total('refused'), unreadable: total('unreadable'), files };
  print(`${report.ok} passed, ${report.refused + report.unreadable} failed`);
  return report;
}

export function exitCodeOf({ refused, unreadable }: CheckReport): 0 | 1 {
  return refused + unreadable > 0 ? 1 : 0;
}

async function checkFile(path: string): Promise<FileCheck> {
  const file = basename(path);
  const unreadable = (problem: string): FileCheck => ({
    file,
    outcome: 'unreadable',
    sessions: [],
    notes: [],
    problem,
  });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return unreadable(`it cannot be read: ${messageOf(error)}`);
  }
  const read = readLines(text);
  if (!read.ok) return unreadable(read.reason);
  try {
    const sessions = checkRecording(read.lines);
    if (sessions.length === 0) return unreadable('nothing was received in it');
    const isRight = sessions.every(
      ({ recorded, emulated }) => recorded.deviations.length + emulated.deviations.length === 0,
    );
    return { file, outcome: isRight ? 'ok' : 'refused', sessions, notes: read.notes, problem: null };
  } catch (error) {
    return unreadable(`it could not be checked: ${messageOf(error)}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function linesOf({ file, outcome, sessions, notes, problem }: FileCheck): readonly string[] {
  if (problem !== null) return [`${outcome}  ${file}: ${problem}`];
  const profiles = [...new Set(sessions.map(({ profile }) => profile))].join(', ');
  const sum = (half: 'recorded' | 'emulated'): string =>
    count(
      sessions.reduce((all, session) => all + session[half].shapes, 0),
      'shape',
    );
  const first = `${outcome.padEnd(10)}  ${file}: ${profiles}, ${sum('recorded')} recorded, ${sum('emulated')} of the emulator`;
  const below = sessions.flatMap((session) => [
    ...deviationLines('recording', 'line', session.recorded.deviations),
    ...deviationLines('emulator', 'message', session.emulated.deviations),
    ...session.notes.map((note) => `(${note})`),
  ]);
  return [first, ...[...below, ...notes.map((note) => `(${note})`)].map((line) => `            ${line}`)];
}

function deviationLines(whose: string, place: string, deviations: readonly Deviation[]): string[] {
  const shown = deviations
    .slice(0, shownDeviations)
    .map(({ rule, line, detail }) => `${whose}, ${isOwn(rule) ? 'line' : place} ${line}: ${rule}: ${detail}`);
  const more = deviations.length - shown.length;
  return more > 0 ? [...shown, `${whose}: and ${more} more`] : shown;
}

/** Those have the line of the recording. */
function isOwn(rule: string): boolean {
  return emulatorRules.some(({ id }) => id === rule);
}

/** The grammar, for people: one rule after the other; then those that only the emulator's half can break. */
export function ruleLines(): string[] {
  const ofGrammar = grammar.flatMap(({ id, profiles, says, source }) => [
    id,
    `  ${says}`,
    `  profiles: ${profiles.length === profileNames.length ? 'all' : profiles.join(', ')}`,
    `  source: ${source}`,
    '',
  ]);
  const ofEmulator = emulatorRules.flatMap(({ id, says, source }) => [id, `  ${says}`, `  source: ${source}`, '']);
  return [...ofGrammar, "Of the emulator's half alone:", '', ...ofEmulator];
}
