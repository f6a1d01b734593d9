/**
 * @mastra/voice-google-gemini-live. Its address is fixed in its code and it takes its WebSocket from `ws`, so that import
 * alone is answered with a class that dials the same path on the local server. It asks for no transcription and passes on
 * no words of a spoken answer: those are read from the emulator's memory.
 */
import { registerHooks } from 'node:module';
import { WebSocket } from 'ws';
import { audioTurn, newest, textTurn, weather, weatherQuestion, weatherTool } from '../conversation.js';
import { Ears } from '../ears.js';
import { assert, hold, until } from '../frame.js';

function dialLocally(baseUrl) {
  globalThis.LocalWebSocket = class extends WebSocket {
    constructor(url, protocols, options) {
      const { pathname, search } = new URL(url);
      super(`${baseUrl.replace(/^http/, 'ws')}${pathname}${search}`, protocols, options);
    }
  };
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'ws' && context.parentURL?.includes('@mastra/voice-google-gemini-live')
        ? { url: 'data:text/javascript,export const WebSocket = globalThis.LocalWebSocket;', shortCircuit: true }
        : next(specifier, context),
  });
}

await hold(async (stage) => {
  dialLocally(stage.baseUrl);
  const { GeminiLiveVoice } = await import('@mastra/voice-google-gemini-live');
  await stage.part('GeminiLiveVoice', async () => {
    const ears = new Ears();
    const asked = [];
    const session = new GeminiLiveVoice({
      apiKey: 'any',
      model: 'gemini-2.5-flash-native-audio-preview-12-2025',
      instructions: 'Answer briefly.',
      sessionConfig: { enableResumption: true },
    });
    session.addTools({
      [weatherTool.name]: {
        description: weatherTool.description,
        parameters: weatherTool.parameters,
        execute: (args) => {
          asked.push(args);
          return weather;
        },
      },
    });
    session.on('speaking', ({ audioData }) => {
      ears.audio += audioData.length;
    });
    session.on('speaker', (stream) => stream.resume());
    session.on('turnComplete', async () => {
      ears.said += await stage.emulator.lastAnswer();
      ears.turns += 1;
    });
    await session.connect();
    const voice = { say: (text) => session.speak(text), stream: (pcm) => session.send(pcm) };
    const conversation = { stage, ears, voice };
    await textTurn(conversation, { spoken: true });
    await audioTurn(conversation, { transcribed: false });
    await stage.check('the library runs the tool itself, and its result is in the answer', async () => {
      ears.forget();
      await session.speak(weatherQuestion);
      await until('the result in the answer', () => /temperature\W+7/.test(ears.said));
      assert(asked.length === 1 && asked[0].city === 'Oslo', `the tool was called with ${JSON.stringify(asked)}`);
    });
    await stage.check('a goAway does not disturb it, and no resume follows', async () => {
      const before = await newest(stage);
      await stage.emulator.goAway({ timeLeftMs: 300 });
      await until('the end', async () => !(await stage.emulator.connections()).at(-1).isOpen);
      assert((await newest(stage)) === before, 'it connected again');
    });
    await stage.check(
      'its resumeSession is refused, as the service refuses a message that it does not know',
      async () => {
        const before = await newest(stage);
        await session.disconnect();
        session.resumeSession('any').catch(() => {});
        await until(
          'the refusal',
          async () => (await stage.emulator.connections()).at(-1).closeCode !== null && (await newest(stage)) > before,
        );
        const { closeCode, reason } = (await stage.emulator.connections()).at(-1);
        assert(closeCode === 1007, `${closeCode} ${reason}`);
      },
    );
  });
  stage.atRotation(
    'ignores goAway and handles; its resumeSession sends session_resume, no message of the Live API, and is refused with 1007: the app starts anew',
  );
});
