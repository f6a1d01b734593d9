/**
 * The connections of an emulator that have not ended, and which of them an order is for.
 *
 * Owns the list, and the orders that go to all of them. What an order means to one is connection.ts and faults/link.ts.
 */
import type { EmulatedConnection } from './connection.js';
import type { FaultLink } from './faults/link.js';
import type { CutHow, Target } from './orders.js';

export interface Live {
  readonly connection: EmulatedConnection;
  readonly link: FaultLink;
}

export class LiveConnections {
  readonly #live = new Map<number, Live>();

  /** Half-open ones count: nobody has noticed yet. */
  get size(): number {
    for (const [id, { connection }] of this.#live) if (connection.record.endedAt !== null) this.#live.delete(id);
    return this.#live.size;
  }

  /** Those with a session that is set up, or about to be. */
  get sessions(): number {
    return this.targets({}).filter(({ connection: { record } }) => record.session !== null).length;
  }

  add(live: Live): void {
    this.#live.set(live.connection.id, live);
  }

  /** Neither ended nor half-open. */
  targets({ connection: wanted }: Target): Live[] {
    return [...this.#live.values()].filter(
      ({ connection }) => connection.live && (wanted === undefined || wanted === connection.id),
    );
  }

  cut(order: CutHow & Target): void {
    for (const { link } of this.targets(order)) {
      if (order.how === 'rst') link.reset();
      else if (order.how === 'halfOpen') link.halfOpen();
      else link.closeWith(order);
    }
  }

  refreshHandles(): void {
    for (const { connection } of this.#live.values()) connection.refreshHandles();
  }

  stop(): void {
    for (const { connection } of this.#live.values()) connection.stop();
    this.#live.clear();
  }
}
