/**
 * Frame: one WebSocket message of the service, read into a ServerMessage.
 *
 * Owns the forms a frame may have (text, bytes, Blob, parsed object) and the order of frames that are read one after
 * the other. Never throws for a bad frame, and never repeats more than its first characters.
 */
import type { LiveServerMessage } from '@google/genai';
import type { FrameData } from '../transport/port.js';
import { toServerMessage } from './serverMessage.js';
import { isFields } from './shape.js';

export type ReadResult =
  | { readonly ok: true; readonly message: LiveServerMessage; readonly bytes: number }
  /** `detail` says what is wrong in words; of the frame it holds 40 characters at most, and none of a long string in it. */
  | { readonly ok: false; readonly reason: 'badJson' | 'notObject'; readonly bytes: number; readonly detail: string };

/** Reads one frame. A promise for a Blob alone, and it never rejects. */
export function readFrame(data: FrameData): ReadResult | Promise<ReadResult> {
  if (typeof data === 'string') return parse(data, utf8Bytes(data));
  if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) return parse(decoder.decode(data), data.byteLength);
  if (isBlob(data)) return readBlob(data);
  return accept(data, 0); // parsed already: nobody knows its size any more
}

/** Hands on frames in the order in which they came, whatever their form: at once unless a Blob is still being read. */
export class FrameReader {
  readonly #deliver: (result: ReadResult) => void;
  readonly #onError: ((error: unknown) => void) | undefined;
  /** Frames not delivered yet; the first is the one being read. Empty means: nothing to wait for. */
  readonly #pending: FrameData[] = [];

  /** `onError` gets what `deliver` throws; the frames behind it are delivered all the same. */
  constructor(deliver: (result: ReadResult) => void, onError?: (error: unknown) => void) {
    this.#deliver = deliver;
    this.#onError = onError;
  }

  read(data: FrameData): void {
    this.#pending.push(data);
    // A frame that comes while another is delivered (by a callback) or read waits for its turn.
    if (this.#pending.length === 1) this.#drain();
  }

  #drain(): void {
    while (this.#pending.length > 0) {
      const result = readFrame(this.#pending[0] as FrameData);
      if (result instanceof Promise) {
        void result.then((late) => {
          this.#finish(late);
          this.#drain();
        });
        return;
      }
      this.#finish(result);
    }
  }

  #finish(result: ReadResult): void {
    try {
      this.#deliver(result);
    } catch (error) {
      try {
        this.#onError?.(error);
      } catch {
        // The reporter itself failed; there is nobody left to tell, and the frames behind it matter more.
      }
    }
    this.#pending.shift();
  }
}

const decoder = new TextDecoder();

function parse(text: string, bytes: number): ReadResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'badJson', bytes, detail: `not JSON: ${excerpt(text)}` };
  }
  return accept(value, bytes);
}

function accept(value: unknown, bytes: number): ReadResult {
  if (isFields(value)) return { ok: true, message: toServerMessage(value), bytes };
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  return { ok: false, reason: 'notObject', bytes, detail: `JSON, but ${kind} and not an object` };
}

async function readBlob(blob: Blob): Promise<ReadResult> {
  try {
    return parse(await blob.text(), blob.size);
  } catch {
    return { ok: false, reason: 'badJson', bytes: blob.size, detail: 'the Blob could not be read' };
  }
}

/** A Blob of another realm or a polyfill is no instance of ours. */
function isBlob(data: object): data is Blob {
  if (!isFields(data)) return false;
  return (
    (typeof Blob !== 'undefined' && data instanceof Blob) ||
    ('size' in data && 'text' in data && typeof data.text === 'function')
  );
}

/** Enough to tell a proxy's HTML page from a cut frame. A quoted string or a long word may be a handle, a key or speech. */
function excerpt(text: string): string {
  const start = text
    .slice(0, 400)
    .replaceAll(/"(?:[^"\\]|\\[^])*(?:"|\\?$)/g, '"…"')
    .replaceAll(/[\w+/=.-]{17,}/g, '…')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return start.length > 40 ? `${start.slice(0, 39)}…` : start;
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) bytes += unit > 0x7_ff && (unit < 0xd8_00 || unit > 0xdf_ff) ? 2 : 1;
  }
  return bytes;
}
