/**
 * Reads a WAV file into 16 kHz mono 16-bit samples, what the Live API takes as input.
 *
 * Owns the container and a plain linear resampling. Refuses what it cannot read with the command that converts it.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const inputRate = 16_000;

/** The recording that lies in the package: made with a speech synthesiser for this demo. */
export function ownRecording(): string {
  return fileURLToPath(new URL('../../../../src/cli/demo/speech.wav', import.meta.url));
}

export function readSpeech(file: string): Int16Array {
  const bytes = readFileSync(file);
  const refuse = (what: string): never => {
    throw new Error(`${file}: ${what}. Convert it: sox INPUT -r 16000 -c 1 -b 16 OUTPUT.wav`);
  };
  if (bytes.length < 12 || bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') {
    return refuse('not a WAV file');
  }
  let format: { channels: number; rate: number } | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = bytes.subarray(at + 8, Math.min(at + 8 + size, bytes.length));
    if (id === 'fmt ') {
      if (body.length < 16 || body.readUInt16LE(0) !== 1 || body.readUInt16LE(14) !== 16)
        return refuse('not 16-bit PCM');
      format = { channels: body.readUInt16LE(2), rate: body.readUInt32LE(4) };
    }
    if (id === 'data') {
      if (!format || format.channels < 1 || format.rate < 1) return refuse('no format before the data');
      return resample(firstChannel(body, format.channels), format.rate);
    }
    at += 8 + size + (size % 2);
  }
  return refuse('no audio in it');
}

function firstChannel(data: Buffer, channels: number): Int16Array {
  const samples = new Int16Array(Math.floor(data.length / 2 / channels));
  for (let i = 0; i < samples.length; i += 1) samples[i] = data.readInt16LE(i * 2 * channels);
  return samples;
}

function resample(samples: Int16Array, rate: number): Int16Array {
  if (rate === inputRate) return samples;
  const resampled = new Int16Array(Math.floor((samples.length * inputRate) / rate));
  for (let i = 0; i < resampled.length; i += 1) {
    const at = (i * rate) / inputRate;
    const before = samples[Math.floor(at)] ?? 0;
    const after = samples[Math.ceil(at)] ?? before;
    resampled[i] = Math.round(before + (after - before) * (at % 1));
  }
  return resampled;
}
