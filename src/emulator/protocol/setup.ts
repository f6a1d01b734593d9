/**
 * Reads a setup message into what a connection does, or says with which code and reason the service refuses it.
 *
 * Owns what the values mean; their names and types are walk.ts. Never looks at whether a handle is any good: that is
 * handles.ts.
 */
import type { Compression } from '../model/context.js';
import type { Address } from './address.js';
import { int64, isFields, textOf, type Fields } from './fields.js';
import { readFunctions, type FunctionDeclaration } from './functions.js';
import { findModel, type EmulatedModel, type ResponseModality } from '../model/models.js';
import { readListening, readThinking, type ListeningSetup, type ThinkingSetup } from '../model/turnSetup.js';
import type { EmulatorSettings } from '../options.js';
import { closings, isClosing, unsupportedModality, type Closing } from './refusals.js';

export interface SessionSetup {
  readonly model: EmulatedModel;
  readonly modality: ResponseModality;
  /** null: resumption was not asked for. */
  readonly resumption: { readonly handle: string | null; readonly transparent: boolean } | null;
  readonly compression: Compression | null;
  readonly systemInstruction: string | null;
  /** null: no tools were given. */
  readonly functions: readonly FunctionDeclaration[] | null;
  readonly transcribesInput: boolean;
  readonly transcribesOutput: boolean;
  readonly automaticActivity: boolean;
  readonly listening: ListeningSetup;
  readonly thinking: ThinkingSetup;
  /** False with activityHandling NO_INTERRUPTION. */
  readonly interruptible: boolean;
  readonly initialHistory: boolean;
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function readModality(generation: Fields, model: EmulatedModel): ResponseModality | Closing {
  const asked = generation['responseModalities'];
  const list = Array.isArray(asked) && asked.length > 0 ? asked.map(String) : ['AUDIO'];
  const [first] = list;
  if (first !== 'TEXT' && first !== 'AUDIO') return unsupportedModality(list.join(', '));
  if (list.length > 1 || !model.modalities.includes(first)) return unsupportedModality(list.join(', '));
  if (first === 'TEXT' && generation['speechConfig'] !== undefined) return closings.voicesWithoutAudio;
  return first;
}

function readResumption(value: unknown): SessionSetup['resumption'] | Closing {
  if (!isFields(value)) return null;
  const handle = value['handle'];
  // On the wire a null handle was refused (LOG); nothing and '' start a new session.
  if (handle === null) return closings.sessionNotFound;
  return {
    handle: typeof handle === 'string' && handle !== '' ? handle : null,
    transparent: value['transparent'] === true,
  };
}

function readCompression(value: unknown, settings: Readonly<EmulatorSettings>): Compression | null | Closing {
  if (!isFields(value)) return null;
  const window = value['slidingWindow'];
  if (!isFields(window)) return null;
  const trigger = int64(value['triggerTokens']);
  const triggerTokens = trigger ?? Math.floor(settings.contextWindowTokens * 0.8);
  const targetTokens = int64(window['targetTokens']) ?? Math.floor(triggerTokens / 2);
  const inRange =
    (trigger === null || trigger >= settings.minTriggerTokens) &&
    triggerTokens <= settings.contextWindowTokens &&
    targetTokens >= 0 &&
    targetTokens <= triggerTokens;
  return inRange ? { triggerTokens, targetTokens } : closings.invalidArgument;
}

/** `setup` has gone through the shape of a setup. */
export function readSetup(
  setup: Fields,
  address: Address,
  settings: Readonly<EmulatorSettings>,
): SessionSetup | Closing {
  const resumption = readResumption(setup['sessionResumption']);
  if (resumption !== null && isClosing(resumption)) return resumption;
  const compression = readCompression(setup['contextWindowCompression'], settings);
  if (compression !== null && isClosing(compression)) return compression;
  const model = findModel(typeof setup['model'] === 'string' ? setup['model'] : '', address, settings.models);
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
