/**
 * What may be seen of a value in a trace: an allow list of keys and of words. Everything else is a length.
 *
 *   { type: 'server.goAway', timeLeftMs: 50000 }   as it is
 *   { newHandle: 'x', resumable: true }            newHandle is not on the list: { resumable: true, omitted: 1 }
 *   { meaning: 'what the server said' }            the key is, the words are not: { meaning: { redacted: 20 } }
 *
 * Owns both lists. They are complete by type: a new field of an event or of the status does not compile until someone
 * has decided here. Never changes what it is given, and never looks into text for secrets: there is no deny list.
 */
import type {
  DialInput,
  Drain,
  EndRef,
  HandleRef,
  ReseedInput,
  SessionEmitted,
  SessionEvent,
  SessionInput,
  SessionPolicy,
} from '../../machines/types.js';
import type { ErrorPhase } from '../errors.js';
import { lifelineErrorCodes } from '../errors.js';
import type { ContextOutcome, LifelineEvent } from '../events.js';
import type { OutboxCounts } from '../outbox/outbox.js';
import type { DropReason } from '../outbox/receipt.js';
import type { SessionStatus } from '../status.js';
import type { ClientMessageKind } from '../wire/clientMessage.js';
import type { CloseMeaning } from '../wire/closes.js';
import type { Redacted } from './format.js';

type KeyOf<T> = T extends unknown ? keyof T & string : never;

/** `show`: its numbers and booleans are seen, its text if every word of it is known. */
const fields = {
  // Numbers, booleans and counts
  accepted: 'show',
  acknowledged: 'show',
  at: 'show',
  atDeadline: 'show',
  atMs: 'show',
  awayMs: 'show',
  bytes: 'show',
  closeCode: 'show',
  closeTimeoutMs: 'show',
  compression: 'show',
  connection: 'show',
  count: 'show',
  coversInput: 'show',
  deadlineMarginMs: 'show',
  delivered: 'show',
  dialBudget: 'show',
  dropped: 'show',
  epoch: 'show',
  explicitlyNot: 'show',
  fill: 'show',
  gapMs: 'show',
  handleLifeMs: 'show',
  handleRetries: 'show',
  held: 'show',
  heldMs: 'show',
  inProgress: 'show',
  maxHoldMs: 'show',
  nearLimitFill: 'show',
  overlap: 'show',
  planned: 'show',
  possiblyDoubled: 'show',
  receivedAtMs: 'show',
  renewsTokens: 'show',
  replayed: 'show',
  reported: 'show',
  restores: 'show',
  resumption: 'show',
  retryInMs: 'show',
  retryable: 'show',
  rotateAtAgeMs: 'show',
  rotateWithinMs: 'show',
  sent: 'show',
  seq: 'show',
  speechPauseMs: 'show',
  stableAfterMs: 'show',
  timeLeftMs: 'show',
  tokens: 'show',
  transparent: 'show',
  unacknowledged: 'show',
  // Words
  action: 'show',
  afterExpiry: 'show',
  callIds: 'show',
  code: 'show',
  context: 'show',
  contextWindow: 'show',
  error: 'show',
  input: 'show',
  kind: 'show',
  level: 'show',
  lifecycle: 'show',
  limitedBy: 'show',
  meaning: 'show',
  model: 'show',
  onNotResumable: 'show',
  order: 'show',
  outcome: 'show',
  phase: 'show',
  reason: 'show',
  resumability: 'show',
  socket: 'show',
  turn: 'show',
  type: 'show',
  // Objects
  end: 'show',
  handle: 'show',
  output: 'show',
  policy: 'show',
} as const;

/** Fails to compile when a field of these is missing above. */
type Traced =
  | SessionEvent
  | SessionEmitted
  | SessionInput
  | SessionPolicy
  | HandleRef
  | EndRef
  | DialInput
  | ReseedInput
  | LifelineEvent
  | SessionStatus
  | Omit<OutboxCounts, 'dropped'>;
fields satisfies Record<KeyOf<Traced>, 'show'>;

