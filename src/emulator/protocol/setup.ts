/**
 * Reads a setup message into what a connection does, or says with which code and reason the service refuses it.
 *
 * Owns the validation. Never looks at whether a handle is any good: that is handles.ts.
 */
import type { Provider } from '../../transport/port.js';
import type { Compression } from '../model/context.js';
import { int64, isFields, snake, textOf, type Fields } from './fields.js';
import { findModel, type EmulatedModel, type ResponseModality } from '../model/models.js';
import { readListening, readThinking, type ListeningSetup, type ThinkingSetup } from '../model/turnSetup.js';
import type { EmulatorSettings } from '../options.js';
import { closings, invalidValue, isClosing, unknownName, unsupportedModality, type Closing } from './refusals.js';

export interface FunctionDeclaration {
  readonly name: string;
  readonly parameters: Fields;
  /** behavior NON_BLOCKING: the model goes on without the result. */
  readonly nonBlocking: boolean;
}

export interface SessionSetup {
  readonly model: EmulatedModel;
  readonly modality: ResponseModality;
  /** null: resumption was not asked for. */
  readonly resumption: { readonly handle: string | null; readonly transparent: boolean } | null;
  readonly compression: Compression | null;
  readonly systemInstruction: string | null;
  readonly functions: readonly FunctionDeclaration[];
  readonly transcribesInput: boolean;
  readonly transcribesOutput: boolean;
  readonly automaticActivity: boolean;
  readonly listening: ListeningSetup;
  readonly thinking: ThinkingSetup;
  /** False with activityHandling NO_INTERRUPTION. */
  readonly interruptible: boolean;
  readonly initialHistory: boolean;
}

const setupFields = new Set(
  (
    'model generationConfig systemInstruction tools toolConfig sessionResumption contextWindowCompression ' +
    'inputAudioTranscription outputAudioTranscription realtimeInputConfig proactivity historyConfig avatarConfig ' +
    'safetySettings labels'
  ).split(' '),
);
const vertexFields = new Set(['explicitVadSignal']);

