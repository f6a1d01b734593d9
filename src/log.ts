/**
 * The LogSink port. Levels: `info` is exactly one line per lifecycle transition that a person would want to know of,
 * plus one line for defaults that were added; `debug` is every decision; `warn` something the app should change;
 * `error` something that ended or hurt the session. Nothing goes to the console unless the app passes a sink that does.
 */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogEntry {
  readonly level: LogLevel;
  /** A sentence without secrets. */
  readonly message: string;
  /** Milliseconds on the session's clock. */
  readonly at: number;
  readonly sessionId: string;
}

export type LogSink = (entry: LogEntry) => void;

export const silentLog: LogSink = () => {};
