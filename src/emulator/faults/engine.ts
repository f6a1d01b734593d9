/**
 * The faults of one server: what happens at a dial, and which links are open.
 *
 * Owns the plan and the list of links. Needs no emulator: the proxy has one of these in front of any server. What
 * happens on a connection is link.ts.
 */
import type { Clock } from '../../clock.js';
import type { Provider } from '../../transport/port.js';
import { Timers } from '../network/timers.js';
import { actionRules, needsSessions } from './actions.js';
import { carryOutGlobally } from './carryOut.js';
import type { Fault } from './fault.js';
import type { Peer, Sessions } from './line.js';
import { FaultLink, type LinkWorld } from './link.js';
import { meansLink, type LinkFacts } from './match.js';
import { OldestMessages } from './memory.js';
import { FaultPlan, type ActiveFault, type PlanWatcher } from './plan.js';
import { FaultError } from './readFaults.js';

export interface FaultEngineParts {
  readonly clock: Clock;
  /** null: faults that act on sessions are refused. */
  readonly sessions: Sessions | null;
  /** `fault` is the id in the plan. */
  log(connection: number | null, what: 'fault', detail: string, fault: number): void;
}

/** How an upgrade request is to be answered. */
export type DialAnswer =
  /** 0: no connection comes about. */
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'stalled' }
  /** `faults` act right after the upgrade. */
  | {
      readonly kind: 'accepted';
      readonly bytesPerSecond: number | null;
      readonly faults: readonly ActiveFault[];
    };

export class FaultEngine implements PlanWatcher, LinkWorld {
  readonly plan: FaultPlan = new FaultPlan(this);
  readonly oldest = new OldestMessages();
  readonly clock: Clock;
  readonly sessions: Sessions | null;
  readonly #log: FaultEngineParts['log'];
  readonly #timers: Timers;
  readonly #links = new Set<FaultLink>();

  constructor(parts: FaultEngineParts) {
    this.clock = parts.clock;
    this.sessions = parts.sessions;
    this.#log = parts.log;
    this.#timers = new Timers(parts.clock);
  }

  /** An upgrade request arrived; `id` is what the connection will be called. */
  dial(id: number, provider: Provider): DialAnswer {
    const facts: LinkFacts = { id, provider, model: null, resumed: null };
    const faults: ActiveFault[] = [];
    let bytesPerSecond: number | null = null;
    for (const active of this.plan.at('dial')) {
      if (!meansLink(active, facts)) continue;
      this.plan.use(active);
      const { action } = active.fault;
      if (action.do === 'refuse') {
        this.note(null, active);
        return { kind: 'refused', status: action.status ?? 503 };
      }
      if (action.do === 'stall') {
        this.note(null, active);
        return { kind: 'stalled' };
      }
      if (action.do === 'drip') {
        this.note(id, active);
        bytesPerSecond = action.bytesPerSecond ?? 1;
      } else faults.push(active);
      if (actionRules[action.do].ends === true) break;
    }
    return { kind: 'accepted', bytesPerSecond, faults };
  }

  /** The upgrade is about to succeed. */
  open(id: number, provider: Provider, peer: Peer, answer: DialAnswer & { kind: 'accepted' }): FaultLink {
    const link = new FaultLink(this, id, provider, peer, answer.bytesPerSecond);
    this.#links.add(link);
    link.upgraded(answer.faults);
    return link;
  }

  over(link: FaultLink): void {
    this.#links.delete(link);
  }

  /** Lets go of every link, without a word. */
  stop(): void {
    this.#timers.clear();
    for (const link of this.#links) link.stop();
  }

  check({ action }: Fault): void {
    if (this.sessions !== null || !needsSessions.includes(action.do)) return;
    throw new FaultError(
      `A proxy cannot do ${action.do}: the sessions are the target's. Use the emulator for it, or leave it out.`,
    );
  }

  added(active: ActiveFault): void {
    if (active.at !== 'now') return;
    const rule = actionRules[active.fault.action.do];
    if (rule.global === true) {
      this.plan.use(active);
      const act = (): void => {
        if (active.withdrawn) return;
        this.note(null, active);
        carryOutGlobally(active.fault.action, this.sessions);
      };
      const { afterMs = 0 } = active.fault.match ?? {};
      if (afterMs === 0) act();
      else this.#timers.after(afterMs, act);
      return;
    }
    const soon = rule.moments.includes('setup');
    const open = [...this.#links].filter((link) => (soon || link.ready) && meansLink(active, link.facts));
    if (open.length === 0) return;
    this.plan.use(active);
    for (const link of open) link.trigger(active);
  }

  note(connection: number | null, { id, fault }: ActiveFault, more?: string): void {
    const words = [fault.action.do, more, fault.comment].filter((word) => word !== undefined);
    this.#log(connection, 'fault', words.join(': '), id);
  }
}
