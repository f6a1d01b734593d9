/**
 * What a fault is: data that says when something goes wrong, what, and how often.
 *
 * Owns the shape that files, the library, the control endpoint and the page share. Never acts: engine.ts and link.ts
 * do. What an action takes and where it can act is actions.ts; docs/FAULTS.md lists the named ones (catalogue.ts).
 *
 *   { "match": { "at": "serverMessage", "kind": "turnComplete", "resumed": true },
 *     "action": { "do": "rst" }, "times": 2, "comment": "the socket dies at the end of two answers" }
 */
import type { Provider } from '../../transport/port.js';
import type { Fields } from '../protocol/fields.js';
import type { Closing } from '../protocol/refusals.js';

/**
 * - `dial`: an upgrade request arrived; what needs an open socket acts right after the upgrade
 * - `setup`: the setup arrived, the server has not seen it
 * - `clientMessage`: any later client message arrived, the server has not seen it
 * - `serverMessage`: the server is about to send a message, setupComplete included
 * - `ready`: right after setupComplete was sent
 * - `now`: at once, on all connections that are open (together one time); for the times that are left, or where none
 *   is open, on each further one as soon as it is ready
 *
 * A message at which the connection ends, falls silent or is cut off does not pass.
 */
export type FaultMoment = 'dial' | 'setup' | 'clientMessage' | 'serverMessage' | 'ready' | 'now';

/** All that is given must hold. */
export interface FaultMatch {
  /** Default: the first of the moments at which the action can act (actions.ts). */
  readonly at?: FaultMoment;
  /** `setup` and later: the connection began with a handle (true), or without (false). */
  readonly resumed?: boolean;
  /** Id of one connection, as in the log. */
  readonly connection?: number;
  readonly provider?: Provider;
  /** Without `models/`; `setup` and later. */
  readonly model?: string;
  /**
   * A client message: `audio`, `video`, `text`, `content`, `toolResponse`, `activityStart`, `activityEnd`,
   * `audioStreamEnd`, `contextUpdate`. A server message: any key of it or of its serverContent, such as `turnComplete`,
   * `modelTurn`, `sessionResumptionUpdate`; `empty` for `{}`.
   */
  readonly kind?: string;
  /** The nth such message of a connection, from 1, counted from when the fault was added. */
  readonly nth?: number;
  /**
   * Milliseconds, on the server's clock, from the moment to the action. The message passes meanwhile, so actions on a
   * message cannot take it. Default 0.
   */
  readonly afterMs?: number;
}

export type Direction = 'up' | 'down' | 'both';

export type FaultAction =
  // dial
  /** HTTP `status` at the upgrade (401, 403, 404, 429, 503 …); 0: no connection comes about. Default 503. */
  | { readonly do: 'refuse'; readonly status?: number }
  /** The upgrade is never answered. */
  | { readonly do: 'stall' }
  /** Slow loris: the answer to the upgrade drips at this rate. Default 1 byte a second. */
  | { readonly do: 'drip'; readonly bytesPerSecond?: number }
  // the socket
  /** A close frame. At `dial` right after the upgrade. Default 1008 `The operation was aborted.` */
  | ({ readonly do: 'close' } & Partial<Closing>)
  /** FIN without a close frame. */
  | { readonly do: 'fin' }
  /** RST; `midFrame`: after the first half of the next frame, or of the message that matched. Default false. */
  | { readonly do: 'rst'; readonly midFrame?: boolean }
  /** Open, but nothing passes any more, pings and close frames included. */
  | { readonly do: 'halfOpen' }
  /** One-way: nothing passes in one direction. */
  | { readonly do: 'mute'; readonly direction: 'up' | 'down' }
  /** Bytes pass at this rate. Default 2,000 a second, both ways. */
  | { readonly do: 'trickle'; readonly bytesPerSecond?: number; readonly direction?: Direction }
  /** Frames take this much longer, each way unless told otherwise. */
  | { readonly do: 'delay'; readonly ms: number; readonly direction?: Direction }
  /** Pongs come this late. Default 20,000. */
  | { readonly do: 'latePong'; readonly ms?: number }
  // frames
  /** The message is thrown away. */
  | { readonly do: 'drop' }
  /** The message passes `copies` times. Default 2. */
  | { readonly do: 'duplicate'; readonly copies?: number }
  /** The message passes after the next one of its kind (reordered), or after `ms` if that is sooner. */
  | { readonly do: 'hold'; readonly ms?: number }
  /** In its place the oldest message of the same kind that was seen on any connection of the session (stale). */
  | { readonly do: 'repeatOldest' }
  /** The message with the fields at these paths set, e.g. `{"usageMetadata.promptTokenCount": 9}`; null removes one. */
  | { readonly do: 'edit'; readonly set: Readonly<Record<string, unknown>> }
  /** The message as a text frame instead of a binary one. */
  | { readonly do: 'textFrame' }
  /** The message in this many WebSocket fragments. Default 5. */
  | { readonly do: 'fragment'; readonly parts?: number }
  /** A server message of one's own is sent, before the matched one. */
  | { readonly do: 'send'; readonly message: Fields }
  /**
   * A frame that is no message of the service, before the matched one: `data`, padded with blanks to `bytes`; without
   * `data` that many bytes 0xFF, which are never UTF-8. Default 16 bytes. `text: true` as a text frame.
   */
  | { readonly do: 'garbage'; readonly data?: string; readonly bytes?: number; readonly text?: boolean }
  // the server
  /** `timeLeft` overrides what is said (malformed on purpose). `thenClose` false: nothing ends. Default true. */
  | { readonly do: 'goAway'; readonly timeLeftMs: number; readonly timeLeft?: unknown; readonly thenClose?: boolean }
  /** Nothing more is sent, everything is still read. */
  | { readonly do: 'silence' }
  // resumption and context; of these a proxy carries out refuseHandle and loseContext, no other
  /** A setup's handle is refused. Default 1008 `BidiGenerateContent session not found`, before setupComplete. */
  | ({
      readonly do: 'refuseHandle';
      readonly when?: 'beforeSetupComplete' | 'afterSetupComplete';
    } & Partial<Closing>)
  /** The resume is accepted and knows nothing of what was before. */
  | { readonly do: 'loseContext' }
  /** The resume is accepted, transcribes input and never generates. */
  | { readonly do: 'poison' }
  /** Every handle issued so far is unknown from now on. */
  | { readonly do: 'forgetHandles' }
  /** No handle is issued while false. */
  | { readonly do: 'resumable'; readonly on: boolean }
  /** The context grows by so many tokens at once. */
  | { readonly do: 'addTokens'; readonly tokens: number }
  /** The sliding window never slides, although it was asked for. */
  | { readonly do: 'neverCompress' };

export type FaultActionName = FaultAction['do'];

export interface Fault {
  readonly match?: FaultMatch;
  readonly action: FaultAction;
  /** How often it acts, over all connections. Default 1; 0 without limit. */
  readonly times?: number;
  /** For whoever reads the log. */
  readonly comment?: string;
}

/** A class of the catalogue, all its faults with another match (added to theirs), number of times or comment. */
export interface FaultUse extends Omit<Fault, 'action'> {
  readonly use: string;
}

/** What faults may be given as: one, names of the catalogue, a list, or `{faults: […]}`. */
export type FaultInput = Fault | FaultUse | string | readonly FaultInput[] | { readonly faults: readonly FaultInput[] };
