/**
 * What of the unacknowledged is sent again on a new connection: one decision per entry, by kind.
 *
 * Pure. Owns the rules; the outbox owns the queue.
 */
import type { Entry } from './entry.js';
import type { DropReason } from './receipt.js';

export interface ReplayRules {
  /** The new connection resumed a handle; else it is a fresh server session that has heard nothing. */
  readonly resumed: boolean;
  /** When that handle arrived. Written later than this: surely not in it. */
  readonly handleReceivedAtMs: number;
  /** The last update carried an index, so what is left is exactly what the handle lacks. */
  readonly exact: boolean;
  /** The service closed the last connection over its content. */
  readonly refusedContent: boolean;
  /** The session was away for longer than a late resume. */
  readonly late: boolean;
  readonly replayAudioMs: number;
  /** The model takes clientContent in mid-session. */
  readonly takesContent: boolean;
  /** Whether the resumed server session knows the tool call. */
  readonly knowsCall: (callId: string) => boolean;
}

type Decision =
  | { readonly action: 'drop'; readonly reason: DropReason }
  | { readonly action: 'replay'; readonly possibleDouble: boolean; readonly text?: string };

export function replayDecision(entry: Entry, rules: ReplayRules, nowMs: number): Decision {
  const { message } = entry;
  const drop = (reason: DropReason): Decision => ({ action: 'drop', reason });
  const possibleDouble = rules.resumed && !rules.exact && entry.writtenAtMs <= rules.handleReceivedAtMs;
  if (rules.refusedContent) return drop('refusedByService');
  switch (message.kind) {
    case 'video':
      return drop('videoIsNotReplayed');
    case 'audio':
      if (rules.late) return drop('lateResume');
      return nowMs - entry.acceptedAtMs > rules.replayAudioMs ? drop('tooOld') : { action: 'replay', possibleDouble };
    case 'toolResponse':
      return (message.callIds ?? []).every(rules.knowsCall)
        ? { action: 'replay', possibleDouble }
        : drop('callUnknown');
    case 'content': {
      if (rules.takesContent) return { action: 'replay', possibleDouble };
      if (message.userText === undefined || message.turnComplete === false) return drop('modelRefusesContent');
      return { action: 'replay', possibleDouble, text: JSON.stringify({ realtimeInput: { text: message.userText } }) };
    }
    case 'text':
    case 'activityStart':
    case 'activityEnd':
    case 'audioStreamEnd':
    case 'contextUpdate':
      return { action: 'replay', possibleDouble };
    default:
      return message.kind satisfies never;
  }
}

/**
 * Takes out the activities that have no audio or video left in them, whatever else stands between their marks: the
 * service ends a connection over one. `waiting`: a last start whose audio is still to come.
 */
export function withoutEmptyActivities(entries: readonly Entry[]): {
  kept: Entry[];
  empty: Entry[];
  waiting: Entry | null;
} {
  const empty = new Set<Entry>();
  let start: Entry | null = null;
  for (const entry of entries) {
    switch (entry.message.kind) {
      case 'activityStart':
        if (start) empty.add(start);
        start = entry;
        break;
      case 'activityEnd':
        if (start) empty.add(start).add(entry);
        start = null;
        break;
      case 'audio':
      case 'video':
        start = null;
        break;
      default:
    }
  }
  return { kept: entries.filter((entry) => entry !== start && !empty.has(entry)), empty: [...empty], waiting: start };
}

/** Why something that was never written is not worth writing any more; null when it is. */
export function reasonToGiveUp({ message }: Entry, rules: ReplayRules): DropReason | null {
  if (message.kind === 'audio' && rules.late) return 'lateResume';
  if (message.kind === 'toolResponse' && !(message.callIds ?? []).every(rules.knowsCall)) return 'callUnknown';
  return null;
}
