/**
 * Starts the statechart with the three actors as plain functions, so that who embeds it needs no XState of its own.
 *
 * Owns the adapters function → actor logic. Never decides anything.
 */
import type { InspectionEvent, Observer } from 'xstate';
import { sessionMachine } from './session.js';
import type { SessionSnapshot } from './select.js';
import type { DialInput, ReseedInput, SessionEmitted, SessionEvent, SessionInput } from './types.js';
import { createActor, fromCallback, fromPromise } from './xstate.js';

/** What the statechart asks of the world. A throw or a rejection is handled by the chart (SPEC S-CONN-18, S-CONN-22). */
export interface SessionWorld {
  /** Answers through `send` with `connection.established` or `connection.refused`; returns how to give the dial up. */
  dial(input: DialInput, send: (event: SessionEvent) => void): () => void;
  prepareReseed(input: ReseedInput): Promise<{ readonly restores: boolean }>;
  shutDown(): Promise<void>;
}

export interface SessionActorOptions {
  readonly input: SessionInput;
  readonly world: SessionWorld;
  /** Drives `after`. */
  readonly clock: { setTimeout(callback: () => void, ms: number): unknown; clearTimeout(id: unknown): void };
  readonly inspect?: ((event: InspectionEvent) => void) | undefined;
  /** Sees each guard's answer; for traces. */
  readonly onGuard?: ((name: string, answer: boolean) => void) | undefined;
}

export interface SessionActor {
  start(): void;
  stop(): void;
  send(event: SessionEvent): void;
  getSnapshot(): SessionSnapshot;
  subscribe(observer: Partial<Observer<SessionSnapshot>>): { unsubscribe(): void };
  on(type: '*', listener: (event: SessionEmitted) => void): { unsubscribe(): void };
}

/** `and`, `not` and `stateIn` are functions with a `check`; a plain predicate is called. Both are watched alike. */
function watched<Guard extends object>(
  name: string,
  guard: Guard,
  onGuard: (name: string, answer: boolean) => void,
): Guard {
  const watch =
    (ask: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      const answer = ask(...args) === true;
      onGuard(name, answer);
      return answer;
    };
  return new Proxy(guard, {
    apply: (target, self, args) =>
      watch((...a) => Reflect.apply(target as () => unknown, self, a))(...(args as unknown[])),
    get: (target, key, self) => {
      const value: unknown = Reflect.get(target, key, self);
      return key === 'check' ? watch(value as () => unknown) : value;
    },
  });
}

function withWatchedGuards(onGuard: SessionActorOptions['onGuard']): typeof sessionMachine {
  if (!onGuard) return sessionMachine;
  const guards = Object.fromEntries(
    Object.entries(sessionMachine.implementations.guards ?? {}).map(([name, guard]) => [
      name,
      watched(name, guard as object, onGuard),
    ]),
  );
  return sessionMachine.provide({ guards: guards as never });
}

export function createSessionActor({ input, world, clock, inspect, onGuard }: SessionActorOptions): SessionActor {
  const machine = withWatchedGuards(onGuard).provide({
    actors: {
      dial: fromCallback<SessionEvent, DialInput>(({ input: dialInput, sendBack }) =>
        world.dial(dialInput, (event) => sendBack(event)),
      ),
      prepareReseed: fromPromise<{ readonly restores: boolean }, ReseedInput>(({ input: reseedInput }) =>
        world.prepareReseed(reseedInput),
      ),
      shutDown: fromPromise<void, { readonly epoch: number }>(() => world.shutDown()),
    },
  });
  return createActor(machine, { input, clock, ...(inspect ? { inspect } : {}) });
}
