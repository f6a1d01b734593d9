/**
 * Words for tests of the statechart: policies, inputs, events, and a session that runs on the real actor with a virtual
 * clock and actors that answer only when the test says so.
 *
 * Owns no expectation: the rules are in machines/SPEC.md and their tests.
 */
import { createActor, fromCallback, fromPromise, type InspectionEvent } from 'xstate';
import {
  acceptsInput,
  contextOf,
  lifecycleOf,
  resumabilityOf,
  sessionMachine,
  turnOf,
  type DialInput,
  type HandleRef,
  type ReseedInput,
  type SessionEmitted,
  type SessionEvent,
  type SessionPolicy,
} from '../../machines/index.js';
import { handle, input, on } from '../../src/testing/lifeline/words.js';
import { virtualClock } from './virtualClock.js';

export { ends, handle, input, on } from '../../src/testing/lifeline/words.js';

export type SessionMachine = typeof sessionMachine;

export interface SessionUnderTest extends ReturnType<typeof startSession> {}

/** A session on the real actor. Time stands still until `tick`. */
export function startSession(
  changes: Partial<SessionPolicy> = {},
  broughtHandle: HandleRef | null = null,
  machine: SessionMachine = sessionMachine,
  inspect?: (inspected: InspectionEvent) => void,
) {
  const clock = virtualClock();
  const dials: DialInput[] = [];
  const reseeds: ReseedInput[] = [];
  const emitted: SessionEmitted[] = [];
  const reseed = deferred<{ readonly restores: boolean }>();
  const shutDown = deferred<void>();
  const provided = machine.provide({
    actors: {
      dial: fromCallback(({ input: dialInput }) => void dials.push(dialInput)),
      prepareReseed: fromPromise(({ input: reseedInput }) => {
        reseeds.push(reseedInput);
        return reseed.next();
      }),
      shutDown: fromPromise(() => shutDown.next()),
    },
  });
  const actor = createActor(provided, { input: input(changes, broughtHandle), clock, ...(inspect ? { inspect } : {}) });
  actor.subscribe({ error: () => {} });
  actor.on('*', (event) => void emitted.push(event));
  actor.start();
  const read = () => actor.getSnapshot();
  return {
    actor,
    clock,
    dials,
    reseeds,
    emitted,
    reseed,
    shutDown,
    send(...events: SessionEvent[]) {
      for (const event of events) actor.send(event);
    },
    tick: (ms: number) => clock.tick(ms),
    /** `goingAway.holding`, `active`, … */
    get connection(): string {
      const { connection } = read().value;
      return typeof connection === 'string' ? connection : Object.entries(connection).flat().join('.');
    },
    get lifecycle() {
      return lifecycleOf(read());
    },
    get window() {
      return contextOf(read());
    },
    get resumability() {
      return resumabilityOf(read());
    },
    get turn() {
      return turnOf(read());
    },
    get open() {
      return acceptsInput(read());
    },
    get context() {
      return read().context;
    },
    get status() {
      return read().status;
    },
    emittedOf<T extends SessionEmitted['type']>(type: T) {
      return emitted.filter((event): event is Extract<SessionEmitted, { type: T }> => event.type === type);
    },
  };
}

/** A session with an established first connection and its first handle. */
export function activeSession(changes: Partial<SessionPolicy> = {}, machine?: SessionMachine) {
  const session = startSession(changes, null, machine);
  session.send(on.connect, on.established(1));
  if (session.context.policy.resumption) session.send(on.handleUpdate(handle(1)));
  return session;
}

/** Promises that a test settles, one for each time the actor is invoked. */
function deferred<T>() {
  let settle: { resolve(value: T): void; reject(error: unknown): void } | null = null;
  return {
    next: () => new Promise<T>((resolve, reject) => void (settle = { resolve, reject })),
    resolve: (value: T) => settle?.resolve(value),
    reject: (error: unknown) => settle?.reject(error),
  };
}
