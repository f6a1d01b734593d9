/**
 * Content: turns what an app may pass as content (a string, a part, parts, a Content, Contents) into Content objects.
 *
 * Owns the accepted forms and the fields of Content and Part for each service. Never validates what the text says and
 * never changes the object it is given.
 */
import type { Provider } from '../transport/port.js';
import { isFields, keepAll, refuseAll, reshape, reshapeEach, type Fields, type Refusal, type Shape } from './shape.js';

/** A list of parts or a single part becomes a user content; a Content stays one, whatever its role. */
export function toContent(origin: unknown, path: string, refusal: Refusal): Fields {
  if (isContent(origin)) return checked(origin, path, refusal);
  const items: unknown[] = Array.isArray(origin) ? origin : [origin];
  if (items.length === 0) throw refusal(path, 'must not be an empty list');
  return {
    role: 'user',
    parts: items.map((item, index) => toPart(item, Array.isArray(origin) ? `${path}[${index}]` : path, refusal)),
  };
}

/** As `toContent`, for a list that may also hold several Content objects. */
export function toContents(origin: unknown, path: string, refusal: Refusal): Fields[] {
  const items: unknown[] = Array.isArray(origin) ? origin : [origin];
  const contents = items.filter(isContent);
  if (items.length > 0 && contents.length === items.length) {
    return contents.map((content, index) =>
      checked(content, Array.isArray(origin) ? `${path}[${index}]` : path, refusal),
    );
  }
  if (contents.length > 0)
    throw refusal(path, 'mixes Content objects with parts; group the parts into Content objects');
  for (const item of items) {
    if (isFields(item) && ('functionCall' in item || 'functionResponse' in item)) {
      throw refusal(path, 'has a function call or response outside a Content; wrap it in a Content with its role');
    }
  }
  return [toContent(origin, path, refusal)];
}

export function contentFor(provider: Provider, content: unknown, path: string, refusal: Refusal): Fields {
  const part = partShape(provider, refusal);
  const shape: Shape = {
    parts: (parts, at) => reshapeEach(parts, at, (item, itemPath) => reshape(item, part, itemPath, refusal)),
    role: 'keep',
  };
  return reshape(content, shape, path, refusal);
}

/** The text of a content, thoughts left out; what the recorded turns keep of it. */
export function textOf(content: Fields): string {
  const { parts } = content;
  if (!Array.isArray(parts)) return '';
  let text = '';
  for (const part of parts as readonly unknown[]) {
    if (typeof part === 'string') text += part;
    else if (isFields(part) && typeof part['text'] === 'string' && part['thought'] !== true) text += part['text'];
  }
  return text;
}

function isContent(value: unknown): value is Fields {
  return isFields(value) && Array.isArray(value['parts']);
}

/** Text in the parts of a Content would be lost on its way without a word. */
function checked(content: Fields, path: string, refusal: Refusal): Fields {
  if (content['role'] !== undefined && typeof content['role'] !== 'string')
    throw refusal(`${path}.role`, 'must be a string');
  for (const [index, part] of (content['parts'] as readonly unknown[]).entries()) {
    if (!isFields(part)) throw refusal(`${path}.parts[${index}]`, 'must be an object such as { text }');
  }
  return content;
}

function toPart(item: unknown, path: string, refusal: Refusal): Fields {
  if (typeof item === 'string') return { text: item };
  if (isFields(item)) {
    if ('parts' in item || 'role' in item) throw refusal(`${path}.parts`, 'must be a list of parts');
    return item;
  }
  throw refusal(
    path,
    `must be text, a part or a Content, not ${Array.isArray(item) ? 'a list' : item === null ? 'null' : typeof item}`,
  );
}

const commonPartFields = keepAll(
  'mediaResolution',
  'audioTranscription',
  'codeExecutionResult',
  'executableCode',
  'fileData',
  'functionCall',
  'functionResponse',
  'inlineData',
  'text',
  'thought',
  'thoughtSignature',
  'videoMetadata',
  'mediaProcessing',
  'speechMetadata',
);

function partShape(provider: Provider, refusal: Refusal): Shape {
  if (provider === 'developer') {
    const functionCall: Shape = { ...keepAll('args', 'id', 'name'), ...refuseAll('partialArgs', 'willContinue') };
    return {
      ...commonPartFields,
      ...keepAll('toolCall', 'toolResponse', 'partMetadata'),
      functionCall: (call, at) => reshape(call, functionCall, at, refusal),
    };
  }
  const responsePart: Shape = { ...keepAll('fileData', 'inlineData'), ...refuseAll('mediaProcessing') };
  const functionResponse: Shape = {
    ...keepAll('id', 'name', 'response', 'scheduling'),
    ...refuseAll('willContinue'),
    parts: (parts, at) => reshapeEach(parts, at, (item, itemPath) => reshape(item, responsePart, itemPath, refusal)),
  };
  return {
    ...commonPartFields,
    ...refuseAll('toolCall', 'toolResponse', 'partMetadata'),
    functionResponse: (response, at) => reshape(response, functionResponse, at, refusal),
  };
}
