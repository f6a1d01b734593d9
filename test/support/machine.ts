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
  type EndRef,
  type HandleRef,
  type ReseedInput,
  type SessionEmitted,
  type SessionEvent,
  type SessionInput,
  type SessionPolicy,
} from '../../machines/index.js';
import { virtualClock } from './virtualClock.js';

export type SessionMachine = typeof sessionMachine;

/** A policy with round figures, so that a test can name its times. */
export function policy(changes: Partial<SessionPolicy> = {}): SessionPolicy {
  return {
    resumption: true,
    compression: true,
    transparent: false,
    renewsTokens: false,
    warms: false,
    afterExpiry: 'reseed',
    order: 'break-before-make',
    handleRetries: 1,
    firstDialBudget: 100,
    dialBudget: 5,
    stableAfterMs: 60_000,
    nearLimitFill: 0.8,
    deadlineMarginMs: 5_000,
    rotateWithinMs: 20_000,
    rotateAtAgeMs: null,
    maxHoldMs: 1_500,
    speechPauseMs: 3_000,
    handleLifeMs: 7_200_000,
    closeTimeoutMs: 4_000,
    onNotResumable: 'keep',
    ...changes,
  };
}

export function handle(seq: number, epoch = 1): HandleRef {
  return { seq, receivedAtMs: seq * 1_000, model: 'models/live', epoch };
}

export function input(changes: Partial<SessionPolicy> = {}, broughtHandle: HandleRef | null = null): SessionInput {
  return { policy: policy(changes), handle: broughtHandle };
}

function end(changes: Partial<EndRef> = {}): EndRef {
  return {
    action: 'resume',
    meaning: 'dropped',
    retryInMs: 0,
    error: 'unreachable',
    closeCode: 1006,
    reason: '',
    ...changes,
  };
}

/** How connections end, as src/wire would classify them. */
export const ends = {
  dropped: end(),
  waits: end({ action: 'retry', meaning: 'serverTrouble', retryInMs: 500, closeCode: 1011 }),
  givesUp: end({ action: 'retry', meaning: 'serverTrouble', retryInMs: null, closeCode: 1011 }),
  handleDead: end({
    action: 'dropHandle',
    meaning: 'handleDead',
    error: 'handleRefused',
    closeCode: 1008,
    reason: 'session not found',
  }),
  tokenSpent: end({ action: 'newToken', meaning: 'tokenSpent', error: 'tokenSpent', retryInMs: 100, closeCode: 1011 }),
  fatal: end({
    action: 'fatal',
    meaning: 'setupRefused',
    error: 'setupRefused',
    closeCode: 1007,
    reason: 'unknown field',
  }),
} as const;

/** One builder for each event, named after what happened. */
export const on = {
  connect: { type: 'connect' },
  close: { type: 'close' },
  rotate: (atMs = 0) => ({ type: 'rotate', atMs }),
  resumeSession: (ref: HandleRef) => ({ type: 'resumeSession', handle: ref }),
  established: (epoch = 1, awayMs = 0) => ({ type: 'connection.established', epoch, awayMs }),
  refused: (how: EndRef = ends.dropped, epoch = 1, awayMs = 0) => ({
    type: 'connection.refused',
    epoch,
    end: how,
    awayMs,
  }),
  ended: (how: EndRef = ends.dropped, epoch = 1) => ({ type: 'connection.ended', epoch, end: how }),
  successorSettled: { type: 'successor.settled' },
  online: { type: 'network.online' },
  poisoned: { type: 'server.poisoned' },
  goAway: (timeLeftMs = 50_000, atMs = 0) => ({ type: 'server.goAway', timeLeftMs, atMs }),
  handleUpdate: (ref: HandleRef, coversInput = false) => update(ref, false, coversInput),
  notResumable: (explicitly = false) => update(null, explicitly, false),
  measured: (tokens: number, fill: number, epoch = 1) => ({
    type: 'context.measured',
    tokens,
    fill,
    reported: true,
    epoch,
  }),
  estimated: (tokens: number, fill: number, epoch = 1) => ({
    type: 'context.measured',
    tokens,
    fill,
    reported: false,
    epoch,
  }),
  turnOpened: { type: 'client.turnOpened' },
  turnSent: { type: 'client.turnSent' },
  activityStart: { type: 'client.activityStart' },
  activityEnd: { type: 'client.activityEnd' },
  toolResponse: (...callIds: string[]) => ({ type: 'client.toolResponse', callIds }),
  userSpeech: { type: 'server.userSpeech' },
  userSilent: { type: 'server.userSilent' },
  output: { type: 'server.output' },
  generationComplete: { type: 'server.generationComplete' },
  turnComplete: (inProgress = false) => ({ type: 'server.turnComplete', inProgress }),
  interrupted: { type: 'server.interrupted' },
  toolCall: (...callIds: string[]) => ({ type: 'server.toolCall', callIds }),
  toolCallCancellation: (...callIds: string[]) => ({ type: 'server.toolCallCancellation', callIds }),
} as const satisfies Record<string, SessionEvent | ((...args: never[]) => SessionEvent)>;

function update(ref: HandleRef | null, explicitlyNot: boolean, coversInput: boolean): SessionEvent {
  return { type: 'server.resumptionUpdate', handle: ref, explicitlyNot, coversInput };
}

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
