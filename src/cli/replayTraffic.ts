/**
 * `gemini-lifeline replay-traffic DIR`: recorded traffic of the Live API, served to a real client with this library, and
 * what the client got compared with what was recorded.
 *
 * Owns the list of files, the order of the report and its words. Everything is printed through `print`; the caller sets
 * the exit code with `exitCodeOf`. docs/RECORDINGS.md describes the files.
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { systemClock } from '../clock.js';
import { recordingsIn } from './recordings/folder.js';
import { readRecording } from './replayTraffic/recording.js';
import { replayFile, type ReplayOptions } from './replayTraffic/replayFile.js';

export interface ReplayTrafficOptions {
  /** A folder of `*.jsonl` files, or one such file. */
  readonly dir: string;
  /** Print nothing: the caller prints the report as one JSON object. */
  readonly json: boolean;
  /** Serve every frame at once, also where the recording has times. */
  readonly atOnce: boolean;
  /**
   * How much faster than recorded, above 0.
   * @default 1
   */
  readonly speed?: number;
  print(line: string): void;
}

export interface FileReport {
  readonly file: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Frames served, the one that was put in front included; 0 when skipped. */
  readonly frames: number;
  readonly delivered: number;
  readonly connections: number;
  readonly timed: boolean;
  readonly seconds: number;
  readonly notes: readonly string[];
  /** Why it failed, or was skipped. */
  readonly problems: readonly string[];
}

export interface TrafficReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly files: readonly FileReport[];
}

/** Timed recordings are mostly waiting, so several run side by side. */
const atATime = 8;
/** A replay that takes this long is said beforehand. */
const longSeconds = 30;

/** @throws when the folder cannot be read, has no `*.jsonl` file, or @google/genai is not installed. */
export async function replayTraffic(options: ReplayTrafficOptions): Promise<TrafficReport> {
  const { dir, json, atOnce, speed = 1, print } = options;
  if (!(speed > 0)) throw new Error(`The speed is ${speed}; it is a number above 0.`);
  const paths = await recordingsIn(dir);
  const replay: ReplayOptions = { speed: atOnce ? Infinity : speed, createClient: await clientFactory() };
  const files: FileReport[] = Array.from({ length: paths.length });
  let next = 0;
  let printed = 0;
  /** In the order of the names, whichever is done first. */
  const tell = (): void => {
    if (json) return;
    for (let file = files[printed]; file !== undefined; file = files[printed]) {
      for (const line of linesOf(file)) print(line);
      printed += 1;
    }
  };
  const work = async (): Promise<void> => {
    while (next < paths.length) {
      const index = next;
      next += 1;
      files[index] = await reportOf(paths[index] as string, replay, json ? () => {} : print);
      tell();
    }
  };
  await Promise.all(Array.from({ length: Math.min(atATime, paths.length) }, work));
  const total = (outcome: FileReport['outcome']) => files.filter((file) => file.outcome === outcome).length;
  const report = { passed: total('passed'), failed: total('failed'), skipped: total('skipped'), files };
  if (!json) print(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped`);
  return report;
}

/** 1 for any difference, and when nothing was compared at all. */
export function exitCodeOf({ passed, failed }: TrafficReport): 0 | 1 {
  return failed > 0 || passed === 0 ? 1 : 0;
}

async function clientFactory(): Promise<ReplayOptions['createClient']> {
  try {
    const { GoogleGenAI } = await import('@google/genai');
    // The key opens nothing: the server is ours. Without `vertexai` the environment could make it another client.
    return (baseUrl) => new GoogleGenAI({ apiKey: 'replay-traffic', vertexai: false, httpOptions: { baseUrl } });
  } catch (cause) {
    throw new Error('replay-traffic needs the official SDK: npm install @google/genai', { cause });
  }
}

async function reportOf(path: string, options: ReplayOptions, print: (line: string) => void): Promise<FileReport> {
  const file = basename(path);
  const startedAtMs = systemClock.now();
  const skip = (reason: string): FileReport => ({
    file,
    outcome: 'skipped',
    frames: 0,
    delivered: 0,
    connections: 0,
    timed: false,
    seconds: 0,
    notes: [],
    problems: [reason],
  });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return skip(`it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = readRecording(text);
  if (!read.ok) return skip(read.reason);
  const { recording } = read;
  const seconds = (recording.frames.at(-1)?.dueMs ?? 0) / 1_000 / options.speed;
  if (seconds >= longSeconds)
    print(`${file} takes ${Math.round(seconds)} s; --speed 10 is ten times as fast, --at-once waits for nothing`);
  const { delivered, connections, differences, notes } = await replayFile(recording, options);
  return {
    file,
    outcome: differences.length === 0 ? 'passed' : 'failed',
    frames: recording.frames.length,
    delivered,
    connections,
    timed: recording.isTimed && Number.isFinite(options.speed),
    seconds: (systemClock.now() - startedAtMs) / 1_000,
    notes,
    problems: differences,
  };
}

function linesOf({ file, outcome, delivered, seconds, timed, notes, problems }: FileReport): readonly string[] {
  const took = `${seconds.toFixed(1)} s${timed ? ' as recorded' : ''}`;
  const first =
    outcome === 'skipped'
      ? `skipped  ${file}: ${problems[0]}`
      : `${outcome}   ${file}: ${delivered} messages in ${took}`;
  const below = outcome === 'skipped' ? [] : [...problems, ...notes.map((note) => `(${note})`)];
  return [first, ...below.map((line) => `         ${line}`)];
}
