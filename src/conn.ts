/**
 * The SDK's `Session.conn`, for code that writes wire messages itself: they take the same way as all others, through
 * validation, outbox and gate. Owns the reading of such a message; opens and closes nothing.
 */
import type {
  LiveSendClientContentParameters,
  LiveSendRealtimeInputParameters,
  LiveSendToolResponseParameters,
} from '@google/genai';
import { LifelineError } from './errors.js';
import type { ContextUpdate } from './wire/clientMessage.js';

interface Senders {
  sendClientContent(params: LiveSendClientContentParameters): unknown;
  sendRealtimeInput(params: LiveSendRealtimeInputParameters): unknown;
  sendToolResponse(params: LiveSendToolResponseParameters): unknown;
  sendContextUpdate(params: ContextUpdate): unknown;
}

/** @throws LifelineError `invalidMessage` when `text` is not one client message in JSON. */
export function sendRaw(text: string, senders: Senders): void {
  const message = parse(text);
  const keys = Object.keys(message);
  const [key] = keys;
  const body = key === undefined ? undefined : message[key];
  if (keys.length !== 1 || typeof body !== 'object' || body === null) refuse(`an object with ${keys.length} fields`);
  switch (key) {
    case 'clientContent':
      // The senders check every field; the types say what they expect.
      return void senders.sendClientContent(body);
    case 'realtimeInput':
      return void senders.sendRealtimeInput(body);
    case 'toolResponse':
      return void senders.sendToolResponse(body as LiveSendToolResponseParameters);
    case 'contextUpdate':
      return void senders.sendContextUpdate(body);
    default:
      return refuse(String(key));
  }
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below, with the rest.
  }
  return refuse('text that is no JSON object');
}

function refuse(what: string): never {
  throw new LifelineError('invalidMessage', `conn.send was given ${what}; it takes one client message in JSON.`, {
    phase: 'send',
  });
}
