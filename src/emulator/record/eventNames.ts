/**
 * The words of the event log, and what each means. Owns nothing else.
 */
export const eventNames = {
  accepted: 'An upgrade was granted. Detail: the path.',
  upgradeRefused: 'An upgrade was refused. Detail: HTTP status (0: no answer) and why.',
  http: 'In front of another server: a plain request passed.',
  setupComplete: 'A session began. Detail: `fresh`, or the connection that it was resumed from.',
  setupRefused: 'A setup was refused. Detail: the reason given.',
  refused: 'A later message was refused, and the connection closed over it. Detail: kind of message.',
  toolResponseIgnored: 'A function response came that nobody waits for. Detail: its id, if it is one of ours.',
  toolCall: 'The model called functions. Detail: their names.',
  turnComplete: 'The model ended a turn.',
  goAway: 'The end was announced. Detail: the time left as it was told.',
  silence: 'From here on the server sends nothing on this connection.',
  halfOpen: 'From here on nothing passes on this connection.',
  exhausted: 'The session has used up its time or its context window.',
  fault: 'A fault acted. Detail: its action, its comment. Field `fault`: its number.',
  slowReader: 'A client did not read, and was disconnected.',
  closed: 'The server ended a connection. Detail: code and reason.',
  gone: 'The client ended a connection, or its socket died.',
} as const satisfies Readonly<Record<string, string>>;
