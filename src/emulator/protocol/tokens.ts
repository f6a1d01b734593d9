/**
 * Ephemeral tokens: minted here, counted and dated as the service does.
 *
 * Owns minted tokens. Tokens of another origin are accepted, like any key. Never resolves constraints of a setup.
 */
import type { Clock } from '../../clock.js';
import { randomId, type Random } from '../../random.js';
import { closings, type Closing } from './refusals.js';

export interface TokenRequest {
  /** Connections it may open without a handle. Default 1; 0 is without limit. */
  readonly uses?: number;
  /** RFC 3339; messages until then. Default in 30 minutes. */
  readonly expireTime?: string;
  /** RFC 3339; new sessions until then. Default in 60 seconds. */
  readonly newSessionExpireTime?: string;
}

interface Token {
  usesLeft: number;
  readonly expiresAt: number;
  readonly startsUntil: number;
}

export class TokenDesk {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tokens = new Map<string, Token>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  mint(request: TokenRequest): string {
    const now = this.#clock.now();
    const name = `auth_tokens/${randomId(this.#random, 32)}`;
    this.#tokens.set(name, {
      usesLeft: request.uses === 0 ? Number.POSITIVE_INFINITY : (request.uses ?? 1),
      expiresAt: readTime(request.expireTime, now + 30 * 60_000),
      startsUntil: readTime(request.newSessionExpireTime, now + 60_000),
    });
    return name;
  }

  /** At the upgrade: whether the token still lives. */
  check(name: string): Closing | null {
    const token = this.#tokens.get(name);
    return token !== undefined && this.#clock.now() >= token.expiresAt ? closings.tokenExpired : null;
  }

  /** At a setup without a handle, which uses it up; a resume costs nothing. */
  startSession(name: string): Closing | null {
    const token = this.#tokens.get(name);
    if (token === undefined) return null;
    if (this.#clock.now() >= token.startsUntil) return closings.tokenExpired;
    if (token.usesLeft <= 0) return closings.tokenUsedUp;
    token.usesLeft--;
    return null;
  }
}

function readTime(text: string | undefined, otherwise: number): number {
  // oxlint-disable-next-line no-restricted-globals -- parses a text, does not ask for the time
  return text === undefined ? otherwise : Date.parse(text);
}
