/**
 * The SDK's four callbacks over ONE session: onopen and the first setupComplete once, onclose once at the very end.
 *
 * Owns the shapes that stand in for the browser's events. goAway and the ends of single connections stay inside, so that
 * an app's own reconnect loop does not fire; `passthrough` lets goAway out.
 */
import type { LiveCallbacks, LiveServerMessage } from '@google/genai';
import type { LifelineError } from './errors.js';

export class SessionCallbacks {
  readonly #callbacks: Partial<LiveCallbacks>;
  readonly #passthrough: boolean;
  readonly #guard: (call: () => unknown) => void;
  #opening: { readonly error?: unknown } | null = null;

  constructor(callbacks: Partial<LiveCallbacks>, passthrough: boolean, guard: (call: () => unknown) => void) {
    this.#callbacks = callbacks;
    this.#passthrough = passthrough;
    this.#guard = guard;
  }

  /** Throws what onopen threw: it fails `connect`, as it does with the SDK. */
  open(): void {
    this.#openOnce();
    if (this.#opening && 'error' in this.#opening) throw this.#opening.error;
  }

  /** Before the first message, which comes before `connect` has resolved. */
  #openOnce(): void {
    if (this.#opening) return;
    this.#opening = {};
    try {
      this.#callbacks.onopen?.();
    } catch (error) {
      this.#opening = { error };
    }
  }

  message(message: LiveServerMessage): void {
    this.#openOnce();
    const { onmessage } = this.#callbacks;
    if (!onmessage || (this.#opening && 'error' in this.#opening)) return;
    const shown = this.#passthrough ? message : withoutGoAway(message);
    if (shown) this.#guard(() => onmessage(shown));
  }

  error(error: LifelineError): void {
    const event = { type: 'error', error, message: error.message };
    this.#guard(() => this.#callbacks.onerror?.(event as ErrorEvent));
  }

  close(code: number, reason: string): void {
    const event = { type: 'close', code, reason, wasClean: code === 1000 };
    this.#guard(() => this.#callbacks.onclose?.(event as CloseEvent));
  }
}

/** The same message without its goAway; null when there was nothing else in it. */
function withoutGoAway(message: LiveServerMessage): LiveServerMessage | null {
  if (message.goAway === undefined) return message;
  const { goAway: _, ...rest } = message;
  if (Object.keys(rest).length === 0) return null;
  return Object.assign(Object.create(Object.getPrototypeOf(message) as object) as LiveServerMessage, rest);
}
