/**
 * The unmodified @google/genai 3.1.0 with every option that it lets through, on both providers, over real sockets: what
 * its converters emit is taken, and arrives where the emulator reads it.
 */
import {
  ActivityHandling,
  Behavior,
  Environment,
  EndSensitivity,
  FeatureSelectionPreference,
  FunctionResponseScheduling,
  GoogleGenAI,
  HarmBlockMethod,
  HarmBlockThreshold,
  HarmCategory,
  MediaResolution,
  Modality,
  StartSensitivity,
  ThinkingLevel,
  TurnCoverage,
  Type,
  type GenerationConfig,
  type LiveConnectConfig,
  type LiveServerMessage,
  type Tool,
} from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { messageShape, type MessageShape } from '../../../src/emulator/protocol/schema/shapes.js';
import { startEmulatorServer, type EmulatorServer } from '../../../src/emulator/server.js';

let server: EmulatorServer;
beforeAll(async () => {
  server = await startEmulatorServer({ setupMs: 1, firstAudioDelayMs: 1, replyAudioSeconds: 0.1, playbackFactor: 0 });
});
beforeEach(() => {
  // The SDK warns of what is deprecated; this test uses that too.
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterAll(() => server.close());

const speechConfig = {
  languageCode: 'en-US',
  voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } },
};
const transcription = {
  languageCodes: ['en-US'],
  languageAuto: {},
  languageHints: { languageCodes: ['de-DE'] },
  customVocabulary: ['Lifeline'],
  adaptationPhrases: ['hand-off'],
  wordTimestamp: true,
  diarization: true,
};

/** Deprecated, and still taken: the Developer API's converter passes it through as it is. */
const generationConfig = {
  modelSelectionConfig: { featureSelectionPreference: FeatureSelectionPreference.BALANCED },
  responseJsonSchema: { type: 'object' },
  audioTranscriptionConfig: transcription,
  candidateCount: 1,
  frequencyPenalty: 0.5,
  logprobs: 1,
  presencePenalty: 0.5,
  responseFormat: [{ text: { mimeType: 'text/plain' } }],
  responseLogprobs: false,
  responseMimeType: 'text/plain',
  responseSchema: { type: Type.OBJECT, properties: { a: { type: Type.STRING, maxLength: '9' } } },
  stopSequences: ['stop'],
} satisfies GenerationConfig;

const tools = [
  {
    functionDeclarations: [
      {
        name: 'look',
        description: 'Looks.',
        behavior: Behavior.NON_BLOCKING,
        parameters: { type: Type.OBJECT, properties: { at: { type: Type.STRING } }, required: ['at'] },
        response: { type: Type.OBJECT },
      },
      { name: 'hear', parametersJsonSchema: { type: 'object', additionalProperties: false } },
    ],
  },
  { googleSearch: { searchTypes: { webSearch: {}, imageSearch: {} } } },
  { googleSearchRetrieval: { dynamicRetrievalConfig: { dynamicThreshold: 0.3 } } },
  { googleMaps: { enableWidget: true } },
  { codeExecution: {} },
  { urlContext: {} },
  { computerUse: { environment: Environment.ENVIRONMENT_BROWSER, excludedPredefinedFunctions: ['open'] } },
] satisfies Tool[];

const both = (): LiveConnectConfig => ({
  generationConfig: { ...generationConfig },
  responseModalities: [Modality.AUDIO],
  temperature: 0.5,
  topP: 0.9,
  topK: 40,
  maxOutputTokens: 100,
  mediaResolution: MediaResolution.MEDIA_RESOLUTION_LOW,
  seed: 7,
  speechConfig,
  thinkingConfig: { includeThoughts: true, thinkingBudget: 0, thinkingLevel: ThinkingLevel.LOW },
  enableAffectiveDialog: true,
  systemInstruction: { role: 'user', parts: [{ text: 'Be brief.' }] },
  tools: structuredClone(tools),
  sessionResumption: {},
  inputAudioTranscription: transcription,
  outputAudioTranscription: {},
  realtimeInputConfig: {
    automaticActivityDetection: {
      disabled: false,
      startOfSpeechSensitivity: StartSensitivity.START_SENSITIVITY_HIGH,
      endOfSpeechSensitivity: EndSensitivity.END_SENSITIVITY_LOW,
      prefixPaddingMs: 20,
      silenceDurationMs: 300,
    },
    activityHandling: ActivityHandling.START_OF_ACTIVITY_INTERRUPTS,
    turnCoverage: TurnCoverage.TURN_INCLUDES_ONLY_ACTIVITY,
    interimTranscriptTimestampEnabled: true,
  },
  contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } },
  proactivity: { proactiveAudio: true, proactiveVideo: true },
  avatarConfig: { avatarName: 'a', audioBitrateBps: 16_000, videoBitrateBps: 64_000 },
  safetySettings: [{ category: HarmCategory.HARM_CATEGORY_HARASSMENT, threshold: HarmBlockThreshold.BLOCK_ONLY_HIGH }],
  translationConfig: { echoTargetLanguage: true, targetLanguageCode: 'de' },
  labels: { team: 'x' },
});

