/**
 * Words for driving the session statechart: policies, inputs, handles, ends and events, with round figures.
 *
 * Owns no expectation: the rules are in machines/SPEC.md.
 */
import type { EndRef, HandleRef, SessionEvent, SessionInput, SessionPolicy } from '../../../machines/index.js';

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
