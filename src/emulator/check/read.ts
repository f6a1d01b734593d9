/**
 * Reads a message of a recording into shapes: what it says in the order of messages, without its words and its audio.
 *
 * Owns the names of the shapes and the collapsing of runs. Tolerant on purpose: either spelling of a key, any field
 * beside those it knows. It shares no code with the library's own reader (wire/facts.ts), since it judges both.
 */

export type Fields = Readonly<Record<string, unknown>>;

export interface RecordedLine {
  /** In the file, from 1. */
  readonly line: number;
  readonly dir: 'sent' | 'received';
  readonly msg: unknown;
}

export interface Call {
  /** Empty when the service gave none. */
  readonly id: string;
  readonly name: string;
}

export type Shape =
  // sent by the client
  | { readonly kind: 'setup'; readonly setup: Fields }
  | { readonly kind: 'content'; readonly turnComplete: boolean }
  | { readonly kind: 'typed' | 'audioIn' | 'video' | 'contextUpdate' | 'otherSent' }
  | { readonly kind: 'activityStart' | 'activityEnd' | 'audioStreamEnd' }
  | { readonly kind: 'toolResponse'; readonly ids: readonly string[] }
  // received from the service
  | { readonly kind: 'setupComplete'; readonly hasSessionId: boolean }
  | { readonly kind: 'voiceStart' | 'voiceEnd'; readonly offsetMs: number | null }
  | { readonly kind: 'inputTranscription' }
  | { readonly kind: 'outputTranscription'; readonly withMedia: boolean }
  | { readonly kind: 'thought' | 'code' }
  | { readonly kind: 'output'; readonly media: 'audio' | 'text' }
  | { readonly kind: 'toolCall'; readonly calls: readonly Call[] }
  | { readonly kind: 'cancellation'; readonly ids: readonly string[] }
  | { readonly kind: 'generationComplete' | 'interrupted' }
  /**
   * `goesOn`: interactionStatus IN_PROGRESS, the model comes back by itself. `hasReason`: it did not end as usual.
   * `spokeTokens`: its usage counts something that the model said.
   */
  | {
      readonly kind: 'turnComplete';
      readonly goesOn: boolean;
      readonly hasReason: boolean;
      readonly spokeTokens: boolean;
    }
  | { readonly kind: 'usage'; readonly candidates: boolean }
  | { readonly kind: 'update'; readonly hasHandle: boolean; readonly resumable: boolean; readonly index: number | null }
  | { readonly kind: 'goAway'; readonly timeLeftMs: number | null }
  | { readonly kind: 'nothing' | 'other' };

/** One message, or a run of messages of one shape. */
export interface Step {
  readonly line: number;
  readonly dir: 'sent' | 'received';
  readonly shapes: readonly Shape[];
  /** As it was, with camelCase keys; the first one of a run. */
  readonly message: Fields;
  readonly times: number;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** Under these keys are the app's own names. */
const appOwned = new Set(['args', 'response', 'properties', 'parametersJsonSchema', 'labels']);

function camelKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelKeys);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const name = key.replace(/(?<=[a-z0-9])_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
      return [name, appOwned.has(name) ? inner : camelKeys(inner)];
    }),
  );
}

/** null: no object, so no message. Some recorders keep the frame as the text it was. */
export function messageOf(msg: unknown): Fields | null {
  let value = msg;
  if (typeof msg === 'string') {
    try {
      value = JSON.parse(msg);
    } catch {
      return null;
    }
  }
  return isFields(value) ? (camelKeys(value) as Fields) : null;
}

export function shapesOf(dir: 'sent' | 'received', message: Fields): readonly Shape[] {
  const shapes = dir === 'sent' ? sentShapes(message) : receivedShapes(message);
  return shapes.length > 0 ? shapes : [{ kind: dir === 'sent' ? 'otherSent' : isEmpty(message) ? 'nothing' : 'other' }];
}

function isEmpty(message: Fields): boolean {
  return Object.values(message).every((value) => isFields(value) && isEmpty(value));
}

const realtimeKinds = {
  audio: 'audioIn',
  mediaChunks: 'audioIn',
  media: 'audioIn',
  video: 'video',
  text: 'typed',
  activityStart: 'activityStart',
  activityEnd: 'activityEnd',
  audioStreamEnd: 'audioStreamEnd',
} as const;

function isPicture(value: unknown): boolean {
  const blob = Array.isArray(value) ? (value as unknown[])[0] : value;
  return /^(?:image|video)\//.test(textOf(fieldsOf(blob)['mimeType']));
}

function sentShapes(message: Fields): Shape[] {
  const shapes: Shape[] = [];
  if (isFields(message['setup'])) shapes.push({ kind: 'setup', setup: message['setup'] });
  if (isFields(message['clientContent']))
    shapes.push({ kind: 'content', turnComplete: message['clientContent']['turnComplete'] === true });
  for (const [key, value] of Object.entries(fieldsOf(message['realtimeInput']))) {
    if (!Object.hasOwn(realtimeKinds, key) || value === null || value === false) continue;
    const kind = realtimeKinds[key as keyof typeof realtimeKinds];
    shapes.push({ kind: kind === 'audioIn' && isPicture(value) ? 'video' : kind });
  }
  if (isFields(message['toolResponse'])) {
    const responses = listOf(message['toolResponse']['functionResponses']).map(fieldsOf);
    shapes.push({ kind: 'toolResponse', ids: responses.map((response) => textOf(response['id'])) });
  }
  if (isFields(message['contextUpdate'])) shapes.push({ kind: 'contextUpdate' });
  return shapes;
}

