/**
 * A recording: one session of recorded traffic, read from JSON lines `{"dir":"sent"|"received","msg":{…},"t":seconds?}`.
 *
 * Owns what counts as a recording and what is said about one that is odd. Reads text alone: no file, no socket.
 * docs/RECORDINGS.md describes the form.
 */
import type { LifelineConfig } from '../../options.js';
import { isFields, type Fields } from '../../wire/shape.js';
import { configFrom, modelFrom } from './setup.js';

export interface RecordedFrame {
  /** In the file, from 1; 0 for a setupComplete that was put in front. */
  readonly line: number;
  /** What goes on the wire. */
  readonly text: string;
  /** What the session has to deliver for it; null for what is no message, which it has to skip. */
  readonly message: Fields | null;
  /** After the setup; as recorded. */
  readonly dueMs: number;
  readonly isGoAway: boolean;
}

export interface Recording {
  readonly frames: readonly RecordedFrame[];
  readonly model: string;
  readonly config: LifelineConfig;
  readonly isTimed: boolean;
  /** What a reader of the report should know about the file. */
  readonly notes: readonly string[];
}

export type ReadRecording =
  | { readonly ok: true; readonly recording: Recording }
  | { readonly ok: false; readonly reason: string };

interface Line {
  readonly line: number;
  readonly dir: 'sent' | 'received';
  readonly msg: unknown;
  readonly seconds: number | null;
}

export function readRecording(text: string): ReadRecording {
  const raw = text.replace(/^\uFEFF/, '').split('\n');
  const numbered = raw
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .filter(({ content }) => content !== '');
  if (numbered.length === 0) return refuse('it is empty');
  const notes: string[] = [];
  const lines: Line[] = [];
  const others: number[] = [];
  for (const { content, line } of numbered) {
    const value = parse(content);
    if (value === undefined) {
      // A recorder that was killed leaves half a line, and no line break after it.
      const isCutOff = line === raw.length && lines.length > 0;
      if (!isCutOff) return refuse(`line ${line} is not JSON`);
      notes.push(`line ${line} is cut off and was left out`);
    } else if (isFields(value) && (value['dir'] === 'sent' || value['dir'] === 'received') && 'msg' in value) {
      lines.push({ line, dir: value['dir'], msg: value['msg'], seconds: secondsOf(value['t']) });
    } else {
      if (lines.length === 0 && isFields(value) && value['format'] === 'gemini-lifeline-trace')
        return refuse('it is a trace of gemini-lifeline, not recorded traffic');
      others.push(line);
    }
  }
  if (lines.length === 0)
    return refuse(`line ${others[0] ?? 1} has no dir ("sent" or "received") with a msg, nor has any other`);
  if (others.length > 0)
    notes.push(`${count(others.length, 'line')} without dir and msg left out, the first is line ${others[0]}`);
  const received = lines.filter(({ dir }) => dir === 'received');
  if (received.length === 0) return refuse('nothing was received in it');
  return { ok: true, recording: assemble(lines, received, notes) };
}

function assemble(lines: readonly Line[], received: readonly Line[], notes: string[]): Recording {
  const setup = setupIn(lines);
  if (setup === null) notes.push('no setup was sent in it: default model and config');
  const startSeconds = lines.find(({ seconds }) => seconds !== null)?.seconds ?? 0;
  const frames: RecordedFrame[] = [];
  let dueMs = 0;
  for (const { line, msg, seconds } of received) {
    // A clock that ran backwards must not reorder the frames.
    if (seconds !== null) dueMs = Math.max(dueMs, (seconds - startSeconds) * 1_000);
    frames.push(frameOf(line, msg, dueMs));
  }
  const skipped = frames.filter(({ message }) => message === null).length;
  if (skipped > 0) notes.push(`${count(skipped, 'received value')} that is no object: the session has to skip it`);
  if (!frames.some(({ message }) => message !== null && 'setupComplete' in message)) {
    frames.unshift(frameOf(0, { setupComplete: {} }, 0));
    notes.push('no setupComplete was received in it: one was put in front');
  }
  const isTimed = received.some(({ seconds }) => seconds !== null);
  return { frames, model: modelFrom(setup), config: configFrom(setup), isTimed, notes };
}

function frameOf(line: number, msg: unknown, dueMs: number): RecordedFrame {
  // Some recorders keep the frame as the text it was.
  const asText = typeof msg === 'string' ? parse(msg) : undefined;
  const message = isFields(msg) ? msg : isFields(asText) ? asText : null;
  const text = message !== null && typeof msg === 'string' ? msg : JSON.stringify(msg, null, 2);
  return { line, text, message, dueMs, isGoAway: message !== null && isFields(message['goAway']) };
}

function setupIn(lines: readonly Line[]): Fields | null {
  for (const { dir, msg } of lines) {
    const message = typeof msg === 'string' ? parse(msg) : msg;
    if (dir === 'sent' && isFields(message) && isFields(message['setup'])) return message['setup'];
  }
  return null;
}

function secondsOf(value: unknown): number | null {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(reason: string): ReadRecording {
  return { ok: false, reason };
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
