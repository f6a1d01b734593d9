/**
 * What a tour of transition pairs of `sessionMachine` needs beyond the scenarios of model.ts: inputs that bring out what
 * is rare, and the rules by which a pair cannot be.
 *
 * Owns the reasons. Each is told by what the transitions ask and do, so that it holds for the chart as it is.
 */
import type { Alphabet } from '../alphabet.js';
import type { PairRule } from '../regions.js';
import type { TransitionId, TransitionInfo } from '../transitions.js';
import { busy, calmEvents, connectionEvents, full, small, type Scenario, type SessionMachine } from './model.js';
import { handle, on } from './words.js';

const agedAndDropped = { ...small, compression: false, onNotResumable: 'drop', handleRetries: 0 } as const;
/** Enough to fill the window, to have a handle end, and to be busy or not. */
const cramped: Alphabet<SessionMachine> = (snapshot) => [
  ...connectionEvents(snapshot),
  ...busy,
  ...full,
  on.measured(100, 0.1),
];

/** For pairs of transitions: after the scenarios above, each one explores for the pairs that are still missing. */
export const pairScenarios: readonly Scenario[] = [
  {
    name: 'tools, called twice and answered in part',
    changes: { ...small, resumption: false },
    handle: null,
    alphabet: ({ context }) => [
      on.connect,
      on.established(context.epoch),
      on.turnOpened,
      on.turnSent,
      on.activityStart,
      on.activityEnd,
      on.output,
      on.generationComplete,
      on.toolCall('a', 'b', 'c'),
      on.toolCall('a'),
      on.toolResponse('a'),
      on.toolResponse('b'),
      on.toolResponse('a', 'b', 'c'),
      on.toolCallCancellation('a'),
      on.toolCallCancellation('b'),
      on.toolCallCancellation('a', 'b', 'c'),
    ],
  },
  {
    name: 'a window that slides in steps',
    changes: { ...small, resumption: false },
    handle: null,
    alphabet: (snapshot) => [
      ...calmEvents(snapshot),
      on.rotate(),
      ...[100, 300, 500, 700, 850, 950, 1_000].map((tokens) => on.measured(tokens, tokens / 1_000)),
    ],
  },
  {
    name: 'overlap, with everything that ends',
    changes: { ...agedAndDropped, order: 'overlap', rotateAtAgeMs: 90_000, afterExpiry: 'fail' },
    handle: null,
    alphabet: cramped,
  },
  {
    name: 'transparent, with everything that ends',
    changes: { ...agedAndDropped, transparent: true, rotateAtAgeMs: 90_000 },
    handle: null,
    alphabet: cramped,
  },
  {
    name: 'overlap, transparent, with everything that ends',
    changes: { ...agedAndDropped, order: 'overlap', transparent: true, rotateAtAgeMs: 30_000 },
    handle: handle(9, 0),
    alphabet: cramped,
  },
  {
    name: 'a long hold',
    changes: { ...agedAndDropped, maxHoldMs: 120_000, rotateAtAgeMs: 90_000, afterExpiry: 'fail' },
    handle: handle(9, 0),
    alphabet: cramped,
  },
];

const does =
  (action: string) =>
  ({ actions }: TransitionInfo): boolean =>
    actions.includes(action);
const asks =
  (...guards: readonly string[]) =>
  ({ guard }: TransitionInfo): boolean =>
    guard !== null && guards.includes(guard);
const is =
  (...ids: readonly TransitionId[]) =>
  ({ id }: TransitionInfo): boolean =>
    ids.some((one) => id.endsWith(one));

/** Pairs that no session can take, each with what makes it so. */
export const pairRules: readonly PairRule[] = [
  {
    from: does('dropHandle'),
    to: asks('waitIsDue', 'reseedHasContextButMustWait'),
    reason: 'a handle that is dropped takes the wait with it: the fresh dial owes nothing to the refusals before it',
  },
  {
    from: ({ source, targets, actions }) =>
      source.includes('goingAway') && targets.includes('expired') && !actions.includes('noteEnd'),
    to: asks('waitIsDue', 'reseedHasContextButMustWait'),
    reason: 'a connection that is up has no wait, and only the end of one brings one',
  },
  { from: does('noteEstablished'), to: asks('owesRotation'), reason: 'a new connection owes no rotation' },
  {
    from: does('oweRotation'),
    to: asks('hasHandle', 'rotatesByAge', 'mustWaitFirst'),
    reason: 'a rotation is owed for want of a handle, and the first handle begins it',
  },
  { from: does('markStable'), to: asks('budgetIsSpent'), reason: 'the count of dials has just been cleared' },
  {
    from: is('holding always #1'),
    to: is('leaving always #3'),
    reason: 'what swaps at once has come from draining in this very step, with a handle',
  },
  {
    from: asks('coversInput'),
    to: is('leaving always #3'),
    reason: 'the update that covers the input has brought a handle',
  },
  {
    from: does('noteSuccessor'),
    to: is('holding always #1'),
    reason: 'a policy does not change: what swaps at once has left when it began to hold',
  },
];
