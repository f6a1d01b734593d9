/**
 * One dial, from the request to its single end.
 *
 *   dialling ──opened──→ open ──┐
 *      │                        ├─ close(), error, rejection ─→ closing ──gone, closeGraceMs──→ ended
 *      └────────────────────────┘                                  (from every state: gone ──→ ended)
 *
 * Owns which of up to three notices of one failure (error event, close event, rejected connect()) is the end, the text
 * held until the setup is written, and the grace of a close. Knows nothing of URLs and of what a frame says.
 */
import type { Clock, TimerId } from '../clock.js';
import type { Connection, ConnectionEnd, ConnectionObserver, FrameData } from './port.js';
import { causeBeforeSocket, causeOfRefusal, causeOfSocketError } from './failures.js';
import { cleanError, type Hide } from './redact.js';

/** What carries the bytes of one dial: the tapped socket, or the SDK's session where there was nothing to tap. */
export interface Carrier {
  send(text: string): void;
  close(): void;
  /** Destroys the socket without a handshake; does nothing where that is impossible. */
  drop(): void;
  readonly bufferedAmount: number;
}

export interface DialOptions {
  readonly observer: ConnectionObserver;
  readonly clock: Clock;
  readonly closeGraceMs: number;
  readonly hide: Hide;
}

const goneWithoutAWord: ConnectionEnd = { cause: 'close', code: 1006, reason: '' };

export class Dial implements Connection {
  readonly #options: DialOptions;
  #phase: 'dialling' | 'open' | 'closing' | 'ended' = 'dialling';
  #carrier: Carrier | null = null;
  /** What ended it, known before the socket is gone. */
  #verdict: ConnectionEnd | null = null;
  /** Texts to write after the setup; null once it is written, from when on they go straight out. */
  #held: string[] | null = [];
  #graceTimer: TimerId = null;

  constructor(options: DialOptions) {
    this.#options = options;
  }

  // What the session calls.

  send(text: string): void {
    if (this.isOver) return;
    if (this.#held !== null) this.#held.push(text);
    else attempt(() => this.#carrier?.send(text));
  }

  close(): void {
    if (this.isOver) return;
    this.#startClosing();
    // Nothing to wait for: no socket exists, and one that comes later is refused by the tap or closed by carry().
    if (this.#carrier === null) queueMicrotask(() => this.#finish(goneWithoutAWord));
  }

  get bufferedAmount(): number {
    return this.#carrier?.bufferedAmount ?? 0;
  }

  // What the adapter reports.

  /** Whether nothing more may be opened or written. */
  get isOver(): boolean {
    return this.#phase === 'closing' || this.#phase === 'ended';
  }

  carry(carrier: Carrier): void {
    this.#carrier = carrier;
    if (this.isOver) attempt(() => carrier.close());
  }

  opened(): void {
    if (this.#phase !== 'dialling') return;
    this.#phase = 'open';
    this.#options.observer.opened();
  }

  setupWritten(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const text of held) this.send(text);
  }

  frame(data: FrameData): void {
    if (this.#phase === 'ended') return;
    this.opened();
    this.#options.observer.frame(data);
  }

  /** The socket's error event. It tells why an upgrade failed; what ends an open connection is told by its close. */
  failed(event: unknown): void {
    if (this.isOver) return;
    if (this.#phase === 'dialling') this.#verdict = causeOfSocketError(event);
    // An error event does not always close the socket.
    this.#startClosing();
  }

  /** The socket's close event. */
  gone(event: unknown): void {
    if (this.#phase === 'dialling') this.#finish(causeOfSocketError(event));
    else this.#finish(closeFrom(event));
  }

  /** The SDK's connect() rejected: a refusal of its own, or the echo of an error or a close. */
  rejected(error: unknown): void {
    if (!this.isOver) {
      const hadSocket = this.#carrier !== null || this.#phase === 'open';
      this.#verdict = hadSocket ? causeOfRefusal(error) : causeBeforeSocket(error);
      this.#startClosing();
    }
    if (this.#carrier === null) this.#finish(goneWithoutAWord);
  }

  #startClosing(): void {
    const { clock, closeGraceMs } = this.#options;
    this.#phase = 'closing';
    this.#graceTimer = clock.setTimeout(() => {
      attempt(() => this.#carrier?.drop());
      this.#finish(goneWithoutAWord);
    }, closeGraceMs);
    attempt(() => this.#carrier?.close());
  }

  #finish(end: ConnectionEnd): void {
    if (this.#phase === 'ended') return;
    const { clock, observer, hide } = this.#options;
    this.#phase = 'ended';
    this.#held = null;
    clock.clearTimeout(this.#graceTimer);
    observer.ended(withoutSecrets(this.#verdict ?? end, hide));
  }
}

function closeFrom(event: unknown): ConnectionEnd {
  const { code, reason } = (event ?? {}) as { code?: unknown; reason?: unknown };
  return {
    cause: 'close',
    code: typeof code === 'number' ? code : 1006,
    reason: typeof reason === 'string' ? reason : '',
  };
}

function withoutSecrets(end: ConnectionEnd, hide: Hide): ConnectionEnd {
  switch (end.cause) {
    case 'close':
      return { ...end, reason: hide(end.reason) };
    case 'http':
      return end;
    case 'unreachable':
      return { ...end, detail: hide(end.detail) };
    case 'rejected':
      return { ...end, error: cleanError(end.error, hide) };
    default:
      return end satisfies never;
  }
}

/** Sockets throw when used in the wrong state; here that only means that there is nothing left to do. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The end is reported by the socket or by the grace timer.
  }
}
