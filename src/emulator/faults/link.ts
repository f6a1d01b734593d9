/**
 * One connection as faults see it: every frame passes through here, and here it goes wrong.
 *
 *   open ── setup ──▶ settingUp ── setupComplete passed ──▶ ready
 *     └───────────────────┴── close, FIN, RST, half-open, gone ──┴──▶ over
 *
 * Owns what it knows of the connection, messages that are held, and actions that wait. Looks into no frame unless a
 * fault is planned for such frames, except for the setup and what the server sends until setupComplete. Whether a fault
 * is in force is plan.ts, whether it is meant is match.ts, what it does carryOut.ts.
 */
import type { Clock } from '../../clock.js';
import type { Provider } from '../../transport/port.js';
import { Timers } from '../network/timers.js';
import { closings, cutReason, type Closing } from '../protocol/refusals.js';
import { carryOut, type Fate } from './carryOut.js';
import type { FaultMoment } from './fault.js';
import { Frame, setupFacts, type FrameBytes } from './frames.js';
import type { Behind, ClientSide, FrameForm, Peer, Sessions, SetupAction, SetupFault } from './line.js';
import { kindMeant, meansKind, meansLink, Ordinals, type LinkFacts } from './match.js';
import type { OldestMessages } from './memory.js';
import type { ActiveFault, FaultPlan } from './plan.js';

/** What all links of one server share. */
export interface LinkWorld {
  readonly clock: Clock;
  readonly plan: FaultPlan;
  readonly oldest: OldestMessages;
  readonly sessions: Sessions | null;
  note(connection: number | null, active: ActiveFault, more?: string): void;
  over(link: FaultLink): void;
}

const setupFaults: readonly string[] = [
  'refuseHandle',
  'loseContext',
  'poison',
  'neverCompress',
] satisfies SetupFault[];

export class FaultLink implements ClientSide {
  readonly id: number;
  readonly peer: Peer;
  /** At this rate the answer to the upgrade drips; null: it comes at once. */
  readonly answerBytesPerSecond: number | null;
  readonly #world: LinkWorld;
  readonly #provider: Provider;
  readonly #timers: Timers;
  readonly #ordinals = new Ordinals();
  readonly #held = new Map<ActiveFault, Frame>();
  #behind: Behind | null = null;
  #stage: 'open' | 'settingUp' | 'ready' | 'over' = 'open';
  #model: string | null = null;
  #resumed: boolean | null = null;
  #session: string;
  #silent = false;
  #breakNext = false;
  /** What behind has not been told yet. */
  #news: ((behind: Behind) => void)[] = [];
  /** Steps of what is behind that are on the stack: it must not be ended in the middle of one. */
  #sending = 0;

  constructor(world: LinkWorld, id: number, provider: Provider, peer: Peer, answerBytesPerSecond: number | null) {
    this.id = id;
    this.answerBytesPerSecond = answerBytesPerSecond;
    this.peer = peer;
    this.#world = world;
    this.#provider = provider;
    this.#timers = new Timers(world.clock);
    this.#session = `link ${id}`;
  }

