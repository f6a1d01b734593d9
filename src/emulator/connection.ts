/**
 * The server's side of one connection, from the upgrade to the end.
 *
 *   open ── setup ──▶ settingUp ── setupMs ──▶ active ──▶ ended
 *     ├────── anything else ── 1007 ──────────────────────▲
 *     └────── a bad credential ──▶ refused ── next step ──┘
 *
 * Owns the phase and the count of client messages. Turns are conversation.ts, handles resumption.ts, time lifetime.ts.
 * Does no I/O: frames leave through the link (faults/link.ts), which must not call back in the same step.
 */
import { admit } from './session/admission.js';
import type { Address } from './protocol/address.js';
import { readClientMessage } from './protocol/clientMessage.js';
import { emptySnapshot, ModelContext, type Compression } from './model/context.js';
import { Conversation } from './model/conversation.js';
import type { TurnPhase } from './model/performer.js';
import { profileFor, type BehaviourProfile } from './model/profiles.js';
import { describeMessage } from './record/describe.js';
import { durationText, type Fields } from './protocol/fields.js';
import { encodeMessage } from './faults/frames.js';
import type { Behind, ClientSide, GoAwayOrder } from './faults/line.js';
import type { HandleRecord, SessionRecord } from './session/handles.js';
import { Lifetime } from './session/lifetime.js';
import { forProvider } from './options.js';
import type { ConnectionRecord, ContextRecord } from './record/records.js';
import { closings, cutReason, isClosing, type Closing } from './protocol/refusals.js';
import { Resumption } from './session/resumption.js';
import { readSetup, type SessionSetup } from './protocol/setup.js';
import { Timers } from './network/timers.js';
import type { World } from './world.js';

export class EmulatedConnection implements Behind {
  readonly id: number;
  readonly record: ConnectionRecord;
  readonly #world: World;
  readonly #address: Address;
  readonly #client: ClientSide;
  readonly #timers: Timers;
  readonly #lifetime: Lifetime;
  #phase: 'open' | 'refused' | 'settingUp' | 'active' | 'ended' = 'open';
  #frozen = false;
  #index = 0;
  #session: SessionRecord | null = null;
  #conversation: Conversation | null = null;
  #resumption: Resumption | null = null;
  #context: ModelContext | null = null;
  #heard: ContextRecord | null = null;
  #readyAt = 0;

