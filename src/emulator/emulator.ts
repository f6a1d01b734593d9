/**
 * The Live API on this machine: accepts connections, keeps what they said, and goes wrong on order.
 *
 * Owns the settings, the orders, and what all connections share: handles, faults, records. Who comes in is door.ts.
 * Does no I/O and reads no clock of its own: a shell (transport.ts in process, server.ts over sockets) brings frames in
 * and takes them out.
 */
import { systemClock, type Clock } from '../clock.js';
import { systemRandom, type Random } from '../random.js';
import { Door } from './door.js';
import type { FaultAction, FaultMatch } from './faults/fault.js';
import { FaultEngine } from './faults/engine.js';
import type { Peer } from './faults/line.js';
import type { FaultPlan } from './faults/plan.js';
import { LiveConnections } from './live.js';
import { clientMs, scaledClock } from './network/scaledClock.js';
import { checkOptions } from './optionCheck.js';
import { applyOptions, defaultSettings, type EmulatorOptions, type EmulatorSettings } from './options.js';
import type { CutHow, DialOrder, HandleOrder, Target } from './orders.js';
import type { UpgradeRequest } from './protocol/address.js';
import type { TokenAnswer } from './protocol/authTokens.js';
import type { Fields } from './protocol/fields.js';
import type { TokenRequest } from './protocol/tokens.js';
import { Archive, type Forgotten } from './record/archive.js';
import { EventLog, type EmulatorEvent } from './record/eventLog.js';
import type { HeardMessage } from './record/heard.js';
import { accountFor, survivingMessages, type Account, type Key } from './record/lineage.js';
import type { ConnectionRecord, ContextRecord } from './record/records.js';
import { waitForEvent } from './record/waiting.js';
import { HandleVault } from './session/handles.js';
import type { ServerConnection, UpgradeRefusal } from './shell.js';
import type { EmulatorParts, World } from './world.js';

export class Emulator {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #settings: EmulatorSettings = { ...defaultSettings };
  readonly #vault: HandleVault;
  readonly #engine: FaultEngine;
  readonly #door: Door;
  readonly #archive = new Archive(this.#settings);
  readonly #live = new LiveConnections();
  readonly #log = new EventLog(() => this.#settings.maxLog);
  readonly #speed: number;
  #sentHandles = 0;
  #resumable = true;

  /** @throws OptionError that names the option and what it takes */
  constructor(options: EmulatorOptions & EmulatorParts = {}) {
    applyOptions(this.#settings, checkOptions(options));
    this.#speed = options.speed ?? 1;
    this.#clock = scaledClock(options.clock ?? systemClock, this.#speed);
    this.#random = options.random ?? systemRandom;
    this.#vault = new HandleVault(this.#clock, this.#random, this.#settings);
    this.#engine = new FaultEngine({
      clock: this.#clock,
      sessions: this,
      log: (connection, what, detail, fault) => this.#note(connection, what, detail, fault),
    });
    this.#door = new Door(this.#world(), this.#engine, this.#live);
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
    return this.#door.accept(request, peer);
  }

  /** The name of a new ephemeral token; throws a TypeError where the service answers 400. */
  mintToken(request: TokenRequest = {}): string {
    return this.#door.mintToken(request);
  }

  /** A POST to auth_tokens; `body` is null when it was too long to read. */
  answerTokenRequest(request: Pick<UpgradeRequest, 'query' | 'headers'>, body: string | null): TokenAnswer {
    return this.#door.answerTokenRequest(request, body);
  }

  /** The connections that were accepted, oldest first; of those that have ended the newest `maxRecords`. */
  get connections(): readonly Readonly<ConnectionRecord>[] {
    return this.#archive.connections;
  }

  /** Ids of the connections that are neither ended nor half-open. */
  get liveConnections(): number[] {
    return this.#live.targets({}).map(({ connection }) => connection.id);
  }

  // Orders while running

  /** Announces the end; the connections also end `timeLeftMs` later unless `thenClose` is false. */
  goAway(order: { readonly timeLeftMs: number; readonly thenClose?: boolean } & Target): void {
    for (const { connection } of this.#live.targets(order)) connection.goAway(order);
  }

  cut(order: CutHow & Target): void {
    this.#live.cut(order);
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
    this.#live.refreshHandles();
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
    for (const { connection } of this.#live.targets(target)) connection.silence();
  }

  /** Anything at all, as one frame: a string is a text frame. */
  sendRaw(data: string | Uint8Array, target: Target = {}): void {
    for (const { connection } of this.#live.targets(target)) connection.sendRaw(data);
  }

  /** A server message, encoded as the service does it. */
  send(message: object, target: Target = {}): void {
    for (const { connection } of this.#live.targets(target)) connection.send(message);
  }

  /** Asks for a function call; the ids, one for each connection that was asked. */
  callTool(name: string, args: Fields = {}, target: Target = {}): string[] {
    return this.#live
      .targets(target)
      .map(({ connection }) => connection.callTool(name, args))
      .filter((id) => id !== null);
  }

  /** The model says something that nobody asked for. */
  say(text: string, target: Target = {}): void {
    for (const { connection } of this.#live.targets(target)) connection.say(text);
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
    this.#door.shut();
    this.#engine.stop();
    this.#live.stop();
  }

  #world(): Omit<World, 'grant'> {
    return {
      openSessions: () => this.#live.sessions,
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

  #plan(action: FaultAction, times: number, match: FaultMatch = {}): void {
    // 0 would be without limit.
    if (times > 0) this.faults.add({ action, times, match });
  }

  #note(connection: number | null, what: string, detail: string, fault?: number): void {
    this.#log.note(this.#clock.now(), connection, what, detail, fault);
  }
}

export function createEmulator(options: EmulatorOptions & EmulatorParts = {}): Emulator {
  return new Emulator(options);
}
