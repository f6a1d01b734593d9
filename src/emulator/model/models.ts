/**
 * The models that the emulator plays, and the behaviour profile of each.
 *
 * Owns the catalogue and the reading of model names. Never answers anything.
 */
import type { Address } from '../protocol/address.js';
import type { Closing } from '../protocol/refusals.js';
import type { ProfileName } from './profiles.js';

export type ResponseModality = 'TEXT' | 'AUDIO';

export interface EmulatedModel {
  /** Without `models/` or `publishers/google/models/`. */
  readonly name: string;
  readonly modalities: readonly ResponseModality[];
  /** How it behaves on the wire. Default `2.5`; a 2.5 model behaves as `vertex-2.5` by way of Vertex AI. */
  readonly profile?: ProfileName;
}

const textAndAudio = { modalities: ['TEXT', 'AUDIO'], profile: '2.5-flash-live' } as const;
const nativeAudio = { modalities: ['AUDIO'], profile: '2.5' } as const;

export const builtInModels: readonly EmulatedModel[] = [
  { name: 'gemini-live-2.5-flash-preview', ...textAndAudio },
  { name: 'gemini-live-2.5-flash', ...textAndAudio },
  { name: 'gemini-2.0-flash-live-001', ...textAndAudio },
  { name: 'gemini-2.0-flash-live-preview-04-09', ...textAndAudio },
  { name: 'gemini-live-2.5-flash-native-audio', ...nativeAudio },
  { name: 'gemini-live-2.5-flash-preview-native-audio-09-2025', ...nativeAudio },
  { name: 'gemini-2.5-flash-native-audio-preview-12-2025', ...nativeAudio },
  { name: 'gemini-2.5-flash-native-audio-preview-09-2025', ...nativeAudio },
  { name: 'gemini-3.1-flash-live-preview', modalities: ['AUDIO'], profile: '3.1' },
  { name: 'gemini-3.8-live', modalities: ['AUDIO'], profile: '3.8' },
];

/** Firebase AI Logic names the project for both providers. */
const prefixes: Record<Address['front'], Record<Address['provider'], RegExp>> = {
  google: { developer: /^models\//, vertex: /^(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/[^/]+\/models\// },
  firebase: {
    developer: /^projects\/[^/]+\/models\//,
    vertex: /^projects\/[^/]+\/locations\/[^/]+\/publishers\/[^/]+\/models\//,
  },
};

/** The model that a setup names, or how the service refuses the name. Vertex needs the long form. */
export function findModel(name: string, address: Address, extra: readonly EmulatedModel[]): EmulatedModel | Closing {
  const { front, provider, version } = address;
  const prefix = prefixes[front][provider];
  const short = name.replace(prefix, '');
  const known = extra.find((model) => model.name === short) ?? builtInModels.find((model) => model.name === short);
  if (known !== undefined && prefix.test(name)) return known;
  if (provider === 'developer') {
    const shown = name.includes('models/') ? name : `models/${name}`;
    const reason = `${shown} is not found for API version ${version}, or is not supported for bidiGenerateContent. Call ListModels to see the available models.`;
    return { code: 1008, reason };
  }
  const reason = `Publisher Model \`${name}\` was not found or your project does not have access to it.`;
  return { code: 1008, reason };
}
