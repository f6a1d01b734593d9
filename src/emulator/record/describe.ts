/**
 * One line of the heard record for one client message.
 *
 * Owns what is kept of a message and how much. Never decides whether it was heard.
 */
import type { Utterance } from '../model/conversation.js';
import type { HeardMessage } from './heard.js';

/** Characters of base64 that are kept: enough for a stamp (watermark.ts). */
const headLength = 96;
const textLength = 2_000;

/** `length` is the size of the whole frame. */
export function describeMessage(message: Utterance, connection: number, index: number, length: number): HeardMessage {
  const media = message.kind === 'audio' || message.kind === 'video' ? message.media : null;
  return {
    connection,
    index,
    kind: message.kind,
    bytes: media?.bytes ?? length,
    head: media === null ? '' : detached(media.data, headLength),
    text: detached(textOf(message), textLength),
  };
}

/** A copy of the start: a mere slice would keep the whole frame in memory as long as the record lives. */
export function detached(text: string, length: number): string {
  if (text.length <= length) return text;
  // Nine times as quick as putting it together character by character, which counts at 10,000 frames a second.
  return JSON.parse(JSON.stringify(text.slice(0, length))) as string;
}

function textOf(message: Utterance): string {
  switch (message.kind) {
    case 'text':
      return message.text;
    case 'content':
      return message.turns.map((turn) => turn.text).join('\n');
    case 'contextUpdate':
      return message.systemInstruction ?? '';
    case 'toolResponse':
      return JSON.stringify(message.responses);
    default:
      return '';
  }
}
