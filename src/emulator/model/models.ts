/**
 * The models that the emulator plays, and what differs between them on the wire.
 *
 * Owns the catalogue and the reading of model names. Never answers anything.
 */
import type { Address } from '../protocol/address.js';
import type { Closing } from '../protocol/refusals.js';

export type ResponseModality = 'TEXT' | 'AUDIO';

export interface EmulatedModel {
  /** Without `models/` or `publishers/google/models/`. */
  readonly name: string;
  readonly modalities: readonly ResponseModality[];
  /** 3.1 and later: clientContent is history at the start only. Default false. */
  readonly contentOnlyAtStart?: boolean;
  /** 3.x: resumption updates come unasked. Default false. */
  readonly unaskedHandles?: boolean;
  /** 3.8: voiceActivity messages, contextUpdate, one-piece input transcription, empty frames. Default false. */
  readonly voiceActivity?: boolean;
}

const third = { contentOnlyAtStart: true, unaskedHandles: true } as const;

export const builtInModels: readonly EmulatedModel[] = [
  { name: 'gemini-live-2.5-flash-preview', modalities: ['TEXT', 'AUDIO'] },
  { name: 'gemini-live-2.5-flash', modalities: ['TEXT', 'AUDIO'] },
  { name: 'gemini-2.0-flash-live-001', modalities: ['TEXT', 'AUDIO'] },
  { name: 'gemini-2.0-flash-live-preview-04-09', modalities: ['TEXT', 'AUDIO'] },
  { name: 'gemini-live-2.5-flash-native-audio', modalities: ['AUDIO'] },
  { name: 'gemini-live-2.5-flash-preview-native-audio-09-2025', modalities: ['AUDIO'] },
  { name: 'gemini-2.5-flash-native-audio-preview-12-2025', modalities: ['AUDIO'] },
  { name: 'gemini-2.5-flash-native-audio-preview-09-2025', modalities: ['AUDIO'] },
  { name: 'gemini-3.1-flash-live-preview', modalities: ['AUDIO'], ...third },
  { name: 'gemini-3.8-live', modalities: ['AUDIO'], ...third, voiceActivity: true },
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