const developerConfig = (): LiveConnectConfig => ({
  ...both(),
  generationConfig: { ...generationConfig, enableEnhancedCivicAnswers: true },
  tools: [
    ...structuredClone(tools),
    { fileSearch: { fileSearchStoreNames: ['s'], metadataFilter: 'a=1', topK: 3 } },
    {
      mcpServers: [
        { name: 'm', streamableHttpTransport: { url: 'http://localhost', timeout: '5s', headers: { a: 'b' } } },
      ],
    },
    { googleSearch: { timeRangeFilter: { startTime: '2026-01-01T00:00:00Z', endTime: '2026-02-01T00:00:00Z' } } },
    { googleMaps: { authConfig: { apiKey: 'k' } } },
  ],
});

const vertexConfig = (): LiveConnectConfig => ({
  ...both(),
  generationConfig: {
    ...generationConfig,
    audioTimestamp: true,
    routingConfig: { autoMode: { modelRoutingPreference: 'BALANCED' } },
  },
  speechConfig: {
    languageCode: 'en-US',
    voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/pcm', voiceSampleAudio: 'AAAA' } },
  },
  sessionResumption: { transparent: true },
  explicitVadSignal: true,
  safetySettings: [
    {
      category: HarmCategory.HARM_CATEGORY_HARASSMENT,
      method: HarmBlockMethod.SEVERITY,
      threshold: HarmBlockThreshold.OFF,
    },
  ],
  tools: [
    ...structuredClone(tools),
    { retrieval: { vertexAiSearch: { datastore: 'd', maxResults: 3 } } },
    { retrieval: { vertexRagStore: { ragResources: [{ ragCorpus: 'c' }], ragRetrievalConfig: { topK: 3 } } } },
    { enterpriseWebSearch: { excludeDomains: ['example.com'] } },
    { exaAiSearch: { apiKey: 'k', customConfigs: { a: 1 } } },
    { parallelAiSearch: { apiKey: 'k', enableDataRetention: false } },
    { mcpServers: [{}] },
    {
      googleMaps: { authConfig: { apiKeyConfig: { apiKeyString: 'k' } }, groundingTypes: { places: {}, routing: {} } },
    },
    { googleSearch: { excludeDomains: ['example.com'] } },
  ],
});

const providers = [
  {
    name: 'developer',
    model: 'gemini-3.8-live',
    ai: () => new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: server.baseUrl, apiVersion: 'v1alpha' } }),
    config: developerConfig,
    only: ['dev', 'alpha'],
  },
  {
    name: 'vertex',
    model: 'gemini-3.8-live',
    ai: () => new GoogleGenAI({ vertexai: true, apiKey: 'k', httpOptions: { baseUrl: server.baseUrl } }),
    config: vertexConfig,
    only: ['vertex', 'alpha'],
  },
] as const;

/** The SDK's connect drops it, or has another name for it. */
const notSent = new Set(['toolConfig', 'historyConfig', 'modelSelectionConfig', 'modelConfig']);

function unsent(shape: MessageShape, sent: object, only: readonly string[]): string[] {
  return [...new Set(shape.fields.values())]
    .filter((field) => field.only === null || only.includes(field.only))
    .map(({ name }) => name)
    .filter((name) => !(name in sent) && !notSent.has(name));
}

