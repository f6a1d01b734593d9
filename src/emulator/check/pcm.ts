/**
 * The sound that stands for audio which a recorder cut: loud enough for any detector, or silent.
 *
 * Owns the samples: 16-bit PCM at 16 kHz.
 */
import { encodeBase64 } from '../model/pcm.js';
import { fieldsOf, type Fields } from './read.js';

const samplesPerMs = 16;
const amplitude = 8_000;
const made = new Map<string, string>();

/** `ms` of it in base64. */
export function pcm(ms: number, loud: boolean): string {
  const key = `${ms} ${loud}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const bytes = new Uint8Array(ms * samplesPerMs * 2);
  for (let index = 0; index < ms * samplesPerMs; index += 1) {
    const sample = loud ? Math.round(amplitude * Math.sin(index / 5)) : 0;
    bytes[2 * index] = sample & 0xff;
    bytes[2 * index + 1] = (sample >> 8) & 0xff;
  }
  const data = encodeBase64(bytes);
  made.set(key, data);
  return data;
}

/** The input with its audio replaced, in whatever field it came; pictures stay as they are. */
export function withPcm(input: Fields, loud: boolean, ms: number): Fields {
  const blob = (value: unknown): unknown => {
    const { data, mimeType, ...rest } = fieldsOf(value);
    if (data === undefined || /^(?:image|video)\//.test(String(mimeType))) return value;
    return { ...rest, data: pcm(ms, loud), mimeType: 'audio/pcm;rate=16000' };
  };
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => {
      if (key === 'mediaChunks' && Array.isArray(value)) return [key, (value as unknown[]).slice(0, 1).map(blob)];
      return [key, key === 'audio' || key === 'media' ? blob(value) : value];
    }),
  );
}
