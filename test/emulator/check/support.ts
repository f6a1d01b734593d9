/** Recordings of our own making, as short names; what the grammar says about them. Owns no assertions. */
import { deviationsOf } from '../../../src/emulator/check/grammar.js';
import { stepsOf, type RecordedLine } from '../../../src/emulator/check/read.js';
import { sessionsOf, type ProfileName } from '../../../src/emulator/check/sessions.js';

export type Said = Readonly<{ dir: 'sent' | 'received'; msg: object }>;

export const sent = (msg: object): Said => ({ dir: 'sent', msg });
export const got = (msg: object): Said => ({ dir: 'received', msg });
const content = (fields: object): Said => got({ serverContent: fields });

export const modelOf: Readonly<Record<ProfileName, string>> = {
  '2.5-native': 'models/gemini-2.5-flash-native-audio-preview-12-2025',
  '2.5-flash': 'models/gemini-live-2.5-flash-preview',
  '3.1': 'models/gemini-3.1-flash-live-preview',
  '3.8': 'models/gemini-3.8-live',
  'vertex-2.5': 'projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash',
};

export const transcribed = { inputAudioTranscription: {}, outputAudioTranscription: {} };

export function setup(profile: ProfileName, more: object = transcribed): Said {
  return sent({ setup: { model: modelOf[profile], generationConfig: { responseModalities: ['AUDIO'] }, ...more } });
}

export const tools = (name: string, behavior?: string): object => ({
  ...transcribed,
  tools: [{ functionDeclarations: [{ name, ...(behavior === undefined ? {} : { behavior }) }] }],
});

const sound = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: 'AAAA' } };

export const ready = got({ setupComplete: {} });
export const ask = sent({
  clientContent: { turns: [{ role: 'user', parts: [{ text: 'Good day' }] }], turnComplete: true },
});
export const typed = sent({ realtimeInput: { text: 'Good day' } });
export const microphone = sent({ realtimeInput: { audio: { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' } } });
export const heard = content({ inputTranscription: { text: ' Good day' } });
export const audio = content({ modelTurn: { parts: [sound] } });
export const words = content({ outputTranscription: { text: 'Hello' } });
export const audioWithWords = content({ modelTurn: { parts: [sound] }, outputTranscription: { text: 'Hello' } });
export const text = content({ modelTurn: { parts: [{ text: 'Hello' }] } });
export const thought = content({ modelTurn: { parts: [{ text: 'Hm', thought: true }] } });
export const generated = content({ generationComplete: true });
export const interrupted = content({ interrupted: true });
export const complete = got({ serverContent: { turnComplete: true }, usageMetadata: { totalTokenCount: 9 } });
export const call = (...ids: string[]): Said =>
  got({ toolCall: { functionCalls: ids.map((id) => ({ id, name: 'look_up', args: {} })) } });
export const respond = (...ids: string[]): Said =>
  sent({ toolResponse: { functionResponses: ids.map((id) => ({ id, name: 'look_up', response: { output: 1 } })) } });
export const cancel = (...ids: string[]): Said => got({ toolCallCancellation: { ids } });
export const update = (fields: object = { newHandle: 'h', resumable: true }): Said =>
  got({ sessionResumptionUpdate: fields });
export const goAway = (timeLeft: string): Said => got({ goAway: { timeLeft } });
export const voice = (type: 'START' | 'END', audioOffset: string): Said =>
  got({ voiceActivity: { type: `ACTIVITY_${type}`, audioOffset } });
export const empty = got({});

export function linesOf(said: readonly Said[]): RecordedLine[] {
  return said.map((message, index) => ({ line: index + 1, ...message }));
}

/** `rule@line` of each deviation. */
export function refusals(...said: readonly Said[]): string[] {
  return sessionsOf(stepsOf(linesOf(said))).flatMap((session) =>
    deviationsOf(session).map(({ rule, line }) => `${rule}@${line}`),
  );
}
