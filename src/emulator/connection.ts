/**
 * The server's side of one connection, from the upgrade to the end.
 *
 *   open ── setup ──▶ settingUp ── setupMs ──▶ active ──▶ ended
 *     └────── anything else ── 1007 ──────────────────────▲
 *
 * Owns the phase, the lifetime and the count of client messages. Turns are conversation.ts, handles resumption.ts.
 * Does no I/O: frames leave through the peer, which must not call back in the same step.
 */
import type { Address } from './address.js';
import { readClientMessage, type ClientMessage } from './clientMessage.js';
import { emptySnapshot, ModelContext } from './context.js';
import { Conversation, type TurnPhase, type Utterance } from './conversation.js';
import { durationText, type Fields } from './fields.js';
import type { HandleRecord, SessionRecord } from './handles.js';
import { HeardList, type HeardMessage } from './heard.js';
import { forProvider } from './options.js';
import type { ConnectionRecord, ContextRecord } from './records.js';
import { closings, cutReason, isClosing, type Closing } from './refusals.js';
import { Resumption } from './resumption.js';
import { readSetup, type SessionSetup } from './setup.js';
import { Timers, type Timer } from './timers.js';
import type { World } from './world.js';

/** The client's end, as a shell offers it. No method may call back into the connection in the same step. */
export interface Peer {
  send(data: Uint8Array | string): void;
  close(code: number, reason: string): void;
  /** RST: the socket is gone at once, without a close frame. */
  reset(): void;
  /** Half-open: nothing passes any more in either direction, and nobody is told. */
  freeze?(): void;
  /** The client's close frame is here, although `gone` was not called yet. */
  left?(): boolean;
}

export interface ServerConnection {
  readonly id: number;
  receive(data: string | Uint8Array): void;
  /** The client's close frame, FIN or RST arrived. */
  gone(): void;
}

export type CutHow =
  | { readonly how: 'close'; readonly code?: number; readonly reason?: string }
  | { readonly how: 'rst' }
  | { readonly how: 'halfOpen' };

const encoder = new TextEncoder();

export class EmulatedConnection implements ServerConnection {
  readonly id: number;
  readonly record: ConnectionRecord;
  readonly #world: World;
  readonly #address: Address;
  readonly #peer: Peer;
  readonly #timers: Timers;
  #phase: 'open' | 'settingUp' | 'active' | 'ended' = 'open';
  #silent = false;
  #frozen = false;
  #index = 0;
  #session: SessionRecord | null = null;
  #conversation: Conversation | null = null;
  #resumption: Resumption | null = null;
  #context: ModelContext | null = null;
  #heard: HeardList | null = null;
  #readyAt = 0;
  #end: Timer | null = null;
  #sessionEnd: Timer | null = null;

