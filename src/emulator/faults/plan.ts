/**
 * The faults that are in force, in the order in which they were added, and how often each has acted.
 *
 * Owns ids and counts. Never acts itself.
 */
import type { Fault } from './fault.js';

/** A fault in force. */
export interface PlannedFault extends Fault {
  /** From 1, never used again. */
  readonly id: number;
  /** How often it has acted. */
  readonly acted: number;
}

export class FaultPlan {
  readonly #faults = new Map<number, { readonly fault: Fault; acted: number }>();
  #lastId = 0;

  /** The ids, in the order given. */
  add(faults: readonly Fault[]): number[] {
    return faults.map((fault) => {
      this.#lastId++;
      this.#faults.set(this.#lastId, { fault, acted: 0 });
      return this.#lastId;
    });
  }

  /** False when there is no such fault. */
  remove(id: number): boolean {
    return this.#faults.delete(id);
  }

  clear(): void {
    this.#faults.clear();
  }

  list(): PlannedFault[] {
    return [...this.#faults].map(([id, { fault, acted }]) => ({ ...fault, id, acted }));
  }
}
