/**
 * The Live API on this machine: accepts connections, keeps what they said, and goes wrong on order.
 *
 * Owns the connections, contexts, handles and the event log. Does no I/O and reads no clock of its own: a shell
 * (transport.ts in process, server.ts over sockets) brings frames in and takes them out.
 */
import { systemClock, type Clock } from '../clock.js';
import { systemRandom, type Random } from '../random.js';
import {
  credentialOf,
  noCredentialStatus,
  readAddress,
  type Address,
  type UpgradeRequest,
} from './protocol/address.js';
import { EmulatedConnection } from './connection.js';
import type { FaultAction, FaultMatch } from './faults/fault.js';
import { FaultEngine } from './faults/engine.js';
import type { Peer } from './faults/line.js';
import type { FaultLink } from './faults/link.js';
import type { FaultPlan } from './faults/plan.js';
import type { Fields } from './protocol/fields.js';
import { clientMs, scaledClock } from './network/scaledClock.js';
import { checkOptions } from './optionCheck.js';
import { HandleVault } from './session/handles.js';
import type { HeardMessage } from './record/heard.js';
import { accountFor, survivingMessages, type Account, type Key } from './record/lineage.js';
import { applyOptions, defaultSettings, type EmulatorOptions, type EmulatorSettings } from './options.js';
import { Archive, type Forgotten } from './record/archive.js';
import { EventLog, type EmulatorEvent } from './record/eventLog.js';
import type { ConnectionRecord, ContextRecord } from './record/records.js';
import { waitForEvent } from './record/waiting.js';
import { closings, type Closing } from './protocol/refusals.js';
import { answerTokenRequest, type TokenAnswer } from './protocol/authTokens.js';
import type { CutHow, DialOrder, HandleOrder, Target } from './orders.js';
import type { ServerConnection, UpgradeRefusal } from './shell.js';
import { TokenDesk, type Grant, type TokenRequest } from './protocol/tokens.js';
import type { World } from './world.js';

interface Live {
  readonly connection: EmulatedConnection;
  readonly link: FaultLink;
}

/** What an emulator is built with, beside its options. */
export interface EmulatorParts {
  readonly clock?: Clock;
  readonly random?: Random;
  /** How many times as fast as `clock` everything happens here, 0.01 to 1,000. Default 1. */
  readonly speed?: number;
}

export class Emulator {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #settings: EmulatorSettings = { ...defaultSettings };
  readonly #vault: HandleVault;
  readonly #engine: FaultEngine;
  readonly #tokens: TokenDesk;
  readonly #archive = new Archive(this.#settings);
  readonly #live = new Map<number, Live>();
  readonly #log = new EventLog(() => this.#settings.maxLog);
  readonly #speed: number;
  #sentHandles = 0;
  #resumable = true;
  #stopped = false;

