/**
 * A client that costs next to nothing, so that the server is what is measured: prepared frames out, headers read in.
 *
 * Owns the socket and the framing. Reads the content of short frames only.
 */
import { connect as connectTcp, type Socket } from 'node:net';

const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=bench';
/** Audio is longer, everything else is shorter. */
const audioBytes = 500;

/** A client's text frame, masked with zeros: the mask must be there, and may change nothing. */
export function clientFrame(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  const long = payload.length > 125;
  const head = Buffer.alloc(long ? 8 : 6);
  head[0] = 0x81;
  head[1] = 0x80 | (long ? 126 : payload.length);
  if (long) head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

export class RawClient {
  readonly #socket: Socket;
  readonly #audio: (at: number) => void;
  #rest: Buffer = Buffer.alloc(0);
  #isUpgraded = false;
  #ready: (() => void) | null = null;
  handles = 0;
  isOver = false;

  private constructor(port: number, audio: (at: number) => void) {
    this.#audio = audio;
    this.#socket = connectTcp(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk, performance.now()));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => {
      this.isOver = true;
    });
  }

  /** Resolves when it is set up. `audio` is called at the arrival of each frame of audio. */
  static async open(port: number, setup: Buffer, audio: (at: number) => void = () => {}): Promise<RawClient> {
    const client = new RawClient(port, audio);
    const key = Buffer.alloc(16, 7).toString('base64');
    client.#socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    await new Promise<void>((resolve, reject) => {
      client.#ready = resolve;
      client.#socket.once('close', () => reject(new Error('The server hung up before setupComplete.')));
      client.#socket.write(setup);
    });
    return client;
  }

  write(frame: Buffer): void {
    if (!this.isOver) this.#socket.write(frame);
  }

  /** Written, and not taken by the system. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  end(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer, at: number): void {
    let data = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#isUpgraded) {
      const end = data.indexOf('\r\n\r\n');
      if (end >= 0) this.#isUpgraded = true;
      data = end >= 0 ? data.subarray(end + 4) : data;
      if (end < 0) {
        this.#rest = data;
        return;
      }
    }
    let offset = 0;
    for (;;) {
      const size = frameSize(data, offset);
      if (size === null || offset + size.head + size.payload > data.length) break;
      const from = offset + size.head;
      this.#frame(data, from, from + size.payload, at);
      offset = from + size.payload;
    }
    this.#rest = data.subarray(offset);
  }

  #frame(data: Buffer, from: number, to: number, at: number): void {
    if (to - from > audioBytes) return this.#audio(at);
    const text = data.toString('latin1', from, to);
    if (text.includes('newHandle')) this.handles += 1;
    if (text.includes('setupComplete')) this.#ready?.();
  }
}

function frameSize(data: Buffer, at: number): { head: number; payload: number } | null {
  if (at + 2 > data.length) return null;
  const short = (data[at + 1] ?? 0) & 0x7f;
  if (short < 126) return { head: 2, payload: short };
  if (short === 127) return at + 10 > data.length ? null : { head: 10, payload: Number(data.readBigUInt64BE(at + 2)) };
  return at + 4 > data.length ? null : { head: 4, payload: data.readUInt16BE(at + 2) };
}
