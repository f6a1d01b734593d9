/**
 * Line: one WebSocket, first on its own, then for one session.
 *
 *   opening ── socket open ──→ open ── setup written ──→ serving ──┐
 *      │         (no setup is known yet: a warm socket)            ├─→ over
 *      └───────────────────────────────────────────────────────────┘
 *
 * A dial gives its line a request before it is opened, so that it is `open` for no time; a warm line gets one later.
 * Owns when the credential is asked for and when the setup is written. The end, the texts held before the setup and the
 * grace of a close are Dial's (../genai/dial.ts).
 */
import { isLifelineError } from '../../errors.js';
import type { Clock } from '../../clock.js';
import { Dial } from '../dial.js';
import { cleanError, secretHider } from '../redact.js';
import type { Connection, ConnectionEnd, ConnectionObserver, DialRequest, FrameData } from '../port.js';
import type { Warmable } from '../warm.js';
import { readCredential } from './credential.js';
import type { Endpoint } from './endpoint.js';
import type { WebSocketLike } from './options.js';
import { setupText } from './setupText.js';
import type { Sockets } from './sockets.js';

export interface LineOptions {
  readonly endpoint: Endpoint;
  readonly sockets: Sockets;
  readonly clock: Clock;
  readonly closeGraceMs: number;
}

export class Line implements Warmable {
  readonly #options: LineOptions;
  readonly #dial: Dial;
  #state: 'idle' | 'opening' | 'open' | 'serving' | 'over' = 'idle';
  #socket: WebSocketLike | null = null;
  #observer: ConnectionObserver | null = null;
  #setup: string | null = null;
  /** What ended it, where Dial cannot know. */
  #verdict: ConnectionEnd | null = null;
  #secret: string | undefined;
  #onOpen: () => void = () => {};
  #onOver: () => void = () => {};

  constructor(options: LineOptions) {
    this.#options = options;
    this.#dial = new Dial({
      clock: options.clock,
      closeGraceMs: options.closeGraceMs,
      hide: (text) => this.#hide(text),
      observer: {
        opened: () => {
          this.#state = 'open';
          this.#onOpen();
          this.#serve();
        },
        // What comes before the setup went out is meant for nobody.
        frame: (data) => {
          if (this.#state === 'serving') this.#observer?.frame(data);
        },
        ended: (end) => this.#ended(this.#verdict ?? end),
      },
    });
  }

  get connection(): Connection {
    return this.#dial;
  }

  get stage(): 'opening' | 'open' | 'over' {
    if (this.#dial.isOver) return 'over';
    return this.#state === 'open' ? 'open' : 'opening';
  }

  whenOpen(listener: () => void): void {
    this.#onOpen = listener;
  }

  whenOver(listener: () => void): void {
    this.#onOver = listener;
  }

  close(): void {
    this.#dial.close();
  }

  /** Opens the socket and writes nothing on it. */
  warmUp(): void {
    queueMicrotask(() => void this.#open());
  }

  /** Gives the line to a session: opens it unless that was done, and writes the setup. */
  dial(request: DialRequest, observer: ConnectionObserver): void {
    this.#observer = observer;
    // A microtask later, the caller holds the Connection; and a close() until then leaves no trace on the network.
    queueMicrotask(() => void this.#prepare(request));
  }

  async #prepare(request: DialRequest): Promise<void> {
    if (this.#dial.isOver) return;
    try {
      this.#setup = await setupText(request, this.#options.endpoint);
    } catch (error) {
      this.#reject(error);
      return;
    }
    if (this.#state === 'idle') await this.#open();
    else this.#serve();
  }

  async #open(): Promise<void> {
    this.#state = 'opening';
    const { endpoint, sockets } = this.#options;
    try {
      const make = await sockets.load();
      if (this.#dial.isOver) return;
      const credential =
        endpoint.credential === null
          ? null
          : await readCredential(endpoint.credential, endpoint.credentialOption, (text) => this.#hide(text));
      if (typeof credential === 'string') this.#secret = credential;
      else if (credential !== null) {
        this.#end(credential);
        return;
      }
      if (this.#dial.isOver) return;
      const { socket, release } = make(endpoint.target(credential));
      this.#listen(socket, release);
    } catch (error) {
      this.#reject(error);
    }
  }

  #listen(socket: WebSocketLike, release: () => void): void {
    // A Blob is read asynchronously: a text frame would overtake the binary ones before it.
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => this.#dial.opened();
    socket.onmessage = ({ data }: { data: FrameData }) => this.#dial.frame(data);
    socket.onerror = (event: unknown) => this.#dial.failed(event);
    socket.onclose = (event: unknown) => {
      release();
      this.#dial.gone(event);
    };
    this.#dial.carry({
      send: (text) => socket.send(text),
      close: () => socket.close(),
      drop: () => socket.terminate?.(),
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
    });
  }

  #serve(): void {
    if (this.#state !== 'open' || this.#setup === null || this.#dial.isOver) return;
    this.#state = 'serving';
    this.#observer?.opened();
    try {
      this.#socket?.send(this.#setup);
    } catch {
      // The socket is closing already; its close event says why.
    }
    this.#setup = null;
    this.#dial.setupWritten();
  }

  /** As Dial does it, but an error of ours keeps its class, by which closes are classified. */
  #reject(thrown: unknown): void {
    const hide = (text: string): string => this.#hide(text);
    const error = thrown instanceof Error ? thrown : new Error(notAnError(thrown));
    const isOurs = isLifelineError(error) && error.cause === undefined && hide(error.message) === error.message;
    this.#end({ cause: 'rejected', error: isOurs ? error : cleanError(error, hide) });
  }

  /** `end` shows no secret any more. */
  #end(end: ConnectionEnd): void {
    if (this.#dial.isOver) return;
    this.#verdict = end;
    this.#dial.close();
  }

  #ended(end: ConnectionEnd): void {
    this.#state = 'over';
    this.#onOver();
    this.#observer?.ended(end);
  }

  #hide(text: string): string {
    const { endpoint, sockets } = this.#options;
    return secretHider([this.#secret, ...endpoint.secrets, ...sockets.secrets])(text);
  }
}

/** A callable tool of the app may throw anything. */
function notAnError(value: unknown): string {
  return typeof value === 'string' ? value : `The dial failed with a value of type ${typeof value}.`;
}
