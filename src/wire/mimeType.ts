/**
 * MimeType: what Lifeline reads from the mime type of a blob: audio or picture, and how long a byte of PCM lasts.
 *
 * Owns the memo of the few mime types a process ever sees. Never looks at the data of a blob.
 */

export interface MimeType {
  readonly media: 'audio' | 'video' | 'other';
  /** As a JSON string, quotes included. */
  readonly json: string;
  /** 16-bit mono PCM; undefined for every other coding, whose duration its size does not tell. */
  readonly pcmBytesPerMs: number | undefined;
}

/** The Live API's input rate where the mime type names none. */
const defaultInputRateHz = 16_000;
const bytesPerSample = 2;
/** Mime types may come from far-away clients: without a bound the memo would be theirs to fill. */
const maxRemembered = 64;

const remembered = new Map<string, MimeType>();

export function readMimeType(value: string): MimeType {
  const known = remembered.get(value);
  if (known !== undefined) return known;
  const read: MimeType = {
    media: value.startsWith('audio/') ? 'audio' : value.startsWith('image/') ? 'video' : 'other',
    json: JSON.stringify(value),
    pcmBytesPerMs: pcmBytesPerMs(value),
  };
  if (remembered.size >= maxRemembered) remembered.clear();
  remembered.set(value, read);
  return read;
}

function pcmBytesPerMs(value: string): number | undefined {
  if (!/^audio\/pcm\s*(;|$)/i.test(value)) return undefined;
  const rate = /;\s*rate\s*=\s*"?(\d+)/i.exec(value)?.[1];
  const rateHz = rate === undefined ? defaultInputRateHz : Number(rate);
  return rateHz > 0 && Number.isSafeInteger(rateHz) ? (rateHz * bytesPerSample) / 1_000 : undefined;
}
