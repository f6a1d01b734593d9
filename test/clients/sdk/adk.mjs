/**
 * @google/adk: `runLive` of its in-memory runner with a LiveRequestQueue, and a tool that the agent calls itself. Its run
 * config has no sessionResumption, so handles come only from models that send them unasked: 3.1.
 */
import { FunctionTool, Gemini, InMemoryRunner, LiveRequestQueue, LlmAgent, LogLevel, setLogLevel } from '@google/adk';
import { setDefaultBaseUrls } from '@google/genai';
import {
  audioTurn,
  bargeIn,
  manualTurn,
  rotatesItself,
  textTurn,
  weather,
  weatherQuestion,
  weatherTool,
} from '../conversation.js';
import { Ears } from '../ears.js';
import { assert, hold, until } from '../frame.js';
import { base64, mimeType } from '../speech.js';

setLogLevel?.(LogLevel.ERROR);

async function converse(stage, runConfig = {}) {
  const ears = new Ears();
  const queue = new LiveRequestQueue();
  const abort = new AbortController();
  const asked = [];
  const tool = new FunctionTool({
    ...weatherTool,
    execute: (args) => {
      asked.push(args);
      return weather;
    },
  });
  const model = new Gemini({ model: 'gemini-3.1-flash-live-preview', apiKey: 'any' });
  const agent = new LlmAgent({ name: 'guide', model, instruction: 'Answer briefly.', tools: [tool] });
  const runner = new InMemoryRunner({ agent, appName: 'app' });
  const { id } = await runner.sessionService.createSession({ appName: 'app', userId: 'user' });
  const listen = async () => {
    const events = runner.runLive({
      userId: 'user',
      sessionId: id,
      liveRequestQueue: queue,
      abortSignal: abort.signal,
      runConfig: {
        responseModalities: ['AUDIO'],
        inputAudioTranscription: {},
        outputAudioTranscription: {},
        contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } },
        ...runConfig,
      },
    });
    for await (const {
      content,
      partial,
      inputTranscription,
      outputTranscription,
      interrupted,
      turnComplete,
    } of events) {
      ears.hear({
        serverContent: {
          modelTurn: content,
          interrupted,
          turnComplete,
          // Pieces first, then the whole once more.
          ...(partial ? { inputTranscription, outputTranscription } : {}),
        },
      });
    }
  };
  listen().catch((error) => {
    if (!abort.signal.aborted) console.error('runLive ended:', error);
  });
  await until('a connection', async () => (await stage.emulator.connections()).at(-1)?.isOpen === true);
  await until('its setup', async () => (await stage.emulator.connections()).at(-1)?.isReady === true);
  const voice = {
    say: (text) => queue.sendContent({ role: 'user', parts: [{ text }] }),
    stream: (pcm) => queue.sendRealtime({ data: base64(pcm), mimeType }),
    startActivity: () => queue.sendActivityStart(),
    endActivity: () => queue.sendActivityEnd(),
  };
  return { stage, ears, voice, asked, close: () => abort.abort() };
}

await hold(async (stage) => {
  setDefaultBaseUrls({ geminiUrl: stage.baseUrl });
  await stage.part('runLive', async () => {
    const conversation = await converse(stage);
    const { ears, voice, asked } = conversation;
    await textTurn(conversation, { spoken: true });
    await audioTurn(conversation);
    await stage.check('the agent runs the tool itself, and its result is in the answer', async () => {
      ears.forget();
      voice.say(weatherQuestion);
      await until('the result in the answer', () => /temperature\W+7/.test(ears.said));
      assert(asked.length === 1 && asked[0].city === 'Oslo', `the tool was called with ${JSON.stringify(asked)}`);
      await until('turnComplete', () => ears.turns > 0);
    });
    await bargeIn(conversation);
    await rotatesItself(conversation);
    await rotatesItself(conversation);
    conversation.close();
  });
  await stage.part('runLive, manual activity', async () => {
    const conversation = await converse(stage, {
      realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
    });
    await manualTurn(conversation);
    conversation.close();
  });
  stage.atRotation(
    'by itself, on goAway: dials with its newest handle, at most five times in one runLive; it sends no history then',
  );
});
