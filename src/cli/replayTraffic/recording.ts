/**
 * A recording: one session of recorded traffic, read from JSON lines `{"dir":"sent"|"received","msg":{…},"t":seconds?}`.
 *
 * Owns what the replay takes from one, and what is said about one that is odd. Reads text alone: no file, no socket.
 * docs/RECORDINGS.md describes the form.
 */
import type { LifelineConfig } from '../../options.js';
import { isFields, type Fields } from '../../wire/shape.js';
import { count, parse, readLines, type Line } from '../recordings/lines.js';
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

export function readRecording(text: string): ReadRecording {
  const read = readLines(text);
  if (!read.ok) return read;
  const received = read.lines.filter(({ dir }) => dir === 'received');
  if (received.length === 0) return { ok: false, reason: 'nothing was received in it' };
  return { ok: true, recording: assemble(read.lines, received, [...read.notes]) };
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