  get facts(): LinkFacts {
    return { id: this.id, provider: this.#provider, model: this.#model, resumed: this.#resumed };
  }

  get ready(): boolean {
    return this.#stage === 'ready';
  }

  get over(): boolean {
    return this.#stage === 'over';
  }

  attach(behind: Behind): void {
    this.#behind = behind;
  }

  receive(data: FrameBytes): void {
    if (this.over) return;
    const isSetup = this.#stage === 'open' && this.#noteSetup(data);
    const faults = this.#world.plan.at(isSetup ? 'setup' : 'clientMessage');
    if (faults.length === 0 && this.#held.size === 0) this.#behind?.receive(data);
    else this.#through(faults, new Frame(data, true));
  }

  /** The client's close frame, FIN or RST arrived. */
  gone(code?: number, reason?: string): void {
    this.#finish();
    this.#tellAll();
    this.#behind?.gone(code, reason);
  }

  send(data: FrameBytes): void {
    if (this.over || this.#silent) return;
    this.#sending++;
    const faults = this.#world.plan.at('serverMessage');
    if (this.#breakNext) this.reset(data);
    else if (faults.length === 0 && this.#held.size === 0 && this.ready) this.peer.send(data);
    else this.#through(faults, new Frame(data, false));
    this.#sending--;
  }

  close(code: number, reason: string): void {
    if (this.#finish()) this.peer.close(code, reason);
  }

  silence(): void {
    this.#silent = true;
  }

  take<Name extends SetupFault>(name: Name): SetupAction<Name> | null {
    if (name !== 'neverCompress' && this.#resumed !== true) return null;
    const { plan } = this.#world;
    const active = plan.at('setup').find((other) => other.fault.action.do === name && meansLink(other, this.facts));
    if (active === undefined) return null;
    plan.use(active);
    this.#world.note(this.id, active);
    return active.fault.action as SetupAction<Name>;
  }

  /** A close frame that was not the server's idea. Default 1008 `The operation was aborted.` */
  closeWith({ code, reason = code === undefined ? closings.aborted.reason : '' }: Partial<Closing>): void {
    if (!this.#finish()) return;
    const said: Closing = { code: code ?? closings.aborted.code, reason: cutReason(reason) };
    this.peer.close(said.code, said.reason);
    this.tell((behind) => behind.ended(said.code, said.reason));
  }

  /** RST; with a frame after its first half. */
  reset(frame?: FrameBytes): void {
    if (!this.#finish()) return;
    this.peer.reset(frame);
    this.tell((behind) => behind.ended(null, 'RST'));
  }

  /** FIN without a close frame. */
  end(): void {
    if (!this.#finish()) return;
    this.peer.end?.();
    this.tell((behind) => behind.ended(null, 'FIN'));
  }

  halfOpen(): void {
    if (!this.#finish()) return;
    this.peer.freeze?.();
    this.tell((behind) => behind.unreachable());
  }

  /** The next frame to the client ends in the middle. */
  breakNextFrame(): void {
    this.#breakNext = true;
  }

  /** A frame of the fault's own: no fault sees it. */
  inject(data: FrameBytes, form?: FrameForm): void {
    if (!this.over && !this.#silent) this.peer.send(data, form);
  }

  /** Keeps a message until the next of its kind has passed, or for `ms`. */
  hold(active: ActiveFault, frame: Frame, ms: number | null): void {
    this.#held.set(active, frame);
    if (ms === null) return;
    this.#timers.after(ms, () => {
      if (this.#held.get(active) !== frame) return;
      this.#held.delete(active);
      this.#deliver(frame);
    });
  }

  /** What is behind learns it in this step, or in the next one if it is in the middle of sending. */
  tell(news: (behind: Behind) => void): void {
    this.#news.push(news);
    if (this.#sending === 0) this.#tellAll();
    else this.#world.clock.setTimeout(() => this.#tellAll(), 0);
  }

  #tellAll(): void {
    for (const news of this.#news.splice(0)) if (this.#behind !== null) news(this.#behind);
  }

  /** What is meant for this connection acts, or begins to wait. */
  reach(moment: FaultMoment): void {
    for (const active of this.#world.plan.at(moment)) {
      if (this.over) return;
      if (!meansLink(active, this.facts)) continue;
      this.#world.plan.use(active);
      this.trigger(active);
    }
  }

  /** Acts, `afterMs` from now. */
  trigger(active: ActiveFault): void {
    const { afterMs = 0 } = active.fault.match ?? {};
    if (afterMs === 0) carryOut(active, this, this.#world, null);
    else this.#later(active, afterMs);
  }

  /** What was planned for the dial and needs an open socket: the shell has none before the next step. */
  upgraded(faults: readonly ActiveFault[]): void {
    for (const active of faults) this.#later(active, active.fault.match?.afterMs ?? 0);
  }

  /** Lets go of everything, without a word. */
  stop(): void {
    this.#finish();
  }

  #later(active: ActiveFault, ms: number): void {
    this.#timers.after(ms, () => {
      if (!active.withdrawn && !this.over) carryOut(active, this, this.#world, null);
    });
  }

  #noteSetup(data: FrameBytes): boolean {
    const setup = setupFacts(data);
    if (setup === null) return false;
    this.#stage = 'settingUp';
    this.#model = setup.model;
    this.#resumed = setup.handle !== null;
    this.#session = this.#world.oldest.sessionOf(setup.handle, this.#session);
    return true;
  }

  #through(faults: readonly ActiveFault[], frame: Frame): void {
    const released = this.#held.size === 0 ? [] : this.#releasedBy(frame);
    for (const active of faults) {
      if (this.over) return;
      if (!this.#means(active, frame, released.length > 0)) continue;
      this.#world.plan.use(active);
      if (this.#actOn(active, frame) === 'stops') return;
    }
    this.#deliver(frame);
    for (const held of released) this.#deliver(held);
  }

  #actOn(active: ActiveFault, frame: Frame): Fate {
    if ((active.fault.match?.afterMs ?? 0) === 0) return carryOut(active, this, this.#world, frame);
    this.trigger(active);
    return 'passes';
  }

  #means(active: ActiveFault, frame: Frame, releases: boolean): boolean {
    const { action } = active.fault;
    if (!meansLink(active, this.facts)) return false;
    if (action.do === 'repeatOldest' && !frame.fromClient) this.#world.oldest.noteHandle(this.#session, frame.data);
    if (!meansKind(active, frame)) return false;
    // The emulator's connection takes these when it comes to it.
    if (setupFaults.includes(action.do) && (this.#world.sessions !== null || this.#resumed !== true)) return false;
    if (action.do === 'hold' && (releases || this.#held.has(active))) return false;
    if (action.do !== 'repeatOldest') return this.#ordinals.reached(active);
    const oldest = this.#world.oldest.before(this.#session, kindMeant(active.fault, frame), frame.data);
    if (!this.#ordinals.reached(active) || oldest === null) return false;
    frame.data = oldest;
    return true;
  }

  /** Messages that waited for one such as this. */
  #releasedBy(frame: Frame): Frame[] {
    const released: Frame[] = [];
    for (const [active, held] of this.#held) {
      if (held.fromClient !== frame.fromClient || !frame.kinds.includes(kindMeant(active.fault, held))) continue;
      this.#held.delete(active);
      released.push(held);
    }
    return released;
  }

  #deliver(frame: Frame): void {
    for (let n = 0; n < frame.copies && !this.over; n++) {
      if (frame.fromClient) this.#behind?.receive(frame.data);
      else this.peer.send(frame.data, frame.form);
    }
    if (this.#stage !== 'settingUp' || frame.fromClient || !frame.kinds.includes('setupComplete')) return;
    this.#stage = 'ready';
    this.reach('ready');
    this.reach('now');
  }

  /** False when it was over before. */
  #finish(): boolean {
    if (this.over) return false;
    this.#stage = 'over';
    this.#timers.clear();
    this.#held.clear();
    this.#world.over(this);
    return true;
  }
}
