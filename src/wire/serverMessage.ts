/**
 * ServerMessage: one message of the service as apps know it, with the `text` and `data` of the SDK's LiveServerMessage.
 *
 * Owns those two getters and the renaming of what Vertex AI names otherwise. Its enumerable keys are the wire's alone.
 * Never writes to the console, never throws for a message of an unexpected shape.
 */
import type { LiveServerMessage } from '@google/genai';
import { isFields, type Fields } from './shape.js';

export class ServerMessage {
  /** Takes over the top-level fields; what is inside them is shared with `wire`. */
  constructor(wire: object) {
    for (const [name, value] of Object.entries(wire)) {
      // A field named `text`, `data` or `__proto__` is defined, not assigned: no setter runs and no prototype changes.
      if (name in this)
        Object.defineProperty(this, name, { value, enumerable: true, configurable: true, writable: true });
      else (this as unknown as Fields)[name] = value;
    }
  }

  /** Text of the model turn without thoughts, or undefined when it has no text part. */
  get text(): string | undefined {
    let text: string | undefined;
    for (const part of partsOf(this as unknown as Fields)) {
      if (isFields(part) && typeof part['text'] === 'string' && part['thought'] !== true)
        text = (text ?? '') + part['text'];
    }
    return text;
  }

  /** Base64 of all inline data of the model turn, or undefined when there is none. */
  get data(): string | undefined {
    const chunks: string[] = [];
    for (const part of partsOf(this as unknown as Fields)) {
      const blob = isFields(part) ? part['inlineData'] : undefined;
      if (isFields(blob) && typeof blob['data'] === 'string' && blob['data'] !== '') chunks.push(blob['data']);
    }
    return chunks.length > 1 ? joinBase64(chunks) : chunks[0];
  }
}

/** Wraps a parsed message; fields that Vertex AI names otherwise get the names of the SDK. `wire` stays as it is. */
export function toServerMessage(wire: Fields): LiveServerMessage {
  const message = new ServerMessage(wire) as unknown as Fields;
  const usage = message['usageMetadata'];
  if (isFields(usage) && ('candidatesTokenCount' in usage || 'candidatesTokensDetails' in usage)) {
    message['usageMetadata'] = renamed(usage, {
      candidatesTokenCount: 'responseTokenCount',
      candidatesTokensDetails: 'responseTokensDetails',
    });
  }
  const activity = message['voiceActivity'];
  if (isFields(activity) && 'type' in activity && activity['voiceActivityType'] === undefined) {
    // The Developer API sends `type` too, and there the SDK hands it on under that name: apps may read either.
    message['voiceActivity'] = { ...activity, voiceActivityType: activity['type'] };
  }
  return message as unknown as LiveServerMessage;
}

function renamed(fields: Fields, names: Readonly<Record<string, string>>): Fields {
  const out: Fields = {};
  for (const [name, value] of Object.entries(fields)) {
    const wanted = Object.hasOwn(names, name) ? names[name] : undefined;
    if (wanted === undefined) define(out, name, value);
    // Where both names are there the service's own new one is right.
    else if (!Object.hasOwn(fields, wanted) && value !== null && value !== undefined) out[wanted] = value;
  }
  return out;
}

function define(out: Fields, name: string, value: unknown): void {
  Object.defineProperty(out, name, { value, enumerable: true, configurable: true, writable: true });
}

function partsOf(message: Fields): readonly unknown[] {
  const content = message['serverContent'];
  const turn = isFields(content) ? content['modelTurn'] : undefined;
  const parts = isFields(turn) ? turn['parts'] : undefined;
  return Array.isArray(parts) ? (parts as readonly unknown[]) : [];
}

function joinBase64(chunks: readonly string[]): string | undefined {
  try {
    // Google's Python tools write the URL alphabet; atob knows the standard one alone.
    return btoa(chunks.map((chunk) => atob(chunk.replaceAll('-', '+').replaceAll('_', '/'))).join(''));
  } catch {
    return undefined;
  }
}
