/**
 * Real 16 kHz speech for the microphone: from the recording of this package's demo.
 *
 * Owns the cutting. Never sends anything.
 */
import { readSpeech } from '../../dist/src/cli/demo/wav.js';

const recording = new URL('../../src/cli/demo/speech.wav', import.meta.url).pathname;
export const mimeType = 'audio/pcm;rate=16000';
const chunkSamples = 800;

/** Chunks of 50 ms: a second of speech, then `silenceMs` of silence. */
export function utterance(silenceMs: number): Int16Array[] {
  const speech = readSpeech(recording);
  const start = speech.findIndex((sample) => Math.abs(sample) > 2_000);
  const samples = new Int16Array(16_000 + silenceMs * 16);
  samples.set(speech.subarray(start, start + 16_000));
  return Array.from({ length: Math.ceil(samples.length / chunkSamples) }, (_, index) =>
    samples.slice(index * chunkSamples, (index + 1) * chunkSamples),
  );
}

export function base64(pcm: Int16Array): string {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64');
}
