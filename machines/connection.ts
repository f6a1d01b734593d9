/**
 * The connection region: which WebSocket serves the session now, and what happens when it stops.
 *
 *   idle → connecting → active → goingAway → resuming → active → … → closing → closed
 *                         └──── cut ──────────↗   └→ expired → connecting (fresh)          any of them → failed
 *
 * Holds names only; what they mean is in base.ts. Rules S-CONN-… in SPEC.md.
 */
import { base } from './base.js';

const closable = { close: '#closing' } as const;
const dialAgain = { target: 'backingOff', guard: 'mayDialAgain', actions: ['noteEnd', 'countRefusal'] } as const;
/** The wait is over when it is over, or when the network is back. */
const waiting = { after: { backoff: 'dialing' }, on: { 'network.online': 'dialing' } } as const;
const giveUp = { target: '#failed', guard: 'isFatal', actions: ['noteEnd', 'failWithEnd'] } as const;
const giveUpWithoutToken = {
  target: '#failed',
  guard: 'needsTokenThatNobodyMints',
  actions: ['noteEnd', 'failWithEnd'],
} as const;
const expireWithDeadHandle = {
  target: '#expired',
  guard: 'handleIsDead',
  actions: ['noteEnd', 'announceHandleDropped', 'dropHandle', 'tellHandleDropped'],
} as const;
const expireWithOldHandle = { ...expireWithDeadHandle, guard: 'handleIsPastItsLife' } as const;
const giveUpAfterBudget = { target: '#failed', actions: ['noteEnd', 'failWithBudget'] } as const;
const established = { target: '#active', actions: ['announceEstablished', 'noteEstablished'] } as const;

/** No handle is sent: a first connection, or a fresh one after `expired`. */
const connecting = base.createStateConfig({
  initial: 'dialing',
  on: closable,
  states: {
    dialing: {
      entry: 'countDial',
      invoke: {
        src: 'dial',
        input: ({ context }) => ({ epoch: context.epoch, handle: null, overlap: false }),
        onError: { target: '#failed', actions: 'failWithBug' },
      },
      on: {
        // A handle of the old server session that came late must not outlive it.
        'connection.established': {
          ...established,
          actions: [...established.actions, 'tellContextRenewed', 'dropHandle', 'tellHandleDropped'],
        },
        'connection.refused': [giveUp, giveUpWithoutToken, dialAgain, giveUpAfterBudget],
      },
    },
    backingOff: waiting,
  },
});

/** The newest handle is sent. */
const resuming = base.createStateConfig({
  initial: 'dialing',
  on: { ...closable, resumeSession: { target: '#resuming', reenter: true, actions: 'takeHandle' } },
  states: {
    dialing: {
      entry: 'countDial',
      invoke: {
        src: 'dial',
        input: ({ context }) => ({ epoch: context.epoch, handle: context.handle, overlap: false }),
        onError: { target: '#failed', actions: 'failWithBug' },
      },
      on: {
        'connection.established': established,
        'connection.refused': [
          giveUp,
          giveUpWithoutToken,
          expireWithDeadHandle,
          expireWithOldHandle,
          { ...dialAgain, actions: [...dialAgain.actions, 'forgiveUnreachable'] },
          giveUpAfterBudget,
        ],
      },
    },
    backingOff: waiting,
  },
});

/** A full context that nothing slides: its handle leads back into it. */
const expireExhausted = {
  target: '#expired',
  guard: 'contextIsExhausted',
  actions: ['dropHandle', 'tellHandleDropped'],
} as const;

/** The handle was accepted, and the session behind it never answers. */
const expirePoisoned = {
  target: '#expired',
  actions: ['notePoisoned', 'announceHandleDropped', 'dropHandle', 'tellHandleDropped'],
} as const;

/** A cut, with or without notice: the order of the guards is the order of the questions. */
const onEnded = [
  giveUp,
  giveUpWithoutToken,
  { target: '#failed', guard: 'budgetIsSpent', actions: ['noteEnd', 'failWithBudget'] },
  { target: '#failed', guard: 'policyGivesUp', actions: ['noteEnd', 'failWithBudget'] },
  { ...expireExhausted, actions: ['noteEnd', ...expireExhausted.actions] },
  // Refused after setupComplete: seen as the end of a connection that never brought a handle of its own.
  expireWithDeadHandle,
  { target: '#resuming.backingOff', guard: 'mustWaitFirst', actions: ['noteEnd', 'countRefusal', 'resumeByHandle'] },
  { target: '#resuming', guard: 'hasHandle', actions: ['noteEnd', 'countRefusal', 'resumeByHandle'] },
  { target: '#expired', actions: 'noteEnd' },
] as const;

const active = base.createStateConfig({
  after: {
    stable: { actions: 'markStable' },
    connectionAge: [
      { target: '#goingAway', guard: 'rotatesByAge', actions: 'beginDrain' },
      { guard: 'wouldRotateByAge', actions: 'oweRotation' },
    ],
  },
  on: {
    'server.goAway': { target: '#goingAway', actions: ['beginDrain', 'announceGoAway'] },
    rotate: [{ target: '#goingAway', guard: 'hasHandle', actions: 'beginDrain' }, { actions: 'oweRotation' }],
    'server.resumptionUpdate': { target: '#goingAway', guard: 'owesRotation', actions: 'beginDrain' },
    'connection.ended': onEnded,
    'server.poisoned': expirePoisoned,
    resumeSession: { target: '#resuming', actions: 'takeHandle' },
    ...closable,
  },
});

