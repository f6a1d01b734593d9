/**
 * The Live API on this machine: accepts connections, keeps what they said, and goes wrong on order.
 *
 * Owns the connections, contexts, handles and the event log. Does no I/O and reads no clock of its own: a shell
 * (transport.ts in process, server.ts over sockets) brings frames in and takes them out.
 */
import { systemClock, type Clock } from '../clock.js';
import { randomId, systemRandom, type Random } from '../random.js';
import {
  credentialOf,
  noCredentialStatus,
  readAddress,
  type Address,
  type UpgradeRequest,
} from './protocol/address.js';
import { EmulatedConnection, type CutHow, type Peer, type ServerConnection } from './connection.js';
import { Faults, type HandleRefusal } from './faults/faults.js';
import type { Fields } from './protocol/fields.js';
import { HandleVault } from './session/handles.js';
import { detached } from './record/describe.js';
import type { HeardMessage } from './record/heard.js';
import { accountFor, survivingMessages, type Account, type Key } from './record/lineage.js';
import { applyOptions, defaultSettings, type EmulatorOptions, type EmulatorSettings } from './options.js';
import type { ConnectionRecord, ContextRecord, EmulatorEvent } from './record/records.js';
import { closings, type Closing } from './protocol/refusals.js';
import { answerTokenRequest, type TokenAnswer } from './protocol/authTokens.js';
import { TokenDesk, type Grant, type TokenRequest } from './protocol/tokens.js';
import type { World } from './world.js';

/** A refusal at the upgrade. 0: the socket never opens. */
export interface UpgradeRefusal {
  readonly status: number;
}

/** Without `connection` an order goes to every live connection. */
export interface Target {
  readonly connection?: number;
}

/** Characters of a log entry's detail: clients name things too, a function response by an id as long as they like. */
const maxDetailLength = 300;

export class Emulator {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #settings: EmulatorSettings = { ...defaultSettings };
  readonly #vault: HandleVault;
  readonly #faults = new Faults();
  readonly #tokens: TokenDesk;
  readonly #records: ConnectionRecord[] = [];
  readonly #contexts: ContextRecord[] = [];
  readonly #live = new Map<number, EmulatedConnection>();
  readonly #log: EmulatorEvent[] = [];
  #sentHandles = 0;
  #stopped = false;

