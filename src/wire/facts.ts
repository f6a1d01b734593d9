/**
 * Facts: what one message of the service means for the lifecycle of the session.
 *
 * Owns which field says what. Reads every top-level key on its own, since one message may carry several. Never throws
 * and never trusts a type: what is not as expected is left out and named in `odd`.
 */
import type { LiveServerMessage } from '@google/genai';
import { parseDurationMs } from './duration.js';
import { parseInt64 } from './int64.js';
import { isFields, type Fields } from './shape.js';

export interface ResumptionFacts {
  /** Null when the update has none, or an empty one. */
  readonly handle: string | null;
  readonly resumable: boolean;
  /** `resumable: false` was on the wire; usually the field is just absent, since proto3 JSON drops false. */
  readonly explicitlyNot: boolean;
  readonly lastConsumedIndex: number | null;
}

/** Of one turn, not of the session. Null where the message has no such count. */
export interface UsageFacts {
  readonly promptTokens: number | null;
  readonly responseTokens: number | null;
  readonly totalTokens: number | null;
  /** Prompt and response together, by the Live API's modality names. */
  readonly byModality: Record<string, number>;
}

export interface MessageFacts {
  readonly setupComplete?: { readonly sessionId?: string };
  readonly goAway?: { readonly timeLeftMs: number };
  readonly resumption?: ResumptionFacts;
  readonly usage?: UsageFacts;
  /** Vertex AI may leave ids out: `ids` can be shorter than the list of calls. */
  readonly toolCall?: { readonly ids: readonly string[] };
  readonly toolCallCancellation?: { readonly ids: readonly string[] };
  /** The service heard the user start or stop speaking. */
  readonly activity?: 'start' | 'end';
  /** Any part of the model turn, or text of the output transcription. */
  readonly output: boolean;
  /** Text of the output transcription, or else the text parts that are no thoughts. */
  readonly outputText: string;
  readonly inputText: string;
  readonly generationComplete: boolean;
  readonly turnComplete: boolean;
  readonly interrupted: boolean;
  /** This turnComplete is not the end of the exchange: more output follows (`interactionStatus: IN_PROGRESS`). */
  readonly interactionInProgress: boolean;
  /** Top-level keys that no version known here has. */
  readonly unknown: readonly string[];
  /** A heartbeat: nothing in it, not even in its serverContent. */
  readonly empty: boolean;
  /** Paths of fields that were not of the expected type. */
  readonly odd: readonly string[];
}

type Draft = { -readonly [K in keyof MessageFacts]: MessageFacts[K] };

export function readFacts(message: LiveServerMessage): MessageFacts {
  const wire = message as unknown as Fields;
  if (isPureMedia(wire)) return mediaFacts;
  const odd: string[] = [];
  const facts: Draft = { ...nothing, unknown: Object.keys(wire).filter((key) => !serverFields.has(key)), odd };
  const part = (key: string) => fieldsAt(wire, key, '', odd);

  // Whatever is in it, the service has answered the setup; to wait on would be a timeout.
  if (isPresent(wire['setupComplete'])) facts.setupComplete = readSetupComplete(part('setupComplete') ?? {}, odd);
  const goAway = part('goAway');
  if (goAway) facts.goAway = { timeLeftMs: parseDurationMs(goAway['timeLeft']) };
  const update = part('sessionResumptionUpdate');
  if (update) facts.resumption = readResumption(update, odd);
  const usage = part('usageMetadata');
  if (usage) facts.usage = readUsage(usage, odd);
  const toolCall = part('toolCall');
  if (toolCall) facts.toolCall = { ids: idsOf(listAt(toolCall, 'functionCalls', 'toolCall', odd), odd) };
  const cancellation = part('toolCallCancellation');
  if (cancellation) {
    facts.toolCallCancellation = {
      ids: stringsOf(listAt(cancellation, 'ids', 'toolCallCancellation', odd), 'toolCallCancellation.ids', odd),
    };
  }
  const activity = readActivity(part('voiceActivity'), part('voiceActivityDetectionSignal'));
  if (activity) facts.activity = activity;
  const content = part('serverContent');
  if (content) readContent(content, facts, odd);
  facts.empty = Object.keys(wire).every((key) => key === 'serverContent') && isEmptyContent(wire['serverContent']);
  return facts;
}

