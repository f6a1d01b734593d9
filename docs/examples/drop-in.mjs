/**
 * A program written for the SDK's callbacks, and the one line that keeps its session alive.
 *
 * In the middle of it the server says goAway and closes the connection. The program never notices: its onclose comes
 * once, at the end. Runs against the emulator's server on 127.0.0.1, with no key.
 */
import { GoogleGenAI, Modality } from '@google/genai';
import { lifeline } from 'gemini-lifeline';
import { startEmulatorServer } from 'gemini-lifeline/emulator/server';

const server = await startEmulatorServer();
const ai = new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: server.baseUrl } });

const questions = ['My name is Ada.', 'What did I say first?', 'What is my name?'];
const ask = () => session.sendClientContent({ turns: questions.shift() });

// const session = await ai.live.connect({
const session = await lifeline(ai).live.connect({
  model: 'gemini-live-2.5-flash-preview',
  config: { responseModalities: [Modality.TEXT] },
  callbacks: {
    onopen: () => console.log('open'),
    onmessage: ({ text, serverContent }) => {
      if (text) process.stdout.write(text);
      if (!serverContent?.turnComplete) return;
      process.stdout.write('\n');
      if (questions.length === 0) return session.close();
      // What the service does about every ten minutes.
      if (questions.length === 2) server.emulator.goAway({ timeLeftMs: 1_000 });
      ask();
    },
    onerror: ({ message }) => console.error(`error: ${message}`),
    onclose: async ({ code }) => {
      console.log(`closed with ${code} after ${server.emulator.connections.length} connections`);
      await server.close();
    },
  },
});
ask();
