/**
 * What an app gives to the lifecycle stories: how to start it, and the five things that a story does with it.
 *
 * Owns the shapes only.
 */
import type { Clock } from '../../clock.js';
import type { Account } from '../../emulator/record/lineage.js';
import type { Transport } from '../../transport/port.js';

/** The Live API of one story. */
export interface Place {
  /** `http://127.0.0.1:PORT`, for `httpOptions.baseUrl` or a gateway's setting; empty in process. */
  readonly baseUrl: string;
  /** Any key that is not empty is accepted. */
  readonly apiKey: string;
  /** Dials it: `webSocket()` over a socket, the emulator's own in process. For an app that takes a transport. */
  readonly transport: Transport;
  /** The time of the story: the system's over sockets, virtual in process, where everything has to use it. */
  readonly clock: Clock;
  readonly model: string;
}

/** An app that is running: its session over all its connections. */
export interface RunningSession {
  /** 20 ms of 16-bit PCM at 16 kHz, base64, as `sendRealtimeInput({ audio })` takes it. Also while there is no connection. */
  sendAudio(audio: { readonly data: string; readonly mimeType: string }): void;
  /** One whole turn of the user, which the model answers. */
  sendText(text: string): void;
  /** All that the app heard of the model so far, in any form that grows with every answer. */
  heard(): string;
  /** `down`: it is without a connection and will have one again. */
  status(): 'up' | 'down' | 'ended';
  /** Ends the session, connections and all. */
  stop(): Promise<void> | void;
}

export interface SessionAdapter {
  /** Starts the app against `place`; resolves when it can be spoken to. Called once for each story. */
  start(place: Place): Promise<RunningSession> | RunningSession;
}

/** How many of the numbered chunks may go wrong in a story. A chunk is 20 ms. */
export interface StoryLimits {
  /** In no context of the model. Default 0. */
  readonly lost?: number;
  /** Heard twice although the rotation was announced. Default 0. */
  readonly doubled?: number;
  /** Heard twice after a loss without notice. Default 25: the service does not say what a handle includes. */
  readonly doubledAfterCut?: number;
  /** Default 0. */
  readonly reordered?: number;
}

export interface StoryOptions {
  /** `sockets`: a server on loopback, Node only. `process`: no socket, on a virtual clock. Default `sockets`. */
  readonly over?: 'sockets' | 'process';
  readonly limits?: StoryLimits;
  /** How long a story waits for a new connection or an answer, in milliseconds of the story's time. Default 30,000. */
  readonly patienceMs?: number;
  /** What the service announces before it closes a connection, in milliseconds. Default 2,000. */
  readonly timeLeftMs?: number;
  /** Told at the end of each story which chunks were lost, doubled and reordered, by the emulator's record. */
  readonly report?: (story: string, account: Account<number>) => void;
}
