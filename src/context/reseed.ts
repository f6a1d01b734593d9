/**
 * Giving a fresh server session its past back, in the form its model takes.
 *
 * Owns the choice of form and its text. Models before 3.1 take clientContent with the turn left open. Later ones
 * refuse clientContent in mid-session, and the official SDK drops `historyConfig`: they get the past as part of the
 * system instruction, which every model takes and which makes none of them answer.
 */
import type { LiveConnectConfig } from '@google/genai';
import type { RecordedTurn } from './turns.js';

/** From this generation on, clientContent is for initial history only. */
const realtimeOnlySince = 3.1;

/** `gemini-live-2.5-flash-preview` → 2.5; null when the name does not tell. */
export function generationOf(model: string): number | null {
  const match = /gemini-(?:[a-z]+-)*?(\d+(?:\.\d+)?)/.exec(model);
  return match?.[1] === undefined ? null : Number(match[1]);
}

export function takesClientContentInMidSession(model: string): boolean {
  const generation = generationOf(model);
  return generation === null || generation < realtimeOnlySince;
}

/** The client message that restores `turns`, or null when the model wants them in its setup. */
export function reseedMessage(model: string, turns: readonly RecordedTurn[]): string | null {
  if (turns.length === 0 || !takesClientContentInMidSession(model)) return null;
  const contents = turns.map(({ role, text }) => ({ role, parts: [{ text }] }));
  return JSON.stringify({ clientContent: { turns: contents, turnComplete: false } });
}

/** Adds the past to the system instruction of `config`, for models that take it nowhere else. Changes `config`. */
export function reseedConfig(model: string, turns: readonly RecordedTurn[], config: LiveConnectConfig): void {
  if (turns.length === 0 || takesClientContentInMidSession(model)) return;
  const past = turns.map(({ role, text }) => `${role}: ${text}`).join('\n');
  const reminder = { text: `The conversation was interrupted. Go on from here; this was said so far:\n${past}` };
  config.systemInstruction = { role: 'user', parts: [...instructionParts(config.systemInstruction), reminder] };
}

function instructionParts(instruction: LiveConnectConfig['systemInstruction']): { text: string }[] {
  if (instruction === undefined || instruction === null) return [];
  if (typeof instruction === 'string') return [{ text: instruction }];
  if (Array.isArray(instruction)) return instruction.flatMap((part) => instructionParts(part));
  if ('parts' in instruction) return (instruction.parts ?? []).flatMap((part) => instructionParts(part));
  return 'text' in instruction && typeof instruction.text === 'string' ? [{ text: instruction.text }] : [];
}
