/**
 * A receipt for one send: what became of it, now or later.
 *
 * Owns the outcome and the promise, which is made on first read (most receipts of a voice app are never looked at) and
 * never rejects.
 */
import type { ClientMessageKind } from '../wire/clientMessage.js';

/** Why an accepted send will not reach the model. */
export type DropReason =
  /** The bounds of the outbox were reached: audio gives up its oldest, control its newest. */
  | 'overflow'
  /** Video is never sent twice. */
  | 'videoIsNotReplayed'
  /** Audio older than `replayAudioMs`. */
  | 'tooOld'
  /** The session was away so long that replaying audio would confuse more than help. */
  | 'lateResume'
  /** The model takes no clientContent in mid-session, and this was not plain text. */
  | 'modelRefusesContent'
  /** The service closed the connection over what was just sent. */
  | 'refusedByService'
  /** The server session that asked for this tool call is gone. */
  | 'callUnknown'
  /** activityStart and activityEnd with nothing in between: the service ends the connection over it. */
  | 'emptyActivity'
  /** The session ended first. */
  | 'sessionEnded';

export type ReceiptOutcome =
  /** A handle of the server includes it. */
  | { readonly state: 'delivered' }
  /** The same, after it was written more than once. `possibleDouble`: the model may have heard it twice. */
  | { readonly state: 'replayed'; readonly possibleDouble: boolean }
  /** Written, and no acknowledgement exists or came. */
  | { readonly state: 'sent' }
  | { readonly state: 'dropped'; readonly reason: DropReason };

export class Receipt {
  /** Counts the sends of one session, from 1. */
  readonly seq: number;
  readonly kind: ClientMessageKind;
  #outcome: ReceiptOutcome | null = null;
  #settled: Promise<ReceiptOutcome> | null = null;
  #resolve: ((outcome: ReceiptOutcome) => void) | null = null;

  constructor(seq: number, kind: ClientMessageKind) {
    this.seq = seq;
    this.kind = kind;
  }

  /** What became of the send; null while that is open. */
  get outcome(): ReceiptOutcome | null {
    return this.#outcome;
  }

  /** Resolves once the outcome is known, at the latest when the session ends. Never rejects. */
  get settled(): Promise<ReceiptOutcome> {
    this.#settled ??= new Promise((resolve) => {
      if (this.#outcome) resolve(this.#outcome);
      else this.#resolve = resolve;
    });
    return this.#settled;
  }

  /** @internal Called by the outbox, once. */
  settle(outcome: ReceiptOutcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#resolve?.(outcome);
  }
}
