/**
 * What a proxy remembers of the connections that pass through it, and what its control endpoint tells of them.
 *
 * Owns the records: those that are open, and the newest 200 of those that are over. What a connection is about is the
 * target's: sessions, times and tokens are not known here.
 */
import type { Provider } from '../../transport/port.js';
import type { FaultLink } from '../faults/link.js';
import { withoutValues } from '../record/eventLog.js';
import { endedOf, type Routes } from './control/control.js';
import type { ConnectionState, EmulatorState } from './control/state.js';

interface Proxied {
  readonly id: number;
  readonly provider: Provider;
  readonly path: string;
  readonly openedAt: number;
  readonly link: FaultLink;
  isHalfOpen: boolean;
  end: {
    readonly at: number;
    readonly by: 'client' | 'server';
    readonly code: number | null;
    readonly reason: string;
  } | null;
}

const mostEnded = 200;

export class ProxiedConnections {
  readonly #open = new Map<number, Proxied>();
  readonly #ended: Proxied[] = [];

  opened(id: number, provider: Provider, path: string, openedAt: number, link: FaultLink): void {
    this.#open.set(id, { id, provider, path, openedAt, link, isHalfOpen: false, end: null });
  }

  halfOpen(id: number): void {
    const found = this.#open.get(id);
    if (found !== undefined) found.isHalfOpen = true;
  }

  ended(id: number, end: NonNullable<Proxied['end']>): void {
    const found = this.#open.get(id);
    if (found === undefined) return;
    this.#open.delete(id);
    found.end = end;
    this.#ended.push(found);
    if (this.#ended.length > mostEnded) this.#ended.shift();
  }

  forgetEnded(): void {
    this.#ended.length = 0;
  }

  /** In the order in which they were opened. */
  list(most: number): ConnectionState[] {
    const ended = most === 0 ? [] : this.#ended.slice(-most);
    return [...ended, ...this.#open.values()].toSorted((one, other) => one.id - other.id).map(stateOf);
  }
}

function stateOf({ id, provider, path, openedAt, link, isHalfOpen, end }: Proxied): ConnectionState {
  return {
    id,
    provider,
    path,
    state: end !== null ? 'ended' : isHalfOpen ? 'halfOpen' : link.ready ? 'active' : 'waiting',
    model: link.facts.model,
    openedAt,
    endedAt: end?.at ?? null,
    endedBy: end?.by ?? null,
    closeCode: end?.code ?? null,
    reason: withoutValues(end?.reason ?? ''),
    session: null,
    resumedFrom: null,
    readyAt: null,
    goAwayAt: null,
    endsAt: null,
    heard: null,
    promptTokens: null,
  };
}

export function proxyRoutes(
  connections: ProxiedConnections,
  about: () => Pick<EmulatorState, 'baseUrl' | 'now' | 'lastSeq'> & { readonly target: string },
): Routes {
  const state = (most: number): EmulatorState => ({
    ...about(),
    speed: 1,
    connections: connections.list(most),
    sessions: [],
    sentHandles: null,
    forgotten: null,
  });
  return {
    state: { GET: ({ query }) => state(endedOf(query)) },
    options: 'A proxy has no options of the emulator. Ask the server behind it, if that is one.',
    orders:
      'A proxy takes no orders. POST a fault to /emulator/faults instead, such as {"action":{"do":"rst"}}, which acts at once.',
  };
}
