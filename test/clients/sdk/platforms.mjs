/**
 * Firebase AI Logic for Swift, Kotlin, Dart and Unity, whose SDKs do not run here: for each, a plain socket that sends
 * the upgrade and the messages in the shapes that its sources send (docs/CLIENTS.md names them). Written for this test;
 * it proves that the emulator serves the shapes, not that the SDKs work.
 */
import { WebSocket } from 'ws';
import { audioTurn, newest, remembers, textTurn, toolTurn, weatherTool } from '../conversation.js';
import { Ears } from '../ears.js';
import { assert, hold, until } from '../frame.js';
import { base64 } from '../speech.js';

const project = 'a-project';
const location = 'us-central1';
const backends = {
  'Developer API': {
    path: '/ws/google.firebase.vertexai.v1beta.GenerativeService/BidiGenerateContent',
    model: `projects/${project}/models/gemini-2.5-flash-native-audio-preview-12-2025`,
  },
  'Vertex AI': {
    path: `/ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/${location}`,
    model: `projects/${project}/locations/${location}/publishers/google/models/gemini-live-2.5-flash-native-audio`,
  },
};
const generationConfig = { responseModalities: ['AUDIO'], temperature: 0.5 };
const userTurn = (text) => ({ role: 'user', parts: [{ text }] });
const instruction = { role: 'system', parts: [{ text: 'Answer briefly.' }] };
const tools = [{ functionDeclarations: [weatherTool] }];
const blob = (pcm) => ({ mimeType: 'audio/pcm', data: base64(pcm) });
const camelSetup = (model, resumption) => ({
  setup: {
    model,
    generationConfig,
    systemInstruction: instruction,
    tools,
    inputAudioTranscription: {},
    outputAudioTranscription: {},
    ...resumption,
  },
});
const camel = {
  text: (text) => ({ clientContent: { turns: [userTurn(text)], turnComplete: true } }),
  audio: (pcm) => ({ realtimeInput: { audio: blob(pcm) } }),
  result: ({ id, name }, response) => ({ toolResponse: { functionResponses: [{ id, name, response }] } }),
};

const platforms = {
  Swift: {
    ...camel,
    binary: true,
    headers: {
      'x-goog-api-key': 'any',
      'x-goog-api-client': 'gl-swift/5 fire/12',
      'Content-Type': 'application/json',
      'X-Firebase-AppCheck': 'any',
      Authorization: 'Firebase any',
      'X-Firebase-AppId': 'any',
    },
    setup: (model) => camelSetup(model),
  },
  Kotlin: {
    ...camel,
    query: '?key=any',
    headers: {
      'x-goog-api-key': 'any',
      'x-goog-api-client': 'gl-kotlin/2-ai fire/17',
      'Content-Type': 'application/json',
    },
    // Its encoder writes what is not set as null.
    setup: (model) => {
      const { setup } = camelSetup(model);
      return { setup: { ...setup, generationConfig: { ...generationConfig, topK: null, speechConfig: null } } };
    },
    audio: (pcm) => ({ realtimeInput: { mediaChunks: [blob(pcm)] } }),
  },
  Dart: {
    query: '?key=any',
    headers: { 'X-Firebase-AppCheck': 'any', Authorization: 'Firebase any' },
    setup: (model) => ({
      setup: {
        model,
        generation_config: generationConfig,
        system_instruction: instruction,
        tools,
        input_audio_transcription: {},
        output_audio_transcription: {},
      },
    }),
    text: (text) => ({ client_content: { turns: [userTurn(text)], turn_complete: true } }),
    audio: (pcm) => ({ realtime_input: { media_chunks: null, audio: blob(pcm) } }),
    result: ({ id, name }, response) => ({ toolResponse: { functionResponses: [{ name, response, id }] } }),
  },
  Unity: {
    ...camel,
    binary: true,
    query: '?key=any',
    headers: { 'x-goog-api-client': 'gl-csharp/8.0 fire/13', Authorization: 'Firebase any' },
    setup: (model, resumption) => camelSetup(model, { sessionResumption: {}, ...resumption }),
    resumes: true,
  },
};

function dial(stage, platform, { path, model }, ears, resumption) {
  const { headers, query = '', binary = false } = platform;
  const socket = new WebSocket(`${stage.baseUrl.replace(/^http/, 'ws')}${path}${query}`, { headers });
  const send = (message) => {
    const text = JSON.stringify(message);
    socket.send(binary ? Buffer.from(text) : text);
  };
  const ready = Promise.withResolvers();
  socket.on('open', () => send(platform.setup(model, resumption)));
  socket.on('error', ready.reject);
  socket.on('close', (code, reason) => ready.reject(new Error(`closed with ${code} ${reason.toString()}`)));
  socket.on('message', (data, isBinary) => {
    // All four read binary frames alone.
    assert(isBinary, 'a text frame');
    const message = JSON.parse(Buffer.from(data).toString());
    if (message.setupComplete) ready.resolve();
    ears.hear(message);
  });
  ready.promise.catch(() => {});
  return { socket, send, ready: ready.promise };
}

await hold(async (stage) => {
  for (const [name, platform] of Object.entries(platforms)) {
    for (const [backendName, backend] of Object.entries(backends)) {
      await stage.part(`${name}, ${backendName}`, async () => {
        const ears = new Ears();
        let link = dial(stage, platform, backend, ears);
        await link.ready;
        const voice = {
          say: (text) => link.send(platform.text(text)),
          stream: (pcm) => link.send(platform.audio(pcm)),
          answerCall: (call, response) => link.send(platform.result(call, response)),
        };
        const conversation = { stage, ears, voice };
        await textTurn(conversation, { spoken: true });
        await audioTurn(conversation);
        await toolTurn(conversation);
        if (platform.resumes) {
          const before = await newest(stage);
          await until('a handle', () => ears.handle !== undefined);
          const resume = () => dial(stage, platform, backend, ears, { sessionResumption: { handle: ears.handle } });
          await stage.check(
            'its order of resuming, new socket before the old one closes, is refused unless the option allows it',
            async () => {
              const refused = await resume().ready.then(
                () => '',
                ({ message }) => message,
              );
              assert(refused.startsWith('closed with 1011 '), refused);
            },
          );
          await stage.emulator.refuseWhileOldSocketOpen(false);
          const old = link;
          link = resume();
          await link.ready;
          old.socket.close();
          await stage.emulator.refuseWhileOldSocketOpen(true);
          await remembers(conversation, before);
        }
        link.socket.close();
      });
    }
  }
  stage.atRotation(
    'Unity dials and sends its setup before it closes the old socket; the others have no resumption in the sources that were read',
  );
});
