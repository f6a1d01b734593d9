/** For each provider a config with every option that @google/genai 3.1.0 lets through. Owns no assertions. */
import {
  ActivityHandling,
  Behavior,
  Environment,
  EndSensitivity,
  FeatureSelectionPreference,
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
  type Tool,
} from '@google/genai';

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

export const developerConfig = (): LiveConnectConfig => ({
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

export const vertexConfig = (): LiveConnectConfig => ({
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
