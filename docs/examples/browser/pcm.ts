/** 16-bit PCM to and from base64, as the Live API carries it. Little-endian, as every machine with a browser is. */

export function toBase64(samples: Int16Array): string {
  return btoa(String.fromCharCode(...new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)));
}

export function fromBase64(text: string): Int16Array {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new Int16Array(bytes.buffer, 0, bytes.length >> 1);
}

/** Loudness from 0 (silence) to 1. */
export function loudness(samples: Int16Array): number {
  const sum = samples.reduce((total, sample) => total + sample * sample, 0);
  return Math.min(1, Math.sqrt(sum / samples.length) / 8_000);
}