const vocabulary = {
  EndRef: { resume: 1, retry: 1, newToken: 1, dropHandle: 1, fatal: 1 } satisfies Record<EndRef['action'], 1>,
  CloseMeaning: {
    ageLimit: 1,
    overranGoAway: 1,
    operationAborted: 1,
    serverTrouble: 1,
    quota: 1,
    billing: 1,
    tokenSpent: 1,
    contentRefused: 1,
    setupRefused: 1,
    apiKeyInvalid: 1,
    modelNotFound: 1,
    notEnabled: 1,
    handleDead: 1,
    network: 1,
    unauthorized: 1,
    notFound: 1,
    tooManyRequests: 1,
    unavailable: 1,
    clientRejected: 1,
    unknown: 1,
  } satisfies Record<CloseMeaning, 1>,
  ChartMeaning: { noHandle: 1, notResumable: 1 },
  AfterExpiry: { fail: 1, fresh: 1, reseed: 1 } satisfies Record<SessionPolicy['afterExpiry'], 1>,
  Order: { 'break-before-make': 1, overlap: 1 } satisfies Record<SessionPolicy['order'], 1>,
  OnNotResumable: { keep: 1, drop: 1 } satisfies Record<SessionPolicy['onNotResumable'], 1>,
  DrainReason: { goAway: 1, age: 1, asked: 1 } satisfies Record<Drain['reason'], 1>,
  Phase: {
    options: 1,
    connecting: 1,
    active: 1,
    goingAway: 1,
    resuming: 1,
    expired: 1,
    closing: 1,
    closed: 1,
    send: 1,
    read: 1,
  } satisfies Record<ErrorPhase, 1>,
  Announced: {
    connected: 1,
    goAway: 1,
    rotating: 1,
    rotated: 1,
    resumed: 1,
    handleDropped: 1,
    expired: 1,
    nearLimit: 1,
    compressed: 1,
    exhausted: 1,
    turnComplete: 1,
    interrupted: 1,
    dropped: 1,
    backpressure: 1,
    viewOverflow: 1,
    error: 1,
    closed: 1,
    failed: 1,
  } satisfies Record<(LifelineEvent | SessionEmitted)['type'], 1>,
  Outcome: { restored: 1, reseeded: 1, lost: 1, original: 1 } satisfies Record<ContextOutcome | SessionStatus['context'], 1>,
  Socket: { up: 1, down: 1 } satisfies Record<SessionStatus['socket'], 1>,
  Input: { flowing: 1, held: 1, closed: 1 } satisfies Record<SessionStatus['input'], 1>,
  Level: { high: 1, low: 1 },
  LimitedBy: { clock: 1, tokens: 1, connection: 1 } satisfies Record<Extract<LifelineEvent, { type: 'nearLimit' }>['limitedBy'], 1>,
  Kind: {
    audio: 1,
    video: 1,
    text: 1,
    activityStart: 1,
    activityEnd: 1,
    audioStreamEnd: 1,
    content: 1,
    toolResponse: 1,
    contextUpdate: 1,
  } satisfies Record<ClientMessageKind, 1>,
  Drop: {
    overflow: 1,
    videoIsNotReplayed: 1,
    tooOld: 1,
    lateResume: 1,
    modelRefusesContent: 1,
    refusedByService: 1,
    callUnknown: 1,
    emptyActivity: 1,
    sessionEnded: 1,
  } satisfies Record<DropReason, 1>,
};

/** A trace is a log, not a copy: what is larger than this is cut, so that one record cannot hold up a session. */
const maxValues = 400;
const maxDepth = 8;

const shown: ReadonlySet<string> = new Set([...Object.keys(fields), ...Object.keys(vocabulary.Drop)]);

export class Redactor {
  readonly #words: Set<string>;

  /** `words` come on top of the built-in ones: those of the chart, the session's model. */
  constructor(words: Iterable<string>) {
    this.#words = new Set([...lifelineErrorCodes, ...Object.values(vocabulary).flatMap((group) => Object.keys(group)), ...words]);
  }

  knows(word: string): boolean {
    return this.#words.has(word);
  }

  word(text: string): string | Redacted {
    return this.#words.has(text) ? text : { redacted: text.length };
  }

  /** A copy that can be written as JSON and holds nothing that is not on the lists. */
  value(value: unknown): unknown {
    return this.#copy(value, maxDepth, { left: maxValues });
  }

  #copy(value: unknown, depth: number, budget: { left: number }): unknown {
    budget.left -= 1;
    switch (typeof value) {
      case 'string':
        return this.word(value);
      case 'number':
      case 'boolean':
        return value;
      case 'bigint':
        return Number(value);
      case 'object':
        break;
      default:
        return undefined;
    }
    if (value === null) return null;
    const bytes = sizeOf(value);
    if (bytes !== null) return { redacted: bytes } satisfies Redacted;
    if (depth === 0 || budget.left <= 0) return { omitted: 1 };
    if (Array.isArray(value)) return value.slice(0, Math.max(0, budget.left)).map((item) => this.#copy(item, depth - 1, budget) ?? null);
    return this.#fields(value, depth, budget);
  }

  #fields(value: object, depth: number, budget: { left: number }): unknown {
    const out: Record<string, unknown> = {};
    let omitted = 0;
    for (const key of Object.keys(value)) {
      if (shown.has(key) && budget.left > 0) out[key] = this.#copy((value as Record<string, unknown>)[key], depth - 1, budget);
      else omitted += 1;
    }
    if (omitted > 0) out['omitted'] = omitted;
    return out;
  }
}

/** The whole of a value as JSON can take it, for a trace that was asked for unredacted. Bytes are a length even there. */
export function reveal(value: unknown): unknown {
  return unfold(value, new Set());
}

function unfold(value: unknown, above: Set<object>): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  const bytes = sizeOf(value);
  if (bytes !== null) return { bytes };
  if (above.has(value)) return { cycle: true };
  above.add(value);
  const copy: unknown = Array.isArray(value)
    ? value.map((item) => unfold(item, above) ?? null)
    : Object.fromEntries(Object.keys(value).map((key) => [key, unfold((value as Record<string, unknown>)[key], above)]));
  above.delete(value);
  return copy;
}

function sizeOf(value: object): number | null {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  return typeof Blob !== 'undefined' && value instanceof Blob ? value.size : null;
}
