/**
 * The session: one conversation over as many connections as it takes. The only owner of `actor.send`.
 *
 *   app ──senders──→ outbox ──gate──→ link ──→ service
 *   app ←──views─── messages ←───────── link
 *                     └─ facts → lifecycle events → statechart ─→ dial, reseed, shut down; opens and closes the gate
 *
 * Owns the wiring of the two planes and what the chart must not hold (handle values, the connection, what was said).
 * Decides nothing about the lifecycle: that is in machines/.
 */
import type { LiveConnectConfig, LiveServerMessage, LiveServerSetupComplete } from '@google/genai';
import type { Observable } from 'rxjs';
import {
  createSessionActor,
  hasEnded,
  lifecycleOf,
  resumabilityOf,
  type DialInput,
  type Drain,
  type HandleRef,
  type SessionActor,
  type SessionEvent,
  type SessionSnapshot,
} from '../machines/index.js';
import { Announcer } from './announcer.js';
import { SessionCallbacks } from './callbacks.js';
import { systemClock, type Clock } from './clock.js';
import { cloneConfig } from './cloneConfig.js';
import { Budget } from './context/budget.js';
import { Connections, type Establishment } from './connections.js';
import { Continuity } from './context/continuity.js';
import { takesClientContentInMidSession } from './context/reseed.js';
import { Reseeder } from './context/reseeder.js';
import { TurnRecorder } from './context/turns.js';
import { LifelineError, type ErrorPhase, type LifelineErrorCode } from './errors.js';
import type { HandOff, LifelineEvent } from './events.js';
import { HandleVault, SessionHandle, type StoredHandle } from './handles.js';
import { LinkHealth } from './health/linkHealth.js';
import { runtimeNetwork } from './health/network.js';
import { silentLog } from './log.js';
import { Inbox } from './inbox.js';
import { demandsAnswer, Input } from './input.js';
import { policyFrom, resolveOptions, type ConnectOptions, type ResolvedOptions } from './options.js';
import { Outbox, type OutboxCounts } from './outbox/outbox.js';
import { ToolCalls } from './outbox/toolCalls.js';
import { randomId, systemRandom, type Random } from './random.js';
import { Reporter } from './reporter.js';
import { statusFrom, StatusSource, type SessionStatus } from './status.js';
import { gateOf, snapshotsOf } from './streams/gate.js';
import { GuardedObservable } from './streams/guarded.js';
import { MessageViews } from './streams/views.js';
import { TraceRecorder } from './trace/recorder.js';
import type { Link } from './transport/link.js';
import type { MessageFacts } from './wire/facts.js';

/** Added to the slowest recent setup when the ambiguity of a handle is estimated; see `handleAmbiguityMs`. */
const ambiguityMarginMs = 40;
const maxReasonBytes = 120;

export interface SessionStats {
  /** Connections that were set up. */
  readonly connections: number;
  /** Planned swaps. */
  readonly rotations: number;
  readonly compressions: number;
  readonly outbox: OutboxCounts;
  /** One entry per hand-off, newest last; the newest 10,000. */
  readonly handOffs: readonly HandOff[];
  readonly unreadableFrames: number;
  readonly unknownMessages: number;
}

export class Session {
  readonly id: string;
  readonly status: StatusSource;
  readonly events$: Observable<LifelineEvent>;
  readonly messages$: Observable<LiveServerMessage>;
  readonly input: Input;
  readonly views: MessageViews;
  readonly budget: Budget;
  /** Payload of the first setupComplete. */
  setupComplete: LiveServerSetupComplete | undefined;

  readonly #options: ConnectOptions;
  readonly #resolved: ResolvedOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #actor: SessionActor;
  readonly #outbox: Outbox;
  readonly #turns: TurnRecorder;
  readonly #calls = new ToolCalls();
  readonly #vault = new HandleVault();
  readonly #callbacks: SessionCallbacks;
  readonly #connections: Connections;
  readonly #reseeder: Reseeder;
  readonly #recorder: TraceRecorder | null;
  readonly #reporter: Reporter;
  readonly #announcer: Announcer;
  readonly #inbox: Inbox;
  readonly #continuity: Continuity;
  readonly #health: LinkHealth;
  readonly #subscriptions: { unsubscribe(): void }[] = [];
  readonly #ended: Promise<void>;
  #resolveEnded!: () => void;
  /** What the newest dial resumes: the predecessor of an overlap may bring more handles than the vault keeps. */
  #dialled: { readonly epoch: number; readonly stored: StoredHandle | undefined } | null = null;
  #error: LifelineError | null = null;
  #drain: Drain | null = null;
  #unreadable = 0;
  #knowsUnknown = false;
  #isOver = false;

