/**
 * The options of `webSocket()`. Owns their types and their documentation, decides nothing.
 */
import type { Clock } from '../../clock.js';

/**
 * A key or token, or a function that is asked for one before every dial and every warm socket.
 *
 * What the function throws decides what becomes of the dial: `retryable: false`, an HTTP status that says no (400, 401,
 * 403, 404 …), or a mistake in its code (TypeError, ReferenceError …) is a `rejected` end, which is not dialled again;
 * the network and everything else is an `unreachable` end, which is, within the session's budget.
 */
export type Credential = string | (() => string | Promise<string>);

/** The part of a WebSocket that is used: a browser's, package `ws`'s, or one of your own. */
export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
  /** Ends it without a handshake, where the implementation can. */
  terminate?(): void;
}

export type WebSocketConstructor = new (url: string) => WebSocketLike;

interface SharedOptions {
  /**
   * Where the service is, `http(s)://` or `ws(s)://`; a path and a query are kept in front of the service's own.
   * @default the service's address: generativelanguage.googleapis.com, or Vertex AI's for the location
   */
  readonly baseUrl?: string;
  /** @default 'v1beta'; 'v1alpha' for an ephemeral token; 'v1beta1' on Vertex AI */
  readonly apiVersion?: string;
  /** Sent with the upgrade. Refused where the WebSocket cannot send headers: in a browser. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An `http.Agent` (or `https.Agent`) for the upgrade, on Node. It alone decides about proxies then. */
  readonly agent?: object;
  /**
   * Proxy to tunnel through with CONNECT, on Node: `http(s)://[user:password@]host:port`; `false` for none.
   * @default https_proxy or HTTPS_PROXY unless no_proxy or NO_PROXY names the host; for `wss:` addresses only
   */
  readonly proxy?: string | false;
  /**
   * Makes the sockets. One that is declared with three parameters, as that of `ws` is, gets `{ headers, agent }` as the
   * third; any other gets the URL alone.
   * @default package `ws` on Node, the global WebSocket elsewhere
   */
  readonly WebSocket?: WebSocketConstructor;
  /**
   * Milliseconds that a closed or failed socket may take to go away. After that it is dropped without a handshake
   * (where the runtime can: `ws` on Node) and reported as ended with 1006.
   * @default 5_000
   */
  readonly closeGraceMs?: number;
  /**
   * Milliseconds that a warm socket is kept, counted from `warm()`.
   * @default 60_000
   */
  readonly warmLifeMs?: number;
  /**
   * Times `closeGraceMs` and `warmLifeMs`.
   * @default systemClock
   */
  readonly clock?: Clock;
}

/** The Gemini Developer API. */
export interface DeveloperApiOptions extends SharedOptions {
  readonly vertexai?: false;
  /**
   * An API key, or an ephemeral token (`auth_tokens/…`), which is the one to use in a browser. Only with a `baseUrl` of
   * your own, which authenticates by itself, it may be left out.
   */
  readonly apiKey?: Credential;
}

/** Vertex AI. Its access token goes into a header, so a browser needs a gateway of yours as its `baseUrl`. */
export interface VertexOptions extends SharedOptions {
  readonly vertexai: true;
  readonly project: string;
  readonly location: string;
  /** An OAuth access token (it lives about an hour, so better a function). May be left out with a `baseUrl`. */
  readonly accessToken?: Credential;
}

export type WebSocketTransportOptions = DeveloperApiOptions | VertexOptions;
