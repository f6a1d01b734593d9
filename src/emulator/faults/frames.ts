/**
 * Frames as faults see them: what kind of message one is, and what can be made of it.
 *
 * Owns reading and rewriting. Parses a frame only when it is asked. Never sends anything.
 */
import { isFields, type Fields } from '../protocol/fields.js';
import type { FaultAction } from './fault.js';
import type { FrameForm } from './line.js';

export type FrameBytes = string | Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A message on its way, as far as faults have changed it. */
export class Frame {
  data: FrameBytes;
  /** WebSocket fragments it leaves in. */
  parts = 1;
  /** How often it leaves. */
  copies = 1;
  /** Bytes leave as a text frame. */
  text = false;
  readonly fromClient: boolean;
  #kinds: readonly string[] | null = null;

  constructor(data: FrameBytes, fromClient: boolean) {
    this.data = data;
    this.fromClient = fromClient;
  }

  /** Of the message as it came, the most telling first; none when it is no message. */
  get kinds(): readonly string[] {
    if (this.#kinds === null) {
      const message = parseFrame(this.data);
      if (message === null) this.#kinds = [];
      else this.#kinds = this.fromClient ? clientKinds(message) : serverKinds(message);
    }
    return this.#kinds;
  }

  /** How it leaves, where that is not as usual. */
  get form(): FrameForm | undefined {
    return this.text || this.parts > 1 ? { text: this.text, fragments: this.parts } : undefined;
  }

  /** Sets the fields at these paths. A frame that is no message stays as it is. */
  edit(changes: Fields): void {
    const message = parseFrame(this.data);
    if (message === null) return;
    for (const [path, value] of Object.entries(changes)) setAt(message, path.split('.'), value);
    this.data = typeof this.data === 'string' ? JSON.stringify(message) : encodeMessage(message);
  }
}

/** null: not a JSON object. */
export function parseFrame(data: FrameBytes): Record<string, unknown> | null {
  try {
    const parsed: unknown = JSON.parse(typeof data === 'string' ? data : decoder.decode(data));
    return isFields(parsed) ? { ...parsed } : null;
  } catch {
    return null;
  }
}

/** null: not UTF-8. */
export function strictText(data: FrameBytes): string | null {
  try {
    return typeof data === 'string' ? data : new TextDecoder('utf-8', { fatal: true }).decode(data);
  } catch {
    return null;
  }
}

/** A server message, encoded as the service does it. */
export function encodeMessage(message: object): Uint8Array {
  return encode(`${JSON.stringify(message, null, 2)}\n`);
}

const slabBytes = 65_536;
let slab = new Uint8Array(slabBytes);
let used = 0;

/** Out of one piece of memory for many frames: a buffer each, 10,000 a second, keeps the collector of garbage busy. */
function encode(text: string): Uint8Array {
  const most = 3 * text.length;
  if (most > slabBytes) return encoder.encode(text);
  if (used + most > slabBytes) {
    slab = new Uint8Array(slabBytes);
    used = 0;
  }
  const from = used;
  used += encoder.encodeInto(text, slab.subarray(from)).written;
  return slab.subarray(from, used);
}

/** The bytes of a `garbage` action. */
export function garbageOf(action: Extract<FaultAction, { do: 'garbage' }>): Uint8Array {
  const { data, bytes = data === undefined ? 16 : 0 } = action;
  if (data === undefined) return new Uint8Array(bytes).fill(0xff);
  const start = encoder.encode(data);
  const padded = new Uint8Array(Math.max(bytes, start.length)).fill(0x20);
  padded.set(start);
  return padded;
}

export interface SetupFacts {
  /** Without `models/` or what stands before it. */
  readonly model: string | null;
  readonly handle: string | null;
}

/** null: the message is no setup. */
export function setupFacts(data: FrameBytes): SetupFacts | null {
  const message = parseFrame(data);
  if (message === null || !isFields(message['setup'])) return null;
  const { setup } = message;
  const { model } = setup;
  const resumption = setup['sessionResumption'] ?? setup['session_resumption'];
  const handle = isFields(resumption) ? resumption['handle'] : null;
  return {
    model: typeof model === 'string' ? model.replace(/^.*models\//, '') : null,
    handle: typeof handle === 'string' && handle !== '' ? handle : null,
  };
}

/** The setup without its handle. */
export function withoutHandle(data: FrameBytes): FrameBytes {
  const message = parseFrame(data);
  const setup = message?.['setup'];
  if (message === null || !isFields(setup)) return data;
  const key = 'session_resumption' in setup ? 'session_resumption' : 'sessionResumption';
  const rest = isFields(setup[key]) ? { ...(setup[key] as Record<string, unknown>) } : {};
  delete rest['handle'];
  return JSON.stringify({ ...message, setup: { ...setup, [key]: rest } });
}

function serverKinds(message: Fields): string[] {
  const keys = Object.keys(message);
  if (keys.length === 0) return ['empty'];
  const content = isFields(message['serverContent']) ? Object.keys(message['serverContent']) : [];
  return [...content, ...keys];
}

const realtimeKinds = ['audio', 'video', 'text', 'activityStart', 'activityEnd', 'audioStreamEnd'];

function clientKinds(message: Fields): string[] {
  return Object.keys(message).flatMap((key) => {
    if (key === 'clientContent' || key === 'client_content') return ['content'];
    if (key === 'realtimeInput' || key === 'realtime_input') return realtime(message[key]);
    return [key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
  });
}

function realtime(input: unknown): string[] {
  if (!isFields(input)) return [];
  return Object.entries(input).flatMap(([key, value]) => {
    const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (realtimeKinds.includes(name)) return [name];
    const chunk: unknown = Array.isArray(value) ? value[0] : value;
    const type = isFields(chunk) ? String(chunk['mimeType'] ?? chunk['mime_type']) : '';
    return [type.startsWith('audio/') ? 'audio' : 'video'];
  });
}

/** `null` removes the field. What is on the way is copied, or made; a list takes numbers. */
function setAt(holder: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (key === '__proto__') return;
  if (rest.length > 0) {
    const inner = holder[key];
    if (value === null && (inner === undefined || inner === null)) return;
    const copy = Array.isArray(inner) ? [...(inner as unknown[])] : isFields(inner) ? { ...inner } : {};
    holder[key] = copy;
    setAt(copy as Record<string, unknown>, rest, value);
  } else if (value === null) delete holder[key];
  else holder[key] = value;
}
