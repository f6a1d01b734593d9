/**
 * The base of the statechart: every named guard, action, delay and actor. The regions (connection.ts, contextWindow.ts, resumability.ts, turn.ts) hold only names.
 *
 * Pure: no I/O, no clock, no randomness. Times arrive in events (`atMs`) and leave as delays. A condition on another
 * region is a guard built with `stateIn`, never a copy in the context.
 */
import { and, assign, emit, fromCallback, fromPromise, not, raise, setup, stateIn } from './xstate.js';
import type {
  DialInput,
  Drain,
  EndRef,
  ReseedInput,
  SessionContext,
  SessionEmitted,
  SessionEvent,
  SessionInput,
} from './types.js';

/** The longest delay a timer takes; stands for "never" where a policy has none. */
const NEVER_MS = 2_147_483_647;

interface Args {
  readonly context: SessionContext;
  readonly event: SessionEvent;
}

/** The end that the event reports, for events that report one. */
function endOf(event: SessionEvent): EndRef | null {
  return event.type === 'connection.ended' || event.type === 'connection.refused' ? event.end : null;
}

function budgetOf({ policy, established }: SessionContext): number {
  return established === 0 ? Math.min(policy.firstDialBudget, policy.dialBudget) : policy.dialBudget;
}

/** A timer that is given more than it takes fires at once. */
function delay(ms: number): number {
  return Math.min(ms, NEVER_MS);
}

/** At least a fifth of the time is left for the swap itself when the notice is shorter than the margin asks for. */
function drainFrom(reason: Drain['reason'], atMs: number, timeLeftMs: number, marginMs: number): Drain {
  const usableMs = Math.max(0, timeLeftMs - Math.min(marginMs, timeLeftMs / 5));
  return { reason, startedAtMs: atMs, timeLeftMs, deadlineAtMs: atMs + usableMs };
}

function without(ids: readonly string[], gone: readonly string[]): readonly string[] {
  return ids.filter((id) => !gone.includes(id));
}

function errorFrom(end: EndRef | null, code?: string): SessionContext['error'] {
  return {
    code: code ?? end?.error ?? 'internal',
    meaning: end?.meaning ?? 'unknown',
    closeCode: end?.closeCode ?? null,
    reason: end?.reason ?? '',
  };
}

/** A fall of the reported size of the context, on one connection or from near the limit, is the window sliding. */
function slid({ context, event }: Args): boolean {
  if (event.type !== 'context.measured' || !event.reported || !context.policy.compression) return false;
  const comparable = event.epoch === context.reportedEpoch || context.fill >= context.policy.nearLimitFill;
  return comparable && event.tokens <= context.reportedTokens * 0.9;
}

/** The done event of an actor is not part of SessionEvent, and XState hands it to guards all the same. */
function reseedRestores(context: SessionContext, event: unknown): boolean {
  const restores = (event as { output?: { restores?: boolean } }).output?.restores === true;
  return restores && context.policy.afterExpiry === 'reseed';
}

export function initialContext(input: SessionInput): SessionContext {
  return {
    policy: input.policy,
    epoch: 0,
    established: 0,
    rotations: 0,
    handle: input.handle,
    handleRefusals: 0,
    dialsSinceStable: 0,
    attempt: 0,
    retryInMs: 0,
    end: null,
    drain: null,
    successorSettled: false,
    restoring: input.handle ? 'handle' : 'nothing',
    overlapRefused: false,
    tokens: 0,
    reportedTokens: 0,
    reportedEpoch: 0,
    fill: 0,
    compressions: 0,
    owed: null,
    speechIsMarked: false,
    pendingCalls: [],
    error: null,
  };
}

