/** Reading what an emulated model sent, in the order it came. Owns no assertions and no expectations. */
import type { LiveConnectConfig } from '@google/genai';
import type { EmulatorTransportOptions } from '../../../src/emulator/index.js';
import { AUDIO, bench, type Bench, type Client, type Frame } from '../support.js';

export const native = 'gemini-2.5-flash-native-audio-preview-12-2025';
export const halfCascade = 'gemini-live-2.5-flash-preview';
export const third = 'gemini-3.1-flash-live-preview';
export const latest = 'gemini-3.8-live';

export const transcribed: LiveConnectConfig = { ...AUDIO, inputAudioTranscription: {}, outputAudioTranscription: {} };

/** One short name per frame: what it holds, joined by `+`. */
export function nameOf(frame: Frame): string {
  const content = frame['serverContent'] as Frame | undefined;
  const inner = Object.entries(content ?? {}).map(([key, value]) => {
    if (key !== 'modelTurn') return key;
    const part = (value as Frame)['parts'][0] as Frame;
    return part['thought'] === true ? 'thought' : part['inlineData'] ? 'audio' : (Object.keys(part)[0] ?? '');
  });
  const others = Object.keys(frame).filter((key) => key !== 'serverContent' && key !== 'usageMetadata');
  if (content !== undefined && inner.length === 0) inner.push('serverContent{}');
  return [...inner, ...others].join('+') || '{}';
}

/** The names from `from` on, runs of one name as one. */
export function order(client: Client, from = 1): string[] {
  return client.frames
    .slice(from)
    .map(nameOf)
    .filter((name, index, all) => name !== all[index - 1]);
}

export async function openModel(
  model: string,
  config: LiveConnectConfig = transcribed,
  options: EmulatorTransportOptions = {},
): Promise<Bench & { client: Client }> {
  const made = bench(options);
  return { ...made, client: await made.open(config, model) };
}

export function callsOf(client: Client): { id: string; name: string; args: Frame }[] {
  return client.frames.flatMap((frame) => frame['toolCall']?.functionCalls ?? []);
}

export function heard(client: Client): string {
  return client.frames.map((frame) => (frame['serverContent']?.outputTranscription?.text as string) ?? '').join('');
}

export const text = (words: string): object => ({ realtimeInput: { text: words } });

export const results = (...responses: Frame[]): object => ({ toolResponse: { functionResponses: responses } });
