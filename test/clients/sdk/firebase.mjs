/**
 * firebase, AI Logic: LiveGenerativeModel on both backends. Its address is fixed in its code, so it is given a WebSocket
 * that dials the same path on the local server; nothing else of it is changed. The app calls its resumeSession on
 * goingAwayNotice, as its guide says. It reads one field of a message alone and never shows usageMetadata.
 */
import { initializeApp } from 'firebase/app';
import { getAI, getLiveGenerativeModel, GoogleAIBackend, ResponseModality, VertexAIBackend } from 'firebase/ai';
import { audioTurn, bargeIn, newest, remembers, textTurn, toolTurn, weatherTool } from '../conversation.js';
import { Ears } from '../ears.js';
import { assert, hold, until } from '../frame.js';
import { base64, mimeType } from '../speech.js';

function dialLocally(baseUrl) {
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(url) {
      const { pathname, search } = new URL(url);
      super(`${baseUrl.replace(/^http/, 'ws')}${pathname}${search}`);
    }
  };
}

async function converse(stage, backend, model) {
  const ears = new Ears();
  const app = initializeApp({ apiKey: 'any', projectId: 'a-project', appId: 'any' }, `app-${model}`);
  const live = getLiveGenerativeModel(getAI(app, { backend }), {
    model,
    generationConfig: {
      responseModalities: [ResponseModality.AUDIO],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      contextWindowCompression: { triggerTokens: 25_600, slidingWindow: { targetTokens: 12_800 } },
    },
    systemInstruction: 'Answer briefly.',
    tools: [{ functionDeclarations: [weatherTool] }],
  });
  const session = await live.connect({});
  const listen = async () => {
    for await (const message of session.receive()) {
      switch (message.type) {
        case 'serverContent':
          ears.hear({ serverContent: message });
          break;
        case 'toolCall':
          ears.hear({ toolCall: message });
          break;
        case 'sessionResumptionUpdate':
          ears.hear({ sessionResumptionUpdate: message });
          break;
        case 'goingAwayNotice':
          ears.goAways.push(message.timeLeft);
          break;
        default:
          break;
      }
    }
  };
  void listen();
  const voice = {
    say: (text) => session.send(text),
    stream: (pcm) => session.sendAudioRealtime({ data: base64(pcm), mimeType }),
    answerCall: ({ id, name }, response) => session.sendFunctionResponses([{ id, name, response }]),
  };
  const rotate = async () => {
    const before = await newest(stage);
    await stage.check('a goingAwayNotice is received, with its time in seconds', async () => {
      await stage.emulator.goAway({ timeLeftMs: 5_000 });
      await until('goingAwayNotice', () => ears.goAways.length > 0);
      assert(ears.goAways.at(-1) === 5, `timeLeft was ${String(ears.goAways.at(-1))}`);
    });
    await session.resumeSession({ handle: ears.handle });
    void listen();
    await remembers({ stage, ears, voice }, before);
  };
  return { stage, ears, voice, rotate, close: () => session.close() };
}

await hold(async (stage) => {
  dialLocally(stage.baseUrl);
  const backends = [
    [
      'GoogleAIBackend',
      new GoogleAIBackend(),
      'gemini-2.5-flash-native-audio-preview-12-2025',
      /^projects\/a-project\/models\//,
    ],
    [
      'VertexAIBackend',
      new VertexAIBackend('us-central1'),
      'gemini-live-2.5-flash-native-audio',
      /^projects\/a-project\/locations\/us-central1\/publishers\/google\/models\//,
    ],
  ];
  for (const [name, backend, model, longName] of backends) {
    await stage.part(name, async () => {
      const conversation = await converse(stage, backend, model);
      await stage.check('it dialled its own path with its own form of the model', async () => {
        const { path, setup } = (await stage.emulator.connections()).at(-1);
        assert(path.startsWith('/ws/google.firebase.vertexai.v1beta.'), path);
        assert(longName.test(setup.model), setup.model);
      });
      await textTurn(conversation, { spoken: true });
      await audioTurn(conversation);
      await toolTurn(conversation);
      await bargeIn(conversation);
      await conversation.rotate();
      await audioTurn(conversation);
      await conversation.close();
    });
  }
  stage.atRotation(
    'nothing of its own: on goingAwayNotice the app calls resumeSession with the newest handle, which closes first and dials then',
  );
});
