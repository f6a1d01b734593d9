/**
 * The Chromium that comes inside an npm package, with a microphone that plays a file.
 *
 * Owns how it is launched: the flags are ours alone, because the package's own `args` switch web security off.
 */
import { chromium, type Browser } from 'playwright-core';

export interface Microphone {
  /** The file it hears, once; null: there is none. */
  readonly wav: string | null;
  /** Refused: what a person does who presses "Block". */
  readonly refused: boolean;
}

export async function launchChromium({ wav, refused }: Microphone): Promise<Browser> {
  // Makes the package unpack the libraries that a bare machine lacks; it is read when the package is imported.
  process.env['AWS_EXECUTION_ENV'] = 'AWS_Lambda_nodejs22.x';
  const { default: packed } = await import('@sparticuz/chromium');
  const device = ['--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${wav}%noloop`];
  return chromium.launch({
    executablePath: await packed.executablePath(),
    args: ['--no-sandbox', `--use-fake-ui-for-media-stream${refused ? '=deny' : ''}`, ...(wav === null ? [] : device)],
  });
}

/** 16 kHz, 16 bit, mono: silence, then something that is as loud and as uneven as speech, then silence. */
export function speechWav(silentMs: number, spokenMs: number, silentAfterMs: number): Uint8Array {
  const rate = 16_000;
  const samples = ((silentMs + spokenMs + silentAfterMs) * rate) / 1_000;
  const wav = Buffer.alloc(44 + samples * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + samples * 2, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(samples * 2, 40);
  for (let index = (silentMs * rate) / 1_000; index < ((silentMs + spokenMs) * rate) / 1_000; index++) {
    const seconds = index / rate;
    const pitch = 180 + 60 * Math.sin(2 * Math.PI * 2.5 * seconds);
    const syllables = 0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * seconds);
    wav.writeInt16LE(
      Math.round(8_000 * syllables * Math.sign(Math.sin(2 * Math.PI * pitch * seconds))),
      44 + index * 2,
    );
  }
  return wav;
}
