/**
 * The tap on the SDK's WebSocket.
 *
 * `Live` of @google/genai makes its socket with `this.webSocketFactory.create(url, headers, callbacks)`: private to
 * TypeScript, there at run time in 1.52.0 … 3.1.0. A dial runs on an object that inherits from the app's own `Live` and
 * differs in that one field, so that everything else, a replaced `connect` included, stays the app's, and nothing of
 * the app is written to. (Constructing a second `Live` would skip a replaced `connect`.)
 *
 * Owns the shapes of these private parts. The SDK hears of the socket only what it needs to settle its `connect()`.
 */
import type { GoogleGenAI } from '@google/genai';
import type { FrameData } from '../port.js';
import type { Carrier, Dial } from '../dial.js';
import { findSetupComplete } from './setupComplete.js';

type Live = GoogleGenAI['live'];

interface SdkCallbacks {
  onopen(event?: unknown): void;
  onmessage(event: { data: string }): void;
  onerror(event: unknown): void;
  onclose(event: unknown): void;
}

/** What the SDK's factory makes. `ws` is the real socket (`ws` on Node, the browser's elsewhere), once connected. */
interface SdkSocket {
  connect(): void;
  send(text: string): void;
  close(): void;
  readonly ws?: RawSocket;
}

interface RawSocket {
  binaryType?: string;
  readonly bufferedAmount?: number;
  terminate?(): void;
}

type CreateSocket = (url: string, headers: unknown, callbacks: SdkCallbacks) => SdkSocket;

export function canTap(live: Live): boolean {
  const { webSocketFactory } = live as unknown as { webSocketFactory?: { create?: unknown } };
  return typeof webSocketFactory?.create === 'function';
}

/** A `Live` that makes its sockets through `wrap`; null when this one does not let itself be tapped. */
export function tapSockets(live: Live, wrap: (create: CreateSocket) => CreateSocket): Live | null {
  if (!canTap(live)) return null;
  const { webSocketFactory: factory } = live as unknown as { webSocketFactory: { create: CreateSocket } };
  const create: CreateSocket = wrap((...args) => factory.create(...args));
  const tappedFactory: object = Object.create(factory, { create: { value: create } }) as object;
  return Object.create(live, { webSocketFactory: { value: tappedFactory } }) as Live;
}

/** Makes the socket of one dial: reports all to `dial`, and to the SDK its opening, setupComplete and the end. */
export function tapSocket(
  dial: Dial,
  create: CreateSocket,
  url: string,
  headers: unknown,
  sdk: SdkCallbacks,
): SdkSocket {
  // Ends the SDK's connect() with a rejection that nobody hears any more.
  if (dial.isOver) throw new Error('The dial was closed before its socket was made.');
  const setup = new SetupExchange((data) => sdk.onmessage({ data }));
  const socket = create(url, headers, {
    onopen: (event) => {
      if (dial.isOver) return;
      dial.opened();
      sdk.onopen(event);
    },
    onmessage: ({ data }: { data: FrameData }) => {
      dial.frame(data);
      setup.heard(data);
    },
    // The SDK is not told of errors: its connect() would reject before the close event brings code and reason.
    onerror: (event) => dial.failed(event),
    onclose: (event) => {
      dial.gone(event);
      sdk.onclose(event);
    },
  });
  return {
    connect() {
      socket.connect();
      dial.carry(carrierOf(socket));
    },
    send(text) {
      if (dial.isOver) return;
      socket.send(text);
      dial.setupWritten();
      setup.written();
    },
    close: () => socket.close(),
  };
}

function carrierOf(socket: SdkSocket): Carrier {
  const { ws } = socket;
  // A Blob is read asynchronously: a text frame would overtake the binary ones before it.
  if (ws?.binaryType === 'blob') ws.binaryType = 'arraybuffer';
  return {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    drop: () => ws?.terminate?.(),
    get bufferedAmount() {
      return ws?.bufferedAmount ?? 0;
    },
  };
}

/**
 * Gives the SDK the one message its connect() waits for, and no other: it parses without a catch, so that any other
 * text could become an unhandled rejection. Not before the setup is written either: until then the SDK's handler
 * reads a `const` that does not exist yet (2.11 … 3.1).
 */
class SetupExchange {
  readonly #deliver: (text: string) => void;
  #isWritten = false;
  #answer: string | null = null;
  #state: 'waiting' | 'delivered' = 'waiting';

  constructor(deliver: (text: string) => void) {
    this.#deliver = deliver;
  }

  written(): void {
    this.#isWritten = true;
    this.#settle();
  }

  heard(data: FrameData): void {
    if (this.#state === 'delivered' || this.#answer !== null) return;
    findSetupComplete(data, (answer) => {
      this.#answer = answer;
      this.#settle();
    });
  }

  #settle(): void {
    if (this.#state === 'delivered' || !this.#isWritten || this.#answer === null) return;
    this.#state = 'delivered';
    this.#deliver(this.#answer);
  }
}
