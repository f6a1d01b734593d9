/**
 * One piece of speech or text of the model as frames, in the order of its family, and how long apart; and what an
 * answer counts in tokens.
 *
 * Owns the cutting. Sets no timer and sends nothing: performer.ts plays the frames and may stop in the middle.
 */
import { noTokens, sumTokens, type TokenCount } from './context.js';
import { pieces } from './mind.js';
import type { EmulatorSettings } from '../options.js';
import type { Fields } from '../protocol/fields.js';
import type { SessionSetup } from '../protocol/setup.js';
import type { BehaviourProfile } from './profiles.js';
import type { ScriptSpeech } from './script.js';
import { spokenMs, voice } from './voice.js';

export interface SpokenPiece {
  /** Since the piece before; 0 for the first. */
  readonly waitMs: number;
  /** Made when it is sent: a long answer is a lot of audio. */
  frames(): object[];
  /** What the model has said with this piece. */
  readonly text: string;
  readonly audioMs: number;
}

/** What is said, cut: the piece at an index, null behind the last. An hour of audio is many, so each is made when asked. */
export type Speech = (index: number) => SpokenPiece | null;

/** The transcription runs ahead of the first audio by at most so many frames of its own (REC text, tool, history). */
const leadPieces = 3;

export function modelTurn(part: object, profile: BehaviourProfile): object {
  return { modelTurn: { parts: [part], ...(profile.namesRole ? { role: 'model' } : {}) } };
}

/** Whether a thought is sent, or only counted. */
export function formOfThoughts(
  { thinking, modality }: SessionSetup,
  profile: BehaviourProfile,
  settings: Readonly<EmulatorSettings>,
): 'shown' | 'counted' | 'none' {
  const isHabit = profile.thoughts === 'always' && modality === 'AUDIO';
  if (settings.thoughts === true || (thinking.mode !== 'off' && (thinking.shows ?? isHabit))) return 'shown';
  return thinking.mode !== 'off' && profile.countsHiddenThoughts ? 'counted' : 'none';
}

/** The part in which a model writes down the call that it is about to ask for. */
export function codeOf(name: string, args: Fields): object {
  const named = Object.entries(args).map(([key, value]) => `${key}=${pythonOf(value)}`);
  return { executableCode: { language: 'PYTHON', code: `print(default_api.${name}(${named.join(', ')}))` } };
}

function pythonOf(value: unknown): string {
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'string') return `'${value.replace(/['\\]/g, '\\$&')}'`;
  return JSON.stringify(value);
}

export function speak(
  speech: ScriptSpeech,
  setup: SessionSetup,
  profile: BehaviourProfile,
  settings: Readonly<EmulatorSettings>,
): Speech {
  if (setup.modality === 'AUDIO') return speakAudio(speech, setup, profile, settings);
  const texts = pieces(speech.text, 3);
  return (index) => {
    const text = texts[index];
    if (text === undefined) return null;
    const frames = (): object[] => [{ serverContent: modelTurn({ text }, profile) }];
    return { waitMs: index === 0 ? 0 : settings.textPieceMs, frames, text, audioMs: 0 };
  };
}

function speakAudio(
  speech: ScriptSpeech,
  setup: SessionSetup,
  profile: BehaviourProfile,
  settings: Readonly<EmulatorSettings>,
): Speech {
  const { text } = speech;
  const seconds = speech.audioSeconds ?? settings.replyAudioSeconds;
  const totalMs = seconds === null ? spokenMs(text) : Math.round(seconds * 1_000);
  const chunkMs = Math.max(1, Math.round(settings.replyChunkMs));
  const count = Math.max(1, Math.ceil(totalMs / chunkMs));
  const together = profile.outputTranscription === 'besideAudio';
  const words = spread(pieces(text, 2), count, together ? 1 : leadPieces);
  return (index) => {
    if (index >= count) return null;
    const said = words.get(index) ?? [];
    const audioMs = Math.min(chunkMs, totalMs - index * chunkMs);
    const told = setup.transcribesOutput ? said : [];
    const frames = (): object[] => {
      const data = voice(text, index * chunkMs, audioMs);
      const turn = modelTurn({ inlineData: { mimeType: 'audio/pcm;rate=24000', data } }, profile);
      const empty = profile.emptyFrames === 'everyFrame' ? heartbeats(index, count) : [];
      if (together) return [...empty, { serverContent: { ...turn, ...beside(told) } }];
      const ahead = told.map((piece) => ({ serverContent: transcription(piece) }));
      return [...empty, ...ahead, { serverContent: turn }];
    };
    return {
      waitMs: index === 0 ? 0 : chunkMs * (speech.pace ?? settings.generationPace),
      frames,
      text: said.join(''),
      audioMs,
    };
  };
}

