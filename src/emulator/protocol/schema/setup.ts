/**
 * The fields of a setup and of what is nested in it, tools aside.
 *
 * Owns the names; schema/shapes.ts says how the tables read. Source: @google/genai 3.1.0, its types and live converters
 * (DOC), with what its notes say of each provider. modelConfig is the name of modelSelectionConfig on the wire of Vertex
 * AI. toolConfig: the setup of Firebase 12.19 has it. Fields marked @alpha: enableAffectiveDialog is an unknown name on
 * v1beta (LOG google-gemini/cookbook#775, python-genai#865, java-genai#382), proactivity too (LOG js-genai#1953); that v1
 * knows no more than v1beta is inferred (OWN).
 */
export const setupTables = `
Setup = BidiGenerateContentSetup {
  model: string; generationConfig: GenerationConfig; systemInstruction: Content; tools: Tool[]; toolConfig: ToolConfig;
  realtimeInputConfig: RealtimeInputConfig; sessionResumption: SessionResumptionConfig;
  contextWindowCompression: ContextWindowCompressionConfig; inputAudioTranscription: AudioTranscriptionConfig;
  outputAudioTranscription: AudioTranscriptionConfig; proactivity: ProactivityConfig @alpha;
  historyConfig: HistoryConfig; explicitVadSignal: bool @vertex; avatarConfig: AvatarConfig;
  safetySettings: SafetySetting[]; labels: map<string> }
GenerationConfig {
  modelSelectionConfig: ModelSelectionConfig; modelConfig: ModelSelectionConfig @vertex; responseJsonSchema: value;
  audioTranscriptionConfig: AudioTranscriptionConfig; audioTimestamp: bool @vertex; candidateCount: int32;
  enableAffectiveDialog: bool @alpha; frequencyPenalty: float; logprobs: int32; maxOutputTokens: int32;
  mediaResolution: MediaResolution; presencePenalty: float; responseFormat: ResponseFormat[]; responseLogprobs: bool;
  responseMimeType: string; responseModalities: Modality[]; responseSchema: Schema;
  routingConfig: RoutingConfig @vertex; seed: int32; speechConfig: SpeechConfig; stopSequences: string[];
  temperature: float; thinkingConfig: ThinkingConfig; topK: float; topP: float; enableEnhancedCivicAnswers: bool @dev;
  translationConfig: TranslationConfig }
ModelSelectionConfig { featureSelectionPreference: FeatureSelectionPreference }
AudioTranscriptionConfig {
  languageCodes: string[]; languageAuto: LanguageAuto; languageHints: LanguageHints; customVocabulary: string[];
  adaptationPhrases: string[]; wordTimestamp: bool; diarization: bool; mode: TranscriptionMode; sourceText: string }
LanguageAuto { }
LanguageHints { languageCodes: string[] }
ResponseFormat {
  audio: AudioResponseFormat; image: ImageResponseFormat; text: TextResponseFormat;
  video: VideoResponseFormat }
AudioResponseFormat { bitRate: int32; delivery: Delivery; mimeType: string; sampleRate: int32 }
ImageResponseFormat { aspectRatio: AspectRatio; delivery: Delivery; imageSize: ImageSize; mimeType: string }
TextResponseFormat { mimeType: string; schema: value }
VideoResponseFormat {
  aspectRatio: AspectRatio; delivery: Delivery; duration: duration; gcsUri: string; resolution: string }
RoutingConfig = GenerationConfig.RoutingConfig {
  autoMode: AutoRoutingMode |routing_config; manualMode: ManualRoutingMode |routing_config }
AutoRoutingMode = GenerationConfig.RoutingConfig.AutoRoutingMode { modelRoutingPreference: ModelRoutingPreference }
ManualRoutingMode = GenerationConfig.RoutingConfig.ManualRoutingMode { modelName: string }
SpeechConfig { voiceConfig: VoiceConfig; languageCode: string; multiSpeakerVoiceConfig: MultiSpeakerVoiceConfig }
VoiceConfig {
  replicatedVoiceConfig: ReplicatedVoiceConfig |voice_config; prebuiltVoiceConfig: PrebuiltVoiceConfig |voice_config;
  voice: string }
ReplicatedVoiceConfig {
  mimeType: string; voiceSampleAudio: bytes; consentAudio: bytes @dev;
  voiceConsentSignature: VoiceConsentSignature @dev }
VoiceConsentSignature { signature: string }
PrebuiltVoiceConfig { voiceName: string }
MultiSpeakerVoiceConfig { speakerVoiceConfigs: SpeakerVoiceConfig[] }
SpeakerVoiceConfig { speaker: string; voiceConfig: VoiceConfig }
ThinkingConfig { includeThoughts: bool; thinkingBudget: int32; thinkingLevel: ThinkingLevel }
TranslationConfig { echoTargetLanguage: bool; targetLanguageCode: string }
RealtimeInputConfig {
  automaticActivityDetection: AutomaticActivityDetection; activityHandling: ActivityHandling;
  turnCoverage: TurnCoverage; interimTranscriptTimestampEnabled: bool }
AutomaticActivityDetection {
  disabled: bool; startOfSpeechSensitivity: StartSensitivity; endOfSpeechSensitivity: EndSensitivity;
  prefixPaddingMs: int32; silenceDurationMs: int32 }
SessionResumptionConfig { handle: string @null; transparent: bool @vertex }
ContextWindowCompressionConfig { triggerTokens: int64; slidingWindow: SlidingWindow }
SlidingWindow = ContextWindowCompressionConfig.SlidingWindow { targetTokens: int64 }
ProactivityConfig { proactiveAudio: bool; proactiveVideo: bool }
HistoryConfig { initialHistoryInClientContent: bool }
AvatarConfig {
  avatarName: string; customizedAvatar: CustomizedAvatar; audioBitrateBps: int32;
  videoBitrateBps: int32 }
CustomizedAvatar { imageMimeType: string; imageData: bytes }
SafetySetting { category: HarmCategory; method: HarmBlockMethod @vertex; threshold: HarmBlockThreshold }
AuthToken {
  name: string; expireTime: timestamp; newSessionExpireTime: timestamp; uses: int32; bidiGenerateContentSetup: Setup;
  fieldMask: string }
`;