describe.each(providers)('$name', ({ ai, model, config, only }) => {
  const connect = async () => {
    const messages: LiveServerMessage[] = [];
    const ends: string[] = [];
    const session = await ai().live.connect({
      model,
      config: config(),
      callbacks: {
        onmessage: (message) => void messages.push(message),
        onclose: (event) => void ends.push(`${event.code} ${event.reason}`),
      },
    });
    return { session, messages, ends };
  };

  test('every option of connect is taken, and none is left out here', async () => {
    const { session, ends } = await connect();
    expect(ends).toEqual([]);
    const setup = server.emulator.connections.at(-1)?.setup ?? {};
    const setupShape = messageShape('Setup');
    expect(unsent(setupShape, setup, only)).toEqual([]);
    const generation = setupShape.fields.get('generationConfig')?.kind;
    if (generation?.is !== 'message') throw new Error('no message');
    expect(unsent(generation.message, setup['generationConfig'] as object, only)).toEqual([]);
    session.close();
  });

  test('every message is taken', async () => {
    const { session, ends } = await connect();
    const blob = { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' };
    session.sendClientContent({
      turns: [
        { role: 'user', parts: [{ text: 'hello' }, { inlineData: { data: 'AAAA', mimeType: 'image/png' } }] },
        {
          role: 'model',
          parts: [{ functionCall: { id: '1', name: 'look', args: { at: 'x' } } }, { text: 'hm', thought: true }],
        },
        { role: 'user', parts: [{ functionResponse: { id: '1', name: 'look', response: { output: 'x' } } }] },
        {
          role: 'user',
          parts: [
            { fileData: { fileUri: 'gs://b/f', mimeType: 'video/mp4' }, videoMetadata: { fps: 1, startOffset: '1s' } },
          ],
        },
        {
          role: 'model',
          parts: [{ executableCode: { code: '1', language: 'PYTHON' as never } }, { thoughtSignature: 'AAAA' }],
        },
      ],
      turnComplete: true,
    });
    session.sendRealtimeInput({ audio: blob });
    session.sendRealtimeInput({ media: blob });
    session.sendRealtimeInput({ video: { data: 'AAAA', mimeType: 'image/jpeg' } });
    session.sendRealtimeInput({ text: 'hello' });
    session.sendRealtimeInput({ audioStreamEnd: true });
    session.sendToolResponse({
      functionResponses: [
        {
          id: 'x',
          name: 'look',
          response: { output: 'x' },
          scheduling: FunctionResponseScheduling.WHEN_IDLE,
          parts: [{ inlineData: { data: 'AAAA', mimeType: 'image/png' } }],
        },
      ],
    });
    session.sendContextUpdate({
      systemInstruction: { parts: [{ text: 'Be long.' }] },
      tools: { tools: [{ functionDeclarations: [{ name: 'late' }] }] },
    });
    const id = server.emulator.connections.length;
    const heard = () =>
      server.emulator
        .contexts()
        .at(-1)
        ?.heard.upTo()
        .map(({ kind }) => kind);
    await vi.waitFor(() => expect(ends.length + (heard()?.length ?? 0)).toBeGreaterThanOrEqual(8), { timeout: 10_000 });
    expect(ends).toEqual([]);
    expect(heard()).toEqual([
      'content',
      'audio',
      'audio',
      'video',
      'text',
      'audioStreamEnd',
      'toolResponse',
      'contextUpdate',
    ]);
    expect(server.emulator.liveConnections).toContain(id);
    session.close();
  });
});

test('authTokens.create with constraints: its mask decides what the guest may choose', async () => {
  const { ai } = providers[0];
  const create = (lockAdditionalFields?: string[]) =>
    ai().authTokens.create({
      config: {
        uses: 2,
        expireTime: new Date(Date.now() + 600_000).toISOString(),
        newSessionExpireTime: new Date(Date.now() + 60_000).toISOString(),
        liveConnectConstraints: {
          model: 'gemini-live-2.5-flash-preview',
          config: { responseModalities: [Modality.TEXT], systemInstruction: 'Be polite.' },
        },
        ...(lockAdditionalFields === undefined ? {} : { lockAdditionalFields }),
      },
    });
  const setupWith = async (token: string) => {
    const guest = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: server.baseUrl, apiVersion: 'v1alpha' } });
    const session = await guest.live.connect({
      model: 'gemini-3.8-live',
      config: { responseModalities: [Modality.AUDIO], temperature: 1, topP: 0.5, systemInstruction: 'Be rude.' },
      callbacks: { onmessage() {} },
    });
    session.close();
    return server.emulator.connections.at(-1)?.setup;
  };
  const pinned = {
    model: 'models/gemini-live-2.5-flash-preview',
    systemInstruction: { parts: [{ text: 'Be polite.' }] },
  };
  expect(await setupWith((await create()).name ?? '')).toMatchObject({
    ...pinned,
    generationConfig: { responseModalities: ['TEXT'] },
  });
  expect((await setupWith((await create([])).name ?? ''))?.['generationConfig']).toEqual({
    responseModalities: ['TEXT'],
    temperature: 1,
    topP: 0.5,
  });
  expect((await setupWith((await create(['temperature'])).name ?? ''))?.['generationConfig']).toEqual({
    responseModalities: ['TEXT'],
    topP: 0.5,
  });
});
