/**
 * @google/genai, whichever version the argument names: Developer API, Vertex AI with a token and with a key, ephemeral
 * tokens. It has no reconnection of its own; the app keeps the newest handle and connects again with it.
 */
import { OAuth2Client } from 'google-auth-library';
import { audioTurn, bargeIn, manualTurn, newest, remembers, textTurn, toolTurn, weatherTool } from '../conversation.js';
import { Ears } from '../ears.js';
import { assert, hold, until } from '../frame.js';
import { base64, mimeType } from '../speech.js';

const { GoogleGenAI, Modality } = await import(process.argv[3]);
const spokenModel = 'gemini-2.5-flash-native-audio-preview-12-2025';
const textModel = 'gemini-live-2.5-flash-preview';
const vertexModel = 'gemini-live-2.5-flash-native-audio';

/** One conversation over as many connections as it takes. */
async function converse(stage, ai, model, config) {
  const ears = new Ears();
  const closes = [];
  let session;
  const open = async () => {
    const opened = Promise.withResolvers();
    session = await ai.live.connect({
      model,
      config: {
        ...structuredClone(config),
        ...(ears.handle ? { sessionResumption: { ...config.sessionResumption, handle: ears.handle } } : {}),
      },
      callbacks: {
        onmessage: (message) => {
          ears.hear(message);
          if (message.setupComplete) opened.resolve();
        },
        onclose: ({ code, reason }) => closes.push({ code, reason }),
      },
    });
    // 1.52.0 resolves as soon as the socket is open.
    await opened.promise;
  };
  await open();
  const voice = {
    say: (text) => session.sendClientContent({ turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true }),
    stream: (pcm) => session.sendRealtimeInput({ audio: { data: base64(pcm), mimeType } }),
    startActivity: () => session.sendRealtimeInput({ activityStart: {} }),
    endActivity: () => session.sendRealtimeInput({ activityEnd: {} }),
    answerCall: ({ id, name }, response) => session.sendToolResponse({ functionResponses: [{ id, name, response }] }),
  };
  const rotate = async () => {
    const before = await newest(stage);
    await stage.check('a goAway is received, with its time', async () => {
      await stage.emulator.goAway({ timeLeftMs: 5_000 });
      await until('goAway', () => ears.goAways.length > 0);
      assert(ears.goAways.at(-1) === '5s', `timeLeft was ${String(ears.goAways.at(-1))}`);
    });
    const closed = closes.length;
    session.close();
    await until('the old socket closed', () => closes.length > closed);
    await open();
    await remembers({ stage, ears, voice }, before);
  };
  const rotateAfterCut = async () => {
    const before = await newest(stage);
    await stage.check('an age limit is reported with its code and reason', async () => {
      const closed = closes.length;
      await stage.emulator.cut({
        how: 'close',
        code: 1011,
        reason: 'Deadline expired before operation could complete.',
      });
      await until('onclose', () => closes.length > closed);
      const { code, reason } = closes.at(-1);
      assert(code === 1011 && reason.startsWith('Deadline expired'), `${code} ${reason}`);
    });
    await open();
    await remembers({ stage, ears, voice }, before);
  };
  return { stage, ears, voice, rotate, rotateAfterCut, close: () => session.close() };
}

const spoken = {
  responseModalities: [Modality.AUDIO],
  inputAudioTranscription: {},
  outputAudioTranscription: {},
  sessionResumption: {},
  contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } },
  systemInstruction: 'Answer briefly.',
  tools: [{ functionDeclarations: [weatherTool] }],
};

