/**
 * What a connection has once it is set up: its context, its conversation, its handles and the count of its messages.
 *
 *   begin: setupComplete ──▶ hear, orders … ──▶ the connection ends; what was known lives on in handles and the archive
 *
 * Owns what of the setup decides about them. The phase of the connection and its end are connection.ts; turns are
 * model/conversation.ts, the rhythm of handles session/resumption.ts.
 */
import { emptySnapshot, ModelContext, type Compression } from './model/context.js';
import { Conversation, type Utterance } from './model/conversation.js';
import type { TurnPhase } from './model/performer.js';
import { profileFor, type BehaviourProfile } from './model/profiles.js';
import type { ClientSide, GoAwayOrder } from './faults/line.js';
import type { Timers } from './network/timers.js';
import type { Address } from './protocol/address.js';
import { isFields, type Fields } from './protocol/fields.js';
import type { Closing } from './protocol/refusals.js';
import type { SessionSetup } from './protocol/setup.js';
import { describeMessage } from './record/describe.js';
import type { ConnectionRecord, ContextRecord } from './record/records.js';
import type { HandleRecord, SessionRecord } from './session/handles.js';
import type { Lifetime } from './session/lifetime.js';
import { Resumption } from './session/resumption.js';
import type { World } from './world.js';

export interface ActiveSessionParts {
  readonly world: World;
  readonly address: Address;
  readonly client: ClientSide;
  readonly record: ConnectionRecord;
  readonly timers: Timers;
  readonly lifetime: Lifetime;
  readonly setup: SessionSetup;
  readonly session: SessionRecord;
  /** The handle that it resumes; null: a new session. */
  readonly origin: HandleRecord | null;
  /** False once the connection has ended, or is half-open. */
  active(): boolean;
  send(message: object): void;
  close(closing: Closing): void;
  goAway(order: GoAwayOrder): void;
}

export class ActiveSession {
  readonly #parts: ActiveSessionParts;
  readonly #readyAt: number;
  readonly #profile: BehaviourProfile;
  readonly #context: ModelContext;
  readonly #heard: ContextRecord;
  readonly #conversation: Conversation;
  #resumption: Resumption | null = null;
  /** Number of the last client message; the setup is 0. */
  #index = 0;

