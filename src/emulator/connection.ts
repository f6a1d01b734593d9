/**
 * The server's side of one connection, from the upgrade to the end.
 *
 *   open ── setup ──▶ settingUp ── setupMs ──▶ active ──▶ ended
 *     │                   └── anything, earlyMessages refuse ── 1007 ──▲
 *     ├────── anything else ── 1007 ────────────────────────────────────▲
 *     └────── a bad credential ──▶ refused ── next step ────────────────┘
 *
 * Owns the phase and the end. What there is once it is set up is activeSession.ts, time session/lifetime.ts. Does no I/O:
 * frames leave through the link (faults/link.ts), which must not call back in the same step.
 */
import { ActiveSession } from './activeSession.js';
import { admit } from './session/admission.js';
import { EarlyMessages } from './session/earlyMessages.js';
import type { Address } from './protocol/address.js';
import { readClientMessage } from './protocol/clientMessage.js';
import type { TurnPhase } from './model/performer.js';
import { durationText, type Fields } from './protocol/fields.js';
import { encodeMessage } from './faults/frames.js';
import type { Behind, ClientSide, GoAwayOrder } from './faults/line.js';
import type { HandleRecord, SessionRecord } from './session/handles.js';
import { Lifetime } from './session/lifetime.js';
import { forProvider } from './options.js';
import type { ConnectionRecord } from './record/records.js';
import { closings, cutReason, isClosing, type Closing } from './protocol/refusals.js';
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
  readonly #early = new EarlyMessages();
  #phase: 'open' | 'refused' | 'settingUp' | 'active' | 'ended' = 'open';
  #frozen = false;
  /** Whose socket this is, from the setup on. */
  #owner: SessionRecord | null = null;
  #session: ActiveSession | null = null;

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
      exhausted: () => this.#session?.exhaust(),
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
    return this.#session?.turnPhase ?? 'quiet';
  }

  receive(data: string | Uint8Array): void {
    if (!this.live || this.#phase === 'refused') return;
    const message = readClientMessage(data, this.#address);
    if ('code' in message) return this.close(message);
    if (message.kind === 'setup') {
      return this.#phase === 'open' ? this.#setUp(message.setup) : this.close(closings.setupFirst);
    }
    if (this.#session !== null) return this.#session.hear(message, data.length);
    if (this.#phase === 'open') return this.close(closings.setupFirst);
    const isQueued = this.#world.settings.earlyMessages === 'queue' && this.#early.add(message, data.length);
    if (!isQueued) this.close(closings.invalidArgument);
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

  addTokens(tokens: number): void {
    if (this.active) this.#session?.addTokens(tokens);
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
    return (this.active ? this.#session?.callTool(name, args) : null) ?? null;
  }

  say(text: string): void {
    if (this.active) this.#session?.say(text);
  }

  /** The emulator's switch for resumability was turned. */
  refreshHandles(): void {
    this.#session?.refresh();
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
    this.#owner = session;
    this.record.session = session.id;
    this.record.resumedFrom = origin?.connection ?? null;
    this.#timers.after(settings.setupMs, () => this.#ready(setup, session, origin));
  }

  #refuseSetup(closing: Closing): void {
    this.#world.log(this.id, 'setupRefused', closing.reason);
    this.close(closing);
  }

  #ready(setup: SessionSetup, session: SessionRecord, origin: HandleRecord | null): void {
    this.#phase = 'active';
    this.record.readyAt = this.#world.clock.now();
    this.#session = new ActiveSession({
      world: this.#world,
      address: this.#address,
      client: this.#client,
      record: this.record,
      timers: this.#timers,
      lifetime: this.#lifetime,
      setup,
      session,
      origin,
      active: () => this.active,
      send: (message) => this.#send(message),
      close: (closing) => this.close(closing),
      goAway: (order) => this.goAway(order),
    });
    this.#session.begin();
    for (const { message, bytes } of this.#early.takeAll()) if (this.active) this.#session.hear(message, bytes);
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
    if (this.#owner?.open.delete(this.id) !== true) return;
    if (this.#owner.open.size === 0) this.#owner.lastEndedAt = this.#world.clock.now();
  }
}