  /** @internal Use `connect`. Throws LifelineError when the options are wrong. */
  constructor(options: ConnectOptions) {
    const resolved = resolveOptions(options);
    const { tuned, compression } = resolved;
    this.#options = options;
    this.#resolved = resolved;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.id = randomId(this.#random);
    this.#ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#recorder = options.trace
      ? new TraceRecorder({
          ...(typeof options.trace === 'function' ? { sink: options.trace } : options.trace),
          clock: this.#clock,
          header: { sessionId: this.id, model: options.model, transport: options.transport.name },
        })
      : null;
    this.#reporter = new Reporter({
      sessionId: this.id,
      log: options.log ?? silentLog,
      now: () => this.#clock.now(),
      onEvent: (event) => this.#recorder?.public(event),
      phase: () => this.status.current.lifecycle as ErrorPhase,
    });
    this.#callbacks = new SessionCallbacks(options.callbacks ?? {}, options.passthrough ?? false, this.#reporter.guard);
    this.views = new MessageViews(tuned.maxQueuedMessages, (dropped) =>
      this.#reporter.emit({ type: 'viewOverflow', dropped }),
    );
    this.#turns = new TurnRecorder(tuned.maxRecordedCharacters);
    this.budget = new Budget(this.#clock, {
      contextWindowTokens: tuned.contextWindowTokens,
      triggerTokens: compression?.triggerTokens ?? null,
      targetTokens: compression?.targetTokens ?? null,
      audioSessionLimitMs: tuned.audioSessionLimitMs,
      videoSessionLimitMs: tuned.videoSessionLimitMs,
      connectionLimitMs: tuned.connectionLimitMs,
    });
    this.#announcer = new Announcer({ reporter: this.#reporter, budget: this.budget, turns: this.#turns });
    this.#outbox = new Outbox({
      clock: this.#clock,
      limits: {
        maxAudioMs: tuned.maxOutboxAudioMs,
        maxBytes: tuned.maxOutboxBytes,
        maxControlItems: tuned.maxOutboxControlItems,
      },
      acknowledged: resolved.resumption,
      onWrite: (message) => {
        this.#health.wrote(demandsAnswer(message), message.bytes);
        this.input.written(message);
      },
      onDrop: (entry, reason) =>
        this.#reporter.emit({ type: 'dropped', kind: entry.message.kind, reason, seq: entry.receipt.seq }),
      onWater: (level) => this.#reporter.emit({ type: 'backpressure', level }),
    });
    this.input = new Input({
      model: options.model,
      provider: options.transport.provider,
      outbox: this.#outbox,
      calls: this.#calls,
      turns: this.#turns,
      budget: this.budget,
      send: (event) => this.#send(event),
      assertOpen: () => this.#assertOpen(),
      measure: () => this.#inbox.measure(false, this.#connections.current?.epoch ?? 0),
    });
    this.#continuity = new Continuity({
      clock: this.#clock,
      poisonedAfterMs: tuned.poisonedAfterMs,
      onLost: (tokensBefore, tokensAfter) => this.#noteLostContext(tokensBefore, tokensAfter),
      onPoisoned: () => this.#send({ type: 'server.poisoned' }),
    });
    this.#health = new LinkHealth({
      clock: this.#clock,
      unansweredAfterMs: tuned.unansweredAfterMs,
      sleepAfterMs: tuned.sleepAfterMs,
      // A pending call of ours is what the service waits for; a draining connection has its own deadline.
      isExcused: () => {
        const { turn, lifecycle } = this.status.current;
        return turn === 'callingTools' || lifecycle === 'goingAway';
      },
      bufferedAmount: () => this.#connections.current?.bufferedAmount ?? 0,
      onDead: (why) => this.#connections.fail(why),
    });
    this.#inbox = new Inbox({
      model: options.model,
      clock: this.#clock,
      budget: this.budget,
      turns: this.#turns,
      calls: this.#calls,
      vault: this.#vault,
      outbox: this.#outbox,
      resumption: resolved.resumption,
      ambiguityMs: () => this.#ambiguityMs(),
      unsentBytes: () => this.#connections.current?.bufferedAmount ?? 0,
      isDialling: () => this.#connections.isDialling,
      currentHandle: () => this.#actor.getSnapshot().context.handle,
      send: (event) => this.#send(event),
      onUnknown: (keys) => this.#noteUnknown(keys),
      continuity: this.#continuity,
    });
    this.#reseeder = new Reseeder({
      model: options.model,
      clock: this.#clock,
      summarize: options.summarize,
      timeoutMs: tuned.setupTimeoutMs,
      onSummaryFailed: (cause) => {
        if (this.#isOver) return;
        this.#reporter.error('reseedFailed', 'summarize failed; the recorded turns are used.', 'expired', cause);
      },
    });
    this.#connections = new Connections({
      transport: options.transport,
      model: options.model,
      clock: this.#clock,
      random: this.#random,
      setupTimeoutMs: tuned.setupTimeoutMs,
      stableAfterMs: tuned.stableAfterMs,
      oldSocketGraceMs: tuned.oldSocketGraceMs,
      backoff: options.backoff,
      configFor: (input) => this.#configFor(input),
      counts: () => this.#actor.getSnapshot().context,
      onEstablished: (establishment) => this.#handOver(establishment),
      onMessage: (link, message, facts, bytes) => this.#receive(link, message, facts, bytes),
      onUnreadable: (link, { reason, bytes }) => this.#noteUnreadable(link.epoch, reason, bytes),
      onRefused: ({ meaning, reason, retryInMs }, epoch) => {
        const next = retryInMs === null ? '' : ` Next in ${Math.round(retryInMs)} ms, unless it was one too many.`;
        this.#reporter.log(
          'warn',
          `Dial ${epoch} was refused (${meaning}${reason === '' ? '' : `: ${reason}`}).${next}`,
        );
      },
      onLost: () => {
        this.budget.disconnected();
        this.#health.detach();
        this.#continuity.stop();
      },
      send: (event) => this.#send(event),
      onThrow: this.#reporter.threw,
    });
    this.#actor = createSessionActor({
      input: {
        policy: policyFrom(resolved, options.transport),
        handle: resolved.handle === null ? null : this.#adoptHandle(resolved.handle),
      },
      clock: this.#recorder?.wrapClock(this.#clock) ?? this.#clock,
      inspect: this.#recorder?.inspect,
      onGuard: this.#recorder?.onGuard,
      world: {
        dial: (input, answer) => this.#connections.dial(input, answer),
        prepareReseed: () => this.#prepareReseed(),
        shutDown: () => this.#connections.close(),
      },
    });
    const { threw } = this.#reporter;
    this.status = new StatusSource(statusFrom(this.#actor.getSnapshot(), 'original', null), threw);
    this.events$ = this.#reporter.events$;
    this.messages$ = new GuardedObservable(this.views.messages$, threw);
    this.#wire();
  }

  // ── The app's side, for liveSession.ts ─────────────────────────────────────────────────────────────────────────────

  /** Dials, and resolves at the first `active`. Rejects with LifelineError. */
  async start(): Promise<void> {
    const signal = this.#options.signal ?? this.#options.config?.abortSignal;
    if (signal?.aborted) throw this.#aborted(signal);
    this.#subscriptions.push({ unsubscribe: this.#watchNetwork() });
    const abort = () => void this.close();
    signal?.addEventListener('abort', abort, { once: true });
    void this.#ended.then(() => signal?.removeEventListener('abort', abort));
    for (const warning of this.#resolved.warnings) this.#reporter.log('warn', warning);
    const { added } = this.#resolved;
    if (added.length > 0) {
      this.#reporter.log('info', `Added to the config: ${added.join(', ')}. Pass false to leave one out.`);
    }
    this.#actor.start();
    const connected = this.#until(({ lifecycle }) => lifecycle === 'active', 'connecting');
    this.#send({ type: 'connect' });
    try {
      await connected;
    } catch (error) {
      throw signal?.aborted && this.#error === null ? this.#aborted(signal) : error;
    }
    try {
      this.#callbacks.open();
    } catch (error) {
      await this.close();
      throw new LifelineError('callbackThrew', 'onopen threw.', { phase: 'connecting', cause: error });
    }
    // Whoever waits for connect() may take a view right then, beside the callbacks.
    if (this.#options.callbacks?.onmessage) this.#clock.setTimeout(() => this.views.forgetEarly(), 0);
  }

  get handle(): SessionHandle | null {
    const snapshot = this.#actor.getSnapshot();
    const ref = snapshot.context.handle;
    const stored = ref ? this.#vault.get(ref.seq) : undefined;
    if (!stored) return null;
    const expiresAt = (this.#connections.awayFromMs ?? this.#clock.now()) + snapshot.context.policy.handleLifeMs;
    return new SessionHandle(stored.value, stored.receivedAtMs, expiresAt, resumabilityOf(snapshot) === 'held');
  }

  get stats(): SessionStats {
    const { established, rotations, compressions } = this.#actor.getSnapshot().context;
    return {
      connections: established,
      rotations,
      compressions,
      outbox: this.#outbox.counts,
      handOffs: this.#announcer.handOffs,
      unreadableFrames: this.#unreadable,
      unknownMessages: this.#inbox.unknownMessages,
    };
  }

  /** Throws at once where it throws, so that nobody has to catch what is not waited for. */
  rotate(): Promise<boolean> {
    this.#assertResumable();
    return this.#rotate();
  }

  async #rotate(): Promise<boolean> {
    const before = this.stats.connections;
    this.#send({ type: 'rotate', atMs: this.#clock.now() });
    if (this.status.current.lifecycle === 'active' && this.stats.connections === before) return false;
    try {
      await this.#until((status) => status.lifecycle === 'active' && this.stats.connections > before, 'closed');
      return true;
    } catch {
      // An app that does not wait for a rotation must not hear of the session's end through it.
      return false;
    }
  }

  async resume(value: string): Promise<void> {
    this.#assertResumable();
    if (typeof value !== 'string' || value.trim() === '') {
      throw new LifelineError('invalidHandle', 'resumeSession was called without a handle.', { phase: 'options' });
    }
    const { lifecycle } = this.status.current;
    if (lifecycle !== 'active' && lifecycle !== 'goingAway' && lifecycle !== 'resuming') {
      throw new LifelineError('notSupported', `The session is ${lifecycle}; there is nothing to resume from.`, {
        phase: 'options',
      });
    }
    const before = this.stats.connections;
    this.#send({ type: 'resumeSession', handle: this.#adoptHandle(value) });
    await this.#until((status) => status.lifecycle === 'active' && this.stats.connections > before, 'closed');
  }

  async close(): Promise<void> {
    // Never dialled: the chart has not been started, and there is nothing to shut down.
    if (lifecycleOf(this.#actor.getSnapshot()) === 'idle' && !this.#isOver) this.#actor.start();
    this.#send({ type: 'close' });
    await this.#ended;
  }

  // ── The statechart's side ─────────────────────────────────────────────────────────────────────────────────────────

  /** The only place that sends to the statechart. */
  #send(event: SessionEvent): void {
    if (!this.#isOver) this.#actor.send(event);
  }

  #wire(): void {
    this.#actor.on('*', (emitted) => this.#announcer.announce(emitted));
    this.#subscriptions.push(
      gateOf(this.#actor).subscribe((isOpen) => (isOpen ? this.#outbox.open() : this.#outbox.close())),
      snapshotsOf(this.#actor).subscribe((snapshot) => this.#follow(snapshot)),
    );
  }

  /** Offline ends the connection for us; online is the moment to dial, whatever backoff is left. */
  #watchNetwork(): () => void {
    const network = this.#options.network ?? runtimeNetwork();
    if (!network) return () => {};
    const stop = network.subscribe((isOnline) => {
      if (isOnline) this.#send({ type: 'network.online' });
      else this.#connections.fail('offline');
    });
    return () => void (typeof stop === 'function' && stop());
  }

  #follow(snapshot: SessionSnapshot): void {
    const { error } = snapshot.context;
    if (error && !this.#error) {
      this.#error = new LifelineError(error.code as LifelineErrorCode, this.#explain(error), {
        phase: this.status.current.lifecycle as ErrorPhase,
        closeCode: error.closeCode ?? undefined,
        cause: this.#connections.lastEnd?.cause,
      });
    }
    const before = this.status.current.lifecycle;
    // Settled before anyone hears of the end, so that every receipt has its outcome by then.
    if (hasEnded(snapshot)) this.#outbox.end();
    if (this.status.set(statusFrom(snapshot, this.#announcer.context, this.#error))) {
      this.#recorder?.status(this.status.current);
      const { lifecycle } = this.status.current;
      if (lifecycle !== before)
        this.#reporter.log('info', `${before} → ${lifecycle} (connection ${snapshot.context.epoch})`);
    }
    this.#prepareSuccessor(snapshot);
    if (hasEnded(snapshot)) this.#finish();
  }

  /** Once for each drain. */
  #prepareSuccessor({ context: { drain } }: SessionSnapshot): void {
    if (drain === this.#drain) return;
    this.#drain = drain;
    if (drain) this.#connections.prepare(() => this.#send({ type: 'successor.settled' }));
  }

  #explain(error: NonNullable<SessionSnapshot['context']['error']>): string {
    const code = error.closeCode === null ? '' : ` (${error.closeCode})`;
    if (error.reason === '') return `The session ended: ${error.meaning}${code}.`;
    // A close reason is cut at 123 bytes.
    const isCut = new TextEncoder().encode(error.reason).length >= maxReasonBytes;
    return `${error.meaning}${code}: ${error.reason}${isCut ? '…' : error.reason.endsWith('.') ? '' : '.'}`;
  }

  // ── Connections ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** A fresh clone for each dial: the SDK changes what it is given. */
  #configFor(input: DialInput): LiveConnectConfig {
    const { abortSignal: _, ...cloneable } = { ...this.#resolved.config, ...this.input.changes };
    const config = cloneConfig(cloneable);
    const stored = input.handle ? this.#vault.get(input.handle.seq) : undefined;
    this.#dialled = { epoch: input.epoch, stored };
    if (stored) config.sessionResumption = { ...config.sessionResumption, handle: stored.value };
    this.#reseeder.addTo(config, input.handle === null);
    return config;
  }

  /** Before the chart hears of it, so that the gate finds the outbox ready. */
  #handOver({ link, input, gapMs, refusedContent }: Establishment): void {
    const { tuned } = this.#resolved;
    const stored = this.#dialled?.epoch === link.epoch ? this.#dialled.stored : undefined;
    const isFresh = input.handle === null;
    const before = this.budget.read();
    this.budget.connected(isFresh);
    this.#health.attach();
    if (!isFresh) this.#continuity.resumed(before.reportedTokens, before.fill >= tuned.nearLimitFill);
    this.#calls.handedOver(stored?.receivedAtMs ?? null);
    const past = isFresh ? this.#reseeder.take() : null;
    if (past !== null) this.#write(link, past, 'reseed');
    if (stored) this.#outbox.acknowledge(stored, this.#ambiguityMs());
    const report = this.#outbox.attach(
      link.epoch,
      (text, kind) => this.#write(link, text, kind),
      {
        resumed: !isFresh,
        handleReceivedAtMs: stored?.receivedAtMs ?? 0,
        exact: stored !== undefined && stored.index !== null,
        refusedContent,
        late: gapMs > tuned.lateResumeMs,
        replayAudioMs: tuned.replayAudioMs,
        takesContent: takesClientContentInMidSession(this.#options.model),
        knowsCall: (id) => this.#calls.isKnown(id),
      },
      past === null ? 0 : 1,
    );
    this.#announcer.attached(report, gapMs);
    this.#recorder?.outbox(this.#outbox.counts);
  }

  #write(link: Link, text: string, kind: string): void {
    this.#recorder?.frame('out', link.epoch, kind, text.length);
    link.write(text);
  }

  async #prepareReseed(): Promise<{ readonly restores: boolean }> {
    if (this.#resolved.tuned.afterExpiry !== 'reseed') return { restores: false };
    return this.#reseeder.prepare(this.#turns.read((seq) => this.#outbox.willReplay(seq)));
  }

  // ── Messages ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #receive(link: Link, message: LiveServerMessage, facts: MessageFacts, bytes: number): void {
    this.#health.heard(facts.resumption);
    this.#recorder?.frame('in', link.epoch, Object.keys(message).join(',') || '{}', bytes, message);
    const isLaterSetup = facts.setupComplete !== undefined && this.setupComplete !== undefined;
    if (facts.setupComplete && !this.setupComplete) this.setupComplete = message.setupComplete ?? {};
    this.#inbox.receive(link.epoch, facts, bytes);
    if (isLaterSetup && this.#options.passthrough !== true) return;
    this.views.next(message);
    this.#callbacks.message(message);
  }

  #ambiguityMs(): number {
    return this.#resolved.tuned.handleAmbiguityMs ?? this.#connections.slowestSetupMs + ambiguityMarginMs;
  }

  #adoptHandle(value: string): HandleRef {
    const receivedAtMs = this.#clock.now();
    const seq = this.#vault.put({ value, receivedAtMs, epoch: 0, index: null, unsentSinceMs: Infinity });
    return { seq, receivedAtMs, model: this.#options.model, epoch: 0 };
  }

  // ── The end, and what goes wrong on the way ───────────────────────────────────────────────────────────────────────

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#connections.close();
    this.#health.detach();
    this.#continuity.stop();
    this.#reseeder.end();
    const error = this.#error;
    if (error) this.#callbacks.error(error);
    this.#callbacks.close(error ? (error.closeCode ?? 1006) : 1000, error ? error.message : '');
    this.#reporter.emit(error ? { type: 'failed', error } : { type: 'closed' });
    this.views.end();
    this.#inbox.end();
    this.#reporter.end();
    for (const subscription of this.#subscriptions) this.#reporter.guard(() => subscription.unsubscribe());
    this.#recorder?.end(error?.code ?? 'closed');
    this.#actor.stop();
    this.#resolveEnded();
  }

  /** Resolves at the first status that is done, and rejects when the session ends first. */
  async #until(isDone: (status: SessionStatus) => boolean, phase: ErrorPhase): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      // A transport that throws ends the session within the call that led here.
      if (this.status.current.input === 'closed') reject(this.status.current.error ?? this.#closedError(phase));
      const stop = this.status.subscribe((status) => {
        if (isDone(status)) resolve();
        else if (status.input === 'closed') reject(status.error ?? this.#closedError(phase));
        else return;
        stop();
      });
    });
  }

  #assertResumable(): void {
    this.#assertOpen();
    if (this.#resolved.resumption) return;
    throw new LifelineError('resumptionOff', 'Cannot resume session: sessionResumption is false.', {
      phase: 'options',
    });
  }

  #assertOpen(): void {
    if (this.status.current.input === 'closed') throw this.#closedError('send');
  }

  #closedError(phase: ErrorPhase): LifelineError {
    return new LifelineError('sessionClosed', 'The session is closed.', { phase, cause: this.#error ?? undefined });
  }

  #aborted(signal: AbortSignal): LifelineError {
    return new LifelineError('aborted', 'The signal was aborted.', { phase: 'connecting', cause: signal.reason });
  }

  /** The handle was accepted, and what it led to is not the conversation it stood for. */
  #noteLostContext(tokensBefore: number, tokensAfter: number): void {
    const snapshot = this.#actor.getSnapshot();
    this.#reporter.log('warn', `The context is lost: ${tokensAfter} tokens after the resume, ${tokensBefore} before.`);
    this.#announcer.contextLost(snapshot.context.epoch, tokensBefore, tokensAfter);
    this.#follow(snapshot);
  }

  /** Once is enough: a newer service sends a new field with every message. */
  #noteUnknown(keys: readonly string[]): void {
    if (!this.#knowsUnknown)
      this.#reporter.log('warn', `The service sent fields that nobody knows: ${keys.join(', ')}.`);
    this.#knowsUnknown = true;
  }

  #noteUnreadable(epoch: number, reason: string, bytes: number): void {
    this.#unreadable += 1;
    this.#recorder?.frame('in', epoch, 'unreadable', bytes);
    this.#reporter.error('unreadableFrame', `A frame of ${bytes} bytes was skipped (${reason}).`, 'read');
  }
}
