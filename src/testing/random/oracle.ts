/**
 * What must hold of a session after every command, whatever happened: the rules of docs/GUARANTEES.md and
 * machines/SPEC.md, asked of what an app can see and of what passed on the wire.
 *
 * Owns the questions about the session as a whole; those about the wire are wireRules.ts, about sends account.ts.
 * Written from the two pages, and never from the machine or the session: it imports neither.
 */
import type { Emulator } from '../../emulator/index.js';
import type { LiveSession } from '../../liveSession.js';
import { SendAccount } from './account.js';
import type { CountedClock } from './clock.js';
import type { VirtualClock } from '../virtualClock.js';
import type { Setting } from './command.js';
import { Findings } from './violation.js';
import { WireRules } from './wireRules.js';

interface Pledge {
  readonly what: string;
  /** Null: bounded by the end of the session alone. */
  readonly byMs: number | null;
}

const maxOutboxBytes = 8 * 2 ** 20;
const maxHandOffs = 10_000;
const finals: ReadonlySet<string> = new Set(['closed', 'failed']);

export class Oracle {
  readonly findings: Findings;
  readonly wire: WireRules;
  readonly account: SendAccount;
  readonly #clock: VirtualClock;
  readonly #own: CountedClock;
  readonly #pledges = new Set<Pledge>();
  #session: LiveSession | null = null;
  #id = '';
  #handle: string | null = null;
  #isOver = false;
  #dropped = false;
  /** Status at the end: nothing may change any more. */
  #final: string | null = null;

  constructor(clock: VirtualClock, own: CountedClock, setting: Setting) {
    this.#clock = clock;
    this.#own = own;
    this.findings = new Findings(() => clock.now());
    this.wire = new WireRules(() => clock.now(), this.findings);
    this.account = new SendAccount(this.findings, setting.transparent);
    this.wire.onDialled = (dial) =>
      this.account.dialled(dial, dial.handle === null ? null : this.wire.cameAt(dial.handle));
    this.wire.onWrite = (dial, text) => this.account.wrote(dial, text, clock.now());
  }

  /** connect() resolved. */
  adopt(session: LiveSession): void {
    this.#session = session;
    this.#id = session.id;
    session.messages$.subscribe((message) => this.wire.delivered(message));
    session.events$.subscribe((event) => {
      this.findings.check('G3', !this.#isOver, () => `the event ${event.type} after the end`);
      if (event.type === 'rotating' && event.atDeadline) this.wire.said('atDeadline', event.connection);
      else this.wire.said(event.type, null);
      if (event.type === 'handleDropped' || event.type === 'expired') this.#dropped = true;
      if (event.type === 'closed' || event.type === 'failed') this.#end();
    });
    // It may have ended before the app was given it; then what came early has just been handed over.
    if (finals.has(session.status.current.lifecycle)) this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.wire.over();
  }

  /** G2: `promise` settles within `withinMs`, or, where that is null, at the latest with the session. */
  pledge(what: string, promise: Promise<unknown>, withinMs: number | null): void {
    const pledge: Pledge = { what, byMs: withinMs === null ? null : this.#clock.now() + withinMs };
    this.#pledges.add(pledge);
    const settle = (): void => void this.#pledges.delete(pledge);
    promise.then(settle, settle);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** After every command. */
  afterStep(): void {
    const now = this.#clock.now();
    for (const { what, byMs } of this.#pledges) {
      this.findings.check('G2', byMs === null || now <= byMs, () => `${what} has not settled in time`);
    }
    this.wire.afterStep();
    this.account.afterStep();
    if (this.#session !== null) this.#look(this.#session);
  }

  /** Faults have stopped and time was given. */
  atRest(): void {
    const session = this.#session;
    if (session === null) return;
    const { lifecycle, input } = session.status.current;
    const isWell =
      finals.has(lifecycle) || ((lifecycle === 'active' || lifecycle === 'goingAway') && input !== 'closed');
    this.findings.check('G10', isWell, () => `faults have stopped, and the session is still ${lifecycle}`);
  }

  /** close() has settled, or the session ended by itself. */
  atEnd(): void {
    this.findings.check(
      'G3',
      this.#own.openTimers === 0,
      () => `${this.#own.openTimers} timers of the session after its end`,
    );
    this.findings.check(
      'G2',
      this.#pledges.size === 0,
      () => `${[...this.#pledges][0]?.what} has not settled with the session`,
    );
    const lifecycle = this.#session?.status.current.lifecycle ?? 'closed';
    this.findings.check('S-CONN-22', finals.has(lifecycle), () => `after close() the session is ${lifecycle}`);
  }

  /** A minute later. */
  afterwards(emulator: Emulator): void {
    this.afterStep();
    const { liveConnections } = emulator;
    this.findings.check(
      'G3',
      liveConnections.length === 0,
      () => `${liveConnections.length} sockets left after the end`,
    );
    const timers = this.#clock.countTimers();
    this.findings.check('G3', timers === 0, () => `${timers} timers left after the end`);
  }

  #look(session: LiveSession): void {
    const { findings } = this;
    const { current } = session.status;
    findings.check('G1', session.id === this.#id, () => 'the id of the session changed');
    findings.check(
      'S-CONN-24',
      (current.lifecycle === 'failed') === (current.error !== null),
      () => `${current.lifecycle} with the error ${current.error?.code ?? 'none'}`,
    );
    const mayFlow = current.lifecycle === 'active' || current.lifecycle === 'goingAway';
    findings.check(
      'S-CONN-25',
      current.input !== 'flowing' || mayFlow,
      () => `input flows while the session is ${current.lifecycle}`,
    );
    findings.check(
      'S-CONN-25',
      current.lifecycle !== 'active' || current.input === 'flowing',
      () => 'input is held in active',
    );
    this.#lookAtEnd(finals.has(current.lifecycle), `${current.lifecycle} ${current.error?.code ?? ''}`);
    const { outbox, handOffs } = session.stats;
    const given = Object.values(outbox.dropped).reduce((sum, n) => sum + n, 0);
    const sum = outbox.delivered + outbox.replayed + outbox.sent + given + outbox.held + outbox.unacknowledged;
    findings.check(
      'G5',
      sum === outbox.accepted,
      () => `${outbox.accepted} sends were accepted and ${sum} are accounted for`,
    );
    findings.check('G9', outbox.bytes <= maxOutboxBytes, () => `${outbox.bytes} bytes in the outbox`);
    findings.check('G9', handOffs.length <= maxHandOffs, () => `${handOffs.length} hand-offs are remembered`);
    this.#lookAtHandle(session.handle?.value ?? null);
  }

  #lookAtEnd(isFinal: boolean, text: string): void {
    this.#final ??= isFinal ? text : null;
    if (this.#final === null) return;
    this.findings.check('S-CONN-23', text === this.#final, () => `${this.#final} was final, and now it is ${text}`);
    this.findings.check('G3', this.#isOver, () => `${text} without an event that says so`);
  }

  #lookAtHandle(handle: string | null): void {
    if (handle !== null) this.wire.seen(handle, this.#dropped ? null : this.#handle);
    else this.findings.check('G7', this.#handle === null || this.#dropped, () => 'the handle is gone without a word');
    if (handle !== this.#handle) this.#dropped = false;
    this.#handle = handle;
  }
}
