/**
 * The voice of spoken answers: syllables of a simple vocal tract, chosen by the letters of the text.
 *
 * Owns the synthesis. Understands no language; what comes out has the rhythm, pitch and vowels of speech, so that a
 * meter moves, an activity detector hears it and two texts sound different. The same text gives the same bytes. Each
 * syllable is made once per process; after that a piece of audio is a slice of text, since 1 ms of 24 kHz PCM is
 * exactly 64 characters of base64.
 */
import { seededRandom } from '../../random.js';
import { encodeBase64 } from './pcm.js';

export const charactersPerSecond = 15;

const sampleRate = 24_000;
const charactersPerMs = 64;
const syllableMs = 200;
const lettersPerSyllable = (syllableMs * charactersPerSecond) / 1_000;
const syllableSamples = (sampleRate * syllableMs) / 1_000;

/** First three formants in hertz: a, e, i, o, u. */
const vowels: readonly (readonly [number, number, number])[] = [
  [730, 1_090, 2_440],
  [530, 1_840, 2_480],
  [280, 2_250, 2_890],
  [570, 840, 2_410],
  [310, 870, 2_250],
];
/** Length and strength of the noise before the vowel: none, a stop, a soft and a sharp hiss. */
const onsets: readonly (readonly [number, number])[] = [
  [0, 0],
  [12, 0.8],
  [50, 0.25],
  [70, 0.5],
];
const pitches = [105, 118, 132];
const variants = vowels.length * onsets.length * pitches.length;
const silence = 'A'.repeat(syllableMs * charactersPerMs);
const made: (string | undefined)[] = [];

/** A two-pole resonator; its coefficients are those of a bell of `bandwidth` hertz around `frequency`. */
function resonator(frequency: number, bandwidth: number): (input: number) => number {
  const radius = Math.exp((-Math.PI * bandwidth) / sampleRate);
  const a = 2 * radius * Math.cos((2 * Math.PI * frequency) / sampleRate);
  const b = -radius * radius;
  let last = 0;
  let before = 0;
  return (input) => {
    const output = (1 - radius) * input + a * last + b * before;
    before = last;
    last = output;
    return output;
  };
}

function synthesise(variant: number): string {
  const vowel = vowels[variant % vowels.length] ?? [500, 1_500, 2_500];
  const [noiseMs, noiseLevel] = onsets[Math.floor(variant / vowels.length) % onsets.length] ?? [0, 0];
  const pitch = pitches[Math.floor(variant / (vowels.length * onsets.length))] ?? 118;
  const random = seededRandom(variant + 1);
  const tract = vowel.map((formant, index) => resonator(formant, 80 + 40 * index));
  const noiseSamples = (noiseMs * sampleRate) / 1_000;
  const wave = new Float64Array(syllableSamples);
  let phase = 0;
  let peak = 1e-9;
  for (let at = 0; at < syllableSamples; at++) {
    phase += (pitch * (1.06 - (0.12 * at) / syllableSamples)) / sampleRate;
    const pulse = phase >= 1 ? 40 : 0;
    if (phase >= 1) phase -= 1;
    const noise = at < noiseSamples ? noiseLevel * (2 * random.next() - 1) : 0;
    const source = at < noiseSamples ? noise : pulse + 0.05 * (2 * random.next() - 1);
    const voiced = tract.reduce((sum, formant, index) => sum + formant(source) / (index + 1), 0.1 * noise);
    const fade = Math.min(1, at / 360, (syllableSamples - at) / 900);
    wave[at] = voiced * fade;
    peak = Math.max(peak, Math.abs(voiced * fade));
  }
  const bytes = new Uint8Array(2 * syllableSamples);
  wave.forEach((value, at) => {
    const sample = Math.round((9_000 * value) / peak);
    bytes[2 * at] = sample & 0xff;
    bytes[2 * at + 1] = (sample >> 8) & 0xff;
  });
  return encodeBase64(bytes);
}

/** The letters that fill one syllable choose it; where there are none, it is silent. */
function syllable(letters: string): string {
  if (!/[\p{L}\p{N}]/u.test(letters)) return silence;
  let hash = 7;
  for (let at = 0; at < letters.length; at++) hash = (Math.imul(hash, 31) + letters.charCodeAt(at)) >>> 0;
  const variant = hash % variants;
  return (made[variant] ??= synthesise(variant));
}

/** How long it takes to say `text`; a whole number of milliseconds. */
export function spokenMs(text: string): number {
  return Math.round((text.length / charactersPerSecond) * 1_000);
}

/** Base64 of `ms` milliseconds of `text` spoken, from `fromMs` on; the text starts again where it is over. */
export function voice(text: string, fromMs: number, ms: number): string {
  const syllables = Math.max(1, Math.ceil(text.length / lettersPerSyllable));
  let audio = '';
  let at = Math.round(fromMs);
  const end = at + Math.round(ms);
  while (at < end) {
    const slot = Math.floor(at / syllableMs);
    const from = at - slot * syllableMs;
    const to = Math.min(syllableMs, from + end - at);
    const letter = (slot % syllables) * lettersPerSyllable;
    audio += syllable(text.slice(letter, letter + lettersPerSyllable)).slice(
      from * charactersPerMs,
      to * charactersPerMs,
    );
    at += to - from;
  }
  return audio;
}
