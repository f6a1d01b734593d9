/**
 * CloseRow: the form of one row of the close table, and the words it is written in.
 *
 * Owns the types. Holds no row and no logic.
 */
import type { LifelineErrorCode } from '../errors.js';

export type CloseAction = 'resume' | 'retry' | 'newToken' | 'dropHandle' | 'fatal';

/** `now`: at once. `quick`: soon, the cause passes in a moment. `backoff`: exponential. `slow`: minutes rather than seconds. */
export type ClosePace = 'now' | 'quick' | 'backoff' | 'slow';

export type CloseMeaning =
  | 'ageLimit'
  | 'overranGoAway'
  | 'operationAborted'
  | 'serverTrouble'
  | 'quota'
  | 'billing'
  | 'tokenSpent'
  | 'contentRefused'
  | 'setupRefused'
  | 'apiKeyInvalid'
  | 'modelNotFound'
  | 'notEnabled'
  | 'handleDead'
  | 'network'
  | 'unauthorized'
  | 'notFound'
  | 'tooManyRequests'
  | 'unavailable'
  | 'clientRejected'
  | 'unknown';

/** A string is how the reason starts. Case-sensitive, as recorded; all short enough to stand before the cut at 123 bytes. */
export type Reason = string | { readonly starts?: string; readonly contains: string };

export interface Plan {
  readonly action: CloseAction;
  readonly pace: ClosePace;
  readonly refusedContent?: boolean;
  /** Where the phase changes what the row means. */
  readonly meaning?: CloseMeaning;
  readonly error?: LifelineErrorCode;
}

export interface CloseRow {
  readonly code: number;
  readonly reasons: readonly Reason[];
  readonly meaning: CloseMeaning;
  readonly source: 'recorded' | 'documented';
  readonly error: LifelineErrorCode;
  /** After setupComplete. A row without a plan for a phase does not apply in it. */
  readonly established?: Plan;
  /** Before setupComplete, no handle sent. */
  readonly dialing?: Plan;
  /** Before setupComplete, with a handle. */
  readonly resuming?: Plan;
}

export interface HttpRow {
  /** First and last status of the row. */
  readonly from: number;
  readonly to: number;
  readonly meaning: CloseMeaning;
  readonly source: 'recorded' | 'documented';
  readonly error: LifelineErrorCode;
  readonly plan: Plan;
}
