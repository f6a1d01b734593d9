/**
 * What the model heard, in order, one record per connection that was set up.
 *
 * Owns the list and its bound. A record that began with a handle points at its parent and how much of it the handle
 * held; nothing is copied. Never decides what counts as lost: that is lineage.ts.
 */

export type HeardKind =
  | 'audio'
  | 'video'
  | 'text'
  | 'content'
  | 'toolResponse'
  | 'activityStart'
  | 'activityEnd'
  | 'audioStreamEnd'
  | 'contextUpdate';

export interface HeardMessage {
  readonly connection: number;
  /** Number of the client message on its connection; the setup is 0. */
  readonly index: number;
  readonly kind: HeardKind;
  /** Of the media, or of the whole message in characters. */
  readonly bytes: number;
  /** The first 96 base64 characters of audio or video; else empty. */
  readonly head: string;
  /** At most 2,000 characters; else empty. */
  readonly text: string;
}

/** Where a context began: with the first `length` messages of its parent's own. */
export interface ContextParent {
  readonly contextId: number;
  readonly length: number;
}

export class HeardList {
  #messages: HeardMessage[] = [];
  #forgotten = 0;

  /** Messages ever added, forgotten ones included. */
  get length(): number {
    return this.#forgotten + this.#messages.length;
  }

  /** How many of the oldest were dropped to stay within the bound. */
  get forgotten(): number {
    return this.#forgotten;
  }

  /** Messages that are still here. */
  get kept(): number {
    return this.#messages.length;
  }

  /** How many of the oldest had to go for it. */
  add(message: HeardMessage, limit: number): number {
    this.#messages.push(message);
    // In lumps: dropping one at a time from the front would copy the list for every message.
    return this.#messages.length > limit * 1.25 ? this.shorten(limit) : 0;
  }

  /** Drops the oldest until `most` are left; returns how many went. */
  shorten(most: number): number {
    const surplus = Math.max(0, this.#messages.length - most);
    if (surplus > 0) this.#messages = this.#messages.slice(surplus);
    this.#forgotten += surplus;
    return surplus;
  }

  /** The first `length` messages that are still known. */
  upTo(length = this.length): readonly HeardMessage[] {
    return this.#messages.slice(0, Math.max(0, length - this.#forgotten));
  }
}