  constructor(record: ConnectionRecord, world: World, address: Address, peer: Peer) {
    this.id = record.id;
    this.record = record;
    this.#world = world;
    this.#address = address;
    this.#peer = peer;
    this.#timers = new Timers(world.clock);
    this.#end = this.#timers.after(world.settings.connectionLifetimeMs, () => this.#outlived());
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
    if (!this.live) return;
    const message = readClientMessage(data);
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
    this.#heard?.add(this.#describe(message, data.length), this.#world.settings.maxHeardPerContext);
    const sawVideo = this.#context?.state.sawVideo;
    this.#conversation?.hear(message);
    if (this.#context?.overflowing === true) return this.#exhausted();
    if (this.#context?.state.sawVideo !== sawVideo) this.#limitSession();
    this.#refresh();
  }

  gone(): void {
    if (this.#phase !== 'ended') this.#finish('client', null, '');
    this.#release();
  }

  /** Looks whether the client has left in the meantime. */
  notice(): void {
    if (this.live && this.#peer.left?.() === true) this.gone();
  }

  /** Ends the connection with a close frame. */
  close(closing: Closing): void {
    if (this.#phase === 'ended') return;
    const reason = cutReason(closing.reason);
    this.#finish('server', closing.code, reason);
    this.#release();
    if (!this.#frozen) this.#peer.close(closing.code, reason);
  }

  cut(cut: CutHow): void {
    if (!this.live) return;
    if (cut.how === 'close') {
      return this.close({ code: cut.code ?? closings.aborted.code, reason: cut.reason ?? (cut.code === undefined ? closings.aborted.reason : '') });
    }
    if (cut.how === 'rst') {
      this.#finish('server', null, 'RST');
      this.#release();
      return this.#peer.reset();
    }
    this.#frozen = true;
    this.#timers.clear();
    this.#peer.freeze?.();
    this.#world.log(this.id, 'halfOpen', '');
    this.#timers.after(this.#world.settings.halfOpenNoticedMs, () => this.gone());
  }

  /** Announces the end; with `thenClose` it also comes, `timeLeftMs` later. */
  goAway(timeLeftMs: number, thenClose: boolean): void {
    if (!this.active) return;
    this.#announceEnd(timeLeftMs);
    if (!thenClose) return;
    this.#end?.cancel();
    this.#end = this.#timers.after(timeLeftMs, () => this.#outlived());
  }

  silence(): void {
    this.#silent = true;
    this.#world.log(this.id, 'silence', '');
  }

  sendRaw(data: string | Uint8Array): void {
    if (this.live && !this.#silent) this.#peer.send(data);
  }

  send(message: object): void {
    this.sendRaw(encoder.encode(`${JSON.stringify(message, null, 2)}\n`));
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

  #setUp(fields: Fields): void {
    const { settings, vault } = this.#world;
    this.record.setup = fields;
    const setup = readSetup(fields, this.#address.provider, this.#address.version, settings);
    if ('code' in setup) return this.close(setup);
    this.record.model = setup.model.name;
    const handle = setup.resumption?.handle ?? null;
    let origin: HandleRecord | null = null;
    let lateRefusal: Closing | null = null;
    if (handle !== null) {
      const found = this.#resume(handle, setup);
      if ('late' in found) lateRefusal = found.late;
      else if (isClosing(found)) return this.#refuseHandle(found);
      else origin = found;
    } else {
      const refusal = this.#world.startSession();
      if (refusal !== null) return this.close(refusal);
    }
    this.#phase = 'settingUp';
    if (lateRefusal === null) {
      this.#session = origin?.session ?? vault.newSession();
      this.#session.open.add(this.id);
      this.record.session = this.#session.id;
      this.record.resumedFrom = origin?.connection ?? null;
      if (origin !== null) vault.use(origin);
    }
    this.#timers.after(settings.setupMs, () => {
      if (lateRefusal === null) return this.#ready(setup, origin);
      this.#send({ setupComplete: {} });
      this.#refuseHandle(lateRefusal);
    });
  }

  /** The record behind the handle, or how the resume is refused; `late`: only after setupComplete. */
  #resume(handle: string, setup: SessionSetup): HandleRecord | Closing | { late: Closing } {
    const { vault, faults, settings } = this.#world;
    const fault = faults.nextHandleRefusal();
    if (fault !== null) return fault.when === 'afterSetupComplete' ? { late: fault } : fault;
    const found = vault.find(handle, setup.model.name, this.#address.provider);
    if (isClosing(found)) return found;
    this.#world.noticeDepartures();
    return settings.refuseWhileOldSocketOpen && found.session.open.size > 0 ? closings.internal : found;
  }

  #refuseHandle(closing: Closing): void {
    this.#world.log(this.id, 'handleRefused', closing.reason);
    this.close(closing);
  }

  #ready(setup: SessionSetup, origin: HandleRecord | null): void {
    const { settings, clock, faults } = this.#world;
    const session = this.#session;
    if (session === null) return;
    const vertex = this.#address.provider === 'vertex';
    this.#phase = 'active';
    this.#readyAt = clock.now();
    this.record.readyAt = this.#readyAt;
    const snapshot = origin === null || faults.nextAmnesia() ? emptySnapshot : origin.snapshot;
    const context = new ModelContext(settings, setup.compression, {
      ...snapshot,
      systemInstruction: setup.systemInstruction ?? snapshot.systemInstruction,
    });
    this.#context = context;
    this.#heard = new HeardList();
    this.#openContext(session, context, this.#heard, origin);
    this.#conversation = new Conversation({
      settings,
      setup,
      context,
      clock,
      provider: this.#address.provider,
      timers: this.#timers,
      poisoned: origin !== null && faults.nextPoison(),
      send: (message) => this.#send(message),
      close: (closing) => this.close(closing),
      log: (what, detail) => this.#world.log(this.id, what, detail),
      newCallId: () => this.#world.newCallId(),
      settled: () => this.#refresh(),
    });
    this.#send({ setupComplete: vertex ? { sessionId: session.id } : {} });
    this.#world.log(this.id, 'setupComplete', origin === null ? 'fresh' : `resumed from connection ${origin.connection}`);
    this.#startResumption(setup);
    this.#scheduleGoAway();
    this.#limitSession();
  }

  #openContext(session: SessionRecord, context: ModelContext, heard: HeardList, origin: HandleRecord | null): void {
    const id = this.#world.contexts.length;
    const record: ContextRecord = {
      id,
      connection: this.id,
      session: session.id,
      parent: origin?.origin ?? null,
      heard,
      get currentSystemInstruction() {
        return context.state.systemInstruction;
      },
      get turns() {
        return context.state.turns;
      },
      get promptTokens() {
        return Math.round(context.totalTokens);
      },
      get compressions() {
        return context.compressions;
      },
      get forgottenTurns() {
        return context.state.forgottenTurns;
      },
    };
    this.#world.contexts.push(record);
    this.record.contextId = id;
  }

  #startResumption(setup: SessionSetup): void {
    const { settings, random, faults } = this.#world;
    const unasked = setup.model.unaskedHandles === true && settings.sendUnaskedHandles;
    if (setup.resumption === null && !unasked) return;
    this.#resumption = new Resumption({
      settings,
      random,
      timers: this.#timers,
      transparent: setup.resumption?.transparent === true,
      mint: () => this.#mint(setup),
      send: (message) => this.#send(message),
      resumable: () => faults.resumable && (this.#conversation?.resumable ?? false),
      consumed: () => this.#index,
    });
    this.#resumption.start();
  }

  #mint(setup: SessionSetup): string {
    const { vault, clock } = this.#world;
    const context = this.#context;
    const session = this.#session;
    const contextId = this.record.contextId;
    if (context === null || session === null || contextId === null) throw new Error('A handle before setupComplete.');
    this.#world.countHandle();
    return vault.issue({
      session,
      connection: this.id,
      model: setup.model.name,
      provider: this.#address.provider,
      snapshot: context.snapshot(context.state.connectedMs + clock.now() - this.#readyAt),
      origin: { contextId, length: this.#heard?.length ?? 0 },
    }).handle;
  }

  #scheduleGoAway(): void {
    const { settings, clock } = this.#world;
    if (settings.goAwayBeforeEndMs <= 0) return;
    const endsAt = this.record.openedAt + settings.connectionLifetimeMs;
    this.#timers.after(endsAt - settings.goAwayBeforeEndMs - clock.now(), () => {
      this.#announceEnd(Math.max(0, endsAt - clock.now()));
    });
  }

  #announceEnd(timeLeftMs: number): void {
    this.#send({ goAway: { timeLeft: durationText(timeLeftMs) } });
    this.#world.log(this.id, 'goAway', durationText(timeLeftMs));
    if (this.#world.settings.silentAfterGoAway) this.silence();
  }

  #outlived(): void {
    this.close(forProvider(this.#world.settings.lifetimeEnd, this.#address.provider));
  }

  /** Without compression a session ends after a fixed time, sooner with video, counted over all its connections. */
  #limitSession(): void {
    const context = this.#context;
    if (context === null || context.compresses) return;
    const { settings, clock } = this.#world;
    const limitMs = context.state.sawVideo ? settings.videoSessionMs : settings.audioSessionMs;
    const usedMs = context.state.connectedMs + clock.now() - this.#readyAt;
    this.#sessionEnd?.cancel();
    this.#sessionEnd = this.#timers.after(limitMs - usedMs, () => this.#exhausted());
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

  #describe(message: Utterance, length: number): HeardMessage {
    const media = message.kind === 'audio' || message.kind === 'video' ? message.media : null;
    return {
      connection: this.id,
      index: this.#index,
      kind: message.kind,
      bytes: media?.bytes ?? length,
      head: media?.data.slice(0, 96) ?? '',
      text: describeText(message).slice(0, 2_000),
    };
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

function describeText(message: ClientMessage): string {
  switch (message.kind) {
    case 'text':
      return message.text;
    case 'content':
      return message.turns.map((turn) => turn.text).join('\n');
    case 'contextUpdate':
      return message.systemInstruction;
    case 'toolResponse':
      return JSON.stringify(message.responses);
    default:
      return '';
  }
}
