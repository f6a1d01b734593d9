/**
 * The two ends of a connection that faults stand between: the client's, as a shell offers it, and what is behind.
 *
 *   client ⇄ shell (socket, in process) ⇄ Peer · link.ts · Behind ⇄ the emulator's connection, or a proxy's target
 *
 * Owns the shapes only.
 */
import type { Direction, FaultAction } from './fault.js';

/** How a frame leaves, where that differs from the data: a string is a text frame, bytes are a binary one. */
export interface FrameForm {
  /** Bytes as a text frame, even if they are not UTF-8. */
  readonly text?: boolean;
  /** In so many WebSocket fragments. */
  readonly fragments?: number;
}

/**
 * The client's end, as a shell offers it. No method may call back in the same step. A shell leaves out what it cannot
 * do: such a fault is logged as not possible.
 */
export interface Peer {
  send(data: Uint8Array | string, form?: FrameForm): void;
  /** 1005: a close frame without a code. */
  close(code: number, reason: string): void;
  /** RST: the socket is gone at once, without a close frame. With a frame: after its first half. */
  reset(frame?: Uint8Array | string): void;
  /** FIN without a close frame, after what was sent before. */
  end?(): void;
  /** Half-open: nothing passes any more in either direction, and nobody is told. */
  freeze?(): void;
  /** Nothing passes any more in one direction. */
  mute?(direction: 'up' | 'down'): void;
  trickle?(bytesPerSecond: number, direction: Direction): void;
  /** Frames take this much longer, replacing what was set before. */
  delay?(ms: number, direction: Direction): void;
  delayPongs?(ms: number): void;
}

export interface GoAwayOrder {
  readonly timeLeftMs: number;
  /** Said instead of the time. */
  readonly timeLeft?: unknown;
  /** Default true: the connection ends `timeLeftMs` later. */
  readonly thenClose?: boolean;
}

/** What stands behind a link. */
export interface Behind {
  receive(data: string | Uint8Array): void;
  /** The client's close frame, FIN or RST arrived. `code` where the shell knows it. */
  gone(code?: number, reason?: string): void;
  /** A fault ended the connection: the client was told (`code`), or not (null). */
  ended(code: number | null, reason: string): void;
  /** A fault made the connection half-open. */
  unreachable(): void;
  goAway(order: GoAwayOrder): void;
  addTokens?(tokens: number): void;
}

/** What is behind may do with the client. */
export interface ClientSide {
  send(data: Uint8Array | string): void;
  close(code: number, reason: string): void;
  /** Nothing more is sent but a close. */
  silence(): void;
  /** The next fault of this name that is planned for the connection's setup; it has acted then. */
  take<Name extends SetupFault>(name: Name): SetupAction<Name> | null;
}

/** Faults of a setup that only what is behind can carry out. */
export type SetupFault = 'refuseHandle' | 'loseContext' | 'poison' | 'neverCompress';
export type SetupAction<Name extends SetupFault> = Extract<FaultAction, { do: Name }>;

/** The emulator's sessions, for faults that act on all of them. A proxy has none. */
export interface Sessions {
  forgetHandles(): void;
  resumable(on: boolean): void;
}
