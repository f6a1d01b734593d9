/**
 * From what a server message says to what the statechart needs to hear: a handful of events a second, while the frames
 * themselves pass beside it.
 *
 * Pure RxJS. Owns the mapping and the folding of runs (twenty audio frames of one reply are one `server.output`). The
 * events that need the session's memory (handles, token counts) are made by the session.
 */
import { concatMap, type Observable, scan } from 'rxjs';
import type { SessionEvent } from '../../machines/index.js';
import type { MessageFacts } from '../wire/facts.js';

/** The events of one message, in the order in which the Live API means them. */
export function lifecycleEvents(facts: MessageFacts): SessionEvent[] {
  const events: SessionEvent[] = [];
  if (facts.activity === 'start') events.push({ type: 'server.userSpeech', marked: true });
  else if (facts.inputText !== '') events.push({ type: 'server.userSpeech' });
  if (facts.activity === 'end') events.push({ type: 'server.userSilent' });
  if (facts.output) events.push({ type: 'server.output' });
  if (facts.toolCall) events.push({ type: 'server.toolCall', callIds: facts.toolCall.ids });
  if (facts.toolCallCancellation) {
    events.push({ type: 'server.toolCallCancellation', callIds: facts.toolCallCancellation.ids });
  }
  if (facts.generationComplete) events.push({ type: 'server.generationComplete' });
  if (facts.interrupted) events.push({ type: 'server.interrupted' });
  if (facts.turnComplete) events.push({ type: 'server.turnComplete', inProgress: facts.interactionInProgress });
  return events;
}

interface Fold {
  /** What goes to the statechart for this message. */
  readonly events: SessionEvent[];
  readonly last: SessionEvent['type'] | null;
}

/**
 * A run of `server.output` says nothing new after its first; every other event is an edge or restarts a timer. The
 * setupComplete of a new connection ends a run: its first output is news, whatever the last connection ended with.
 */
function fold({ last }: Fold, facts: MessageFacts): Fold {
  let before = facts.setupComplete === undefined ? last : null;
  const events = lifecycleEvents(facts).filter(({ type }) => {
    const isNews = type !== 'server.output' || before !== 'server.output';
    before = type;
    return isNews;
  });
  return { events, last: before };
}

export function toLifecycle(facts$: Observable<MessageFacts>): Observable<SessionEvent> {
  return facts$.pipe(
    scan(fold, { events: [], last: null }),
    concatMap(({ events }) => events),
  );
}