export const base = setup({
  types: {} as {
    context: SessionContext;
    events: SessionEvent;
    input: SessionInput;
    emitted: SessionEmitted;
  },
  actors: {
    /** Opens one connection; answers with `connection.established` or `connection.refused`, once. */
    dial: fromCallback<SessionEvent, DialInput>(() => {}),
    /** Gets ready what a fresh session will be told about the old one. */
    prepareReseed: fromPromise<{ readonly restores: boolean }, ReseedInput>(async () => ({ restores: false })),
    /** Flushes what can be flushed and closes the connection. */
    shutDown: fromPromise<void, { readonly epoch: number }>(async () => {}),
  },
  guards: {
    // Connection
    hasHandle: ({ context }) => context.handle !== null,
    turnIsBusy: not(stateIn({ turn: 'quiet' })),
    /** A quiet moment, and a handle of this connection to leave with: an older one was spent on getting here. */
    mayLeaveNow: and([
      stateIn({ turn: 'quiet' }),
      stateIn({ resumability: 'held' }),
      ({ context }: Args) =>
        context.successorSettled && context.handle !== null && context.handle.epoch === context.epoch,
    ]),
    contextIsExhausted: stateIn({ context: 'exhausted' }),
    isFatal: ({ event }) => endOf(event)?.action === 'fatal',
    needsTokenThatNobodyMints: ({ context, event }) =>
      endOf(event)?.action === 'newToken' && !context.policy.renewsTokens,
    handleIsDead: ({ context, event }) =>
      endOf(event)?.action === 'dropHandle' && context.handleRefusals >= context.policy.handleRetries,
    handleIsPastItsLife: ({ context, event }) =>
      event.type === 'connection.refused' && event.awayMs >= context.policy.handleLifeMs,
    mayDialAgain: ({ context, event }) => {
      const end = endOf(event);
      return end !== null && end.retryInMs !== null && context.dialsSinceStable < budgetOf(context);
    },
    mustWaitFirst: ({ context, event }) => {
      const end = endOf(event);
      return context.handle !== null && end !== null && end.retryInMs !== null && end.retryInMs > 0;
    },
    policyGivesUp: ({ event }) => endOf(event)?.retryInMs === null,
    budgetIsSpent: ({ context }) => context.dialsSinceStable >= context.policy.dialBudget,
    endsAfterExpiry: ({ context }) => context.policy.afterExpiry === 'fail',
    waitIsDue: ({ context }) => context.retryInMs > 0,
    reseedHasContext: ({ context, event }) => reseedRestores(context, event),
    reseedHasContextButMustWait: ({ context, event }) => reseedRestores(context, event) && context.retryInMs > 0,
    rotatesByAge: ({ context }) => context.policy.rotateAtAgeMs !== null && context.handle !== null,
    wouldRotateByAge: ({ context }) => context.policy.rotateAtAgeMs !== null,
    owesRotation: ({ context, event }) =>
      context.owed !== null && event.type === 'server.resumptionUpdate' && event.handle !== null,
    swapsAtOnce: ({ context }) => context.policy.transparent,
    overlaps: ({ context }) => context.policy.order === 'overlap' && !context.overlapRefused,
    coversInput: ({ event }) => event.type === 'server.resumptionUpdate' && event.handle !== null && event.coversInput,
    // Resumability
    resumesFromStart: ({ context }) => context.handle !== null,
    resumptionIsAsked: ({ context }) => context.policy.resumption,
    bringsHandle: ({ event }) => event.type === 'server.resumptionUpdate' && event.handle !== null,
    endsHandle: ({ context, event }) =>
      event.type === 'server.resumptionUpdate' &&
      event.handle === null &&
      event.explicitlyNot &&
      context.policy.onNotResumable === 'drop',
    // Context
    windowSlid: slid,
    isOverLimit: ({ context, event }) =>
      event.type === 'context.measured' && event.fill >= 1 && !context.policy.compression,
    isNearLimit: ({ context, event }) =>
      event.type === 'context.measured' && event.fill >= context.policy.nearLimitFill,
    // Turn
    interactionGoesOn: ({ event }) => event.type === 'server.turnComplete' && event.inProgress,
    answersLastCall: ({ context, event }) =>
      event.type === 'client.toolResponse' && without(context.pendingCalls, event.callIds).length === 0,
    cancelsLastCall: ({ context, event }) =>
      event.type === 'server.toolCallCancellation' && without(context.pendingCalls, event.callIds).length === 0,
  },
  actions: {
    // Connection
    countDial: assign({
      epoch: ({ context }) => context.epoch + 1,
      dialsSinceStable: ({ context }) => context.dialsSinceStable + 1,
    }),
    noteEnd: assign({
      end: ({ context, event }) => endOf(event) ?? context.end,
      retryInMs: ({ context, event }) => endOf(event)?.retryInMs ?? context.retryInMs,
      attempt: ({ context, event }) => context.attempt + (event.type === 'connection.refused' ? 1 : 0),
    }),
    planSwap: assign({
      retryInMs: 0,
      rotations: ({ context }) => context.rotations + 1,
      restoring: 'handle',
    }),
    /** A connection that was left with a handle of its own served its purpose: the next dial does not count. */
    planSwapOfStable: assign({
      dialsSinceStable: ({ context }) => context.dialsSinceStable - 1,
      retryInMs: 0,
      rotations: ({ context }) => context.rotations + 1,
      restoring: 'handle',
    }),
    notePoisoned: assign({
      end: {
        action: 'dropHandle',
        meaning: 'poisoned',
        retryInMs: 0,
        error: 'handleRefused',
        closeCode: null,
        reason: '',
      },
    }),
    resumeByHandle: assign({ restoring: 'handle', drain: null }),
    countRefusal: assign({
      handleRefusals: ({ context, event }) => context.handleRefusals + (endOf(event)?.action === 'dropHandle' ? 1 : 0),
    }),
    /** A host that cannot be reached is no loop: what bounds it is the life of the handle. */
    forgiveUnreachable: assign({
      dialsSinceStable: ({ context, event }) =>
        context.dialsSinceStable - (endOf(event)?.meaning === 'network' ? 1 : 0),
    }),
    oweRotation: assign({ owed: ({ event }) => (event.type === 'rotate' ? ('asked' as const) : ('age' as const)) }),
    markStable: assign({ dialsSinceStable: 0 }),
    noteSuccessor: assign({ successorSettled: true }),
    beginDrain: assign({
      successorSettled: ({ context }) => !context.policy.warms,
      drain: ({ context, event }) => {
        const { policy } = context;
        if (event.type === 'server.goAway')
          return drainFrom('goAway', event.atMs, event.timeLeftMs, policy.deadlineMarginMs);
        if (event.type === 'server.resumptionUpdate')
          return drainFrom(context.owed ?? 'asked', 0, policy.rotateWithinMs, 0);
        if (event.type === 'rotate') return drainFrom('asked', event.atMs, policy.rotateWithinMs, 0);
        return drainFrom('age', 0, policy.rotateWithinMs, 0);
      },
    }),
    rememberOverlapRefused: assign({ overlapRefused: true }),
    takeHandle: assign({
      handle: ({ context, event }) => (event.type === 'resumeSession' ? event.handle : context.handle),
      handleRefusals: 0,
      dialsSinceStable: 0,
      restoring: 'handle',
      drain: null,
    }),
    /** The fresh dial that follows owes nothing to the refusals before it. */
    dropHandle: assign({ handle: null, handleRefusals: 0, attempt: 0, retryInMs: 0 }),
    tellHandleDropped: raise({ type: 'handle.dropped' }),
    noteEstablished: assign({
      established: ({ context }) => context.established + 1,
      attempt: 0,
      retryInMs: 0,
      end: null,
      drain: null,
      pendingCalls: [],
      owed: null,
      speechIsMarked: false,
      restoring: 'nothing',
    }),
    tellContextRenewed: raise({ type: 'context.renewed' }),
    restoreFromTurns: assign({ restoring: 'turns' }),
    restoreNothing: assign({ restoring: 'lost' }),
    failWithEnd: assign({ error: ({ context, event }) => errorFrom(endOf(event) ?? context.end) }),
    /** Before the first connection the reason is what helps; after it, that the tries are used up. */
    failWithBudget: assign({
      error: ({ context, event }) =>
        errorFrom(endOf(event) ?? context.end, context.established === 0 ? undefined : 'dialBudgetSpent'),
    }),
    failWithExpiry: assign({
      error: ({ context }) =>
        errorFrom(context.end, context.end?.action === 'dropHandle' ? 'handleRefused' : 'sessionExpired'),
    }),
    failWithBug: assign({ error: errorFrom(null) }),
    // Resumability
    storeHandle: assign({
      handle: ({ context, event }) =>
        event.type === 'server.resumptionUpdate' && event.handle ? event.handle : context.handle,
      handleRefusals: 0,
    }),
    // Context
    noteSize: assign(({ context, event }) =>
      event.type === 'context.measured'
        ? {
            tokens: event.tokens,
            fill: event.fill,
            reportedTokens: event.reported ? event.tokens : context.reportedTokens,
            reportedEpoch: event.reported ? event.epoch : context.reportedEpoch,
          }
        : {},
    ),
    forgetSize: assign({ tokens: 0, fill: 0, reportedTokens: 0, reportedEpoch: 0 }),
    countCompression: assign({ compressions: ({ context }) => context.compressions + 1 }),
    // Turn
    noteSpeech: assign({
      speechIsMarked: ({ context, event }) =>
        event.type === 'client.activityStart' ||
        context.speechIsMarked ||
        (event.type === 'server.userSpeech' && event.marked === true),
    }),
    forgetSpeech: assign({ speechIsMarked: false }),
    addCalls: assign({
      pendingCalls: ({ context, event }) =>
        event.type === 'server.toolCall'
          ? [...without(context.pendingCalls, event.callIds), ...event.callIds]
          : context.pendingCalls,
    }),
    settleCalls: assign({
      pendingCalls: ({ context, event }) =>
        event.type === 'client.toolResponse' || event.type === 'server.toolCallCancellation'
          ? without(context.pendingCalls, event.callIds)
          : context.pendingCalls,
    }),
    // Announcements
    announceGoAway: emit(({ context, event }) => ({
      type: 'goAway' as const,
      epoch: context.epoch,
      timeLeftMs: event.type === 'server.goAway' ? event.timeLeftMs : 0,
    })),
    announceRotation: emit(({ context }) => ({
      type: 'rotating' as const,
      epoch: context.epoch,
      reason: context.drain?.reason ?? 'asked',
      atDeadline: false,
    })),
    announceRotationAtDeadline: emit(({ context }) => ({
      type: 'rotating' as const,
      epoch: context.epoch,
      reason: context.drain?.reason ?? 'asked',
      atDeadline: true,
    })),
    announceEstablished: emit(({ context, event }) => {
      const first = context.established === 0 && context.restoring === 'nothing';
      if (first) return { type: 'connected' as const, epoch: context.epoch };
      const outcome = context.restoring === 'handle' ? 'restored' : context.restoring === 'turns' ? 'reseeded' : 'lost';
      return {
        type: 'resumed' as const,
        epoch: context.epoch,
        outcome: outcome as 'restored' | 'reseeded' | 'lost',
        planned: context.drain !== null,
        awayMs: event.type === 'connection.established' ? event.awayMs : 0,
      };
    }),
    announceHandleDropped: emit(({ context, event }) => ({
      type: 'handleDropped' as const,
      meaning: endOf(event)?.meaning ?? context.end?.meaning ?? 'notResumable',
    })),
    announceExpired: emit(({ context }) => ({ type: 'expired' as const, meaning: context.end?.meaning ?? 'noHandle' })),
    announceNearLimit: emit(({ context }) => ({
      type: 'nearLimit' as const,
      tokens: context.tokens,
      fill: context.fill,
    })),
    announceCompressed: emit(({ context }) => ({
      type: 'compressed' as const,
      tokens: context.tokens,
      count: context.compressions,
    })),
    announceExhausted: emit(({ context }) => ({ type: 'exhausted' as const, tokens: context.tokens })),
    announceTurnComplete: emit({ type: 'turnComplete' }),
    announceInterrupted: emit({ type: 'interrupted' }),
  },
  delays: {
    backoff: ({ context }) => delay(context.retryInMs),
    stable: ({ context }) => delay(context.policy.stableAfterMs),
    connectionAge: ({ context }) => delay(context.policy.rotateAtAgeMs ?? NEVER_MS),
    rotationDeadline: ({ context: { drain } }) => (drain ? delay(drain.deadlineAtMs - drain.startedAtMs) : 0),
    holdLimit: ({ context }) => delay(context.policy.maxHoldMs),
    speechPause: ({ context }) => delay(context.speechIsMarked ? NEVER_MS : context.policy.speechPauseMs),
    closeTimeout: ({ context }) => delay(context.policy.closeTimeoutMs),
  },
});
