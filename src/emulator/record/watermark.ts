/**
 * Numbers hidden in audio, so that a test can tell every chunk of a recording apart at the other end.
 *
 * Owns the format: 32 bits of number and 4 bits of check in the lowest bits of the first 36 samples. Inaudible.
 */
import { decodeBase64 } from '../model/pcm.js';

const numberBits = 32;
const checkBits = 4;

/** Samples a chunk needs to carry a stamp. */
export const stampSamples = numberBits + checkBits;

/** Never 0 for 0: silence is not a stamp. */
function check(n: number): number {
  let sum = 0xa;
  for (let shift = 0; shift < 32; shift += 4) sum = (((sum << 1) | (sum >> 3)) & 0xf) ^ ((n >>> shift) & 0xf);
  return sum;
}

/** Writes `n` (0 … 2³²−1) into the chunk in place. 16-bit little-endian samples, at least 36 of them. */
export function stampAudio(pcm: Int16Array | Uint8Array, n: number): void {
  const bytes = pcm instanceof Uint8Array ? pcm : new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  if (bytes.length < stampSamples * 2) throw new RangeError(`A stamp needs ${stampSamples} samples of 16 bits.`);
  const sum = check(n);
  for (let bit = 0; bit < stampSamples; bit++) {
    const value = bit < numberBits ? (n >>> bit) & 1 : (sum >>> (bit - numberBits)) & 1;
    bytes[2 * bit] = ((bytes[2 * bit] ?? 0) & 0xfe) | value;
  }
}

/** The number in the first 96 or more base64 characters of a chunk; null where there is none. */
export function readStamp(headBase64: string): number | null {
  const bytes = decodeBase64(headBase64.slice(0, 96));
  if (bytes === null || bytes.length < stampSamples * 2) return null;
  let n = 0;
  let sum = 0;
  for (let bit = 0; bit < numberBits; bit++) n |= ((bytes[2 * bit] ?? 0) & 1) << bit;
  for (let bit = 0; bit < checkBits; bit++) sum |= ((bytes[2 * (numberBits + bit)] ?? 0) & 1) << bit;
  return check(n >>> 0) === sum ? n >>> 0 : null;
}
