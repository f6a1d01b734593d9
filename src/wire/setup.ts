/**
 * Setup: the first frame of a connection, made from a LiveConnectConfig.
 *
 * Owns where each config field goes in that frame, for each service; the frame is the one @google/genai 3.1.0 writes
 * for the same config. Never adds a default of Lifeline's own, and never changes the config it is given.
 */
import type { LiveConnectConfig } from '@google/genai';
import { LifelineError } from '../errors.js';
import type { Provider } from '../transport/port.js';
import { contentFor, toContent } from './content.js';
import { isFields, keepAll, refuseAll, reshape, reshapeEach, type Fields, type Refusal, type Shape } from './shape.js';
import { toTools } from './tools.js';

export interface SetupFrame {
  setup: Record<string, unknown>;
}

/**
 * The setup frame for `config`, ready for JSON.stringify.
 *
 * `model` gets the service's prefix; on Vertex AI the project and location in front of it are the transport's to add.
 * Throws LifelineError `invalidOptions`, naming the field, for what the service does not take.
 */
export function toSetup(model: string, config: LiveConnectConfig, provider: Provider): SetupFrame {
  const fields = config as Fields;
  if (fields['httpOptions']) throw refusal('config.httpOptions', 'belongs to the client, not to one connection');
  if (provider === 'developer' && fields['explicitVadSignal'] !== undefined) {
    throw refusal('config.explicitVadSignal', 'is not supported by this service');
  }
  const generationConfig = toGenerationConfig(fields, provider);
  return {
    setup: {
      model: wireModel(model, provider),
      ...(generationConfig === undefined ? {} : { generationConfig }),
      ...reshape(fields, setupShape(provider), 'config', refusal),
    },
  };
}

