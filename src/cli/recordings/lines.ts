/**
 * The lines of a recording: `{"dir":"sent"|"received","msg":{…},"t":seconds?}`, one message each.
 *
 * Owns what counts as a recording. Reads text alone, and knows nothing of messages. docs/RECORDINGS.md describes the form.
 */
import { isFields } from '../../wire/shape.js';

export interface Line {
  /** In the file, from 1. */
  readonly line: number;
  readonly dir: 'sent' | 'received';
  /** The message, or the text of it. */
  readonly msg: unknown;
  readonly seconds: number | null;
}

export type ReadLines =
  | { readonly ok: true; readonly lines: readonly Line[]; readonly notes: readonly string[] }
  | { readonly ok: false; readonly reason: string };

export function readLines(text: string): ReadLines {
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
  return { ok: true, lines, notes };
}

function secondsOf(value: unknown): number | null {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : null;
}

/** undefined: no JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refuse(reason: string): ReadLines {
  return { ok: false, reason };
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
