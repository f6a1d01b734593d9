/** What a session announces on `events$`: types only. Times are milliseconds; nothing here is secret. */
import type { Drain } from '../machines/index.js';
import type { LifelineError } from './errors.js';
import type { DropReason } from './outbox/receipt.js';
import type { ClientMessageKind } from './wire/clientMessage.js';

/** What became of the model's context when a new connection took over. */
export type ContextOutcome = 'restored' | 'reseeded' | 'lost';

/** The account of one hand-off from a connection to the next. */
export interface HandOff {
  readonly connection: number;
  readonly outcome: ContextOutcome;
  /** The session left the old connection on its own account, and was not cut off. */
  readonly planned: boolean;
  /** Time in which no connection was set up. */
  readonly gapMs: number;
  /** Longest wait of one send from the call to its first write. */
  readonly heldMs: number;
  /** Messages written again. */
  readonly replayed: number;
  /** Of those, the ones that the model may hear twice: sent just before the handle arrived. */
  readonly possiblyDoubled: number;
  /** Messages that were given up; each receipt has its reason. */
  readonly dropped: number;
}

export type LifelineEvent =
  | { readonly type: 'connected'; readonly connection: number }
  | { readonly type: 'goAway'; readonly connection: number; readonly timeLeftMs: number }
  | {
      readonly type: 'rotating';
      readonly connection: number;
      readonly reason: Drain['reason'];
      readonly atDeadline: boolean;
    }
  /** A planned swap is done and the context is there. `resumed` follows with the same account. */
  | ({ readonly type: 'rotated' } & HandOff)
  /** A new connection took over, after a planned swap or a cut. `lost`: see `outcome`. */
  | ({ readonly type: 'resumed' } & HandOff)
  /** The service accepted the handle, and its context is not the one it stood for; `status.context` is `lost`. */
  | {
      readonly type: 'contextLost';
      readonly connection: number;
      readonly tokensBefore: number;
      readonly tokensAfter: number;
    }
  | { readonly type: 'handleDropped'; readonly meaning: string }
  | { readonly type: 'expired'; readonly meaning: string }
  | {
      readonly type: 'nearLimit';
      readonly tokens: number;
      readonly fill: number;
      readonly limitedBy: 'clock' | 'tokens' | 'connection';
    }
  | { readonly type: 'compressed'; readonly tokens: number; readonly count: number }
  | { readonly type: 'exhausted'; readonly tokens: number }
  | { readonly type: 'turnComplete' }
  | { readonly type: 'interrupted' }
  | { readonly type: 'dropped'; readonly kind: ClientMessageKind; readonly reason: DropReason; readonly seq: number }
  | { readonly type: 'backpressure'; readonly level: 'high' | 'low' }
  | { readonly type: 'viewOverflow'; readonly dropped: number }
  /** Something went wrong and the session goes on; an error that ends it comes with `failed`. */
  | { readonly type: 'error'; readonly error: LifelineError }
  | { readonly type: 'closed' }
  | { readonly type: 'failed'; readonly error: LifelineError };
