/**
 * What the statechart is told, what it remembers, and what it announces. Plain data: every value here can be
 * written as JSON, and none is secret (both context and input show up in XState's inspection stream).
 */

/** Names a handle without holding it: the session keeps the vault seq → handle. */
export interface HandleRef {
  /** Counts the handles of one session, from 1. */
  readonly seq: number;
  readonly receivedAtMs: number;
  /** A handle belongs to one model. */
  readonly model: string;
  /** The connection that brought it; 0 for one that the app passed in. */
  readonly epoch: number;
}

/** How a dial or a connection ended, already classified (src/wire/closes.ts) and paced (src/policy/backoff.ts). */
export interface EndRef {
  readonly action: 'resume' | 'retry' | 'newToken' | 'dropHandle' | 'fatal';
  /** A literal for logs and charts, e.g. `ageLimit`, `handleDead`. */
  readonly meaning: string;
  /** Wait before the next dial; 0 is at once, null means the policy gives up. */
  readonly retryInMs: number | null;
  /** LifelineErrorCode that explains it, should the session fail over it. */
  readonly error: string;
  readonly closeCode: number | null;
  readonly reason: string;
}

/** The options that guards and delays read; constant for the life of a session. */
export interface SessionPolicy {
  readonly resumption: boolean;
  readonly compression: boolean;
  readonly transparent: boolean;
  /** A transport that can mint a new token makes a spent one retryable. */
  readonly renewsTokens: boolean;
  /** The transport opens the successor's socket early; `successor.settled` says that it did, or cannot. */
  readonly warms: boolean;
  readonly afterExpiry: 'fail' | 'fresh' | 'reseed';
  readonly order: 'break-before-make' | 'overlap';
  /** Further dials with a handle that was refused with a handle-dead reason. */
  readonly handleRetries: number;
  /** Dials of the very first connection, then `failed`: nobody has a conversation to lose yet. */
  readonly firstDialBudget: number;
  /** Dials without a stable connection in between, then `failed`. */
  readonly dialBudget: number;
  readonly stableAfterMs: number;
  /** Share of the binding context limit from which the context counts as near its limit. */
  readonly nearLimitFill: number;
  readonly deadlineMarginMs: number;
  readonly rotateWithinMs: number;
  /** Rotate on our own when a connection is this old; null never. */
  readonly rotateAtAgeMs: number | null;
  readonly maxHoldMs: number;
  readonly speechPauseMs: number;
  readonly handleLifeMs: number;
  readonly closeTimeoutMs: number;
  /** What an explicit `resumable: false` does to the stored handle; absent `resumable` always keeps it. */
  readonly onNotResumable: 'keep' | 'drop';
}

export interface SessionInput {
  readonly policy: SessionPolicy;
  /** A handle the app brought along: the first dial resumes. */
  readonly handle: HandleRef | null;
}

/** Why the session leaves its connection, and by when it has to. */
export interface Drain {
  readonly reason: 'goAway' | 'age' | 'asked';
  readonly startedAtMs: number;
  readonly timeLeftMs: number;
  /** Absolute, because XState does not restore `after` timers from a snapshot. */
  readonly deadlineAtMs: number;
}

export interface SessionContext {
  readonly policy: SessionPolicy;
  /** Number of the newest connection dialled; 0 before the first. */
  readonly epoch: number;
  readonly established: number;
  readonly rotations: number;
  readonly handle: HandleRef | null;
  /** Handle-dead refusals of the handle in `handle`. */
  readonly handleRefusals: number;
  readonly dialsSinceStable: number;
  /** Dials refused since the last connection was set up; the backoff policy reads it. */
  readonly attempt: number;
  readonly retryInMs: number;
  /** How the last connection or dial ended. */
  readonly end: EndRef | null;
  readonly drain: Drain | null;
  /** A rotation that came before there was a handle to leave with. */
  readonly owed: 'asked' | 'age' | null;
  /** The successor's socket is open, or there will be none before the dial. */
  readonly successorSettled: boolean;
  /** What the next established connection will mean for the context. */
  readonly restoring: 'nothing' | 'handle' | 'turns' | 'lost';
  readonly overlapRefused: boolean;
  readonly tokens: number;
  readonly reportedTokens: number;
  readonly reportedEpoch: number;
  readonly fill: number;
  readonly compressions: number;
  /** The user speaks until an end of the speech is told, by the app or by the service. */
  readonly speechIsMarked: boolean;
  readonly pendingCalls: readonly string[];
  /** Set in `failed` and explains it. */
  readonly error: {
    readonly code: string;
    readonly meaning: string;
    readonly closeCode: number | null;
    readonly reason: string;
  } | null;
}