function beside(told: readonly string[]): object {
  return told.length > 0 ? transcription(told.join('')) : {};
}

function transcription(text: string): object {
  return { outputTranscription: { text } };
}

/** What says that a turn is generated. */
export function generatedFrames(setup: SessionSetup, profile: BehaviourProfile): object[] {
  const finished = profile.finishesTranscription && setup.transcribesOutput && setup.modality === 'AUDIO';
  const content = { generationComplete: true };
  return [...(finished ? [{ outputTranscription: { finished: true } }] : []), content].map((serverContent) => ({
    serverContent,
  }));
}

/** What says that a turn is complete; `status`: its interactionStatus, if any. */
export function completeFrame(profile: BehaviourProfile, usage: object, status: string | null): object {
  const grounding = profile.alwaysGrounding ? { groundingMetadata: {} } : {};
  const interaction = status === null ? {} : { interactionStatus: status };
  return { serverContent: { turnComplete: true, ...grounding, ...interaction }, usageMetadata: usage };
}

/** The pieces that go with each of `count` chunks, where any do: `lead` with the first, the rest evenly before the end. */
function spread(words: readonly string[], count: number, lead: number): ReadonlyMap<number, readonly string[]> {
  const chunks = new Map<number, string[]>();
  const step = count / (Math.max(0, words.length - lead) + 1);
  words.forEach((word, index) => {
    const at = Math.floor(Math.max(0, index - lead + 1) * step);
    const chunk = chunks.get(at);
    if (chunk === undefined) chunks.set(at, [word]);
    else chunk.push(word);
  });
  return chunks;
}

/** One `{}` before each frame of audio, but that of the last comes one frame early (REC speech turn of 3.8). */
function heartbeats(index: number, count: number): object[] {
  if (count === 1) return [{}];
  if (index === count - 1) return [];
  return index === count - 2 ? [{}, {}] : [{}];
}

/** The usageMetadata of one turn; Vertex says candidates where the Developer API says response. */
export function usageOf(prompt: TokenCount, response: TokenCount, thoughts: number, candidates: boolean): object {
  const details = (count: TokenCount): object[] =>
    (['text', 'audio', 'video'] as const)
      .filter((modality) => Math.round(count[modality]) > 0)
      .map((modality) => ({ modality: modality.toUpperCase(), tokenCount: Math.round(count[modality]) }));
  const name = candidates ? 'candidates' : 'response';
  const fed = Math.round(sumTokens(prompt));
  const made = Math.round(sumTokens(response));
  return {
    promptTokenCount: fed,
    [`${name}TokenCount`]: made,
    totalTokenCount: fed + made,
    promptTokensDetails: details(prompt),
    [`${name}TokensDetails`]: details(response),
    // Not part of the total (REC speech, text and history turns).
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
  };
}

/** Tokens of what was said: audio by length, or text. */
export function responseTokens(
  text: string,
  audioMs: number,
  asText: boolean,
  settings: Readonly<EmulatorSettings>,
): TokenCount {
  if (asText) return { ...noTokens, text: Math.ceil(text.length / settings.charactersPerToken) };
  return { ...noTokens, audio: (audioMs / 1_000) * settings.tokensPerSecondAudio };
}