/** The top-level fields of a server message; a trace may show their names. */
export const serverFields: ReadonlySet<string> = new Set([
  'setupComplete',
  'serverContent',
  'toolCall',
  'toolCallCancellation',
  'usageMetadata',
  'goAway',
  'sessionResumptionUpdate',
  'voiceActivityDetectionSignal',
  'voiceActivity',
]);

const nothing: MessageFacts = Object.freeze({
  output: false,
  outputText: '',
  inputText: '',
  generationComplete: false,
  turnComplete: false,
  interrupted: false,
  interactionInProgress: false,
  unknown: Object.freeze([]),
  empty: false,
  odd: Object.freeze([]),
});

const mediaFacts: MessageFacts = Object.freeze({ ...nothing, output: true });

/** Most frames of a session are audio: they are told by the presence of keys alone, and all share one result. */
function isPureMedia(wire: Fields): boolean {
  for (const key in wire) if (key !== 'serverContent') return false;
  const content = wire['serverContent'];
  if (!isFields(content)) return false;
  for (const key in content) if (key !== 'modelTurn') return false;
  const turn = content['modelTurn'];
  if (!isFields(turn)) return false;
  const parts = turn['parts'];
  if (!Array.isArray(parts) || parts.length === 0) return false;
  for (const part of parts as readonly unknown[]) {
    if (!isFields(part) || !isFields(part['inlineData'])) return false;
    for (const key in part) if (key !== 'inlineData') return false;
  }
  return true;
}

function readSetupComplete(fields: Fields, odd: string[]): { sessionId?: string } {
  const sessionId = textAt(fields, 'sessionId', 'setupComplete', odd);
  return sessionId === '' ? {} : { sessionId };
}

function readResumption(fields: Fields, odd: string[]): ResumptionFacts {
  const handle = textAt(fields, 'newHandle', 'sessionResumptionUpdate', odd);
  const resumable = flagAt(fields, 'resumable', 'sessionResumptionUpdate', odd);
  return {
    handle: handle === '' ? null : handle,
    resumable: resumable === true,
    explicitlyNot: resumable === false,
    lastConsumedIndex: countAt(fields, 'lastConsumedClientMessageIndex', 'sessionResumptionUpdate', odd),
  };
}

function readUsage(fields: Fields, odd: string[]): UsageFacts {
  const sums = new Map<string, number>();
  for (const key of ['promptTokensDetails', 'responseTokensDetails', 'candidatesTokensDetails']) {
    for (const [index, detail] of listAt(fields, key, 'usageMetadata', odd).entries()) {
      const path = `usageMetadata.${key}[${index}]`;
      if (!isFields(detail)) {
        odd.push(path);
        continue;
      }
      const modality = textAt(detail, 'modality', path, odd) || 'MODALITY_UNSPECIFIED';
      const tokens = countAt(detail, 'tokenCount', path, odd);
      if (tokens !== null) sums.set(modality, (sums.get(modality) ?? 0) + tokens);
    }
  }
  return {
    promptTokens: countAt(fields, 'promptTokenCount', 'usageMetadata', odd),
    responseTokens:
      countAt(fields, 'responseTokenCount', 'usageMetadata', odd) ??
      countAt(fields, 'candidatesTokenCount', 'usageMetadata', odd),
    totalTokens: countAt(fields, 'totalTokenCount', 'usageMetadata', odd),
    byModality: Object.fromEntries(sums),
  };
}

