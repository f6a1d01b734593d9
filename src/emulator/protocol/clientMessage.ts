/**
 * Reads one client frame into exactly one message, or says how the service refuses it.
 *
 * Owns the shape of client messages. Never knows the state of a connection: whether a message fits there is
 * conversation.ts.
 */
import { base64Bytes, sampleRate } from '../model/pcm.js';
import { isFields, textOf, type Fields } from './fields.js';
import { readFunctions, type FunctionDeclaration } from './functions.js';
import { closings, isClosing, type Closing } from './refusals.js';
import { messageShape } from './schema/shapes.js';
import { readShape, type Dialect } from './walk.js';

export interface Media {
  /** Base64 as it came. */
  readonly data: string;
  readonly bytes: number;
  /** 0 for video. */
  readonly audioMs: number;
  readonly rate: number;
}

export interface ContentTurn {
  readonly role: string;
  readonly text: string;
  readonly audioMs: number;
  readonly images: number;
}

export interface FunctionResponse {
  readonly id: string;
  readonly name: string;
  readonly response: Fields;
  /** For a function that does not block: what the model does about it. */
  readonly scheduling: 'INTERRUPT' | 'WHEN_IDLE' | 'SILENT';
  /** More responses to the same call follow. */
  readonly willContinue: boolean;
}

export type ClientMessage =
  | { readonly kind: 'setup'; readonly setup: Fields }
  | { readonly kind: 'content'; readonly turns: readonly ContentTurn[]; readonly turnComplete: boolean }
  | { readonly kind: 'audio' | 'video'; readonly media: Media }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'activityStart' | 'activityEnd' | 'audioStreamEnd' }
  | { readonly kind: 'toolResponse'; readonly responses: readonly FunctionResponse[] }
  /** null: not given, and left as it is. */
  | {
      readonly kind: 'contextUpdate';
      readonly systemInstruction: string | null;
      readonly functions: readonly FunctionDeclaration[] | null;
    };

const shape = messageShape('ClientMessage');
const decoder = new TextDecoder('utf-8', { fatal: true });

/** `value` has gone through the shape of a Blob. */
function readMedia(value: unknown): Media {
  const blob = isFields(value) ? value : {};
  const data = typeof blob['data'] === 'string' ? blob['data'] : '';
  const type = typeof blob['mimeType'] === 'string' ? blob['mimeType'] : '';
  const bytes = base64Bytes(data);
  const rate = sampleRate(type);
  const audio = type === '' || type.startsWith('audio/');
  return { data, bytes, audioMs: audio ? (bytes / 2 / rate) * 1_000 : 0, rate };
}

function readContentTurn(value: unknown): ContentTurn {
  const content = isFields(value) ? value : {};
  const parts = Array.isArray(content['parts']) ? (content['parts'] as unknown[]) : [];
  let audioMs = 0;
  let images = 0;
  for (const part of parts) {
    const blob = isFields(part) ? part['inlineData'] : undefined;
    if (!isFields(blob)) continue;
    if (String(blob['mimeType']).startsWith('audio/')) audioMs += readMedia(blob).audioMs;
    else images++;
  }
  return { role: typeof content['role'] === 'string' ? content['role'] : 'user', text: textOf(value), audioMs, images };
}

/** One member at a time is what clients send and what Google's SDKs insist on. */
function readRealtime(input: Fields): ClientMessage | Closing {
  const [key, second] = Object.keys(input).filter((name) => input[name] !== false);
  if (key === undefined || second !== undefined) return closings.invalidArgument;
  const value = input[key];
  switch (key) {
    case 'text':
      return { kind: 'text', text: String(value) };
    case 'activityStart':
    case 'activityEnd':
    case 'audioStreamEnd':
      return { kind: key };
    case 'audio':
    case 'video':
      return { kind: key, media: readMedia(value) };
    default: {
      // mediaChunks, the older form: only one chunk at a time was ever sent by the SDKs.
      const blob: unknown = Array.isArray(value) ? value[0] : undefined;
      const video = isFields(blob) && !String(blob['mimeType']).startsWith('audio/');
      return { kind: video ? 'video' : 'audio', media: readMedia(blob) };
    }
  }
}

/** Beside the response or, as the first guides had it, inside. */
function readScheduling(response: Fields): FunctionResponse['scheduling'] {
  const inner = response['response'];
  const scheduling = response['scheduling'] ?? (isFields(inner) ? inner['scheduling'] : undefined);
  return scheduling === 'INTERRUPT' || scheduling === 'SILENT' ? scheduling : 'WHEN_IDLE';
}

/** A result without an id is taken: that the Developer API wants one is a rule of the SDKs, not seen of the service. */
function readToolResponse(value: Fields): ClientMessage {
  const list = value['functionResponses'];
  const responses = (Array.isArray(list) ? (list as unknown[]) : []).filter(isFields).map((response) => ({
    id: typeof response['id'] === 'string' ? response['id'] : '',
    name: typeof response['name'] === 'string' ? response['name'] : '',
    response: isFields(response['response']) ? response['response'] : {},
    scheduling: readScheduling(response),
    willContinue: response['willContinue'] === true,
  }));
  return { kind: 'toolResponse', responses };
}

function readContextUpdate({ systemInstruction, tools }: Fields): ClientMessage {
  return {
    kind: 'contextUpdate',
    systemInstruction: systemInstruction === undefined ? null : textOf(systemInstruction),
    functions: isFields(tools) ? (readFunctions(tools['tools']) ?? []) : null,
  };
}

/** Text or UTF-8 bytes of JSON; `dialect` is that of the path. */
export function readClientMessage(data: string | Uint8Array, dialect: Dialect): ClientMessage | Closing {
  let parsed: unknown;
  try {
    parsed = JSON.parse(typeof data === 'string' ? data : decoder.decode(data));
  } catch {
    return closings.notJson;
  }
  const message = readShape(shape, parsed, dialect);
  if (isClosing(message)) return message;
  const [member] = Object.keys(message);
  const value = member === undefined ? undefined : message[member];
  if (!isFields(value)) return closings.invalidArgument;
  switch (member) {
    case 'setup':
      return { kind: 'setup', setup: value };
    case 'clientContent': {
      const turns = Array.isArray(value['turns']) ? (value['turns'] as unknown[]) : [];
      return { kind: 'content', turns: turns.map(readContentTurn), turnComplete: value['turnComplete'] === true };
    }
    case 'realtimeInput':
      return readRealtime(value);
    case 'toolResponse':
      return readToolResponse(value);
    default:
      return readContextUpdate(value);
  }
}
