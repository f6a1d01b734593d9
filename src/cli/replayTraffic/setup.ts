/**
 * From the setup that a recording sent to what `connect` takes: the model and the part of the config that decides what
 * a client may expect to receive.
 *
 * Reads camelCase and snake_case. Leaves the rest (voice, tools, instructions, handles) away: the frames are recorded.
 */
import type { LifelineConfig } from '../../options.js';
import { isFields, type Fields } from '../../wire/shape.js';

const fallbackModel = 'gemini-live-2.5-flash-preview';

export function modelFrom(setup: Fields | null): string {
  const model = setup?.['model'];
  if (typeof model !== 'string' || model.trim() === '') return fallbackModel;
  // A path of Vertex AI names a project; the client is one of the Developer API.
  return model.startsWith('projects/') ? model.slice(model.lastIndexOf('/') + 1) || fallbackModel : model;
}

export function configFrom(setup: Fields | null): LifelineConfig {
  if (setup === null) return {};
  const generation = fieldOf(setup, 'generationConfig');
  const modalities = fieldOf(isFields(generation) ? generation : setup, 'responseModalities');
  const config: Fields = {};
  if (Array.isArray(modalities) && modalities.length > 0 && modalities.every((item) => typeof item === 'string')) {
    config['responseModalities'] = modalities;
  }
  for (const name of ['inputAudioTranscription', 'outputAudioTranscription']) {
    if (isFields(fieldOf(setup, name))) config[name] = {};
  }
  return config;
}

function fieldOf(from: Fields, name: string): unknown {
  return from[name] ?? from[name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
}