function unknownIn(fields: Fields, allowed: readonly string[], at: string): Closing | null {
  const stranger = Object.keys(fields).find((key) => !allowed.includes(key));
  return stranger === undefined ? null : unknownName(stranger, at);
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function readModality(generation: Fields, model: EmulatedModel): ResponseModality | Closing {
  const asked = generation['responseModalities'];
  const list = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : ['AUDIO'];
  const first = list[0] ?? 'AUDIO';
  if (first !== 'TEXT' && first !== 'AUDIO')
    return invalidValue('setup.generation_config.response_modalities', 'Modality', first);
  if (list.length > 1 || !model.modalities.includes(first)) return unsupportedModality(list.join(', '));
  if (first === 'TEXT' && generation['speechConfig'] !== undefined) return closings.voicesWithoutAudio;
  return first;
}

function readResumption(value: unknown, provider: Provider): SessionSetup['resumption'] | Closing {
  if (value === undefined || value === null) return null;
  const fields = fieldsOf(value);
  const allowed = provider === 'vertex' ? ['handle', 'transparent'] : ['handle'];
  const stranger = unknownIn(fields, allowed, 'setup.session_resumption');
  if (stranger !== null) return stranger;
  const handle = fields['handle'];
  if (handle === null) return closings.sessionNotFound;
  if (handle !== undefined && typeof handle !== 'string') {
    return invalidValue('setup.session_resumption.handle', 'TYPE_STRING', handle);
  }
  return { handle: handle === '' || handle === undefined ? null : handle, transparent: fields['transparent'] === true };
}

function readCompression(value: unknown, settings: Readonly<EmulatorSettings>): Compression | null | Closing {
  if (value === undefined || value === null) return null;
  const at = 'setup.context_window_compression';
  const fields = fieldsOf(value);
  const stranger = unknownIn(fields, ['triggerTokens', 'slidingWindow'], at);
  if (stranger !== null) return stranger;
  const trigger = int64(fields['triggerTokens']);
  if (Number.isNaN(trigger)) return invalidValue(`${at}.trigger_tokens`, 'TYPE_INT64', fields['triggerTokens']);
  const window = fields['slidingWindow'];
  if (!isFields(window)) return null;
  const inner = unknownIn(window, ['targetTokens'], `${at}.sliding_window`);
  if (inner !== null) return inner;
  const target = int64(window['targetTokens']);
  if (Number.isNaN(target))
    return invalidValue(`${at}.sliding_window.target_tokens`, 'TYPE_INT64', window['targetTokens']);
  const triggerTokens = trigger ?? Math.floor(settings.contextWindowTokens * 0.8);
  const targetTokens = target ?? Math.floor(triggerTokens / 2);
  const inRange =
    (trigger === null || trigger >= settings.minTriggerTokens) &&
    triggerTokens <= settings.contextWindowTokens &&
    targetTokens >= 0 &&
    targetTokens <= triggerTokens;
  return inRange ? { triggerTokens, targetTokens } : closings.invalidArgument;
}

function readFunctions(tools: unknown): FunctionDeclaration[] {
  if (!Array.isArray(tools)) return [];
  return tools
    .flatMap((tool: unknown) => {
      const declared = fieldsOf(tool)['functionDeclarations'];
      return Array.isArray(declared) ? (declared as unknown[]) : [];
    })
    .map(fieldsOf)
    .filter((declaration) => typeof declaration['name'] === 'string')
    .map((declaration) => ({
      name: declaration['name'] as string,
      parameters: fieldsOf(declaration['parameters'] ?? declaration['parametersJsonSchema']),
      nonBlocking: declaration['behavior'] === 'NON_BLOCKING',
    }));
}

/** `setup` has camelCase keys already. `version` is the API version of the path. */
export function readSetup(
  setup: Fields,
  provider: Provider,
  version: string,
  settings: Readonly<EmulatorSettings>,
): SessionSetup | Closing {
  const stranger = Object.keys(setup).find(
    (key) => !setupFields.has(key) && !(provider === 'vertex' && vertexFields.has(key)),
  );
  if (stranger !== undefined) return unknownName(stranger, 'setup');
  for (const key of ['generationConfig', 'sessionResumption', 'contextWindowCompression', 'realtimeInputConfig']) {
    const value = setup[key];
    if (value !== undefined && value !== null && !isFields(value))
      return invalidValue(`setup.${snake(key)}`, 'object', value);
  }
  const resumption = readResumption(setup['sessionResumption'], provider);
  if (resumption !== null && isClosing(resumption)) return resumption;
  const compression = readCompression(setup['contextWindowCompression'], settings);
  if (compression !== null && isClosing(compression)) return compression;
  const model = findModel(typeof setup['model'] === 'string' ? setup['model'] : '', provider, version, settings.models);
  if (isClosing(model)) return model;
  const modality = readModality(fieldsOf(setup['generationConfig']), model);
  if (typeof modality === 'object') return modality;
  const realtime = fieldsOf(setup['realtimeInputConfig']);
  const detection = fieldsOf(realtime['automaticActivityDetection']);
  return {
    model,
    modality,
    resumption,
    compression,
    systemInstruction: setup['systemInstruction'] === undefined ? null : textOf(setup['systemInstruction']),
    functions: readFunctions(setup['tools']),
    transcribesInput: isFields(setup['inputAudioTranscription']),
    transcribesOutput: isFields(setup['outputAudioTranscription']),
    automaticActivity: detection['disabled'] !== true,
    listening: readListening(realtime),
    thinking: readThinking(setup['generationConfig']),
    interruptible: realtime['activityHandling'] !== 'NO_INTERRUPTION',
    initialHistory: fieldsOf(setup['historyConfig'])['initialHistoryInClientContent'] === true,
  };
}