  constructor(options: EmulatorOptions & { readonly clock?: Clock; readonly random?: Random } = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    applyOptions(this.#settings, options);
    this.#vault = new HandleVault(this.#clock, this.#random, this.#settings);
    this.#tokens = new TokenDesk(this.#clock, this.#random);
  }

  get settings(): Readonly<EmulatorSettings> {
    return this.#settings;
  }

  /** Changes options while running. Timers that are set already keep their time. */
  configure(options: EmulatorOptions): void {
    applyOptions(this.#settings, options);
  }

  // Connections

  /** A client asks for an upgrade. The peer must not call back in the same step. */
  accept(request: UpgradeRequest, peer: Peer): ServerConnection | UpgradeRefusal {
    const address = readAddress(request.path);
    if (this.#stopped) return { status: 503 };
    if (address === null) return this.#refuse(404, request.path);
    const order = this.#faults.nextDialRefusal();
    if (order !== null && 'status' in order) return this.#refuse(order.status, 'ordered');
    const credential = credentialOf(request, address);
    if (credential === null) return this.#refuse(noCredentialStatus(address), 'no credential');
    const grant = address.constrained ? this.#tokens.grant(credential) : null;
    const connection = this.#open(request.path, address, grant, peer);
    const refusal = order ?? this.#checkCredential(credential, address.constrained);
    if (refusal !== null) connection.refuse(refusal);
    return connection;
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

  /** All connections ever accepted, oldest first. */
  get connections(): readonly Readonly<ConnectionRecord>[] {
    return this.#records;
  }

  /** Ids of the connections that are neither ended nor half-open. */
  get liveConnections(): number[] {
    return this.#targets({}).map((connection) => connection.id);
  }

  // Orders while running

  /** Announces the end; the connections also end `timeLeftMs` later unless `thenClose` is false. */
  goAway(order: { readonly timeLeftMs: number; readonly thenClose?: boolean } & Target): void {
    for (const connection of this.#targets(order)) connection.goAway(order.timeLeftMs, order.thenClose ?? true);
  }

  cut(order: CutHow & Target): void {
    for (const connection of this.#targets(order)) connection.cut(order);
  }

  /** The next resumes are refused; by default once, as `BidiGenerateContent session not found`. */
  refuseHandles(
    order: { readonly times?: number; readonly when?: HandleRefusal['when'] } & Partial<Closing> = {},
  ): void {
    this.#faults.refuseHandles(order);
  }

  /** The next dials are refused: with an HTTP `status` (0: unreachable), or with `code` right after the upgrade. */
  refuseDials(order: { readonly times?: number; readonly status?: number } & Partial<Closing> = {}): void {
    this.#faults.refuseDials(order);
  }

  /** Every handle issued so far is unknown from now on. */
  forgetHandles(): void {
    this.#vault.forgetAll();
  }

  /** False: no handle is issued until it is true again. */
  resumable(on: boolean): void {
    this.#faults.resumable = on;
    for (const connection of this.#live.values()) connection.refreshHandles();
  }

  /** The next resumes are accepted, transcribe input and never generate. */
  poisonResumes(times = 1): void {
    this.#faults.poison(times);
  }

  /** The next resumes are accepted and know nothing of what was before. */
  loseContexts(times = 1): void {
    this.#faults.forgetContexts(times);
  }

  /** Withdraws refusals and losses that were ordered and not used. */
  clearFaults(): void {
    this.#faults.clear();
  }

  /** The server sends nothing more on the connections that are live now; it still listens. */
  silence(target: Target = {}): void {
    for (const connection of this.#targets(target)) connection.silence();
  }

  /** Anything at all, as one frame: a string is a text frame. */
  sendRaw(data: string | Uint8Array, target: Target = {}): void {
    for (const connection of this.#targets(target)) connection.sendRaw(data);
  }

  /** A server message, encoded as the service does it. */
  send(message: object, target: Target = {}): void {
    for (const connection of this.#targets(target)) connection.send(message);
  }

  /** Asks for a function call; the ids, one for each connection that was asked. */
  callTool(name: string, args: Fields = {}, target: Target = {}): string[] {
    return this.#targets(target)
      .map((connection) => connection.callTool(name, args))
      .filter((id) => id !== null);
  }

  /** The model says something that nobody asked for. */
  say(text: string, target: Target = {}): void {
    for (const connection of this.#targets(target)) connection.say(text);
  }

  // Records

  /** One per connection that was set up, in the order of their setups. */
  contexts(): readonly ContextRecord[] {
    return this.#contexts;
  }

  /** For each lineage (a fresh context and the chain of resumes from it) what its model knows at the end. */
  surviving(): HeardMessage[][] {
    return survivingMessages(this.#contexts);
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
    return this.#log;
  }

  /** Ends everything without a word and clears every timer. */
  stop(): void {
    this.#stopped = true;
    for (const connection of this.#live.values()) connection.stop();
    this.#live.clear();
  }

  #open(path: string, address: Address, grant: Grant | null, peer: Peer): EmulatedConnection {
    const record: ConnectionRecord = {
      id: this.#records.length + 1,
      provider: address.provider,
      path,
      openedAt: this.#clock.now(),
      readyAt: null,
      endedAt: null,
      closeCode: null,
      reason: '',
      endedBy: null,
      model: null,
      setup: null,
      resumedFrom: null,
      session: null,
      contextId: null,
    };
    this.#records.push(record);
    const connection = new EmulatedConnection(record, this.#world(grant), address, peer);
    for (const [id, other] of this.#live) if (other.record.endedAt !== null) this.#live.delete(id);
    this.#live.set(record.id, connection);
    this.#note(record.id, 'accepted', path);
    return connection;
  }

  #world(grant: Grant | null): World {
    return {
      grant,
      openSessions: () => this.#targets({}).filter(({ record }) => record.session !== null).length,
      clock: this.#clock,
      random: this.#random,
      settings: this.#settings,
      vault: this.#vault,
      faults: this.#faults,
      contexts: this.#contexts,
      log: (connection, what, detail) => this.#note(connection, what, detail),
      countHandle: () => void this.#sentHandles++,
      newCallId: () => `function-call-${randomId(this.#random, 19)}`,
    };
  }

  #checkCredential(credential: string, constrained: boolean): Closing | null {
    if (constrained) return this.#tokens.check(credential);
    const { validKeys } = this.#settings;
    return validKeys === null || validKeys.includes(credential) ? null : closings.invalidKey;
  }

  #refuse(status: number, why: string): UpgradeRefusal {
    this.#note(null, 'upgradeRefused', `${status} ${why}`);
    return { status };
  }

  #targets(target: Target): EmulatedConnection[] {
    return [...this.#live.values()].filter(
      (connection) => connection.live && (target.connection === undefined || target.connection === connection.id),
    );
  }

  #note(connection: number | null, what: string, detail: string): void {
    this.#log.push({ at: this.#clock.now(), connection, what, detail: detached(detail, maxDetailLength) });
    if (this.#log.length > this.#settings.maxLog) this.#log.shift();
  }
}

export function createEmulator(
  options: EmulatorOptions & { readonly clock?: Clock; readonly random?: Random } = {},
): Emulator {
  return new Emulator(options);
}

/** Narrows what `accept` returned. */
export function isRefusal(answer: ServerConnection | UpgradeRefusal): answer is UpgradeRefusal {
  return 'status' in answer;
}
