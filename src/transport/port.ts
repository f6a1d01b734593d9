/**
 * The Transport port: what Lifeline needs from anything that can open one connection to a Live API.
 *
 * A transport dials, writes the setup, and hands up raw frames and exactly one end. It knows nothing of retries,
 * handles or turns. Adapters: `genai` (the official SDK's dialling), `webSocket` (dials itself), `emulator` (in process,
 * no I/O).
 *
 *   dial() ── opened? ── frame* ── ended        (`ended` is always last, and comes exactly once)
 *   warm() ── opening ── open ── dial({ warm }) or gone
 */
import type { LiveConnectConfig } from '@google/genai';

/** Which service is behind the transport: decides the life of a handle and whether `transparent` exists. */
export type Provider = 'developer' | 'vertex';

/** Whatever a WebSocket implementation delivers as `event.data`; `object` is a message that was parsed already. */
export type FrameData = string | ArrayBuffer | Uint8Array | Blob | object;

/** Why a connection is over, as far as the transport saw it. Classified in src/wire/closes.ts. */
export type ConnectionEnd =
  /** A close frame came, or the socket went away (1006, no reason). */
  | { readonly cause: 'close'; readonly code: number; readonly reason: string }
  /** The upgrade was answered with this HTTP status instead of 101. */
  | { readonly cause: 'http'; readonly status: number }
  /** The socket never opened: refused, unreachable, name not found. */
  | { readonly cause: 'unreachable'; readonly detail: string }
  /** The client library refused the parameters, before or after the socket opened. Dialling again cannot help. */
  | { readonly cause: 'rejected'; readonly error: Error };

/** Receives what one connection does. Implementations never throw. */
export interface ConnectionObserver {
  /** The socket is open and the setup was or is about to be written. Not called when the dial fails before that. */
  opened(): void;
  frame(data: FrameData): void;
  ended(end: ConnectionEnd): void;
}

export interface DialRequest {
  /** Model as the app named it, e.g. `gemini-live-2.5-flash-preview`. */
  readonly model: string;
  /** A fresh deep clone for this dial alone; the transport may change it. `sessionResumption.handle` is set on a resume. */
  readonly config: LiveConnectConfig;
  /**
   * A socket of this transport's `warm()`. It is used unless it is gone (waited for while it opens); one of another
   * transport is left alone. In both cases the connection is dialled afresh.
   */
  readonly warm?: WarmSocket | undefined;
}

/**
 * A socket that belongs to no session yet: no setup was sent on it, so that a dial with it costs one setup round trip.
 *
 *   opening ── open ── gone        `gone`: it failed, was closed, discarded, grew too old, or a dial took it
 */
export interface WarmSocket {
  readonly state: 'opening' | 'open' | 'gone';
  /** Closes it; does nothing once it is gone. What a dial took belongs to that dial. */
  discard(): void;
}

/** One connection. No method throws: after the end, `send` and `close` do nothing. */
export interface Connection {
  /** Writes one client message, already encoded as JSON text. */
  send(text: string): void;
  /** Starts the closing handshake and does not wait for the peer. `ended` follows when the socket is gone. */
  close(): void;
  /** Bytes accepted by `send` and not yet handed to the network; 0 where the socket does not tell. */
  readonly bufferedAmount: number;
}

export interface Transport {
  /** For logs, traces and errors: `genai`, `emulator`, … */
  readonly name: string;
  readonly provider: Provider;
  /** Each dial and each warm socket asks the app for its credential: after `tokenSpent` a dial has a new one. */
  readonly renewsTokens?: boolean;
  /**
   * Starts opening a socket for a later dial; never throws. Absent where a socket cannot be had without its setup.
   * `onSettled` is called once, later: it is open, taken, or gone.
   */
  warm?(onSettled?: () => void): WarmSocket;
  /** Starts a connection and returns at once; never throws, every outcome goes to `observer`. */
  dial(request: DialRequest, observer: ConnectionObserver): Connection;
}