  /** @throws OptionError that names the option and what it takes */
  constructor(options: EmulatorOptions & EmulatorParts = {}) {
    applyOptions(this.#settings, checkOptions(options));
    this.#speed = options.speed ?? 1;
    this.#clock = scaledClock(options.clock ?? systemClock, this.#speed);
    this.#random = options.random ?? systemRandom;
    this.#vault = new HandleVault(this.#clock, this.#random, this.#settings);
    this.#tokens = new TokenDesk(this.#clock, this.#random);
    this.#engine = new FaultEngine({
      clock: this.#clock,
      sessions: this,
      log: (connection, what, detail, fault) => this.#note(connection, what, detail, fault),
    });
  }

  get settings(): Readonly<EmulatorSettings> {
    return this.#settings;
  }

  /** The clock that everything here goes by: the one it was given, times the speed. */
  get clock(): Clock {
    return this.#clock;
  }

  get speed(): number {
    return this.#speed;
  }

  /**
   * Changes options while running. Timers that are set already keep their time.
   *
   * @throws OptionError that names the option and what it takes; then nothing is changed
   */
  configure(options: EmulatorOptions): void {
    applyOptions(this.#settings, checkOptions(options, 'running'));
  }

  /** What goes wrong, as data. */
  get faults(): FaultPlan {
    return this.#engine.plan;
  }

  // Connections

  /** A client asks for an upgrade. The peer must not call back in the same step. */
  accept(request: UpgradeRequest, peer: Peer): ServerConnection | UpgradeRefusal {
    const address = readAddress(request.path);
    if (this.#stopped) return { status: 503 };
    if (this.#openCount() >= this.#settings.maxConnections) return this.#refuse(503, 'maxConnections');
    if (address === null) return this.#refuse(404, request.path);
    const answer = this.#engine.dial(this.#archive.nextConnection, address.provider);
    if (answer.kind !== 'accepted') return this.#refuse(answer.kind === 'stalled' ? 'never' : answer.status, 'ordered');
    const credential = credentialOf(request, address);
    if (credential === null) return this.#refuse(noCredentialStatus(address), 'no credential');
    const grant = address.constrained ? this.#tokens.grant(credential) : null;
    const link = this.#engine.open(this.#archive.nextConnection, address.provider, peer, answer);
    const connection = this.#open(request.path, address, grant, link);
    const refusal = this.#checkCredential(credential, address.constrained);
    if (refusal !== null) connection.refuse(refusal);
    return link;
  }

  /** The name of a new ephemeral token; throws a TypeError where the service answers 400. */
  mintToken(request: TokenRequest = {}): string {
    const name = this.#tokens.mint(request);
    if (typeof name !== 'string') throw new TypeError(`No token for this request. ${name.reason}`);
    return name;
  }

  /** A POST to auth_tokens; `body` is null when it was too long to read. */
  answerTokenRequest(request: Pick<UpgradeRequest, 'query' | 'headers'>, body: string | null): TokenAnswer {
    const office = {
      checkKey: (key: string) => this.#checkCredential(key, false),
      mint: (wanted: unknown) => this.#tokens.mint(wanted),
    };
    return answerTokenRequest(office, request, body);
  }

  /** The connections that were accepted, oldest first; of those that have ended the newest `maxRecords`. */
  get connections(): readonly Readonly<ConnectionRecord>[] {
    return this.#archive.connections;
  }

  /** Ids of the connections that are neither ended nor half-open. */
  get liveConnections(): number[] {
    return this.#targets({}).map(({ connection }) => connection.id);
  }

  // Orders while running

  /** Announces the end; the connections also end `timeLeftMs` later unless `thenClose` is false. */
  goAway(order: { readonly timeLeftMs: number; readonly thenClose?: boolean } & Target): void {
    for (const { connection } of this.#targets(order)) connection.goAway(order);
  }

  cut(order: CutHow & Target): void {
    for (const { link } of this.#targets(order)) {
      if (order.how === 'rst') link.reset();
      else if (order.how === 'halfOpen') link.halfOpen();
      else link.closeWith(order);
    }
  }

  /** The next resumes are refused; by default once, as `BidiGenerateContent session not found`. */
  refuseHandles({ times = 1, ...refusal }: HandleOrder = {}): void {
    this.#plan({ do: 'refuseHandle', ...refusal }, times);
  }

  /** The next dials are refused: with an HTTP `status` (0: unreachable), or with `code` right after the upgrade. */
  refuseDials({ times = 1, status = 503, code, reason = '' }: DialOrder = {}): void {
    if (code === undefined) this.#plan({ do: 'refuse', status }, times);
    else this.#plan({ do: 'close', code, reason }, times, { at: 'dial' });
  }

  /** Every handle issued so far is unknown from now on. */
  forgetHandles(): void {
    this.#vault.forgetAll();
  }

  /** False: no handle is issued until it is true again. */
  resumable(on: boolean): void {
    this.#resumable = on;
    for (const { connection } of this.#live.values()) connection.refreshHandles();
  }

  /** The next resumes are accepted, transcribe input and never generate. */
  poisonResumes(times = 1): void {
    this.#plan({ do: 'poison' }, times);
  }

  /** The next resumes are accepted and know nothing of what was before. */
  loseContexts(times = 1): void {
    this.#plan({ do: 'loseContext' }, times);
  }

  /** Withdraws all faults: what was ordered and not used, and what was planned in any other way. */
  clearFaults(): void {
    this.faults.clear();
  }

  /** The server sends nothing more on the connections that are live now; it still listens. */
  silence(target: Target = {}): void {
    for (const { connection } of this.#targets(target)) connection.silence();
  }

  /** Anything at all, as one frame: a string is a text frame. */
  sendRaw(data: string | Uint8Array, target: Target = {}): void {
    for (const { connection } of this.#targets(target)) connection.sendRaw(data);
  }

  /** A server message, encoded as the service does it. */
  send(message: object, target: Target = {}): void {
    for (const { connection } of this.#targets(target)) connection.send(message);
  }

  /** Asks for a function call; the ids, one for each connection that was asked. */
  callTool(name: string, args: Fields = {}, target: Target = {}): string[] {
    return this.#targets(target)
      .map(({ connection }) => connection.callTool(name, args))
      .filter((id) => id !== null);
  }

  /** The model says something that nobody asked for. */
  say(text: string, target: Target = {}): void {
    for (const { connection } of this.#targets(target)) connection.say(text);
  }

  // Records

  /** One per connection that was set up, in the order of their setups. */
  contexts(): readonly ContextRecord[] {
    return this.#archive.contexts;
  }

  /** What the bounds `maxRecords`, `maxHeard` and `maxHeardPerContext` made it forget. */
  get forgotten(): Forgotten {
    return this.#archive.forgotten;
  }

  /** For each lineage (a fresh context and the chain of resumes from it) what its model knows at the end. */
  surviving(): HeardMessage[][] {
    return survivingMessages(this.#archive.contexts);
  }

  /** Compares what was sent with what survived; see lineage.ts. */
  account<K extends Key>(keyOf: (message: HeardMessage) => K | null, sent: Iterable<K>): Account<K> {
    return accountFor(this.surviving(), keyOf, sent);
  }

  /** Resumption updates with a handle that were sent. */
  get sentHandles(): number {
    return this.#sentHandles;
  }

  /** What happened, oldest first, at most `maxLog` entries. */
  get log(): readonly EmulatorEvent[] {
    return this.#log.entries;
  }

  /** Of the newest entry of the log, `reset()` or not; 0 before the first. */
  get lastSeq(): number {
    return this.#log.lastSeq;
  }

  /** Calls `listener` with every later entry of the log; returns how to stop that. It must not give orders. */
  listen(listener: (event: EmulatorEvent) => void): () => void {
    return this.#log.listen(listener);
  }

  /**
   * The first entry of the log that `wanted` says yes to, there already or to come. `timeoutMs` is the caller's time,
   * whatever the speed. Default 5,000.
   *
   * @throws EmulatorWaitError when it does not come
   */
  waitFor(
    wanted: (event: EmulatorEvent) => boolean,
    { timeoutMs = 5_000 }: { readonly timeoutMs?: number } = {},
  ): Promise<EmulatorEvent> {
    return waitForEvent(this.#log, this.#clock, wanted, timeoutMs, timeoutMs * this.#speed);
  }

  /** An entry of a shell's own. */
  note(connection: number | null, what: string, detail: string): void {
    this.#note(connection, what, detail);
  }

  /** Withdraws every fault and forgets the log and the records of what has ended; connections and handles live on. */
  reset(): void {
    this.clearFaults();
    this.#log.clear();
    this.#archive.clear();
  }

  /** Ends everything without a word and clears every timer. */
  stop(): void {
    this.#stopped = true;
    this.#engine.stop();
    for (const { connection } of this.#live.values()) connection.stop();
    this.#live.clear();
  }

  #open(path: string, address: Address, grant: Grant | null, link: FaultLink): EmulatedConnection {
    const record = this.#archive.openConnection({ provider: address.provider, path, openedAt: this.#clock.now() });
    const connection = new EmulatedConnection(record, this.#world(grant), address, link);
    link.attach(connection);
    this.#live.set(record.id, { connection, link });
    this.#note(record.id, 'accepted', path);
    return connection;
  }

  #world(grant: Grant | null): World {
    return {
      grant,
      openSessions: () => this.#targets({}).filter(({ connection: { record } }) => record.session !== null).length,
      clock: this.#clock,
      random: this.#random,
      settings: this.#settings,
      vault: this.#vault,
      resumable: () => this.#resumable,
      archive: this.#archive,
      clientMs: (serverMs) => clientMs(serverMs, this.#speed),
      log: (connection, what, detail) => this.#note(connection, what, detail),
      countHandle: () => void this.#sentHandles++,
    };
  }

  #checkCredential(credential: string, constrained: boolean): Closing | null {
    if (constrained) return this.#tokens.check(credential);
    const { validKeys } = this.#settings;
    return validKeys === null || validKeys.includes(credential) ? null : closings.invalidKey;
  }

  #refuse(status: UpgradeRefusal['status'], why: string): UpgradeRefusal {
    this.#note(null, 'upgradeRefused', `${status} ${why}`);
    return { status };
  }

  #plan(action: FaultAction, times: number, match: FaultMatch = {}): void {
    // 0 would be without limit.
    if (times > 0) this.faults.add({ action, times, match });
  }

  #targets(target: Target): Live[] {
    return [...this.#live.values()].filter(
      ({ connection }) => connection.live && (target.connection === undefined || target.connection === connection.id),
    );
  }

  #note(connection: number | null, what: string, detail: string, fault?: number): void {
    this.#log.note(this.#clock.now(), connection, what, detail, fault);
  }

  #openCount(): number {
    for (const [id, { connection }] of this.#live) if (connection.record.endedAt !== null) this.#live.delete(id);
    return this.#live.size;
  }
}

export function createEmulator(options: EmulatorOptions & EmulatorParts = {}): Emulator {
  return new Emulator(options);
}
