/**
 * The kind of a frame: the names of the Live API fields in it, `serverContent.turnComplete+usageMetadata`.
 *
 * Owns the list of names that a trace may show. Reads keys alone, never what is under them. A name that is not on the
 * list is `?`: in a frame from elsewhere even a key may be a secret.
 */

import { serverFields } from '../wire/facts.js';

const known: ReadonlySet<string> = new Set([
  ...serverFields,
  // In serverContent
  'modelTurn',
  'turnComplete',
  'turnCompleteReason',
  'interrupted',
  'generationComplete',
  'waitingForInput',
  'interactionStatus',
  'groundingMetadata',
  'urlContextMetadata',
  'inputTranscription',
  'outputTranscription',
  // Client, by field and by the kinds of src/wire/clientMessage.ts
  'setup',
  'clientContent',
  'realtimeInput',
  'toolResponse',
  'contextUpdate',
  'audio',
  'video',
  'text',
  'content',
  'activityStart',
  'activityEnd',
  'audioStreamEnd',
  'reseed',
  // A message without a field, and one that could not be read
  'empty',
  'unreadable',
]);

const maxNames = 12;

/** `kind` names the top-level fields, separated by `+` or a comma; `message` tells what its serverContent holds. */
export function frameKind(kind: string, message?: unknown): string {
  const names = kind
    .split(/[+,]/, maxNames)
    .flatMap((name) => (name === 'serverContent' ? contentNames(message) : [name]));
  const safe = names.slice(0, maxNames).map((name) => name.split('.').map(safeName).join('.'));
  return safe.join('+');
}

function safeName(name: string): string {
  if (name === '{}' || name === '') return 'empty';
  return known.has(name) ? name : '?';
}

function contentNames(message: unknown): readonly string[] {
  const content = (message as { readonly serverContent?: unknown } | null | undefined)?.serverContent;
  const inner = typeof content === 'object' && content !== null ? Object.keys(content) : [];
  return inner.length === 0 ? ['serverContent'] : inner.map((name) => `serverContent.${name}`);
}