await hold(async (stage) => {
  const local = (httpOptions = {}) => ({ httpOptions: { baseUrl: stage.baseUrl, ...httpOptions } });

  await stage.part('Developer API, AUDIO', async () => {
    const conversation = await converse(stage, new GoogleGenAI({ apiKey: 'any', ...local() }), spokenModel, spoken);
    await textTurn(conversation, { spoken: true });
    await audioTurn(conversation);
    await toolTurn(conversation);
    await bargeIn(conversation);
    await conversation.rotate();
    await audioTurn(conversation);
    await conversation.rotateAfterCut();
    conversation.close();
  });

  await stage.part('Developer API v1beta, TEXT, manual activity', async () => {
    const ai = new GoogleGenAI({ apiKey: 'any', ...local({ apiVersion: 'v1beta' }) });
    const conversation = await converse(stage, ai, textModel, {
      responseModalities: [Modality.TEXT],
      sessionResumption: {},
      realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
      contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '1000' } },
    });
    await textTurn(conversation, { spoken: false });
    await manualTurn(conversation);
    await conversation.rotate();
    await stage.check('the context window slides at triggerTokens', async () => {
      const { ears, voice } = conversation;
      ears.forget();
      voice.say('This is a long story. '.repeat(1_200));
      await until('turnComplete', () => ears.turns > 0);
      const compressions = async () => (await stage.emulator.connections()).at(-1).compressions;
      await until('a compression', async () => (await compressions()) > 0);
    });
    conversation.close();
  });

  await stage.part('Vertex AI, access token', async () => {
    const authClient = new OAuth2Client();
    authClient.setCredentials({ access_token: 'any', expiry_date: 4_102_444_800_000 });
    const ai = new GoogleGenAI({
      vertexai: true,
      project: 'a-project',
      location: 'us-central1',
      googleAuthOptions: { authClient },
      ...local(),
    });
    const conversation = await converse(stage, ai, vertexModel, {
      ...spoken,
      sessionResumption: { transparent: true },
    });
    await textTurn(conversation, { spoken: true });
    await audioTurn(conversation);
    await toolTurn(conversation);
    await bargeIn(conversation);
    await stage.check('updates carry the index of the last message they include', async () => {
      const { ears } = conversation;
      await until('an index above 50', () => ears.lastIndex > 50);
      const { path, setup } = (await stage.emulator.connections()).at(-1);
      assert(path.endsWith('LlmBidiService/BidiGenerateContent'), path);
      assert(setup.model.startsWith('projects/a-project/locations/us-central1/publishers/'), setup.model);
    });
    await conversation.rotate();
    conversation.close();
  });

  await stage.part('Vertex AI, express key', async () => {
    const ai = new GoogleGenAI({ vertexai: true, apiKey: 'any', ...local() });
    const conversation = await converse(stage, ai, vertexModel, spoken);
    await textTurn(conversation, { spoken: true });
    await conversation.rotate();
    conversation.close();
  });

  await stage.part('ephemeral token', async () => {
    const own = new GoogleGenAI({ apiKey: 'any', ...local({ apiVersion: 'v1alpha' }) });
    const token = await own.authTokens.create({
      config: {
        uses: 1,
        expireTime: new Date(Date.now() + 600_000).toISOString(),
        liveConnectConstraints: { model: spokenModel, config: { responseModalities: [Modality.AUDIO] } },
        // Without this the constraints are the whole setup, and what the client adds is not heard.
        lockAdditionalFields: [],
      },
    });
    await stage.check('authTokens.create gives a name', () => {
      assert(/^auth_tokens\/./.test(token.name), JSON.stringify(token));
    });
    const ai = new GoogleGenAI({ apiKey: token.name, ...local({ apiVersion: 'v1alpha' }) });
    const conversation = await converse(stage, ai, spokenModel, spoken);
    await textTurn(conversation, { spoken: true });
    await conversation.rotate();
    conversation.close();
    await stage.check('a second session with a token of one use is refused', async () => {
      const closed = Promise.withResolvers();
      ai.live
        .connect({ model: spokenModel, config: {}, callbacks: { onmessage() {}, onclose: closed.resolve } })
        .catch(() => {});
      const { code, reason } = await closed.promise;
      assert(code === 1011 && reason.startsWith('Token has been used too many times'), `${code} ${reason}`);
    });
  });

  stage.atRotation(
    'nothing of its own: reports goAway and handles, the app closes and connects again with the newest handle',
  );
});