/** In the order in which one frame says them: what came of the turn first, how it stands then. */
function receivedShapes(message: Fields): Shape[] {
  const shapes: Shape[] = [];
  const content = fieldsOf(message['serverContent']);
  const usage = fieldsOf(message['usageMetadata']);
  if (isFields(message['setupComplete']))
    shapes.push({ kind: 'setupComplete', hasSessionId: textOf(message['setupComplete']['sessionId']) !== '' });
  if (isFields(message['voiceActivity'])) {
    const { type, voiceActivityType, audioOffset } = message['voiceActivity'];
    const isEnd = textOf(type ?? voiceActivityType).endsWith('END');
    shapes.push({ kind: isEnd ? 'voiceEnd' : 'voiceStart', offsetMs: durationMs(audioOffset) });
  }
  if (hasText(content['inputTranscription'])) shapes.push({ kind: 'inputTranscription' });
  const parts = partShapes(listOf(fieldsOf(content['modelTurn'])['parts']));
  if (hasText(content['outputTranscription']))
    shapes.push({ kind: 'outputTranscription', withMedia: parts.some(({ kind }) => kind === 'output') });
  shapes.push(...parts);
  if (isFields(message['toolCall'])) {
    const calls = listOf(message['toolCall']['functionCalls']).map(fieldsOf);
    shapes.push({
      kind: 'toolCall',
      calls: calls.map((call) => ({ id: textOf(call['id']), name: textOf(call['name']) })),
    });
  }
  if (isFields(message['toolCallCancellation']))
    shapes.push({ kind: 'cancellation', ids: listOf(message['toolCallCancellation']['ids']).map(textOf) });
  for (const kind of ['generationComplete', 'interrupted'] as const) if (content[kind] === true) shapes.push({ kind });
  if (content['turnComplete'] === true)
    shapes.push({
      kind: 'turnComplete',
      goesOn: textOf(content['interactionStatus']).endsWith('IN_PROGRESS'),
      hasReason: textOf(content['turnCompleteReason']) !== '',
      spokeTokens: Number(usage['responseTokenCount'] ?? usage['candidatesTokenCount'] ?? 0) > 0,
    });
  if (isFields(message['usageMetadata']))
    shapes.push({ kind: 'usage', candidates: 'candidatesTokenCount' in message['usageMetadata'] });
  if (isFields(message['sessionResumptionUpdate'])) {
    const { newHandle, resumable, lastConsumedClientMessageIndex } = message['sessionResumptionUpdate'];
    const index = Number(lastConsumedClientMessageIndex ?? Number.NaN);
    shapes.push({
      kind: 'update',
      hasHandle: textOf(newHandle) !== '',
      resumable: resumable === true || resumable === 'true',
      index: Number.isSafeInteger(index) ? index : null,
    });
  }
  if (isFields(message['goAway']))
    shapes.push({ kind: 'goAway', timeLeftMs: durationMs(message['goAway']['timeLeft']) });
  return shapes;
}

function partShapes(parts: readonly unknown[]): Shape[] {
  const found = new Map<string, Shape>();
  for (const part of parts.map(fieldsOf)) {
    const media = textOf(fieldsOf(part['inlineData'])['mimeType']);
    if (part['thought'] === true) found.set('thought', { kind: 'thought' });
    else if (isFields(part['inlineData']) && !/^(?:image|video|text)\//.test(media))
      found.set('audio', { kind: 'output', media: 'audio' });
    else if (textOf(part['text']) !== '') found.set('text', { kind: 'output', media: 'text' });
    else if ('executableCode' in part || 'codeExecutionResult' in part) found.set('code', { kind: 'code' });
  }
  return [...found.values()];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function hasText(value: unknown): boolean {
  return textOf(fieldsOf(value)['text']) !== '';
}

/** `"50s"`, `"1.880s"`, or a number of seconds; null when it is neither. */
function durationMs(value: unknown): number | null {
  const seconds =
    typeof value === 'number' ? value : Number(/^(\d+(?:\.\d+)?)s$/.exec(textOf(value))?.[1] ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1_000 : null;
}

/** For people, and to tell runs: `turnComplete+usage`. */
export function nameOf(shapes: readonly Shape[]): string {
  return shapes
    .map((shape) => {
      if (shape.kind === 'output') return shape.media;
      return shape.kind === 'code' ? 'executableCode' : shape.kind;
    })
    .join('+');
}

/** Only these may stand for a run: of the rest, a second one is another event. */
const repeatable = new Set<Shape['kind']>([
  'audioIn',
  'video',
  'output',
  'thought',
  'inputTranscription',
  'outputTranscription',
  'nothing',
  'other',
]);

export function stepsOf(lines: readonly RecordedLine[]): Step[] {
  const steps: Step[] = [];
  for (const { line, dir, msg } of lines) {
    const message = messageOf(msg);
    if (message === null) continue;
    const shapes = shapesOf(dir, message);
    const last = steps.at(-1);
    const isRun =
      last?.dir === dir && shapes.every(({ kind }) => repeatable.has(kind)) && nameOf(last.shapes) === nameOf(shapes);
    if (isRun) steps[steps.length - 1] = { ...last, times: last.times + 1 };
    else steps.push({ line, dir, shapes, message, times: 1 });
  }
  return steps;
}
