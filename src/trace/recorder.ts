/**
 * The recorder: what happens to one session, as lines of JSON.
 *
 *   statechart ──inspect──┐
 *   guards ────onGuard────┤
 *   clock ─────wrapClock──┼──→ records, redacted ──→ sink
 *   session ──frame, …────┘
 *
 * Owns the order of the records: an event stands before the guards it asked, those before the transition they allowed.
 * XState reports an event when it is sent, which may be in the middle of another step, so it is held until its step
 * begins. Never throws and never changes what it watches: a sink that fails ends the recording, not the session.
 */
import type { InspectionEvent } from 'xstate';
import type { Clock } from '../clock.js';
import { chartFacts } from './chart.js';
import {
  traceFormat,
  traceVersion,
  type EventOrigin,
  type Redacted,
  type TraceRecord,
  type TraceSink,
  type TraceStateValue,
} from './format.js';
import { frameKind } from './kind.js';
import { delayedRaise, isOfRoot, stateIn, takenIn } from './microstep.js';
import { Redactor, reveal } from './redact.js';
import { TimerLog } from './timers.js';

/** The version in package.json; a test compares them. */
const libraryVersion = '0.1.0';

/** What may wait for its step: more than this means that no step will come. */
const maxPending = 1_000;

export interface TraceHeader {
  readonly sessionId: string;
  /** As the app named it; of a path only the last part is kept, since the others name a project. */
  readonly model: string;
  readonly transport: string;
}

export interface TraceRecorderOptions {
  readonly sink: TraceSink;
  readonly clock: Clock;
  readonly header: TraceHeader;
  /**
   * Writes everything as it is: handles, text, audio and tool arguments included.
   * @default false
   */
  readonly reveal?: boolean;
}

type Body<T extends TraceRecord = TraceRecord> = T extends TraceRecord ? Omit<T, 'n' | 'at'> : never;
type SomeEvent = { readonly type: string };

export class TraceRecorder {
  readonly #sink: TraceSink;
  readonly #clock: Clock;
  readonly #reveals: boolean;
  readonly #redactor: Redactor;
  readonly #timers: TimerLog;
  #state: 'recording' | 'ended' | 'failed' = 'recording';
  #step = 0;
  #records = 0;
  #failures = 0;
  /** Sent and waiting for their step, oldest first. */
  #pending: { readonly event: SomeEvent; readonly origin: EventOrigin }[] = [];
  /** The event that the chart works on now. */
  #current: SomeEvent | null = null;
  #guards: { readonly name: string; readonly answer: boolean }[] = [];
  #value: TraceStateValue | null = null;

