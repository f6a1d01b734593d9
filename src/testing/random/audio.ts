/**
 * Audio that carries its number in its first eight samples, four bits each: 16 bytes are enough for a frame.
 *
 * Owns the numbering. Quiet frames stay far below what counts as speech; loud ones are a tone above it.
 */
const carriers = 8;
const loudSamples = 320;

export function numberedAudio(n: number, loud: boolean, samples = loud ? loudSamples : carriers) {
  const pcm = new Int16Array(samples);
  // Multiples of 16, so that the lowest four bits stay free for the number.
  if (loud) for (let i = 0; i < samples; i += 1) pcm[i] = Math.round(500 * Math.sin(i / 3)) * 16;
  for (let i = 0; i < carriers; i += 1) pcm[i] = ((pcm[i] ?? 0) & ~0xf) | ((n >>> (4 * i)) & 0xf);
  return { data: Buffer.from(pcm.buffer).toString('base64'), mimeType: 'audio/pcm;rate=16000' };
}

/** Of the first 24 or more base64 characters. */
export function readNumber(headBase64: string): number {
  const bytes = Buffer.from(headBase64.slice(0, 24), 'base64');
  let n = 0;
  for (let i = 0; i < carriers; i += 1) n |= ((bytes[2 * i] ?? 0) & 0xf) << (4 * i);
  return n >>> 0;
}
