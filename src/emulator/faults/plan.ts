/**
 * The faults that are in force, in the order in which they were added, and how often each has acted.
 *
 *   add ──▶ in force ── acted `times` times ──▶ spent (listed until 200 newer ones are)
 *
 * Owns ids and counts. Never acts itself: the watcher (engine.ts) hears what was added.
 */
import { actionRules } from './actions.js';
import type { Fault, FaultInput, FaultMoment } from './fault.js';
import { FaultError, readFaults } from './readFaults.js';

/** A fault in force, or spent. */
export interface PlannedFault extends Fault {
  /** From 1, never used again. */
  readonly id: number;
  /** How often it has acted. */
  readonly acted: number;
}

/** A fault as the engine sees it. */
export interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  readonly at: FaultMoment;
  acted: number;
  /** Removed, perhaps while it waits for its time. */
  withdrawn: boolean;
}

export interface PlanWatcher {
  /** @throws FaultError when it cannot be carried out here */
  check(fault: Fault): void;
  added(fault: ActiveFault): void;
}

const mostInForce = 10_000;
const mostSpent = 200;
const none: readonly ActiveFault[] = [];

export class FaultPlan {
  readonly #watcher: PlanWatcher | null;
  readonly #faults = new Map<number, ActiveFault>();
  readonly #spent: number[] = [];
  #byMoment: Partial<Record<FaultMoment, readonly ActiveFault[]>> = {};
  #lastId = 0;

  constructor(watcher: PlanWatcher | null = null) {
    this.#watcher = watcher;
  }

  /**
   * Puts faults into force; the ids, in the order given. All of them, or none.
   *
   * @throws FaultError that names the fault, the field and what it takes
   */
  add(input: FaultInput): number[] {
    const faults = readFaults(input);
    for (const fault of faults) this.#watcher?.check(fault);
    if (this.#faults.size - this.#spent.length + faults.length > mostInForce) {
      throw new FaultError(`At most ${mostInForce} faults in force. Remove some first.`);
    }
    const added = faults.map((fault) => {
      const at = fault.match?.at ?? actionRules[fault.action.do].moments[0] ?? 'now';
      const active: ActiveFault = { id: ++this.#lastId, fault, at, acted: 0, withdrawn: false };
      this.#faults.set(active.id, active);
      this.#byMoment[at] = [...this.at(at), active];
      return active;
    });
    for (const active of added) this.#watcher?.added(active);
    return added.map(({ id }) => id);
  }

  /** False when there is no such fault. */
  remove(id: number): boolean {
    const active = this.#faults.get(id);
    if (active === undefined) return false;
    active.withdrawn = true;
    this.#faults.delete(id);
    this.#disarm(active);
    const spent = this.#spent.indexOf(id);
    if (spent !== -1) this.#spent.splice(spent, 1);
    return true;
  }

  clear(): void {
    for (const active of this.#faults.values()) active.withdrawn = true;
    this.#faults.clear();
    this.#spent.length = 0;
    this.#byMoment = {};
  }

  list(): PlannedFault[] {
    return [...this.#faults.values()].map(({ id, fault, acted }) => ({ ...fault, id, acted }));
  }

  /** Those that may act at this moment, in order. The list never changes, a later one is another. */
  at(moment: FaultMoment): readonly ActiveFault[] {
    return this.#byMoment[moment] ?? none;
  }

  /** Counts one time. */
  use(active: ActiveFault): void {
    active.acted++;
    if (active.acted !== (active.fault.times ?? 1)) return;
    this.#disarm(active);
    if (!this.#faults.has(active.id)) return;
    this.#spent.push(active.id);
    if (this.#spent.length > mostSpent) this.#faults.delete(this.#spent.shift() ?? 0);
  }

  #disarm(active: ActiveFault): void {
    this.#byMoment[active.at] = this.at(active.at).filter((other) => other !== active);
  }
}
