/**
 * What the exploration of `sessionMachine` needs to know: a small alphabet, what makes two snapshots the same, and the
 * inputs that bring out each policy.
 *
 * Owns the steering. Times are chosen so that each timer can be the first to fire.
 */
import type { SnapshotFrom } from 'xstate';
import {
  lifecycleOf,
  type HandleRef,
  type SessionContext,
  type SessionEvent,
  type sessionMachine,
  type SessionPolicy,
} from '../../../machines/index.js';
import type { Alphabet } from '../alphabet.js';
import type { ExploreOptions } from '../explore.js';
import type { TransitionId } from '../transitions.js';
import { ends, handle, input, on } from './words.js';

export type SessionMachine = typeof sessionMachine;
type Snapshot = SnapshotFrom<SessionMachine>;

const turnEvents: readonly SessionEvent[] = [
  on.turnOpened,
  on.turnSent,
  on.activityStart,
  on.activityEnd,
  on.toolResponse('a'),
  on.userSpeech,
  on.userSilent,
  on.output,
  on.generationComplete,
  on.turnComplete(false),
  on.turnComplete(true),
  on.interrupted,
  on.toolCall('a', 'b'),
  on.toolCall('a'),
  on.toolCallCancellation('b'),
];

const contextEvents: readonly SessionEvent[] = [
  on.measured(100, 0.1),
  on.measured(500, 0.5),
  on.measured(900, 0.9),
  on.measured(1_000, 1),
];

/** Enough of each region to be busy and quiet, full and not full. */
export const busy: readonly SessionEvent[] = [on.output, on.turnComplete(false)];
export const full: readonly SessionEvent[] = [on.measured(1_000, 1)];

/** Events carry epochs and handles of the connection that is up in the snapshot they are offered in. */
export function connectionEvents(snapshot: Snapshot): readonly SessionEvent[] {
  const { context } = snapshot;
  const isUp = ['active', 'goingAway'].includes(lifecycleOf(snapshot));
  return [
    on.connect,
    on.close,
    on.rotate(),
    on.online,
    on.resumeSession(handle(9, 0)),
    on.established(context.epoch),
    ...Object.values(ends).map((how) => on.refused(how, context.epoch)),
    on.refused(ends.dropped, context.epoch, context.policy.handleLifeMs),
    ...Object.values(ends).map((how) => on.ended(how, context.epoch)),
    ...(isUp ? serverEvents(context) : []),
  ];
}

/** Only a connection that is up says something: the session listens to no retired one. */
function serverEvents({ epoch }: SessionContext): readonly SessionEvent[] {
  return [
    on.goAway(),
    on.poisoned,
    on.successorSettled,
    on.handleUpdate(handle(1, epoch), false),
    on.handleUpdate(handle(1, epoch), true),
    on.notResumable(false),
    on.notResumable(true),
  ];
}

/** A conversation that a cut may interrupt, without the ways in which connections come and go. */
export function calmEvents({ context }: Snapshot): readonly SessionEvent[] {
  return [on.connect, on.established(context.epoch), on.ended(ends.dropped, context.epoch)];
}

/** All events at once: for random walks, too many for an exploration of every moment. */
export const alphabet: Alphabet<SessionMachine> = (snapshot) => [
  ...connectionEvents(snapshot),
  ...contextEvents,
  ...turnEvents,
];

/** The state value, and of the context exactly what guards, `always` and delays read. */
function key({ value, context, status }: Snapshot): string {
  const handleIs = context.handle ? context.handle.epoch === context.epoch : null;
  const fill = context.fill >= context.policy.nearLimitFill;
  return JSON.stringify([
    value,
    status,
    handleIs,
    context.handleRefusals,
    context.dialsSinceStable,
    context.retryInMs > 0,
    context.overlapRefused,
    context.successorSettled,
    context.reportedTokens,
    context.reportedEpoch === context.epoch,
    fill,
    [...new Set(context.pendingCalls)].sort(),
  ]);
}

export interface Scenario {
  readonly name: string;
  readonly changes: Partial<SessionPolicy>;
  readonly handle: HandleRef | null;
  readonly alphabet: Alphabet<SessionMachine>;
}

export const small = { dialBudget: 2, handleRetries: 1 } as const;
const lifecycle: Alphabet<SessionMachine> = (snapshot) => [...connectionEvents(snapshot), ...busy];

/** In this order: each one explores for what those before it did not take. */
export const scenarios: readonly Scenario[] = [
  {
    name: 'a conversation',
    changes: { ...small, resumption: false },
    handle: null,
    alphabet: (snapshot) => [...calmEvents(snapshot), ...turnEvents],
  },
  {
    name: 'a window that slides',
    changes: { ...small, resumption: false },
    handle: null,
    alphabet: (snapshot) => [...calmEvents(snapshot), ...contextEvents],
  },
  {
    name: 'a window that fills up',
    changes: { ...small, compression: false },
    handle: null,
    alphabet: (snapshot) => [...connectionEvents(snapshot), ...full, on.measured(900, 0.9), on.measured(100, 0.1)],
  },
  { name: 'the connection', changes: small, handle: null, alphabet: lifecycle },
  {
    name: 'overlap, transparent',
    changes: { ...small, order: 'overlap', transparent: true, handleRetries: 0 },
    handle: null,
    alphabet: lifecycle,
  },
  { name: 'a successor opened early', changes: { ...small, warms: true }, handle: null, alphabet: lifecycle },
  { name: 'a handle brought along', changes: small, handle: handle(9, 0), alphabet: lifecycle },
  { name: 'an old connection', changes: { ...small, rotateAtAgeMs: 30_000 }, handle: null, alphabet: lifecycle },
  {
    name: 'a handle dropped when told so',
    changes: { ...small, onNotResumable: 'drop' },
    handle: null,
    alphabet: lifecycle,
  },
  {
    name: 'ends after expiry',
    changes: { ...small, resumption: false, afterExpiry: 'fail' },
    handle: null,
    alphabet: lifecycle,
  },
];

export function exploreOptions(scenario: Scenario, targets?: Iterable<TransitionId>): ExploreOptions<SessionMachine> {
  return {
    input: input(scenario.changes, scenario.handle),
    alphabet: scenario.alphabet,
    key,
    limit: 20_000,
    patience: 400,
    outputs: { prepareReseed: [{ restores: true }, { restores: false }] },
    ...(targets ? { targets } : {}),
  };
}
