/**
 * ClientMessage: one message from the app to the service, checked and encoded as the JSON text to write.
 *
 * Owns what each of the four senders accepts: all of it is checked before a single byte is written, and a refusal names
 * the key. Never writes, never queues, and never keeps or changes the parameters it is given.
 */
import type {
  ContentUnion,
  LiveSendClientContentParameters,
  LiveSendRealtimeInputParameters,
  LiveSendToolResponseParameters,
  ToolListUnion,
} from '@google/genai';
import { LifelineError } from '../errors.js';
import type { Provider } from '../transport/port.js';
import { encodeBlob, type EncodedBlob } from './blob.js';
import { contentFor, textOf, toContent, toContents } from './content.js';
import { isFields, type Fields, type Refusal } from './shape.js';
import { toTools } from './tools.js';

export type ClientMessageKind =
  | 'audio'
  | 'video'
  | 'text'
  | 'activityStart'
  | 'activityEnd'
  | 'audioStreamEnd'
  | 'content'
  | 'toolResponse'
  | 'contextUpdate';

export interface ClientMessageTurn {
  readonly role: 'user' | 'model' | 'system';
  readonly text: string;
}

export interface ClientMessage {
  readonly kind: ClientMessageKind;
  /** The JSON text to write. */
  readonly text: string;
  /** Size of `text` in UTF-8. */
  readonly bytes: number;
  /** `content`: whether the client turn ends with this message. */
  readonly turnComplete?: boolean;
  /** `toolResponse`: the calls it answers; on Vertex AI a response without an id is left out. */
  readonly callIds?: readonly string[];
  /** Length of `audio` in milliseconds, from its size and rate (16-bit mono PCM); absent for any other coding. */
  readonly audioMs?: number;
  /** What the user said in words: `text`, or the user-role text of `content`. Absent when there is none. */
  readonly userText?: string;
  /** `content` and `contextUpdate`: the turns that have text, in order. */
  readonly turns?: readonly ClientMessageTurn[];
}

/** No parameters at all end the client turn, as in the SDK. */
export function encodeClientContent(
  params: LiveSendClientContentParameters | undefined,
  provider: Provider,
): ClientMessage {
  const fields = known(params ?? {}, contentKeys, 'sendClientContent');
  // As in the SDK: left out means true, an explicit undefined means false.
  const turnComplete = 'turnComplete' in fields ? fields['turnComplete'] : true;
  if (turnComplete !== undefined && typeof turnComplete !== 'boolean')
    throw refusal('turnComplete', 'must be true or false');
  const given = fields['turns'];
  const contents = given === undefined || given === null ? undefined : toContents(given, 'turns', refusal);
  const turns =
    provider === 'developer'
      ? contents?.map((content, index) => contentFor(provider, content, `turns[${index}]`, refusal))
      : contents;
  const spoken = (contents ?? []).map(turnOf).filter((turn) => turn.text !== '');
  const userText = spoken
    .filter((turn) => turn.role === 'user')
    .map((turn) => turn.text)
    .join('\n');
  return {
    ...encoded('content', { clientContent: { turns, turnComplete } }),
    turnComplete: turnComplete === true,
    turns: spoken,
    ...(userText === '' ? {} : { userText }),
  };
}

/** Exactly one field: the server takes one of them per message. */
export function encodeRealtimeInput(params: LiveSendRealtimeInputParameters, _provider: Provider): ClientMessage {
  const fields = known(params, realtimeKeys, 'sendRealtimeInput');
  let key: string | undefined;
  for (const name in fields) {
    if (fields[name] === undefined || fields[name] === null) continue;
    if (key !== undefined) throw refusal(name, `cannot go into one message with ${key}; send them one after the other`);
    key = name;
  }
  if (key === undefined) throw refusal('sendRealtimeInput', `needs one of ${realtimeKeys.join(', ')}`);
  const value = fields[key];
  switch (key) {
    case 'audio':
      return media('audio', encodeBlob(value, 'audio', refusal));
    case 'video':
      return media('video', encodeBlob(value, 'video', refusal));
    case 'media':
      return mediaChunks(value);
    case 'text':
      if (typeof value !== 'string') throw refusal('text', 'must be a string');
      return { ...encoded('text', { realtimeInput: { text: value } }), ...(value === '' ? {} : { userText: value }) };
    case 'audioStreamEnd':
      if (value !== true) throw refusal('audioStreamEnd', 'must be true');
      return encoded('audioStreamEnd', { realtimeInput: { audioStreamEnd: true } });
    default: {
      const kind = key === 'activityStart' ? 'activityStart' : 'activityEnd';
      if (!isFields(value)) throw refusal(kind, 'must be an object');
      return encoded(kind, { realtimeInput: { [kind]: value } });
    }
  }
}