/** The model with the resource prefix of its service, as it stands in the setup frame. */
export function wireModel(model: string, provider: Provider): string {
  if (typeof model !== 'string' || model === '') throw refusal('model', 'must be a name');
  if (/\.\.|[?&]/.test(model)) throw refusal('model', "must not contain '..', '?' or '&'");
  if (provider === 'developer') return /^(models|tunedModels)\//.test(model) ? model : `models/${model}`;
  if (/^(publishers|projects|models)\//.test(model)) return model;
  const [publisher, name] = model.split('/', 2);
  return name === undefined ? `publishers/google/models/${model}` : `publishers/${publisher}/models/${name}`;
}

const refusal: Refusal = (path, problem) =>
  new LifelineError('invalidOptions', `${path} ${problem}.`, { phase: 'options' });

/** Fields of the config that the wire nests under generationConfig. */
const generationFields = [
  'responseModalities',
  'temperature',
  'topP',
  'topK',
  'maxOutputTokens',
  'mediaResolution',
  'seed',
  'speechConfig',
  'thinkingConfig',
  'enableAffectiveDialog',
  'translationConfig',
] as const;

function toGenerationConfig(fields: Fields, provider: Provider): Fields | undefined {
  const given = fields['generationConfig'];
  const base: Fields | undefined = isFields(given)
    ? provider === 'vertex'
      ? vertexGenerationConfig(given)
      : { ...given }
    : undefined;
  const out: Fields = base ?? {};
  for (const name of generationFields) {
    let value = fields[name];
    // Vertex AI answers in text when nobody asks; the Developer API answers in audio.
    if (name === 'responseModalities' && value === undefined && provider === 'vertex') value = ['AUDIO'];
    if (value === undefined || value === null) continue;
    place(out, name, name === 'speechConfig' ? toSpeechConfig(value, provider) : value);
  }
  return base === undefined && Object.keys(out).length === 0 ? undefined : out;
}

/** A field given twice, directly and in the deprecated generationConfig: objects merge, the rest must agree. */
function place(out: Fields, name: string, value: unknown): void {
  const existing = out[name];
  if (existing === undefined) {
    out[name] = value;
    return;
  }
  if (!value || existing === value || (typeof value === 'object' && Object.keys(value).length === 0)) return;
  if (typeof existing !== 'object' || existing === null || typeof value !== 'object') {
    throw refusal(`config.${name}`, 'differs from the same field in config.generationConfig');
  }
  out[name] = Array.isArray(existing) ? Object.assign([...(existing as unknown[])], value) : { ...existing, ...value };
}

function toSpeechConfig(value: unknown, provider: Provider): unknown {
  if (!isFields(value)) throw refusal('config.speechConfig', 'must be an object');
  if ('multiSpeakerVoiceConfig' in value)
    throw refusal('config.speechConfig.multiSpeakerVoiceConfig', 'is not supported by the Live API');
  return provider === 'vertex' ? reshape(value, vertexSpeech, 'config.speechConfig', refusal) : value;
}

const vertexVoice: Shape = {
  ...keepAll('prebuiltVoiceConfig', 'voice'),
  replicatedVoiceConfig: (value, at) =>
    reshape(
      value,
      { ...keepAll('mimeType', 'voiceSampleAudio'), ...refuseAll('consentAudio', 'voiceConsentSignature') },
      at,
      refusal,
    ),
};
const vertexSpeaker: Shape = { speaker: 'keep', voiceConfig: (value, at) => reshape(value, vertexVoice, at, refusal) };
const vertexSpeech: Shape = {
  voiceConfig: (value, at) => reshape(value, vertexVoice, at, refusal),
  languageCode: 'keep',
  multiSpeakerVoiceConfig: (value, at) =>
    reshape(
      value,
      {
        speakerVoiceConfigs: (list, path) =>
          reshapeEach(list, path, (item, p) => reshape(item, vertexSpeaker, p, refusal)),
      },
      at,
      refusal,
    ),
};
const vertexGeneration: Shape = {
  ...keepAll(
    'modelSelectionConfig',
    'responseJsonSchema',
    'audioTranscriptionConfig',
    'audioTimestamp',
    'candidateCount',
    'enableAffectiveDialog',
    'frequencyPenalty',
    'logprobs',
    'maxOutputTokens',
    'mediaResolution',
    'presencePenalty',
    'responseFormat',
    'responseLogprobs',
    'responseMimeType',
    'responseModalities',
    'responseSchema',
    'routingConfig',
    'seed',
    'stopSequences',
    'temperature',
    'thinkingConfig',
    'topK',
    'topP',
    'translationConfig',
  ),
  ...refuseAll('enableEnhancedCivicAnswers'),
  speechConfig: (value, at) => reshape(value, vertexSpeech, at, refusal),
};

function vertexGenerationConfig(given: Fields): Fields {
  const { modelSelectionConfig, ...rest } = reshape(given, vertexGeneration, 'config.generationConfig', refusal);
  return modelSelectionConfig === undefined ? rest : { modelConfig: modelSelectionConfig, ...rest };
}

const commonSetupFields = keepAll(
  'inputAudioTranscription',
  'outputAudioTranscription',
  'realtimeInputConfig',
  'contextWindowCompression',
  'proactivity',
  'avatarConfig',
  'safetySettings',
  'labels',
);

function setupShape(provider: Provider): Shape {
  const shared: Shape = {
    systemInstruction: (value, at) => contentFor(provider, toContent(value, at, refusal), at, refusal),
    tools: (value, at) => toTools(value, provider, at, refusal),
    ...commonSetupFields,
  };
  if (provider === 'vertex') {
    return {
      ...shared,
      explicitVadSignal: 'keep',
      sessionResumption: (value, at) => reshape(value, keepAll('handle', 'transparent'), at, refusal),
    };
  }
  const resumption: Shape = { handle: 'keep', transparent: 'refuse' };
  const safety: Shape = { ...keepAll('category', 'threshold'), ...refuseAll('method') };
  return {
    ...shared,
    sessionResumption: (value, at) => reshape(value, resumption, at, refusal),
    safetySettings: (value, at) => reshapeEach(value, at, (item, path) => reshape(item, safety, path, refusal)),
  };
}
