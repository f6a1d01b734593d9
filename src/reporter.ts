/**
 * What a session says about itself: events, log lines, and errors that do not end it.
 *
 * Owns the event subject and the rule that nothing the app passes in (a callback, a log sink) can hurt the session.
 */
import { type Observable, Subject } from 'rxjs';
import { isLifelineError, LifelineError, type ErrorPhase, type LifelineErrorCode } from './errors.js';
import type { LifelineEvent } from './events.js';
import type { LogLevel, LogSink } from './log.js';
import { GuardedObservable } from './streams/guarded.js';

export interface ReporterOptions {
  readonly sessionId: string;
  readonly log: LogSink;
  readonly now: () => number;
  /** Sees every event first; for the trace. */
  readonly onEvent: (event: LifelineEvent) => void;
  readonly phase: () => ErrorPhase;
}

export class Reporter {
  readonly #options: ReporterOptions;
  readonly #events = new Subject<LifelineEvent>();
  readonly events$: Observable<LifelineEvent>;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.events$ = new GuardedObservable(this.#events, this.threw);
  }

  emit(event: LifelineEvent): void {
    this.#options.onEvent(event);
    this.#events.next(event);
  }

  /** Something went wrong and the session goes on. */
  error(code: LifelineErrorCode, message: string, phase: ErrorPhase, cause?: unknown): void {
    const error = isLifelineError(cause) ? cause : new LifelineError(code, message, { phase, cause });
    this.log('warn', error.message);
    this.emit({ type: 'error', error });
  }

  /** Something that the app passed in threw. */
  readonly threw = (cause: unknown): void => {
    this.error('callbackThrew', 'A callback threw.', this.#options.phase(), cause);
  };

  readonly guard = (call: () => unknown): void => {
    try {
      // A callback typed as void may be async all the same; its rejection would end a Node process.
      const late = call();
      if (late instanceof Promise) late.catch(this.threw);
    } catch (error) {
      this.threw(error);
    }
  };

  log(level: LogLevel, message: string): void {
    const { log, now, sessionId } = this.#options;
    try {
      const late: unknown = log({ level, message, at: now(), sessionId });
      if (late instanceof Promise) late.catch(() => {});
    } catch {
      // A log sink that throws has nowhere left to be reported to.
    }
  }

  end(): void {
    this.#events.complete();
  }
}
