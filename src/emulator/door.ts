/**
 * Who comes in: from the request for an upgrade to a connection, or to a refusal.
 *
 *   address ── limits ── faults of the dial ── a credential at all ──▶ accepted ── a good one ──▶ open
 *      └───────┴────────────────┴──────────────────┴── HTTP status             └── a close frame
 *
 * Owns ephemeral tokens and what is checked before a setup. What the setup says is session/admission.ts.
 */
import { EmulatedConnection } from './connection.js';
import type { FaultEngine } from './faults/engine.js';
import type { Peer } from './faults/line.js';
import type { LiveConnections } from './live.js';
import { credentialOf, noCredentialStatus, readAddress, type UpgradeRequest } from './protocol/address.js';
import { answerTokenRequest, type TokenAnswer } from './protocol/authTokens.js';
import { closings, type Closing } from './protocol/refusals.js';
import { TokenDesk, type Grant, type TokenRequest } from './protocol/tokens.js';
import type { ServerConnection, UpgradeRefusal } from './shell.js';
import type { World } from './world.js';

export class Door {
  readonly #world: Omit<World, 'grant'>;
  readonly #engine: FaultEngine;
  readonly #live: LiveConnections;
  readonly #tokens: TokenDesk;
  #isShut = false;

  /** `world`: what every connection gets. */
  constructor(world: Omit<World, 'grant'>, engine: FaultEngine, live: LiveConnections) {
    this.#world = world;
    this.#engine = engine;
    this.#live = live;
    this.#tokens = new TokenDesk(world.clock, world.random);
  }

  accept(request: UpgradeRequest, peer: Peer): ServerConnection | UpgradeRefusal {
    const { archive, settings, clock, log } = this.#world;
    const address = readAddress(request.path);
    if (this.#isShut) return { status: 503 };
    if (this.#live.size >= settings.maxConnections) return this.#refuse(503, 'maxConnections');
    if (address === null) return this.#refuse(404, request.path);
    // Before any fault: what no connection can come of must not use one up.
    const credential = credentialOf(request, address);
    if (credential === null) return this.#refuse(noCredentialStatus(address), 'no credential');
    const answer = this.#engine.dial(archive.nextConnection, address.provider);
    if (answer.kind !== 'accepted') return this.#refuse(answer.kind === 'stalled' ? 'never' : answer.status, 'ordered');
    const grant: Grant | null = address.constrained ? this.#tokens.grant(credential) : null;
    const link = this.#engine.open(archive.nextConnection, address.provider, peer, answer);
    const { path } = request;
    const record = archive.openConnection({ provider: address.provider, path, openedAt: clock.now() });
    const connection = new EmulatedConnection(record, { ...this.#world, grant }, address, link);
    link.attach(connection);
    this.#live.add({ connection, link });
    log(record.id, 'accepted', path);
    const refusal = this.#checkCredential(credential, address.constrained);
    if (refusal !== null) connection.refuse(refusal);
    return link;
  }

  mintToken(request: TokenRequest): string {
    const name = this.#tokens.mint(request);
    if (typeof name !== 'string') throw new TypeError(`No token for this request. ${name.reason}`);
    return name;
  }

  answerTokenRequest(request: Pick<UpgradeRequest, 'query' | 'headers'>, body: string | null): TokenAnswer {
    const office = {
      checkKey: (key: string) => this.#checkCredential(key, false),
      mint: (wanted: unknown) => this.#tokens.mint(wanted),
    };
    return answerTokenRequest(office, request, body);
  }

  /** Nobody comes in any more. */
  shut(): void {
    this.#isShut = true;
  }

  #checkCredential(credential: string, constrained: boolean): Closing | null {
    if (constrained) return this.#tokens.check(credential);
    const { validKeys } = this.#world.settings;
    return validKeys === null || validKeys.includes(credential) ? null : closings.invalidKey;
  }

  #refuse(status: UpgradeRefusal['status'], why: string): UpgradeRefusal {
    this.#world.log(null, 'upgradeRefused', `${status} ${why}`);
    return { status };
  }
}