export function encodeToolResponse(params: LiveSendToolResponseParameters, provider: Provider): ClientMessage {
  const given = known(params, toolKeys, 'sendToolResponse')['functionResponses'];
  const responses: unknown[] = Array.isArray(given) ? given : given === undefined || given === null ? [] : [given];
  if (responses.length === 0) throw refusal('functionResponses', 'must hold at least one response');
  const callIds: string[] = [];
  for (const [index, response] of responses.entries()) {
    const path = Array.isArray(given) ? `functionResponses[${index}]` : 'functionResponses';
    if (!isFields(response)) throw refusal(path, 'must be an object { id, name, response }');
    if (!isName(response['name'])) throw refusal(`${path}.name`, 'must be the name of the function');
    if (!isFields(response['response'])) throw refusal(`${path}.response`, 'must be an object');
    const id = response['id'];
    if (isName(id)) callIds.push(id);
    else if (provider === 'developer' || (id !== undefined && id !== null))
      throw refusal(`${path}.id`, 'must be the id of the function call');
  }
  return { ...encoded('toolResponse', { toolResponse: { functionResponses: responses } }), callIds };
}

/** What `sendContextUpdate` of the SDK takes; its own type came with @google/genai 2.32. */
export interface ContextUpdate {
  readonly systemInstruction?: ContentUnion;
  readonly tools?: { readonly tools?: ToolListUnion };
}

export function encodeContextUpdate(params: ContextUpdate, provider: Provider): ClientMessage {
  const fields = known(params, contextKeys, 'sendContextUpdate');
  const update: Fields = {};
  const spoken: ClientMessageTurn[] = [];
  const instruction = fields['systemInstruction'];
  if (instruction !== undefined && instruction !== null) {
    const content = contentFor(
      provider,
      toContent(instruction, 'systemInstruction', refusal),
      'systemInstruction',
      refusal,
    );
    update['systemInstruction'] = content;
    const text = textOf(content);
    if (text !== '') spoken.push({ role: 'system', text });
  }
  if (fields['tools'] !== undefined && fields['tools'] !== null) {
    const { tools } = known(fields['tools'], ['tools'], 'tools', 'tools.');
    update['tools'] =
      tools === undefined || tools === null ? {} : { tools: toTools(tools, provider, 'tools.tools', refusal) };
  }
  if (Object.keys(update).length === 0) throw refusal('sendContextUpdate', 'needs systemInstruction or tools');
  return { ...encoded('contextUpdate', { contextUpdate: update }), turns: spoken };
}

const contentKeys = ['turns', 'turnComplete'];
const realtimeKeys = ['audio', 'video', 'text', 'activityStart', 'activityEnd', 'audioStreamEnd', 'media'];
const toolKeys = ['functionResponses'];
const contextKeys = ['systemInstruction', 'tools'];

const refusal: Refusal = (path, problem) =>
  new LifelineError('invalidMessage', `${path} ${problem}.`, { phase: 'send' });

function known(params: unknown, keys: readonly string[], name: string, prefix = ''): Fields {
  if (!isFields(params)) throw refusal(name, 'needs an object');
  for (const key in params) {
    if (!keys.includes(key) && params[key] !== undefined) throw refusal(`${prefix}${key}`, `is not a field of ${name}`);
  }
  return params;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function media(kind: 'audio' | 'video', blob: EncodedBlob): ClientMessage {
  if (blob.mimeType.media !== kind)
    throw refusal(`${kind}.mimeType`, `must start with ${kind === 'audio' ? 'audio/' : 'image/'}`);
  return mediaMessage(kind, `{"realtimeInput":{"${kind}":${blob.json}}}`, blob.audioMs);
}

/** The deprecated `media`: one blob or several of one kind. */
function mediaChunks(value: unknown): ClientMessage {
  const blobs = (Array.isArray(value) ? value : [value]).map((item) => encodeBlob(item, 'media', refusal));
  const kind = blobs[0]?.mimeType.media;
  if (kind === undefined) throw refusal('media', 'must hold at least one blob');
  if (kind === 'other') throw refusal('media.mimeType', 'must start with audio/ or image/');
  if (blobs.some((blob) => blob.mimeType.media !== kind)) throw refusal('media', 'must not mix audio with images');
  const audioMs = blobs.reduce<number | undefined>(
    (sum, blob) => (sum === undefined || blob.audioMs === undefined ? undefined : sum + blob.audioMs),
    0,
  );
  return mediaMessage(kind, `{"realtimeInput":{"mediaChunks":[${blobs.map((blob) => blob.json).join(',')}]}}`, audioMs);
}

function mediaMessage(kind: 'audio' | 'video', text: string, audioMs: number | undefined): ClientMessage {
  // Base64 and mime types are ASCII: one byte a character.
  return audioMs === undefined ? { kind, text, bytes: text.length } : { kind, text, bytes: text.length, audioMs };
}

function turnOf(content: Fields): ClientMessageTurn {
  const role = content['role'];
  return { role: role === 'model' || role === 'system' ? role : 'user', text: textOf(content) };
}

const utf8 = new TextEncoder();

function encoded(kind: ClientMessageKind, message: object): { kind: ClientMessageKind; text: string; bytes: number } {
  let text: string;
  try {
    text = JSON.stringify(message);
  } catch (cause) {
    throw new LifelineError('invalidMessage', `The ${kind} message has no JSON form.`, { phase: 'send', cause });
  }
  return { kind, text, bytes: utf8.encode(text).length };
}
