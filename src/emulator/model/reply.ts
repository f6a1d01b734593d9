/**
 * The plan of one answer: which frames, in which order, how long apart.
 *
 * Owns the pieces. Sets no timer and sends nothing: conversation.ts plays the plan and may stop in the middle.
 */
import { noTokens, type TokenCount } from './context.js';
import { pieces } from './mind.js';
import type { EmulatorSettings } from '../options.js';
import { tone } from './pcm.js';
import type { SessionSetup } from '../protocol/setup.js';

export interface ReplyStep {
  readonly waitMs: number;
  readonly frames: readonly object[];
  /** What the model has said with this step. */
  readonly text: string;
  readonly audioMs: number;
}

let lastTone = { ms: 0, data: '' };

function audioChunk(ms: number): object {
  if (lastTone.ms !== ms) lastTone = { ms, data: tone(ms) };
  return { inlineData: { mimeType: 'audio/pcm;rate=24000', data: lastTone.data } };
}

export function planReply(text: string, setup: SessionSetup, settings: Readonly<EmulatorSettings>): ReplyStep[] {
  const steps = setup.modality === 'TEXT' ? planText(text, settings) : planAudio(text, setup, settings);
  if (!(settings.emptyFrames ?? setup.model.voiceActivity === true)) return steps;
  return steps.map((step, index) => ({
    ...step,
    frames: [...(index === 0 ? [{}, { serverContent: {} }] : []), {}, ...step.frames],
  }));
}

function planText(text: string, settings: Readonly<EmulatorSettings>): ReplyStep[] {
  return pieces(text).map((piece, index) => ({
    waitMs: index === 0 ? settings.firstAudioDelayMs : settings.textPieceMs,
    frames: [{ serverContent: { modelTurn: { parts: [{ text: piece }] } } }],
    text: piece,
    audioMs: 0,
  }));
}

function planAudio(text: string, setup: SessionSetup, settings: Readonly<EmulatorSettings>): ReplyStep[] {
  const totalMs = settings.replyAudioSeconds * 1_000;
  const count = Math.max(1, Math.ceil(totalMs / settings.replyChunkMs));
  const spoken = pieces(text);
  // 3.x puts the transcription beside the audio in one frame; earlier models send it in a frame of its own.
  const together = setup.model.unaskedHandles === true;
  return Array.from({ length: count }, (_, index) => {
    const audioMs = Math.min(settings.replyChunkMs, totalMs - index * settings.replyChunkMs);
    const from = Math.ceil((index * spoken.length) / count);
    const said = spoken.slice(from, Math.ceil(((index + 1) * spoken.length) / count)).join('');
    const modelTurn = { parts: [audioChunk(audioMs)] };
    const transcription = said !== '' && setup.transcribesOutput ? { outputTranscription: { text: said } } : null;
    const frames: object[] = [];
    if (index === 0 && settings.thoughts) {
      frames.push({
        serverContent: { modelTurn: { parts: [{ text: '**Considering the answer**\n\n', thought: true }] } },
      });
    }
    if (together) frames.push({ serverContent: { modelTurn, ...transcription } });
    else {
      if (transcription !== null) frames.push({ serverContent: transcription });
      frames.push({ serverContent: { modelTurn } });
    }
    const waitMs = index === 0 ? settings.firstAudioDelayMs : settings.replyChunkMs * settings.generationPace;
    return { waitMs, frames, text: said, audioMs };
  });
}

/** The usageMetadata of one turn; Vertex says candidates where the Developer API says response. */
export function usageOf(prompt: TokenCount, response: TokenCount, vertex: boolean): object {
  const total = (count: TokenCount): number => Math.round(count.text + count.audio + count.video);
  const details = (count: TokenCount): object[] =>
    (['text', 'audio', 'video'] as const)
      .filter((modality) => Math.round(count[modality]) > 0)
      .map((modality) => ({ modality: modality.toUpperCase(), tokenCount: Math.round(count[modality]) }));
  const name = vertex ? 'candidates' : 'response';
  return {
    promptTokenCount: total(prompt),
    [`${name}TokenCount`]: total(response),
    totalTokenCount: total(prompt) + total(response),
    promptTokensDetails: details(prompt),
    [`${name}TokensDetails`]: details(response),
  };
}

/** Tokens of what was said so far: audio by length, or text. */
export function responseTokens(
  text: string,
  audioMs: number,
  setup: SessionSetup,
  settings: Readonly<EmulatorSettings>,
): TokenCount {
  if (setup.modality === 'TEXT') return { ...noTokens, text: Math.ceil(text.length / settings.charactersPerToken) };
  return { ...noTokens, audio: (audioMs / 1_000) * settings.tokensPerSecondAudio };
}