  constructor(record: ConnectionRecord, world: World, address: Address, client: ClientSide) {
    this.id = record.id;
    this.record = record;
    this.#world = world;
    this.#address = address;
    this.#client = client;
    this.#timers = new Timers(world.clock);
    this.#lifetime = new Lifetime({
      clock: world.clock,
      timers: this.#timers,
      settings: world.settings,
      openedAt: record.openedAt,
      announce: (timeLeftMs) => this.#announceEnd(timeLeftMs),
      outlived: () => this.close(forProvider(world.settings.lifetimeEnd, address.provider)),
      exhausted: () => this.#exhausted(),
    });
    record.endsAt = this.#lifetime.endsAt;
    const { grant } = world;
    if (grant !== null) this.#timers.after(grant.expiresAt - record.openedAt, () => this.close(closings.tokenExpired));
  }

  get live(): boolean {
    return this.#phase !== 'ended' && !this.#frozen;
  }

  get active(): boolean {
    return this.#phase === 'active' && !this.#frozen;
  }

  get turnPhase(): TurnPhase {
    return this.#conversation?.phase ?? 'quiet';
  }

  receive(data: string | Uint8Array): void {
    if (!this.live || this.#phase === 'refused') return;
    const message = readClientMessage(data, this.#address);
    if ('code' in message) return this.close(message);
    if (this.#phase === 'open') {
      return message.kind === 'setup' ? this.#setUp(message.setup) : this.close(closings.setupFirst);
    }
    if (message.kind === 'setup') return this.close(closings.setupFirst);
    if (this.#phase === 'settingUp') return this.close(closings.invalidArgument);
    const refusal = this.#conversation?.refusal(message) ?? null;
    if (refusal !== null) {
      this.#world.log(this.id, 'refused', message.kind);
      return this.close(refusal);
    }
    this.#index++;
    if (this.#heard !== null) {
      this.#world.archive.hear(this.#heard, describeMessage(message, this.id, this.#index, data.length));
    }
    const sawVideo = this.#context?.state.sawVideo;
    this.#conversation?.hear(message);
    if (!this.live) return;
    if (this.#context?.overflowing === true) return this.#exhausted();
    if (this.#context?.state.sawVideo !== sawVideo) this.#limitSession();
    this.#refresh();
  }

  /** The upgrade succeeds all the same: a close frame is the only way the service says why. Nothing is heard before. */
  refuse(closing: Closing): void {
    this.#phase = 'refused';
    this.#timers.after(0, () => this.close(closing));
  }

  gone(): void {
    if (this.#phase !== 'ended') this.#finish('client', null, '');
    this.#release();
  }

  /** Ends the connection with a close frame. */
  close(closing: Closing): void {
    if (this.#phase === 'ended') return;
    const reason = cutReason(closing.reason);
    this.#finish('server', closing.code, reason);
    this.#release();
    this.#client.close(closing.code, reason);
  }

  /** Cut by a fault or an order; the client was told with `code`, or not. */
  ended(code: number | null, reason: string): void {
    if (this.#phase === 'ended') return;
    this.#finish('server', code, reason);
    this.#release();
  }

  /** Half-open: noticed only after a while. */
  unreachable(): void {
    if (!this.live) return;
    this.#frozen = true;
    this.#timers.clear();
    this.#world.log(this.id, 'halfOpen', '');
    this.#timers.after(this.#world.settings.halfOpenNoticedMs, () => this.gone());
  }

  /** Announces the end; it also comes, unless told otherwise. */
  goAway({ timeLeftMs, timeLeft, thenClose = true }: GoAwayOrder): void {
    if (!this.active) return;
    this.#announceEnd(timeLeftMs, timeLeft);
    if (thenClose) this.#lifetime.endIn(timeLeftMs);
    this.record.endsAt = this.#lifetime.endsAt;
  }

  /** The context grows at once, by something that nobody said. */
  addTokens(tokens: number): void {
    if (!this.active) return;
    this.#context?.addTurn('tool', '', { text: tokens, audio: 0, video: 0 });
    if (this.#context?.overflowing === true) this.#exhausted();
  }

  silence(): void {
    this.#client.silence();
    this.#world.log(this.id, 'silence', '');
  }

  sendRaw(data: string | Uint8Array): void {
    if (this.live) this.#client.send(data);
  }

  send(message: object): void {
    this.sendRaw(encodeMessage(message));
  }

  callTool(name: string, args: Fields): string | null {
    return (this.active ? this.#conversation?.callTool(name, args) : null) ?? null;
  }

  say(text: string): void {
    if (this.active) this.#conversation?.say(text);
  }

  /** The emulator's switch for resumability was turned. */
  refreshHandles(): void {
    this.#refresh();
  }

  /** Clears every timer, without a word to the client. */
  stop(): void {
    if (this.#phase !== 'ended') this.#finish('server', null, 'stopped');
    this.#release();
    this.#timers.clear();
  }

  #setUp(sent: Fields): void {
    const { settings, vault, grant } = this.#world;
    const fields = grant === null ? sent : grant.effective(sent);
    this.record.setup = fields;
    const setup = readSetup(fields, this.#address, settings);
    if (isClosing(setup)) return this.close(setup);
    this.record.model = setup.model.name;
    const admission = admit(setup, this.#address.provider, this.#world, this.#client);
    if (admission.kind === 'refused') return this.#refuseSetup(admission.closing);
    this.#phase = 'settingUp';
    if (admission.kind === 'refusedLate') {
      this.#timers.after(settings.setupMs, () => {
        this.#send({ setupComplete: {} });
        this.#refuseSetup(admission.closing);
      });
      return;
    }
    const origin = admission.kind === 'resume' ? admission.origin : null;
    const session = origin?.session ?? vault.newSession();
    session.open.add(this.id);
    this.#session = session;
    this.record.session = session.id;
    this.record.resumedFrom = origin?.connection ?? null;
    this.#timers.after(settings.setupMs, () => this.#ready(setup, session, origin));
  }

  #refuseSetup(closing: Closing): void {
    this.#world.log(this.id, 'setupRefused', closing.reason);
    this.close(closing);
  }

  #ready(setup: SessionSetup, session: SessionRecord, origin: HandleRecord | null): void {
    const { settings, clock, random } = this.#world;
    const vertex = this.#address.provider === 'vertex';
    this.#phase = 'active';
    this.#readyAt = clock.now();
    this.record.readyAt = this.#readyAt;
    const profile = profileFor(setup.model, this.#address.provider, settings);
    const snapshot = origin === null || this.#client.take('loseContext') !== null ? emptySnapshot : origin.snapshot;
    const context = new ModelContext(settings, this.#compression(setup), {
      ...snapshot,
      systemInstruction: setup.systemInstruction ?? snapshot.systemInstruction,
    });
    this.#context = context;
    this.#heard = this.#world.archive.openContext(this.record, context, origin?.origin ?? null);
    this.#conversation = new Conversation({
      settings,
      setup,
      context,
      clock,
      random,
      profile,
      provider: this.#address.provider,
      timers: this.#timers,
      poisoned: origin !== null && this.#client.take('poison') !== null,
      send: (message) => this.#send(message),
      close: (closing) => this.close(closing),
      log: (what, detail) => this.#world.log(this.id, what, detail),
      goAway: (timeLeftMs, thenClose) => this.goAway({ timeLeftMs, thenClose }),
      settled: () => this.#refresh(),
      resultsHeard: () => (this.#world.resumable() ? this.#resumption?.resultsHeard() : undefined),
    });
    this.#send({ setupComplete: vertex ? { sessionId: session.id } : {} });
    this.#world.log(
      this.id,
      'setupComplete',
      origin === null ? 'fresh' : `resumed from connection ${origin.connection}`,
    );
    this.#startResumption(setup, profile);
    this.#lifetime.scheduleNotice(profile.connectionLifetimeMs, profile.goAwayBeforeEndMs);
    this.record.endsAt = this.#lifetime.endsAt;
    this.record.goAwayAt = this.#lifetime.goAwayAt;
    this.#limitSession();
    this.#conversation.start(origin === null);
  }

  #compression(setup: SessionSetup): Compression | null {
    if (setup.compression === null || this.#client.take('neverCompress') === null) return setup.compression;
    return { ...setup.compression, triggerTokens: Number.POSITIVE_INFINITY };
  }

  #startResumption(setup: SessionSetup, profile: BehaviourProfile): void {
    const { settings, random } = this.#world;
    if (setup.resumption === null && profile.unaskedHandles === null) return;
    this.#resumption = new Resumption({
      settings,
      random,
      timers: this.#timers,
      unasked: setup.resumption === null ? profile.unaskedHandles : null,
      afterResults: profile.handleAfterResults,
      transparent: setup.resumption?.transparent === true,
      mint: () => this.#mint(setup),
      send: (message) => this.#send(message),
      resumable: () => this.#world.resumable() && (this.#conversation?.resumable ?? false),
      consumed: () => this.#index,
    });
    this.#resumption.start();
  }

  #mint(setup: SessionSetup): string {
    const { vault } = this.#world;
    const context = this.#context;
    const session = this.#session;
    const heard = this.#heard;
    if (context === null || session === null || heard === null) throw new Error('A handle before setupComplete.');
    this.#world.countHandle();
    return vault.issue({
      session,
      connection: this.id,
      model: setup.model.name,
      provider: this.#address.provider,
      snapshot: context.snapshot(this.#connectedMs()),
      origin: { contextId: heard.id, length: heard.heard.length },
    }).handle;
  }

  /** `said`: in place of the time left, malformed on purpose. */
  #announceEnd(timeLeftMs: number, said?: unknown): void {
    // The client counts it down on its own watch, whatever the speed here.
    const timeLeft = said === undefined ? durationText(this.#world.clientMs(timeLeftMs)) : said;
    this.#send({ goAway: { timeLeft } });
    this.record.goAwayAt = this.#world.clock.now();
    this.#world.log(this.id, 'goAway', typeof timeLeft === 'string' ? timeLeft : JSON.stringify(timeLeft));
    if (this.#world.settings.silentAfterGoAway) this.silence();
  }

  #connectedMs(): number {
    return (this.#context?.state.connectedMs ?? 0) + this.#world.clock.now() - this.#readyAt;
  }

  /** Without compression a session ends after a fixed time, counted over all its connections. */
  #limitSession(): void {
    const context = this.#context;
    if (context !== null && !context.compresses)
      this.#lifetime.limitSession(this.#connectedMs(), context.state.sawVideo);
  }

  #exhausted(): void {
    if (this.#session !== null) this.#session.exhausted = true;
    this.#world.log(this.id, 'exhausted', '');
    this.close(this.#world.settings.exhaustedEnd);
  }

  #refresh(): void {
    if (this.active) this.#resumption?.refresh();
  }

  #send(message: object): void {
    if (this.#phase !== 'ended') this.send(message);
  }

  #finish(by: 'client' | 'server', code: number | null, reason: string): void {
    this.#phase = 'ended';
    this.#timers.clear();
    this.record.endedAt = this.#world.clock.now();
    this.record.endedBy = by;
    this.record.closeCode = code;
    this.record.reason = reason;
    this.#world.log(this.id, by === 'client' ? 'gone' : 'closed', code === null ? reason : `${code} ${reason}`);
  }

  #release(): void {
    if (this.#session?.open.delete(this.id) !== true) return;
    if (this.#session.open.size === 0) this.#session.lastEndedAt = this.#world.clock.now();
  }
}
