/**
 * Automatic activity detection: where speech begins and ends in 16-bit PCM of any rate, by loudness.
 *
 *   quiet ── loud for `startMs`, less what was quiet in between ──▶ speaking ── quiet for `silenceMs` on end ──▶ quiet
 *
 * Owns the detector's state over one connection. Works in audio time, not clock time: a client that stops sending in
 * the middle of a word has to say audioStreamEnd, as the service's documentation asks.
 */
import type { Media } from '../protocol/clientMessage.js';
import { decodeBase64, meanSquares } from './pcm.js';

/** Short enough that a click fills one or two windows and no start. */
const windowMs = 10;

export interface ActivityEdge {
  readonly type: 'start' | 'end';
  /** Audio received on this connection up to the edge. */
  readonly offsetMs: number;
}

export interface ActivityLimits {
  /** Root mean square of a window that is loud. */
  readonly threshold: number;
  readonly startMs: number;
  readonly silenceMs: number;
}

export class ActivityDetector {
  readonly #limits: () => ActivityLimits;
  readonly #rest = { sum: 0, count: 0 };
  #offsetMs = 0;
  #loudMs = 0;
  #loudSinceMs = 0;
  #quietMs = 0;
  #speaking: boolean;

  /** `speaking` is true on a resume in the middle of a sentence. */
  constructor(limits: () => ActivityLimits, speaking: boolean) {
    this.#limits = limits;
    this.#speaking = speaking;
  }

  get speaking(): boolean {
    return this.#speaking;
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Edges in the order in which they are heard; null when the audio is not base64. */
  feed(media: Media): ActivityEdge[] | null {
    const bytes = decodeBase64(media.data);
    if (bytes === null) return null;
    const limits = this.#limits();
    const edges: ActivityEdge[] = [];
    meanSquares(bytes, Math.max(1, Math.round((media.rate * windowMs) / 1_000)), this.#rest, (meanSquare) => {
      const edge = this.#window(meanSquare > limits.threshold * limits.threshold, limits);
      if (edge !== null) edges.push(edge);
    });
    return edges;
  }

  /** audioStreamEnd: no more audio for now. True when this ends an activity. */
  flush(): boolean {
    const was = this.#speaking;
    this.#speaking = false;
    this.#loudMs = 0;
    this.#quietMs = 0;
    return was;
  }

  #window(loud: boolean, limits: ActivityLimits): ActivityEdge | null {
    if (loud && this.#loudMs === 0) this.#loudSinceMs = this.#offsetMs;
    this.#offsetMs += windowMs;
    this.#loudMs = Math.max(0, this.#loudMs + (loud ? windowMs : -windowMs));
    this.#quietMs = loud ? 0 : this.#quietMs + windowMs;
    if (!this.#speaking && loud && this.#loudMs >= limits.startMs) {
      this.#speaking = true;
      return { type: 'start', offsetMs: this.#loudSinceMs };
    }
    if (this.#speaking && this.#quietMs >= limits.silenceMs) {
      this.#speaking = false;
      this.#loudMs = 0;
      return { type: 'end', offsetMs: this.#offsetMs };
    }
    return null;
  }
}