  constructor({ sink, clock, header, reveal: reveals = false }: TraceRecorderOptions) {
    const { id, hash, words } = chartFacts();
    const model = modelName(header.model);
    this.#sink = sink;
    this.#clock = clock;
    this.#reveals = reveals;
    this.#redactor = new Redactor([...words, ...(typeof model === 'string' ? [model, `models/${model}`] : [])]);
    this.#timers = new TimerLog((timer) =>
      this.#write({ type: 'timer', ...timer, ...(timer.name === undefined ? {} : { name: this.#word(timer.name) }) }),
    );
    this.#write({
      type: 'header',
      format: traceFormat,
      version: traceVersion,
      library: libraryVersion,
      sessionId: header.sessionId,
      startedAt: clock.now(),
      model,
      transport: /^[A-Za-z][\w-]{0,30}$/.test(header.transport)
        ? header.transport
        : { redacted: header.transport.length },
      chart: { id, hash },
      redacted: !reveals,
    });
  }

  /** `failed`: the sink threw, and recording stopped there. */
  get state(): 'recording' | 'ended' | 'failed' {
    return this.#state;
  }

  /** Records that were lost because the sink threw, or that had no JSON form. */
  get failures(): number {
    return this.#failures;
  }

  /** Give it to `createSessionActor({ inspect })`. */
  readonly inspect = (inspected: InspectionEvent): void => {
    if (this.#state === 'recording') this.#attempt(() => this.#inspect(inspected));
  };

  /** Give it to `createSessionActor({ onGuard })`. */
  readonly onGuard = (name: string, answer: boolean): void => {
    if (this.#state === 'recording' && this.#guards.length < maxPending) this.#guards.push({ name, answer });
  };

  /** The same clock, with a record of each timer that is set, cleared or fires. */
  wrapClock(clock: Clock): Clock {
    return this.#timers.wrap(clock);
  }

  /** `kind` names what is in it; of `message` the names of its fields are read and, unless redacted, the whole. */
  frame(dir: 'in' | 'out', epoch: number, kind: string, bytes: number, message?: unknown): void {
    if (this.#state !== 'recording') return;
    this.#attempt(() => {
      const safe = frameKind(kind, message);
      if (this.#reveals && message !== undefined) {
        this.#write({ type: 'frame', dir, epoch, kind: safe, bytes, message: reveal(message) });
        return;
      }
      // Fifty a second for each session: put together by hand, and nothing in it needs to be escaped.
      this.#line(
        `{"n":${this.#step},"at":${this.#clock.now()},"type":"frame","dir":"${dir}","epoch":${epoch},"kind":"${safe}","bytes":${bytes}}`,
      );
    });
  }

  /** A LifelineEvent, as the app is about to see it. */
  public(event: object): void {
    this.#attempt(() => this.#write({ type: 'public', event: this.#fields(event) }));
  }

  status(status: object): void {
    this.#attempt(() => this.#write({ type: 'status', status: this.#fields(status) }));
  }

  outbox(counts: object): void {
    this.#attempt(() => this.#write({ type: 'outbox', counts: this.#fields(counts) }));
  }

  /** The last record. */
  end(reason: string): void {
    this.#attempt(() => {
      this.#flushGuards();
      this.#write({ type: 'end', reason: this.#word(reason), records: this.#records });
    });
    if (this.#state === 'recording') this.#state = 'ended';
  }

  #inspect(inspected: InspectionEvent): void {
    if (!isOfRoot(inspected)) return;
    switch (inspected.type) {
      case '@xstate.event': {
        const { event, sourceRef, actorRef } = inspected;
        // The entry was reported when the actor was made, before it was started.
        if (event.type === 'xstate.init' || this.#pending.length >= maxPending) return;
        this.#pending.push({
          event,
          origin: sourceRef === undefined ? 'sent' : sourceRef === actorRef ? 'timer' : 'actor',
        });
        return;
      }
      case '@xstate.microstep':
        this.#microstep(inspected);
        return;
      case '@xstate.action': {
        const raise = delayedRaise(inspected);
        if (raise) this.#timers.expect(raise.name, raise.ms);
        return;
      }
      case '@xstate.snapshot':
        if (inspected.event.type === 'xstate.init') this.#enter(inspected.event, stateIn(inspected));
        this.#flushGuards();
        this.#current = null;
        return;
      default:
    }
  }

  #microstep(inspected: Extract<InspectionEvent, { type: '@xstate.microstep' }>): void {
    const { event } = inspected;
    if (event.type === 'xstate.init') return;
    const sent = this.#current === null && this.#pending[0]?.event === event ? this.#pending.shift() : undefined;
    if (sent) this.#step += 1;
    if (sent || event !== this.#current) {
      this.#write({ type: 'event', origin: sent?.origin ?? 'raised', event: this.#event(event) });
      this.#current = event;
    }
    this.#flushGuards();
    const taken = takenIn(inspected);
    const to = stateIn(inspected) ?? '';
    if (taken.length > 0) this.#write({ type: 'transition', taken, from: this.#value, to });
    this.#value = to;
  }

  #enter(event: SomeEvent, value: TraceStateValue | null): void {
    this.#write({ type: 'event', origin: 'start', event: this.#event(event) });
    this.#flushGuards();
    this.#write({ type: 'transition', taken: [], from: null, to: value ?? '' });
    this.#value = value;
  }

  #flushGuards(): void {
    const guards = this.#guards;
    if (guards.length === 0) return;
    this.#guards = [];
    for (const { name, answer } of guards) this.#write({ type: 'guard', name: this.#word(name), answer });
  }

  #event(event: SomeEvent): { readonly type: string | Redacted } {
    return this.#fields(event) as { readonly type: string | Redacted };
  }

  #fields(value: object): Readonly<Record<string, unknown>> {
    return (this.#reveals ? reveal(value) : this.#redactor.value(value)) as Readonly<Record<string, unknown>>;
  }

  #word(text: string): string | Redacted {
    return this.#reveals ? text : this.#redactor.word(text);
  }

  #write(body: Body): void {
    this.#line(JSON.stringify({ n: this.#step, at: this.#clock.now(), ...body }));
  }

  #line(line: string): void {
    if (this.#state !== 'recording') return;
    try {
      // A sink typed as void may be async all the same, and its rejection would be nobody's.
      const late: unknown = this.#sink(line);
      if (late instanceof Promise) late.catch(() => this.#fail());
      this.#records += 1;
    } catch {
      this.#fail();
    }
  }

  #fail(): void {
    this.#failures += 1;
    this.#state = 'failed';
  }

  /** What has no JSON form (a getter that throws) costs its own record and nothing else. */
  #attempt(record: () => void): void {
    try {
      record();
    } catch {
      this.#failures += 1;
    }
  }
}

function modelName(model: string): string | Redacted {
  const name = model.slice(model.lastIndexOf('/') + 1);
  return /^[A-Za-z0-9][\w.@-]{0,80}$/.test(name) ? name : { redacted: model.length };
}