/**
 * The connection will end and the session leaves it first: at the first quiet moment, or when the deadline comes.
 * The uplink is open in `draining` and frozen in `holding` and `overlapping` (select.ts).
 */
const goingAway = base.createStateConfig({
  initial: 'draining',
  after: {
    rotationDeadline: [
      { target: '#failed', guard: 'budgetIsSpent', actions: 'failWithBudget' },
      {
        target: '#expired',
        guard: 'contextIsExhausted',
        actions: ['announceRotationAtDeadline', 'dropHandle', 'tellHandleDropped'],
      },
      { target: '#resuming', guard: 'hasHandle', actions: ['announceRotationAtDeadline', 'planSwap'] },
      { target: '#expired', actions: 'announceRotationAtDeadline' },
    ],
  },
  states: {
    draining: {
      always: { target: 'holding', guard: 'mayLeaveNow' },
    },
    /** Waits for a handle that includes all that was sent; with `transparent` the index says it, so it does not wait. */
    holding: {
      always: [
        { target: 'draining', guard: 'turnIsBusy' },
        { target: 'leaving', guard: 'swapsAtOnce' },
      ],
      after: { holdLimit: 'leaving' },
      on: { 'server.resumptionUpdate': { target: 'leaving', guard: 'coversInput' } },
    },
    leaving: {
      always: [
        expireExhausted,
        { target: 'overlapping', guard: 'overlaps', actions: 'announceRotation' },
        { target: '#resuming', guard: 'hasHandle', actions: ['announceRotation', 'planSwapOfStable'] },
        // The handle was dropped while the uplink was held.
        { target: '#expired', actions: 'announceRotation' },
      ],
    },
    /** The successor is set up while the predecessor still delivers. */
    overlapping: {
      entry: 'countDial',
      invoke: {
        src: 'dial',
        input: ({ context }) => ({ epoch: context.epoch, handle: context.handle, overlap: true }),
        onError: { target: '#failed', actions: 'failWithBug' },
      },
      on: {
        'connection.established': {
          target: '#active',
          actions: ['planSwapOfStable', 'announceEstablished', 'noteEstablished'],
        },
        'connection.refused': [
          giveUp,
          giveUpWithoutToken,
          expireWithDeadHandle,
          { target: '#resuming', actions: ['noteEnd', 'countRefusal', 'rememberOverlapRefused', 'planSwapOfStable'] },
        ],
        // The session is on its way already.
        'server.goAway': { actions: 'announceGoAway' },
      },
    },
  },
  on: {
    'successor.settled': { actions: 'noteSuccessor' },
    // The second notice counts from its own arrival.
    'server.goAway': { target: '#goingAway', reenter: true, actions: ['beginDrain', 'announceGoAway'] },
    'connection.ended': onEnded,
    'server.poisoned': expirePoisoned,
    resumeSession: { target: '#resuming', actions: 'takeHandle' },
    ...closable,
  },
});

/** Nothing can bring the old context back. */
const expired = base.createStateConfig({
  entry: 'announceExpired',
  on: closable,
  always: { target: '#failed', guard: 'endsAfterExpiry', actions: 'failWithExpiry' },
  invoke: {
    src: 'prepareReseed',
    input: ({ context }) => ({ meaning: context.end?.meaning ?? 'noHandle' }),
    onDone: [
      { target: '#connecting.backingOff', guard: 'reseedHasContextButMustWait', actions: 'restoreFromTurns' },
      { target: '#connecting', guard: 'reseedHasContext', actions: 'restoreFromTurns' },
      { target: '#connecting.backingOff', guard: 'waitIsDue', actions: 'restoreNothing' },
      { target: '#connecting', actions: 'restoreNothing' },
    ],
    // The session has reported why; a conversation without its past is better than none.
    onError: [
      { target: '#connecting.backingOff', guard: 'waitIsDue', actions: 'restoreNothing' },
      { target: '#connecting', actions: 'restoreNothing' },
    ],
  },
});

const closing = base.createStateConfig({
  invoke: {
    src: 'shutDown',
    input: ({ context }) => ({ epoch: context.epoch }),
    onDone: '#closed',
    onError: '#closed',
  },
  after: { closeTimeout: '#closed' },
});

export const connection = base.createStateConfig({
  initial: 'idle',
  states: {
    idle: {
      on: {
        connect: [{ target: '#resuming', guard: 'hasHandle' }, { target: '#connecting' }],
        ...closable,
      },
    },
    connecting: { id: 'connecting', ...connecting },
    active: { id: 'active', ...active },
    goingAway: { id: 'goingAway', ...goingAway },
    resuming: { id: 'resuming', ...resuming },
    expired: { id: 'expired', ...expired },
    closing: { id: 'closing', ...closing },
    closed: { id: 'closed', type: 'final' },
    failed: { id: 'failed', type: 'final' },
  },
});
