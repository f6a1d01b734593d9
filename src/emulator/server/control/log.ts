/**
 * The event log over HTTP: a list, a list that waits for an entry, and a stream.
 *
 *   GET /emulator/log?after=12&what=goAway,closed&connection=3&detail=1008&wait=5000   {entries, last}
 *   GET /emulator/events?…                                                              text/event-stream
 *
 * Owns the queries, the number of those who wait, and what is buffered for each. `wait` is the caller's time.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../../clock.js';
import { passes, type EmulatorEvent, type EventFilter } from '../../record/eventLog.js';
import { eventNames } from '../../record/eventNames.js';
import { HttpProblem, replyJson } from '../http.js';

const mostListeners = 64;
const mostWaitMs = 60_000;
/** A listener that does not read is let go. */
const mostUnreadBytes = 1_048_576;

/** Whose log it is. */
export interface Logged {
  readonly log: readonly EmulatorEvent[];
  readonly lastSeq: number;
  listen(listener: (event: EmulatorEvent) => void): () => void;
}

export class LogReader {
  readonly #logged: Logged;
  #listeners = 0;

  constructor(logged: Logged) {
    this.#logged = logged;
  }

  /** Answers at once when an entry is there, at the latest after `wait`. */
  list(query: URLSearchParams, response: ServerResponse): void {
    const filter = readFilter(query);
    const waitMs = number(query, 'wait', mostWaitMs) ?? 0;
    const answer = (entries: readonly EmulatorEvent[]): void =>
      replyJson(response, 200, { entries, last: this.#logged.lastSeq });
    const entries = this.#logged.log.filter((event) => passes(event, filter));
    if (entries.length > 0 || waitMs === 0) return answer(entries);
    const stop = this.#listen(response, filter, (event) => {
      systemClock.clearTimeout(timer);
      stop();
      answer([event]);
    });
    const timer = systemClock.setTimeout(() => {
      stop();
      answer([]);
    }, waitMs);
    response.once('close', () => systemClock.clearTimeout(timer));
  }

  /** Server-sent events: what is there already, then each as it comes. `Last-Event-ID` takes up where one was. */
  stream(query: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    const lastId = Number(request.headers['last-event-id']);
    const filter = { ...readFilter(query), ...(lastId > 0 && { after: lastId }) };
    let backlogBytes = 0;
    const send = (event: EmulatorEvent): void => {
      response.write(streamed(event));
      if (response.writableLength > backlogBytes + mostUnreadBytes) response.destroy();
    };
    this.#listen(response, filter, send);
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.write('retry: 1000\n\n');
    const backlog = this.#logged.log
      .filter((event) => passes(event, filter))
      .map(streamed)
      .join('');
    // What is there already is bounded by maxLog, and nobody had a chance to read it: it does not count as unread.
    backlogBytes = Buffer.byteLength(backlog);
    response.write(backlog);
  }

  #listen(response: ServerResponse, filter: EventFilter, listener: (event: EmulatorEvent) => void): () => void {
    if (this.#listeners >= mostListeners) {
      throw new HttpProblem(503, `At most ${mostListeners} listen to the log at once. Close one, or ask without wait.`);
    }
    this.#listeners++;
    const stop = this.#logged.listen((event) => void (passes(event, filter) && listener(event)));
    let on = true;
    const over = (): void => {
      if (on) this.#listeners--;
      on = false;
      stop();
    };
    response.once('close', over);
    return over;
  }
}

function streamed(event: EmulatorEvent): string {
  return `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
}

const known = ['after', 'what', 'connection', 'detail', 'wait'];

function readFilter(query: URLSearchParams): EventFilter {
  for (const name of query.keys()) {
    if (!known.includes(name))
      throw new HttpProblem(400, `The log is asked with ${known.join(', ')}, and nothing else.`);
  }
  const what = query.get('what')?.split(',');
  const stranger = what?.find((word) => !Object.hasOwn(eventNames, word));
  if (stranger !== undefined) {
    throw new HttpProblem(400, `what takes words of the log: ${Object.keys(eventNames).join(', ')}.`);
  }
  const after = number(query, 'after', Number.MAX_SAFE_INTEGER);
  const connection = number(query, 'connection', Number.MAX_SAFE_INTEGER);
  const detail = query.get('detail');
  return {
    ...(after !== undefined && { after }),
    ...(connection !== undefined && { connection }),
    ...(what !== undefined && { what }),
    ...(detail !== null && { detail }),
  };
}

function number(query: URLSearchParams, name: string, most: number): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || value > most) {
    throw new HttpProblem(400, `${name} takes a whole number, 0 to ${most}.`);
  }
  return value;
}
