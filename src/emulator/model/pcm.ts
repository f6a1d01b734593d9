/**
 * 16-bit little-endian PCM in base64: decoding, encoding, length and loudness.
 *
 * Owns the arithmetic. Never keeps audio. Accepts both base64 alphabets, as the service does.
 */

const code = new Int16Array(128).fill(-1);
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
for (let index = 0; index < 64; index++) code[alphabet.charCodeAt(index)] = index;
code['-'.charCodeAt(0)] = 62;
code['_'.charCodeAt(0)] = 63;

/** Bytes of base64 text, or null when it is not base64. */
export function decodeBase64(text: string): Uint8Array | null {
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) === 61) length--;
  if (length % 4 === 1) return null;
  const bytes = new Uint8Array((length * 3) >> 2);
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let index = 0; index < length; index++) {
    const value = code[text.charCodeAt(index)] ?? -1;
    if (value < 0) return null;
    held = ((held << 6) | value) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (held >> bits) & 0xff;
    }
  }
  return bytes;
}

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b, c] = [bytes[index], bytes[index + 1], bytes[index + 2]];
    const group = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += alphabet.charAt(group >> 18) + alphabet.charAt((group >> 12) & 63);
    text += b === undefined ? '=' : alphabet.charAt((group >> 6) & 63);
    text += c === undefined ? '=' : alphabet.charAt(group & 63);
  }
  return text;
}

/** Bytes that base64 text stands for, without decoding it. */
export function base64Bytes(text: string): number {
  let length = text.length;
  while (length > 0 && text.charCodeAt(length - 1) === 61) length--;
  return (length * 3) >> 2;
}

/** The rate of `audio/pcm;rate=16000`; 16,000 when the type says nothing. */
export function sampleRate(mimeType: string): number {
  const found = /rate=(\d+)/.exec(mimeType);
  return found?.[1] === undefined ? 16_000 : Math.max(1, Number(found[1]));
}

/** Calls `window` with the mean square of every complete window of `samples` samples; returns what is left over. */
export function meanSquares(
  bytes: Uint8Array,
  samples: number,
  rest: { sum: number; count: number },
  window: (meanSquare: number) => void,
): void {
  for (let index = 0; index + 1 < bytes.length; index += 2) {
    const sample = (((bytes[index + 1] ?? 0) << 24) >> 16) | (bytes[index] ?? 0);
    rest.sum += sample * sample;
    if (++rest.count === samples) {
      window(rest.sum / samples);
      rest.sum = 0;
      rest.count = 0;
    }
  }
}
