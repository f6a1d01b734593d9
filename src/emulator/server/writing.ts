/**
 * Frames as they go over the wire: through `ws`, whole or in fragments, or as the bare bytes of one.
 *
 * Owns their form. Never decides what is sent.
 */
import type { WebSocket } from 'ws';
import type { FrameForm } from '../faults/line.js';

export function writeFrame(
  webSocket: WebSocket,
  data: Uint8Array | string,
  form: FrameForm,
  written: () => void,
): void {
  const { text = false, fragments = 1 } = form;
  const binary = typeof data !== 'string' && !text;
  if (fragments === 1) return webSocket.send(data, { binary }, written);
  const bytes = Buffer.from(data as Uint8Array);
  const size = Math.max(1, Math.ceil(bytes.length / fragments));
  for (let n = 0; n < fragments; n++) {
    const last = n === fragments - 1;
    webSocket.send(bytes.subarray(n * size, (n + 1) * size), { binary, fin: last }, last ? written : undefined);
  }
}

/** One unmasked frame as it goes over the wire. */
export function frameBytes(data: Uint8Array | string): Buffer {
  const payload = Buffer.from(data as Uint8Array);
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | (typeof data === 'string' ? 1 : 2);
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}