  constructor(parts: ActiveSessionParts) {
    this.#parts = parts;
    const { world, address, client, record, setup, origin, timers } = parts;
    const { settings, clock, random, archive } = world;
    this.#readyAt = clock.now();
    this.#profile = profileFor(setup.model, address.provider, settings);
    const snapshot = origin === null || client.take('loseContext') !== null ? emptySnapshot : origin.snapshot;
    this.#context = new ModelContext(settings, this.#compression(), {
      ...snapshot,
      systemInstruction: setup.systemInstruction ?? snapshot.systemInstruction,
      functions: setup.functions ?? snapshot.functions,
    });
    this.#heard = archive.openContext(record, this.#context, origin?.origin ?? null);
    this.#conversation = new Conversation({
      settings,
      setup,
      context: this.#context,
      clock,
      random,
      profile: this.#profile,
      provider: address.provider,
      timers,
      poisoned: origin !== null && client.take('poison') !== null,
      send: (message) => this.#send(message),
      close: (closing) => parts.close(closing),
      log: (what, detail) => world.log(record.id, what, detail),
      goAway: (timeLeftMs, thenClose) => parts.goAway({ timeLeftMs, thenClose }),
      settled: () => this.refresh(),
      resultsHeard: () => (world.resumable() ? this.#resumption?.resultsHeard() : undefined),
    });
  }

  get turnPhase(): TurnPhase {
    return this.#conversation.phase;
  }

  /** What a test may want to wait for is in the log. */
  #send(message: object): void {
    const { world, record, send } = this.#parts;
    const { serverContent, toolCall } = message as Fields;
    if (isFields(serverContent) && serverContent['turnComplete'] === true) world.log(record.id, 'turnComplete', '');
    if (isFields(toolCall)) world.log(record.id, 'toolCall', namesOf(toolCall['functionCalls']));
    send(message);
  }

  /** Says setupComplete; from here on handles are issued and time counts. */
  begin(): void {
    const { world, address, record, session, origin, lifetime, send } = this.#parts;
    send({ setupComplete: address.provider === 'vertex' ? { sessionId: session.id } : {} });
    world.log(record.id, 'setupComplete', origin === null ? 'fresh' : `resumed from connection ${origin.connection}`);
    this.#startResumption();
    lifetime.scheduleNotice(this.#profile.connectionLifetimeMs, this.#profile.goAwayBeforeEndMs);
    record.endsAt = lifetime.endsAt;
    record.goAwayAt = lifetime.goAwayAt;
    this.#limitSession();
    this.#conversation.start(origin === null);
  }

  /** `bytes`: of the whole frame. */
  hear(message: Utterance, bytes: number): void {
    const { world, record, close, active } = this.#parts;
    const refusal = this.#conversation.refusal(message);
    if (refusal !== null) {
      world.log(record.id, 'refused', message.kind);
      return close(refusal);
    }
    this.#index++;
    world.archive.hear(this.#heard, describeMessage(message, record.id, this.#index, bytes));
    const { sawVideo } = this.#context.state;
    this.#conversation.hear(message);
    if (!active()) return;
    if (this.#context.overflowing) return this.exhaust();
    if (this.#context.state.sawVideo !== sawVideo) this.#limitSession();
    this.refresh();
  }

  /** The context grows at once, by something that nobody said. */
  addTokens(tokens: number): void {
    this.#context.addTurn('tool', '', { text: tokens, audio: 0, video: 0 });
    if (this.#context.overflowing) this.exhaust();
  }

  callTool(name: string, args: Fields): string {
    return this.#conversation.callTool(name, args);
  }

  say(text: string): void {
    this.#conversation.say(text);
  }

  /** Whether the session can be resumed may have changed. */
  refresh(): void {
    if (this.#parts.active()) this.#resumption?.refresh();
  }

  /** Its time or its window is used up: no handle brings it back. */
  exhaust(): void {
    const { world, session, record, close } = this.#parts;
    session.exhausted = true;
    world.log(record.id, 'exhausted', '');
    close(world.settings.exhaustedEnd);
  }

  #compression(): Compression | null {
    const { compression } = this.#parts.setup;
    if (compression === null || this.#parts.client.take('neverCompress') === null) return compression;
    return { ...compression, triggerTokens: Number.POSITIVE_INFINITY };
  }

  #startResumption(): void {
    const { world, timers, setup, send } = this.#parts;
    if (setup.resumption === null && this.#profile.unaskedHandles === null) return;
    this.#resumption = new Resumption({
      settings: world.settings,
      random: world.random,
      timers,
      unasked: setup.resumption === null ? this.#profile.unaskedHandles : null,
      afterResults: this.#profile.handleAfterResults,
      transparent: setup.resumption?.transparent === true,
      mint: () => this.#mint(),
      send,
      resumable: () => world.resumable() && this.#conversation.resumable,
      consumed: () => this.#index,
    });
    this.#resumption.start();
  }

  #mint(): string {
    const { world, address, record, setup, session } = this.#parts;
    world.countHandle();
    return world.vault.issue({
      session,
      connection: record.id,
      model: setup.model.name,
      provider: address.provider,
      snapshot: this.#context.snapshot(this.#connectedMs()),
      origin: { contextId: this.#heard.id, length: this.#heard.heard.length },
    }).handle;
  }

  /** Over all connections of the session. */
  #connectedMs(): number {
    return this.#context.state.connectedMs + this.#parts.world.clock.now() - this.#readyAt;
  }

  /** Without compression a session ends after a fixed time, counted over all its connections. */
  #limitSession(): void {
    if (this.#context.compresses) return;
    this.#parts.lifetime.limitSession(this.#connectedMs(), this.#context.state.sawVideo);
  }
}

function namesOf(calls: unknown): string {
  const list: unknown[] = Array.isArray(calls) ? calls : [];
  return list.map((call) => (isFields(call) ? String(call['name']) : '')).join(', ');
}
