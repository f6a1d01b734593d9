/**
 * Ephemeral tokens: minted here, counted and dated as the service does, with what they pin of a setup.
 *
 * What a token pins (DOC, the reference of AuthToken): without bidiGenerateContentSetup the setup is the connection's.
 * With it and without fieldMask the setup is the token's, entirely, and the connection's is ignored. With a fieldMask the
 * masked fields are the token's, given or not, and the rest is the connection's. The handle of a resume is always the
 * connection's (OWN: else no constrained session could resume, and a resume "does not count as a use").
 *
 * Owns minted tokens, the newest `maxTokens` of them. Tokens of another origin are accepted, like any key; so expired
 * ones are kept, without their setup, until newer ones push them out. Never reads a setup.
 */
import type { Clock } from '../../clock.js';
import { randomId, type Random } from '../../random.js';
import { isFields, type Fields } from './fields.js';
import { closings, isClosing, type Closing } from './refusals.js';
import { messageShape, type MessageShape } from './schema/shapes.js';
import { readShape } from './walk.js';

export interface TokenRequest {
  /** Connections it may open without a handle. Default 1; 0 is without limit. */
  readonly uses?: number;
  /** RFC 3339, at most 20 hours ahead; messages until then. Default in 30 minutes. */
  readonly expireTime?: string;
  /** RFC 3339, at most 20 hours ahead; new sessions until then. Default in 60 seconds. */
  readonly newSessionExpireTime?: string;
  /** A setup as on the wire. */
  readonly bidiGenerateContentSetup?: object;
  /** Paths into the setup that the token decides, separated by commas: `model,generationConfig.temperature`. */
  readonly fieldMask?: string;
}

/** What one connection may do with its token. */
export interface Grant {
  readonly expiresAt: number;
  /** At a setup without a handle, which uses the token up; a resume costs nothing. */
  startSession(): Closing | null;
  /** The setup that counts, given the one that the connection sent. */
  effective(setup: Fields): Fields;
}

interface Token {
  usesLeft: number;
  readonly expiresAt: number;
  readonly startsUntil: number;
  setup: Fields | null;
  readonly mask: readonly (readonly string[])[];
}

const maxTokens = 2_000;
const maxLifeMs = 20 * 3_600_000;
/** Names in a path of a field mask; no real one is longer. */
const maxPath = 32;
const shape = messageShape('AuthToken');
const setupShape = messageShape('Setup');
/** Tokens belong to the Developer API, and to v1alpha. */
const dialect = { provider: 'developer', version: 'v1alpha' } as const;

export class TokenDesk {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tokens = new Map<string, Token>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** The name of a new token, or why there is none. */
  mint(request: unknown): string | Closing {
    const fields = readShape(shape, request, dialect);
    if (isClosing(fields)) return fields;
    const now = this.#clock.now();
    const expiresAt = readTime(fields['expireTime'], now + 30 * 60_000);
    const startsUntil = readTime(fields['newSessionExpireTime'], now + 60_000);
    const uses = typeof fields['uses'] === 'number' ? fields['uses'] : 1;
    const soon = expiresAt > now && expiresAt <= now + maxLifeMs && startsUntil > now && startsUntil <= now + maxLifeMs;
    if (!soon || uses < 0) return closings.invalidArgument;
    const setup = fields['bidiGenerateContentSetup'];
    const name = `auth_tokens/${randomId(this.#random, 32)}`;
    this.#tokens.set(name, {
      usesLeft: uses === 0 ? Number.POSITIVE_INFINITY : uses,
      expiresAt,
      startsUntil,
      setup: isFields(setup) ? setup : null,
      mask: readMask(fields['fieldMask']),
    });
    this.#tidy(now);
    return name;
  }

  /** At the upgrade: whether the token still lives. */
  check(name: string): Closing | null {
    const token = this.#tokens.get(name);
    return token !== undefined && this.#clock.now() >= token.expiresAt ? closings.tokenExpired : null;
  }

  /** null: a token of another origin, which decides nothing. */
  grant(name: string): Grant | null {
    const token = this.#tokens.get(name);
    if (token === undefined) return null;
    const { expiresAt, setup, mask } = token;
    return {
      expiresAt,
      startSession: () => {
        if (this.#clock.now() >= token.startsUntil) return closings.tokenExpired;
        if (token.usesLeft <= 0) return closings.tokenUsedUp;
        token.usesLeft--;
        return null;
      },
      effective: (sent) => effectiveSetup(sent, setup, mask),
    };
  }

  #tidy(now: number): void {
    for (const token of this.#tokens.values()) if (now >= token.expiresAt) token.setup = null;
    for (const name of this.#tokens.keys()) {
      if (this.#tokens.size <= maxTokens) return;
      this.#tokens.delete(name);
    }
  }
}

function readTime(text: unknown, otherwise: number): number {
  // oxlint-disable-next-line no-restricted-globals -- parses a text, does not ask for the time
  return typeof text === 'string' ? Date.parse(text) : otherwise;
}

/** A path that is no field of a setup pins nothing (OWN). */
function readMask(mask: unknown): string[][] {
  if (typeof mask !== 'string') return [];
  const paths = new Set(mask.split(',').map((path) => path.trim()));
  return [...paths].map((path) => knownPath(setupShape, path.split('.').slice(0, maxPath))).filter(isLong);
}

const isLong = (path: readonly string[]): boolean => path.length > 0;

/** The names of `path` in camelCase; empty when the shape does not know them. */
function knownPath(message: MessageShape, path: readonly string[]): string[] {
  const [name, ...rest] = path;
  const field = name === undefined ? undefined : message.fields.get(name);
  if (field === undefined) return [];
  if (rest.length === 0) return [field.name];
  const inner = field.kind.is === 'message' && !field.repeated ? knownPath(field.kind.message, rest) : [];
  return inner.length === 0 ? [] : [field.name, ...inner];
}

function effectiveSetup(sent: Fields, pinned: Fields | null, mask: Token['mask']): Fields {
  if (mask.length === 0) return pinned === null ? sent : keepHandle(pinned, sent);
  const effective = mask.reduce<Fields>((setup, path) => withPath(setup, pinned ?? {}, path), sent);
  return keepHandle(effective, sent);
}

/** `setup` with what `source` has at `path`, or with nothing there. Never changes what it is given. */
function withPath(setup: Fields, source: Fields, path: readonly string[]): Fields {
  const [name, ...rest] = path;
  if (name === undefined) return setup;
  const { [name]: mine, ...others } = setup;
  const theirs = Object.hasOwn(source, name) ? source[name] : undefined;
  if (rest.length === 0) return theirs === undefined ? others : { ...others, [name]: theirs };
  const inner = withPath(isFields(mine) ? mine : {}, isFields(theirs) ? theirs : {}, rest);
  return Object.keys(inner).length === 0 && mine === undefined ? others : { ...others, [name]: inner };
}

function keepHandle(setup: Fields, sent: Fields): Fields {
  const resumption = sent['sessionResumption'];
  if (!isFields(resumption) || !('handle' in resumption)) return setup;
  const own = setup['sessionResumption'];
  return { ...setup, sessionResumption: { ...(isFields(own) ? own : {}), handle: resumption['handle'] } };
}
