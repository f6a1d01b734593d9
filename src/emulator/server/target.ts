/**
 * The target of one proxied connection: its frames, its pings and its end, passed on both ways.
 *
 * Owns the socket to the target and the back pressure: whoever sends faster than the other end reads is not read.
 * Faults are the link's (faults/link.ts), between here and the client.
 */
import type { WebSocket } from 'ws';
import type { Clock } from '../../clock.js';
import type { Provider } from '../../transport/port.js';
import { sendableCode } from '../faults/actions.js';
import { encodeMessage } from '../faults/frames.js';
import type { Behind, GoAwayOrder } from '../faults/line.js';
import type { FaultLink } from '../faults/link.js';
import { Timers } from '../network/timers.js';
import { durationText } from '../protocol/fields.js';
import { closings } from '../protocol/refusals.js';
import type { SocketPeer } from './socket.js';

export interface TargetParts {
  readonly target: WebSocket;
  readonly link: FaultLink;
  readonly peer: SocketPeer;
  readonly provider: Provider;
  readonly clock: Clock;
  readonly halfOpenNoticedMs: number;
  log(what: 'goAway' | 'halfOpen', detail: string): void;
  /** Once. `code` is null where there was no close frame. */
  over(by: 'client' | 'server', code: number | null, reason: string): void;
}

/** Bytes that may wait for one end before the other is not read any more. */
const highWater = 1024 * 1024;

export class TargetSide implements Behind {
  readonly #parts: TargetParts;
  readonly #timers: Timers;
  #over = false;

  constructor(parts: TargetParts) {
    this.#parts = parts;
    this.#timers = new Timers(parts.clock);
    const { target, link, peer } = parts;
    target.on('message', (data: Buffer, binary: boolean) => {
      link.send(binary ? data : data.toString('utf8'));
      if (peer.buffered > highWater) target.pause();
    });
    peer.onWritten = () => {
      if (target.isPaused && peer.buffered <= highWater) target.resume();
    };
    target.on('ping', (data) => peer.control('ping', data));
    target.on('pong', (data) => peer.control('pong', data));
    peer.onControl = (kind, data) => {
      if (target.readyState === target.OPEN) target[kind](data);
    };
    target.on('close', (code, reason) => this.#targetGone(code, reason.toString('utf8')));
  }

  receive(data: string | Uint8Array): void {
    const { target, peer } = this.#parts;
    if (target.readyState !== target.OPEN) return;
    target.send(data, { binary: typeof data !== 'string' }, () => {
      if (target.bufferedAmount <= highWater) peer.resume();
    });
    if (target.bufferedAmount > highWater) peer.pause();
  }

  /** Comes twice: without the code as soon as the close frame is read, with it at the end. */
  gone(code?: number, reason = ''): void {
    if (code === undefined || this.#over) return;
    this.#finish('client', code, reason);
    const { target } = this.#parts;
    if (sendableCode(code)) target.close(code, reason);
    else if (code === 1005) target.close();
    else target.terminate();
  }

  ended(code: number | null, reason: string): void {
    if (this.#over) return;
    this.#finish('server', code, reason);
    this.#parts.target.terminate();
  }

  unreachable(): void {
    this.#parts.log('halfOpen', '');
    this.#timers.clear();
    this.#timers.after(this.#parts.halfOpenNoticedMs, () => this.ended(null, 'half-open'));
  }

  goAway({ timeLeftMs, timeLeft = durationText(timeLeftMs), thenClose = true }: GoAwayOrder): void {
    const { link, provider, log } = this.#parts;
    link.send(encodeMessage({ goAway: { timeLeft } }));
    log('goAway', String(timeLeft));
    const end = provider === 'vertex' ? closings.cancelled : closings.outlivedGoAway;
    if (thenClose) this.#timers.after(timeLeftMs, () => link.closeWith(end));
  }

  #targetGone(code: number, reason: string): void {
    if (this.#over) return;
    this.#finish('server', code, reason);
    const { link } = this.#parts;
    if (code === 1006) link.end();
    else link.close(code, reason);
  }

  #finish(by: 'client' | 'server', code: number | null, reason: string): void {
    this.#over = true;
    this.#timers.clear();
    this.#parts.over(by, code, reason);
  }
}

/**
 * The base URL of a target, as http(s): that is where a plain request goes.
 *
 * @throws TypeError
 */
export function readTarget(text: string): URL {
  const url = URL.canParse(text) ? new URL(text.replace(/^ws/i, 'http')) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new TypeError('target takes a base URL that starts with http://, https://, ws:// or wss://.');
}
