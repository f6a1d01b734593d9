/**
 * Whether a fault is meant: for this connection, and for this message of it.
 *
 * Owns the comparison and the count of each connection. Never acts.
 */
import type { Provider } from '../../transport/port.js';
import type { Fault, FaultMatch } from './fault.js';
import type { Frame } from './frames.js';
import type { ActiveFault } from './plan.js';

/** What is known of a connection. `model` and `resumed` are null until its setup came. */
export interface LinkFacts {
  readonly id: number;
  readonly provider: Provider;
  readonly model: string | null;
  readonly resumed: boolean | null;
}

const always: FaultMatch = {};

export function meansLink({ fault }: ActiveFault, facts: LinkFacts): boolean {
  const { connection, provider, model, resumed } = fault.match ?? always;
  if (connection !== undefined && connection !== facts.id) return false;
  if (provider !== undefined && provider !== facts.provider) return false;
  if (model !== undefined && model.replace(/^.*models\//, '') !== facts.model) return false;
  return resumed === undefined || resumed === facts.resumed;
}

export function meansKind({ fault }: ActiveFault, frame: Frame): boolean {
  const kind = fault.match?.kind;
  return kind === undefined || frame.kinds.includes(kind);
}

/** The kind that is asked for; without that, what the message is in the first place. */
export function kindMeant({ match }: Fault, frame: Frame): string {
  return match?.kind ?? frame.kinds[0] ?? '';
}

/** How many messages of one connection each fault has seen that were meant but for their number. */
export class Ordinals {
  readonly #seen = new Map<number, number>();

  /** Counts the message; true if it is the one. */
  reached({ id, fault }: ActiveFault): boolean {
    const nth = fault.match?.nth;
    if (nth === undefined) return true;
    const count = (this.#seen.get(id) ?? 0) + 1;
    this.#seen.set(id, count);
    return count === nth;
  }
}
