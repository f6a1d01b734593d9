/**
 * The public status: what a user interface needs, as separate facts, and never the statechart itself.
 *
 * Owns the mapping from a snapshot and the `{ current, subscribe }` surface.
 */
import {
  acceptsInput,
  contextOf,
  hasEnded,
  lifecycleOf,
  resumabilityOf,
  turnOf,
  type ContextState,
  type LifecycleState,
  type ResumabilityState,
  type SessionSnapshot,
  type TurnState,
} from '../machines/index.js';
import type { LifelineError } from './errors.js';
import type { ContextOutcome } from './events.js';

export interface SessionStatus {
  readonly lifecycle: LifecycleState;
  readonly socket: 'up' | 'down';
  /** What a send does now: flows, waits for a connection, or throws. */
  readonly input: 'flowing' | 'held' | 'closed';
  /** `original` until a connection had to be replaced. */
  readonly context: 'original' | ContextOutcome;
  readonly contextWindow: ContextState;
  readonly resumability: ResumabilityState;
  readonly turn: TurnState;
  /** Number of the newest connection; dials that failed count too. */
  readonly connection: number;
  /** Why the session failed; null in every other state. */
  readonly error: LifelineError | null;
}

export function statusFrom(
  snapshot: SessionSnapshot,
  context: SessionStatus['context'],
  error: LifelineError | null,
): SessionStatus {
  const lifecycle = lifecycleOf(snapshot);
  return {
    lifecycle,
    socket: socketOf(lifecycle),
    input: hasEnded(snapshot) || lifecycle === 'closing' ? 'closed' : acceptsInput(snapshot) ? 'flowing' : 'held',
    context,
    contextWindow: contextOf(snapshot),
    resumability: resumabilityOf(snapshot),
    turn: turnOf(snapshot),
    connection: snapshot.context.epoch,
    error,
  };
}

function socketOf(lifecycle: LifecycleState): SessionStatus['socket'] {
  switch (lifecycle) {
    case 'active':
    case 'goingAway':
      return 'up';
    case 'idle':
    case 'connecting':
    case 'resuming':
    case 'expired':
    case 'closing':
    case 'closed':
    case 'failed':
      return 'down';
    default:
      return lifecycle satisfies never;
  }
}

/** Calls each listener at every change, and not at once: read `current` for the present. */
export class StatusSource {
  readonly #listeners = new Set<(status: SessionStatus) => void>();
  readonly #onThrow: (error: unknown) => void;
  #current: SessionStatus;

  constructor(initial: SessionStatus, onThrow: (error: unknown) => void) {
    this.#current = initial;
    this.#onThrow = onThrow;
  }

  get current(): SessionStatus {
    return this.#current;
  }

  /** Returns how to unsubscribe. */
  subscribe(listener: (status: SessionStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @internal Returns whether anything changed. */
  set(next: SessionStatus): boolean {
    const keys = Object.keys(next) as (keyof SessionStatus)[];
    if (keys.every((key) => next[key] === this.#current[key])) return false;
    this.#current = next;
    for (const listener of this.#listeners) {
      try {
        listener(next);
      } catch (error) {
        this.#onThrow(error);
      }
    }
    return true;
  }
}
