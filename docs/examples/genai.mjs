/**
 * Connect, send, iterate, status, close, with the official SDK.
 *
 * With GEMINI_API_KEY it talks to Google's Live API. Without one it starts the emulator's server on 127.0.0.1 and points
 * the same client to it. GEMINI_MODEL names another model.
 */
import { GoogleGenAI, Modality } from '@google/genai';
import { connect } from 'gemini-lifeline';
import { startEmulatorServer } from 'gemini-lifeline/emulator/server';
import { genai } from 'gemini-lifeline/genai';

const { GEMINI_API_KEY: apiKey, GEMINI_MODEL: model = 'gemini-2.5-flash-native-audio-preview-12-2025' } = process.env;
const server = apiKey ? null : await startEmulatorServer();
const ai = new GoogleGenAI(server ? { apiKey: 'none', httpOptions: { baseUrl: server.baseUrl } } : { apiKey });

const session = await connect({
  transport: genai(ai),
  model,
  config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {} },
});
session.status.subscribe(({ lifecycle, turn, resumability }) =>
  console.log(`${lifecycle}: turn ${turn}, handle ${resumability}`),
);
session.sendRealtimeInput({ text: 'Say in one sentence what a lifeline is.' });
for await (const { serverContent } of session) {
  if (serverContent?.outputTranscription?.text) console.log(`model: ${serverContent.outputTranscription.text.trim()}`);
  if (serverContent?.turnComplete) break;
}
await session.close();
await server?.close();