export type SessionEvent =
  // The app
  | { readonly type: 'connect' }
  | { readonly type: 'rotate'; readonly atMs: number }
  | { readonly type: 'resumeSession'; readonly handle: HandleRef }
  | { readonly type: 'close' }
  // The successor's socket, opened early
  | { readonly type: 'successor.settled' }
  // The network, as far as the runtime tells
  | { readonly type: 'network.online' }
  // A connection
  // awayMs: since the last connection ended or was retired; 0 when there was none
  | { readonly type: 'connection.established'; readonly epoch: number; readonly awayMs: number }
  | { readonly type: 'connection.refused'; readonly epoch: number; readonly end: EndRef; readonly awayMs: number }
  | { readonly type: 'connection.ended'; readonly epoch: number; readonly end: EndRef }
  // The server
  | { readonly type: 'server.goAway'; readonly timeLeftMs: number; readonly atMs: number }
  | {
      readonly type: 'server.resumptionUpdate';
      /** Null: not resumable at this moment. */
      readonly handle: HandleRef | null;
      /** `resumable: false` stood on the wire, instead of being absent. */
      readonly explicitlyNot: boolean;
      /** The handle includes everything that was sent so far. */
      readonly coversInput: boolean;
    }
  | {
      readonly type: 'context.measured';
      readonly tokens: number;
      /** Tokens (or time) used of whichever limit binds, 1 at the limit. */
      readonly fill: number;
      /** By usageMetadata, instead of by our own estimate. */
      readonly reported: boolean;
      readonly epoch: number;
    }
  /** A resumed session that transcribes and never generates. */
  | { readonly type: 'server.poisoned' }
  // The turn
  | { readonly type: 'client.turnOpened' }
  | { readonly type: 'client.turnSent' }
  | { readonly type: 'client.activityStart' }
  | { readonly type: 'client.activityEnd' }
  | { readonly type: 'client.toolResponse'; readonly callIds: readonly string[] }
  /** `marked`: the service says where the speech ends (`server.userSilent`), so that a pause is not its end. */
  | { readonly type: 'server.userSpeech'; readonly marked?: boolean }
  | { readonly type: 'server.userSilent' }
  | { readonly type: 'server.output' }
  | { readonly type: 'server.generationComplete' }
  | { readonly type: 'server.turnComplete'; readonly inProgress: boolean }
  | { readonly type: 'server.interrupted' }
  | { readonly type: 'server.toolCall'; readonly callIds: readonly string[] }
  | { readonly type: 'server.toolCallCancellation'; readonly callIds: readonly string[] }
  // Raised by the connection region for its siblings
  | { readonly type: 'handle.dropped' }
  | { readonly type: 'context.renewed' };

/** What the machine announces with `emit`; the session adds measurements and passes them on as `events$`. */
export type SessionEmitted =
  | { readonly type: 'goAway'; readonly epoch: number; readonly timeLeftMs: number }
  | {
      readonly type: 'rotating';
      readonly epoch: number;
      readonly reason: Drain['reason'];
      readonly atDeadline: boolean;
    }
  | {
      readonly type: 'resumed';
      readonly epoch: number;
      readonly outcome: 'restored' | 'reseeded' | 'lost';
      readonly planned: boolean;
      readonly awayMs: number;
    }
  | { readonly type: 'connected'; readonly epoch: number }
  | { readonly type: 'handleDropped'; readonly meaning: string }
  | { readonly type: 'expired'; readonly meaning: string }
  | { readonly type: 'nearLimit'; readonly tokens: number; readonly fill: number }
  | { readonly type: 'compressed'; readonly tokens: number; readonly count: number }
  | { readonly type: 'exhausted'; readonly tokens: number }
  | { readonly type: 'turnComplete' }
  | { readonly type: 'interrupted' };

/** Given to the `dial` actor. */
export interface DialInput {
  readonly epoch: number;
  readonly handle: HandleRef | null;
  /** The predecessor stays open until this dial is established. */
  readonly overlap: boolean;
}

/** Given to the `prepareReseed` actor. */
export interface ReseedInput {
  readonly meaning: string;
}
