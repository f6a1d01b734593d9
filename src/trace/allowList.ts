/**
 * The allow list of a trace: the keys whose values may be seen, and the words that may be seen under them.
 *
 * Complete by type: a new field of an event, or a new word of the library, does not compile until it stands here or the
 * type says otherwise. Decides nothing beyond that; redact.ts applies it.
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
import { lifelineErrorCodes, type ErrorPhase } from '../errors.js';
import type { ContextOutcome, LifelineEvent } from '../events.js';
import type { OutboxCounts } from '../outbox/outbox.js';
import type { DropReason } from '../outbox/receipt.js';
import type { SessionStatus } from '../status.js';
import type { ClientMessageKind } from '../wire/clientMessage.js';
import type { CloseMeaning } from '../wire/closes.js';

type KeyOf<T> = T extends unknown ? keyof T & string : never;

const fields = {
  // Numbers, booleans and counts
  accepted: true,
  acknowledged: true,
  at: true,
  atDeadline: true,
  atMs: true,
  awayMs: true,
  bytes: true,
  closeCode: true,
  closeTimeoutMs: true,
  compression: true,
  connection: true,
  count: true,
  coversInput: true,
  deadlineMarginMs: true,
  delivered: true,
  dialBudget: true,
  firstDialBudget: true,
  dropped: true,
  epoch: true,
  explicitlyNot: true,
  fill: true,
  gapMs: true,
  handleLifeMs: true,
  handleRetries: true,
  held: true,
  heldMs: true,
  inProgress: true,
  marked: true,
  maxHoldMs: true,
  nearLimitFill: true,
  overlap: true,
  planned: true,
  possiblyDoubled: true,
  receivedAtMs: true,
  renewsTokens: true,
  warms: true,
  replayed: true,
  reported: true,
  restores: true,
  resumption: true,
  retryInMs: true,
  retryable: true,
  rotateAtAgeMs: true,
  rotateWithinMs: true,
  sent: true,
  seq: true,
  speechPauseMs: true,
  stableAfterMs: true,
  timeLeftMs: true,
  tokens: true,
  tokensAfter: true,
  tokensBefore: true,
  transparent: true,
  unacknowledged: true,
  // Words
  actorId: true,
  action: true,
  afterExpiry: true,
  callIds: true,
  code: true,
  context: true,
  contextWindow: true,
  error: true,
  input: true,
  kind: true,
  level: true,
  lifecycle: true,
  limitedBy: true,
  meaning: true,
  model: true,
  onNotResumable: true,
  order: true,
  outcome: true,
  phase: true,
  reason: true,
  resumability: true,
  socket: true,
  turn: true,
  type: true,
  // Objects
  end: true,
  handle: true,
  output: true,
  policy: true,
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
fields satisfies Record<KeyOf<Traced>, true>;

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
    contextLost: 1,
    backpressure: 1,
    viewOverflow: 1,
    error: 1,
    closed: 1,
    failed: 1,
  } satisfies Record<(LifelineEvent | SessionEmitted)['type'], 1>,
  Outcome: { restored: 1, reseeded: 1, lost: 1, original: 1 } satisfies Record<
    ContextOutcome | SessionStatus['context'],
    1
  >,
  Socket: { up: 1, down: 1 } satisfies Record<SessionStatus['socket'], 1>,
  Input: { flowing: 1, held: 1, closed: 1 } satisfies Record<SessionStatus['input'], 1>,
  Level: { high: 1, low: 1 },
  LimitedBy: { clock: 1, tokens: 1, connection: 1 } satisfies Record<
    Extract<LifelineEvent, { type: 'nearLimit' }>['limitedBy'],
    1
  >,
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

export const shownKeys: ReadonlySet<string> = new Set([...Object.keys(fields), ...Object.keys(vocabulary.Drop)]);

export const shownWords: ReadonlySet<string> = new Set([
  ...lifelineErrorCodes,
  ...Object.values(vocabulary).flatMap((group) => Object.keys(group)),
]);
