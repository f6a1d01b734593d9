/**
 * Reads one client frame into exactly one message, or says how the service refuses it.
 *
 * Owns the shape of client messages. Never knows the state of a connection: whether a message fits there is
 * conversation.ts.
 */
import { camelKeys, isFields, textOf, type Fields } from './fields.js';
import { base64Bytes, sampleRate } from '../model/pcm.js';
import { alreadySet, closings, invalidValue, unknownName, type Closing } from './refusals.js';

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
  | { readonly kind: 'contextUpdate'; readonly systemInstruction: string };

const unionMembers = ['setup', 'clientContent', 'realtimeInput', 'toolResponse', 'contextUpdate'];
const realtimeMembers = [
  'audio',
  'video',
  'text',
  'activityStart',
  'activityEnd',
  'audioStreamEnd',
  'mediaChunks',
  'media',
];

function readMedia(value: unknown, at: string): Media | Closing {
  if (!isFields(value)) return invalidValue(at, 'Blob', value);
  const { data = '', mimeType = '' } = value;
  if (typeof data !== 'string') return invalidValue(`${at}.data`, 'TYPE_BYTES', data);
  const bytes = base64Bytes(data);
  const type = String(mimeType);
  const audio = type === '' || type.startsWith('audio/');
  const rate = sampleRate(type);
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
    const media = readMedia(blob, 'inline_data');
    if ('code' in media) continue;
    if (String(blob['mimeType']).startsWith('audio/')) audioMs += media.audioMs;
    else images++;
  }
  return { role: typeof content['role'] === 'string' ? content['role'] : 'user', text: textOf(value), audioMs, images };
}

function readRealtime(input: Fields): ClientMessage | Closing {
  const keys = Object.keys(input);
  const stranger = keys.find((key) => !realtimeMembers.includes(key));
  if (stranger !== undefined) return unknownName(stranger, 'realtime_input');
  const set = keys.filter((key) => input[key] !== undefined && input[key] !== null && input[key] !== false);
  const [key] = set;
  if (set.length !== 1 || key === undefined) return closings.invalidArgument;
  const value = input[key];
  switch (key) {
    case 'text':
      return typeof value === 'string'
        ? { kind: 'text', text: value }
        : invalidValue('realtime_input.text', 'TYPE_STRING', value);
    case 'activityStart':
    case 'activityEnd':
    case 'audioStreamEnd':
      return { kind: key };
    case 'audio':
    case 'video': {
      const media = readMedia(value, `realtime_input.${key}`);
      return 'code' in media ? media : { kind: key, media };
    }
    default: {
      // mediaChunks, the older form: only one chunk at a time was ever sent by the SDKs.
      const blob: unknown = Array.isArray(value) ? value[0] : value;
      const media = readMedia(blob, 'realtime_input.media_chunks');
      if ('code' in media) return media;
      const video = isFields(blob) && !String(blob['mimeType']).startsWith('audio/');
      return { kind: video ? 'video' : 'audio', media };
    }
  }
}

/** Beside the response or, as the first guides had it, inside. */
function readScheduling(response: Fields): FunctionResponse['scheduling'] {
  const inner = response['response'];
  const scheduling = response['scheduling'] ?? (isFields(inner) ? inner['scheduling'] : undefined);
  return scheduling === 'INTERRUPT' || scheduling === 'SILENT' ? scheduling : 'WHEN_IDLE';
}

function readToolResponse(value: Fields): ClientMessage | Closing {
  const stranger = Object.keys(value).find((key) => key !== 'functionResponses');
  if (stranger !== undefined) return unknownName(stranger, 'tool_response');
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

/** Text or UTF-8 bytes of JSON. */
export function readClientMessage(data: string | Uint8Array): ClientMessage | Closing {
  let parsed: unknown;
  try {
    parsed = JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data));
  } catch {
    return closings.notJson;
  }
  if (!isFields(parsed)) return closings.notJson;
  const message = camelKeys(parsed) as Fields;
  const keys = Object.keys(message);
  const stranger = keys.find((key) => !unionMembers.includes(key));
  if (stranger !== undefined) return unknownName(stranger, '');
  const [member, second] = keys;
  if (member === undefined) return closings.invalidArgument;
  if (second !== undefined) return alreadySet(second);
  const value = message[member];
  if (!isFields(value)) return invalidValue(member, 'object', value);
  switch (member) {
    case 'setup':
      return { kind: 'setup', setup: value };
    case 'clientContent': {
      const stray = Object.keys(value).find((key) => key !== 'turns' && key !== 'turnComplete');
      if (stray !== undefined) return unknownName(stray, 'client_content');
      const turns = Array.isArray(value['turns']) ? (value['turns'] as unknown[]) : [];
      return { kind: 'content', turns: turns.map(readContentTurn), turnComplete: value['turnComplete'] === true };
    }
    case 'realtimeInput':
      return readRealtime(value);
    case 'toolResponse':
      return readToolResponse(value);
    default:
      return { kind: 'contextUpdate', systemInstruction: textOf(value['systemInstruction']) };
  }
}