function readActivity(activity: Fields | undefined, signal: Fields | undefined): 'start' | 'end' | undefined {
  const types = [activity?.['voiceActivityType'], activity?.['type'], signal?.['vadSignalType']];
  if (types.some((type) => type === 'ACTIVITY_START' || type === 'VAD_SIGNAL_TYPE_SOS')) return 'start';
  return types.some((type) => type === 'ACTIVITY_END' || type === 'VAD_SIGNAL_TYPE_EOS') ? 'end' : undefined;
}

function readContent(content: Fields, facts: Draft, odd: string[]): void {
  const at = 'serverContent';
  const transcript = (key: string) => textAt(fieldsAt(content, key, at, odd) ?? {}, 'text', `${at}.${key}`, odd);
  const turn = fieldsAt(content, 'modelTurn', at, odd) ?? {};
  let textParts = '';
  let hasParts = false;
  for (const [index, part] of listAt(turn, 'parts', `${at}.modelTurn`, odd).entries()) {
    const path = `${at}.modelTurn.parts[${index}]`;
    if (!isFields(part)) {
      odd.push(path);
      continue;
    }
    hasParts = true;
    const text = textAt(part, 'text', path, odd);
    if (part['thought'] !== true) textParts += text;
  }
  const transcribed = transcript('outputTranscription');
  facts.output = hasParts || transcribed !== '';
  facts.outputText = transcribed === '' ? textParts : transcribed;
  facts.inputText = transcript('inputTranscription');
  facts.generationComplete = flagAt(content, 'generationComplete', at, odd) === true;
  facts.turnComplete = flagAt(content, 'turnComplete', at, odd) === true;
  facts.interrupted = flagAt(content, 'interrupted', at, odd) === true;
  facts.interactionInProgress = facts.turnComplete && content['interactionStatus'] === 'IN_PROGRESS';
}

function isEmptyContent(content: unknown): boolean {
  if (!isPresent(content)) return true;
  return (
    isFields(content) &&
    Object.values(content).every((value) => !isPresent(value) || (isFields(value) && Object.keys(value).length === 0))
  );
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function joined(at: string, key: string): string {
  return at === '' ? key : `${at}.${key}`;
}

function fieldsAt(from: Fields, key: string, at: string, odd: string[]): Fields | undefined {
  const value = from[key];
  if (isFields(value)) return value;
  if (isPresent(value)) odd.push(joined(at, key));
  return undefined;
}

function listAt(from: Fields, key: string, at: string, odd: string[]): readonly unknown[] {
  const value = from[key];
  if (Array.isArray(value)) return value as readonly unknown[];
  if (isPresent(value)) odd.push(joined(at, key));
  return [];
}

function textAt(from: Fields, key: string, at: string, odd: string[]): string {
  const value = from[key];
  if (typeof value === 'string') return value;
  if (isPresent(value)) odd.push(joined(at, key));
  return '';
}

/** Booleans were seen as strings too. */
function flagAt(from: Fields, key: string, at: string, odd: string[]): boolean | undefined {
  const value = from[key];
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  if (isPresent(value)) odd.push(joined(at, key));
  return undefined;
}

function countAt(from: Fields, key: string, at: string, odd: string[]): number | null {
  const count = parseInt64(from[key]);
  if (count === null && isPresent(from[key])) odd.push(joined(at, key));
  return count;
}

function stringsOf(list: readonly unknown[], path: string, odd: string[]): string[] {
  return list.filter((item, index): item is string => {
    const isId = typeof item === 'string' && item !== '';
    if (!isId) odd.push(`${path}[${index}]`);
    return isId;
  });
}

function idsOf(calls: readonly unknown[], odd: string[]): string[] {
  return calls.flatMap((call, index) => {
    const path = `toolCall.functionCalls[${index}]`;
    if (!isFields(call)) {
      odd.push(path);
      return [];
    }
    const id = textAt(call, 'id', path, odd);
    return id === '' ? [] : [id];
  });
}
