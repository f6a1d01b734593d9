/**
 * Cuts recorded steps into sessions, and finds out which behaviour profile each of them has to follow.
 *
 * Owns what a check knows of a session before it looks at the order of its messages. Never judges the order.
 */
import { fieldsOf, listOf, type Fields, type Shape, type Step } from './read.js';

/** Native audio, half-cascade, the two 3.x lines, and Vertex AI's 2.5 (and 2.0) models. */
export const profileNames = ['2.5-native', '2.5-flash', '3.1', '3.8', 'vertex-2.5'] as const;
export type ProfileName = (typeof profileNames)[number];

export interface Session {
  readonly profile: ProfileName;
  /** The profile is a guess from what was received, since no setup was sent. */
  readonly guessed: boolean;
  readonly isVertex: boolean;
  readonly setup: Fields | null;
  readonly steps: readonly Step[];
  /** It begins in the middle: neither a setup nor a setupComplete is there. */
  readonly headMissing: boolean;
  /** The setup has a handle: calls and turns from before it may be spoken of. */
  readonly resumed: boolean;
  /** Something was sent beside the setup; false: the sent half was not recorded. */
  readonly hasSent: boolean;
  /** Audio or video was sent in real time: when the user spoke is not to be seen in the messages sent. */
  readonly hasRealtimeMedia: boolean;
  /** The user was heard, and no audio was sent: the recorder left it out. */
  readonly audioLeftOut: boolean;
  /** The model was heard or read. False: perhaps the recorder left its media out. */
  readonly hasOutput: boolean;
  /** Functions declared NON_BLOCKING. */
  readonly nonBlocking: ReadonlySet<string>;
}

const preludes = new Set<Shape['kind']>(['setupComplete', 'update', 'nothing', 'other']);
const tellsMore = (step: Step): boolean => step.shapes.some(({ kind }) => !preludes.has(kind));

/** A sent setup begins a session; where none was recorded, a setupComplete does that comes after something else. */
export function sessionsOf(steps: readonly Step[]): Session[] {
  const parts: Step[][] = [[]];
  const hasSetups = steps.some((step) => has(step, 'setup'));
  for (const step of steps) {
    const part = parts.at(-1) ?? [];
    const begins = hasSetups
      ? has(step, 'setup')
      : has(step, 'setupComplete') && part.some((each) => has(each, 'setupComplete')) && part.some(tellsMore);
    if (begins && part.length > 0) parts.push([step]);
    else part.push(step);
  }
  return parts.filter((part) => part.some(({ dir }) => dir === 'received')).map(sessionOf);
}

function has(step: Step, kind: Shape['kind']): boolean {
  return step.shapes.some((shape) => shape.kind === kind);
}

function sessionOf(steps: readonly Step[]): Session {
  const shapes = steps.flatMap((step) => step.shapes);
  const setup = shapes.find((shape) => shape.kind === 'setup')?.setup ?? null;
  const isVertex =
    /^(?:projects|publishers)\//.test(modelOf(setup)) ||
    shapes.some(
      (shape) => (shape.kind === 'setupComplete' && shape.hasSessionId) || (shape.kind === 'usage' && shape.candidates),
    );
  const sent = steps.filter(({ dir }) => dir === 'sent').flatMap((step) => step.shapes);
  const hasRealtimeMedia = sent.some(({ kind }) => kind === 'audioIn' || kind === 'video');
  return {
    profile: modelOf(setup) === '' ? guess(steps, isVertex) : profileOf(modelOf(setup), isVertex),
    guessed: modelOf(setup) === '',
    isVertex,
    setup,
    steps,
    headMissing: setup === null && !shapes.some(({ kind }) => kind === 'setupComplete'),
    resumed: typeof fieldsOf(setup?.['sessionResumption'])['handle'] === 'string',
    hasSent: sent.some(({ kind }) => kind !== 'setup'),
    hasRealtimeMedia,
    audioLeftOut:
      !hasRealtimeMedia && shapes.some(({ kind }) => kind === 'inputTranscription' || kind === 'voiceStart'),
    hasOutput: shapes.some(({ kind }) => kind === 'output'),
    nonBlocking: new Set(
      declarationsOf(setup)
        .filter((declaration) => declaration['behavior'] === 'NON_BLOCKING')
        .map((declaration) => String(declaration['name'])),
    ),
  };
}

export function modelOf(setup: Fields | null): string {
  const model = setup?.['model'];
  return typeof model === 'string' ? model.trim() : '';
}

export function declarationsOf(setup: Fields | null): readonly Fields[] {
  return listOf(setup?.['tools']).flatMap((tool) =>
    listOf(fieldsOf(tool)['functionDeclarations'] ?? fieldsOf(tool)['functions']).map(fieldsOf),
  );
}

/** Of a model nobody has heard of: the profile nearest by the number of its family. */
export function profileOf(model: string, isVertex: boolean): ProfileName {
  const name = model.slice(model.lastIndexOf('/') + 1);
  const family = Number(/(\d+(?:\.\d+)?)/.exec(name)?.[1] ?? '2.5');
  if (family >= 3.5) return '3.8';
  if (family >= 3) return '3.1';
  if (isVertex) return 'vertex-2.5';
  return name.includes('native-audio') ? '2.5-native' : '2.5-flash';
}

function guess(steps: readonly Step[], isVertex: boolean): ProfileName {
  const any = (test: (shape: Shape) => boolean): boolean => steps.some((step) => step.shapes.some(test));
  if (any((shape) => shape.kind === 'outputTranscription' && shape.withMedia))
    return steps.some((step) => Object.keys(step.message).length === 0) ? '3.8' : '3.1';
  if (any(({ kind }) => kind === 'voiceStart' || kind === 'voiceEnd')) return '3.8';
  if (isVertex) return 'vertex-2.5';
  return any((shape) => shape.kind === 'output' && shape.media === 'text') ? '2.5-flash' : '2.5-native';
}

/** What the setup asked for; null when there is none, so that nobody knows. */
export function asked(
  setup: Fields | null,
  what: 'inputAudioTranscription' | 'outputAudioTranscription' | 'sessionResumption',
): boolean | null {
  if (setup === null) return null;
  const value = setup[what];
  return value !== undefined && value !== null && value !== false;
}

export function isTextOnly(setup: Fields | null): boolean {
  const modalities = fieldsOf(setup?.['generationConfig'])['responseModalities'] ?? setup?.['responseModalities'];
  const list = listOf(modalities).map((item) => String(item).toUpperCase());
  return list.length > 0 && list.every((item) => item === 'TEXT');
}
