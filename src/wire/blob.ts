/**
 * Blob: one chunk of base64 media as JSON text.
 *
 * Owns the check and the encoding of a blob; 50 a second per session come through here, so the text is put together by
 * hand. Never decodes the data.
 */
import { readMimeType, type MimeType } from './mimeType.js';
import { isFields, type Refusal } from './shape.js';

export interface EncodedBlob {
  readonly json: string;
  readonly mimeType: MimeType;
  /** Undefined where the mime type is not PCM. */
  readonly audioMs: number | undefined;
}

export function encodeBlob(value: unknown, path: string, refusal: Refusal): EncodedBlob {
  if (!isFields(value)) throw refusal(path, 'must be a blob { data, mimeType }');
  const { data, mimeType } = value;
  if (typeof data !== 'string') throw refusal(`${path}.data`, 'must be a base64 string');
  if (typeof mimeType !== 'string') throw refusal(`${path}.mimeType`, 'must be a string');
  // The data goes between quotes as it is. A quote in it, perhaps from a far-away client, would write fields of its own.
  if (data.includes('"') || data.includes('\\') || data.includes('\n') || data.includes('\r')) {
    throw refusal(`${path}.data`, 'must be base64 without quotes, backslashes or line breaks');
  }
  let rest = '';
  for (const key in value) {
    if (key === 'data' || key === 'mimeType' || value[key] === undefined) continue;
    if (key !== 'displayName' || typeof value[key] !== 'string')
      throw refusal(`${path}.${key}`, 'is not a field of a blob');
    rest = `,"displayName":${JSON.stringify(value[key])}`;
  }
  const read = readMimeType(mimeType);
  return {
    json: `{"data":"${data}","mimeType":${read.json}${rest}}`,
    mimeType: read,
    audioMs: read.pcmBytesPerMs === undefined ? undefined : decodedBytes(data) / read.pcmBytesPerMs,
  };
}

function decodedBytes(base64: string): number {
  let digits = base64.length;
  while (digits > 0 && base64.charCodeAt(digits - 1) === 0x3d) digits -= 1;
  return Math.floor((digits * 3) / 4);
}
