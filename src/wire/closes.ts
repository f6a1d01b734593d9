/**
 * Closes: what the end of a connection means, and what to do about it.
 *
 * The close frame is the only error channel of the Live API. Owns the lookup in the close table (closeTable.ts): by
 * phase, handle, code and reason, never by the code alone. Never waits, dials or counts: budgets, pauses and
 * repetitions belong to those who ask.
 */
import { isLifelineError, type LifelineErrorCode } from '../errors.js';
import type { ConnectionEnd } from '../transport/port.js';
import type { CloseAction, CloseMeaning, ClosePace, CloseRow, Plan, Reason } from './closeRow.js';
import { closeRows, httpRows } from './closeTable.js';

export type { CloseAction, CloseMeaning, ClosePace } from './closeRow.js';

export interface CloseVerdict {
  /** `resume`, `retry`: dial again. `newToken`: mint one first. `dropHandle`: the handle is dead. `fatal`: do not dial. */
  readonly action: CloseAction;
  /** A literal for logs and tests. */
  readonly meaning: CloseMeaning;
  readonly pace: ClosePace;
  /** What was sent last is what the service refused: to replay it would end the next connection too. */
  readonly refusedContent: boolean;
  /** The error that explains it, should the session fail over it. */
  readonly error: LifelineErrorCode;
}

export interface EndSituation {
  /** `dialing` lasts until setupComplete. */
  readonly phase: 'dialing' | 'established';
  /** The setup of this connection carried a handle. */
  readonly handleSent: boolean;
}

/** Total: any code, any reason, any status has a verdict, and none throws. */
export function classifyEnd(end: ConnectionEnd, situation: EndSituation): CloseVerdict {
  switch (end.cause) {
    case 'close':
      return classifyClose(end.code, plainReason(end.reason), situation);
    case 'http': {
      const row = httpRows.find(({ from, to }) => end.status >= from && end.status <= to);
      return row ? verdict(row.meaning, row.error, row.plan) : unknownEnd(situation);
    }
    case 'unreachable':
      return verdict('network', 'unreachable', again(situation, 'backoff'));
    case 'rejected':
      // An error of ours says more precisely what was wrong with the parameters.
      return verdict('clientRejected', isLifelineError(end.error) ? end.error.code : 'clientRejected', {
        action: 'fatal',
        pace: 'now',
      });
    default:
      return unknownEnd(situation);
  }
}

/** The WebSocket close code, or null when there was no close. */
export function closeCodeOf(end: ConnectionEnd): number | null {
  return end.cause === 'close' ? end.code : null;
}

/** In words, for logs and errors: the close reason, the HTTP status or the network's own detail. */
export function reasonOf(end: ConnectionEnd): string {
  switch (end.cause) {
    case 'close':
      return end.reason;
    case 'http':
      return `HTTP ${end.status}`;
    case 'unreachable':
      return end.detail;
    case 'rejected':
      return end.error.message;
  }
}

/** No close frame came: the network went away, not the service. */
export function isNetworkLoss(verdict: CloseVerdict): boolean {
  return verdict.meaning === 'network';
}

/** The connection had reached the age the service allows; nothing is wrong with the session. */
export function isAgeLimit(verdict: CloseVerdict): boolean {
  return verdict.meaning === 'ageLimit' || verdict.meaning === 'overranGoAway';
}

/** A resume was refused as it is while the old socket of the session is still open: ask again soon, keep the handle. */
export function mayMeanOldSocketIsOpen(verdict: CloseVerdict): boolean {
  return verdict.meaning === 'serverTrouble' && verdict.pace === 'quick';
}

function classifyClose(code: number, reason: string, situation: EndSituation): CloseVerdict {
  const row = closeRows.find(
    (candidate) =>
      candidate.code === code &&
      candidate.reasons.some((pattern) => matches(reason, pattern)) &&
      planIn(candidate, situation) !== undefined,
  );
  const plan = row && planIn(row, situation);
  return row && plan ? verdict(row.meaning, row.error, plan) : unknownEnd(situation);
}

function planIn(row: CloseRow, { phase, handleSent }: EndSituation): Plan | undefined {
  if (phase === 'established') return row.established;
  return handleSent ? row.resuming : row.dialing;
}

function verdict(meaning: CloseMeaning, error: LifelineErrorCode, plan: Plan): CloseVerdict {
  return {
    action: plan.action,
    meaning: plan.meaning ?? meaning,
    pace: plan.pace,
    refusedContent: plan.refusedContent ?? false,
    error: plan.error ?? error,
  };
}

function unknownEnd(situation: EndSituation): CloseVerdict {
  return verdict('unknown', 'dialBudgetSpent', again(situation, 'backoff'));
}

function again({ phase }: EndSituation, pace: ClosePace): Plan {
  return { action: phase === 'established' ? 'resume' : 'retry', pace };
}

/** A reason is cut at 123 bytes, perhaps inside a character, and some layers put an ellipsis there. */
const cutMark = /(\uFFFD|…|\.\.\.)+$/;

function plainReason(reason: unknown): string {
  return typeof reason === 'string' ? reason : '';
}

/** Shorter than this, a cut reason could be the beginning of anything. */
const leastCutLength = 12;

function matches(reason: string, pattern: Reason): boolean {
  if (typeof pattern !== 'string') return reason.startsWith(pattern.starts ?? '') && reason.includes(pattern.contains);
  if (reason.startsWith(pattern)) return true;
  if (!cutMark.test(reason)) return false;
  const kept = reason.replace(cutMark, '');
  return kept.length >= leastCutLength && pattern.startsWith(kept);
}
