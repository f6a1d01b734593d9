/**
 * What an app holds: one Live session, over all its connections.
 *
 * Owns the public surface and its words. Every call goes to session.ts.
 */
import type {
  LiveSendClientContentParameters,
  LiveSendRealtimeInputParameters,
  LiveSendToolResponseParameters,
  LiveServerMessage,
  LiveServerSetupComplete,
} from '@google/genai';
import type { Observable } from 'rxjs';
import { sendRaw } from './conn.js';
import type { ContextBudget } from './context/budget.js';
import type { RecordedTurn } from './context/turns.js';
import type { LifelineEvent } from './events.js';
import type { SessionHandle } from './handles.js';
import type { ConnectOptions } from './options.js';
import type { Receipt } from './outbox/receipt.js';
import { Session, type SessionStats } from './session.js';
import type { StatusSource } from './status.js';
import type { ContextUpdate } from './wire/clientMessage.js';

export class LiveSession implements AsyncIterable<LiveServerMessage>, AsyncDisposable {
  readonly #session: Session;
  /** Payload of the first setupComplete. */
  setupComplete?: LiveServerSetupComplete;

  /** @internal Use `connect`. Throws LifelineError when the options are wrong. */
  constructor(options: ConnectOptions) {
    this.#session = new Session(options);
  }

  /** @internal Dials, and resolves at the first `active`. Rejects with LifelineError. */
  async start(): Promise<this> {
    await this.#session.start();
    this.setupComplete = this.#session.setupComplete ?? {};
    return this;
  }

  /** One id for the whole session, ours and not Google's. */
  get id(): string {
    return this.#session.id;
  }

  /** What a user interface needs: `current`, and `subscribe` for each change. */
  get status(): StatusSource {
    return this.#session.status;
  }

  /** What happens to the session; completes when it ends. During an event `status` is still what it was before it. */
  get events$(): Observable<LifelineEvent> {
    return this.#session.events$;
  }

  /** Every message of every connection, in order; completes when the session ends. */
  get messages$(): Observable<LiveServerMessage> {
    return this.#session.messages$;
  }

  /** The SDK's `conn`, for code that writes wire messages itself: they go through the outbox like all others. */
  readonly conn = {
    connect: () => {},
    send: (text: string) => sendRaw(text, this),
    close: () => void this.close(),
  };

  /** Audio, video, text or an activity mark. Throws `invalidMessage` before anything is sent, and `sessionClosed`. */
  sendRealtimeInput(params: LiveSendRealtimeInputParameters): Receipt {
    return this.#session.input.sendRealtimeInput(params);
  }

  /** Turns in order. `turnComplete: false` leaves the client turn open. */
  sendClientContent(params: LiveSendClientContentParameters = {}): Receipt {
    return this.#session.input.sendClientContent(params);
  }

  /** The result of a tool call; dropped as `callUnknown` when no server session is left that asked for it. */
  sendToolResponse(params: LiveSendToolResponseParameters): Receipt {
    return this.#session.input.sendToolResponse(params);
  }

  /** System instruction or tools, from now on and on every later connection. */
  sendContextUpdate(params: ContextUpdate): Receipt {
    return this.#session.input.sendContextUpdate(params);
  }

  /**
   * A new system instruction, in force for the rest of the session. Role `system` on Vertex AI, `contextUpdate` where
   * the model takes it (3.8 on). Throws `notSupported` where neither works.
   */
  updateSystemInstruction(text: string): Receipt {
    return this.#session.input.updateSystemInstruction(text);
  }

  /**
   * Tells the model what was said before: turns, or a summary as one user turn. The client turn stays open, so nothing
   * is answered yet. Throws `notSupported` for models that take history in their setup only (3.1 on).
   */
  restoreContext(past: string | readonly RecordedTurn[]): Receipt {
    return this.#session.input.restoreContext(past);
  }

  /** Every message, across all connections. Ends without an error when the session ends; `status` says why. */
  [Symbol.asyncIterator](): AsyncGenerator<LiveServerMessage, void, undefined> {
    return this.#session.views.iterate();
  }

  /** One array of messages per turn, the last one with turnComplete. */
  turns(): AsyncGenerator<LiveServerMessage[], void, undefined> {
    return this.#session.views.turns();
  }

  /** The newest handle, to resume this session later or elsewhere; null before the first. */
  get handle(): SessionHandle | null {
    return this.#session.handle;
  }

  /** Tokens, limits and the time they leave. */
  get budget(): ContextBudget {
    return this.#session.budget.read();
  }

  get stats(): SessionStats {
    return this.#session.stats;
  }

  /**
   * Swaps to a new connection at the next quiet moment, at the latest after `rotateWithinMs`. Resolves with true when the
   * new one took over, with false when the session ended first or there is no handle to leave with yet (then the rotation
   * comes with the first one). Never rejects for what happens on the way; throws `sessionClosed` and `resumptionOff`.
   */
  rotate(): Promise<boolean> {
    return this.#session.rotate();
  }

  /**
   * Closes the connection and resumes with `handle`; in `active`, `goingAway` and `resuming`. Resolves at the next
   * `active`; rejects with `invalidHandle`, `notSupported`, `resumptionOff`, or what the session failed over.
   */
  async resumeSession(params: { readonly handle: string }): Promise<void> {
    await this.#session.resume(params?.handle);
  }

  /** Ends the session and resolves when its connection is gone, at the latest after `closeTimeoutMs`. Idempotent. */
  async close(): Promise<void> {
    await this.#session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
