/**
 * What must hold of everything that passes between the session and its transport, whatever the session says of itself.
 *
 *   G4  input goes to one connection at a time      G6  messages reach the app in order, none twice
 *   G7  never an older handle                       G8  out of a connection before its goAway ends it
 *   G11 no tight loops                              G3  nothing after the end
 *   S-CONN-06 a resume uses the newest handle       S-CONN-16 a dead handle is not tried again and again
 *
 * Written from docs/GUARANTEES.md, machines/SPEC.md and the table of closes in docs/PROTOCOL.md.
 */
import type { LiveServerMessage } from '@google/genai';
import type { DialRecord, Received, TapListener } from './tap.js';
import type { Findings } from './violation.js';

/** PROTOCOL, how connections end: a handle that is refused with one of these is dead. */
const deadReasons = [
  'Invalid session handle',
  'BidiGenerateContent session not found',
  'BidiGenerateContent session expired',
  'Requested entity was not found.',
];
/** The first try and `handleRetries` (1) more. */
const triesOfDeadHandle = 2;
const setupTimeoutMs = 15_000;
const leastBetweenDialsMs = 25;
/** More than the budget of dials without a stable connection, in a window in which none can be stable. */
const windowMs = 9_000;
const dialsInWindow = 40;
/** Timers that are due in one millisecond run in one step of the clock. */
const slackMs = 1;
const mostQueued = 5_000;

interface Update {
  readonly newHandle?: unknown;
  readonly lastConsumedClientMessageIndex?: string | number;
}

export class WireRules implements TapListener {
  readonly #now: () => number;
  readonly #findings: Findings;
  /** Newest last. */
  readonly dials: DialRecord[] = [];
  /** Handles in the order in which they first came. */
  readonly #rank = new Map<string, number>();
  readonly #cameAt = new Map<string, number>();
  /** The highest that an update of a connection has named. */
  readonly #indexes = new Map<number, number>();
  readonly #refusals = new Map<string, number>();
  /** What a goAway said of a dial: the latest moment to leave it. */
  readonly #deadlines = new Map<DialRecord, number>();
  readonly #saidDeadline = new Set<number>();
  readonly #arrived: string[] = [];
  readonly #dialTimes: number[] = [];
  #lastWritten = 0;
  #newest: string | null = null;
  /** The app asked for this one. */
  #given: string | null = null;
  #expired = false;
  /** Since the last dial: the network came back, or the app asked for a resume. */
  #mayHurry = false;
  #isOver = false;
  #read = 0;
  #refusedOverlaps = 0;
  onWrite: (dial: DialRecord, text: string) => void = () => {};
  onDialled: (dial: DialRecord) => void = () => {};

  constructor(now: () => number, findings: Findings) {
    this.#now = now;
    this.#findings = findings;
  }

  get newestHandle(): string | null {
    return this.#newest;
  }

  cameAt(handle: string): number | null {
    return this.#cameAt.get(handle) ?? null;
  }

  rankOf(handle: string): number {
    return this.#rank.get(handle) ?? -1;
  }

  dialled(dial: DialRecord): void {
    this.#findings.check('G3', !this.#isOver, () => `dial ${dial.n} after the end of the session`);
    const before = this.dials.at(-1);
    this.dials.push(dial);
    if (this.dials.length > 64) this.dials.shift();
    if (before !== undefined) this.#pace(before, dial);
    this.#dialTimes.push(dial.at);
    while ((this.#dialTimes[0] ?? dial.at) < dial.at - windowMs) this.#dialTimes.shift();
    this.#findings.check(
      'G11',
      this.#dialTimes.length <= dialsInWindow,
      () => `${this.#dialTimes.length} dials within ${windowMs} ms`,
    );
    const { handle } = dial;
    if (handle === null) {
      const mayBeFresh = before === undefined || this.#newest === null || this.#expired;
      this.#findings.check('S-CONN-06', mayBeFresh, () => `dial ${dial.n} begins afresh although a handle is held`);
    } else {
      const isRight = handle === this.#newest || handle === this.#given;
      this.#findings.check(
        'G7',
        isRight,
        () => `dial ${dial.n} resumes with handle ${this.rankOf(handle)}, not the newest`,
      );
      const refused = this.#refusals.get(handle) ?? 0;
      this.#findings.check(
        'S-CONN-16',
        refused < triesOfDeadHandle,
        () => `dial ${dial.n} tries a handle that was refused ${refused} times`,
      );
    }
    this.#mayHurry = false;
    this.onDialled(dial);
  }

  wrote(dial: DialRecord, text: string): void {
    this.#findings.check(
      'G4',
      dial.n >= this.#lastWritten,
      () => `input on connection ${dial.n} after input on ${this.#lastWritten}`,
    );
    this.#findings.check('G4', dial.readyAt !== null, () => `input on connection ${dial.n} before it is set up`);
    this.#lastWritten = Math.max(dial.n, this.#lastWritten);
    this.onWrite(dial, text);
  }

  received(dial: DialRecord, message: Received): void {
    if (message === null) return;
    if (!('setupComplete' in message) && this.#arrived.length < mostQueued) this.#arrived.push(signature(message));
    if (dial.closedAt !== null) return;
    if ('setupComplete' in message) this.#expired = false;
    const update = message['sessionResumptionUpdate'] as Update | undefined;
    if (typeof update?.newHandle === 'string' && update.newHandle !== '') {
      const index = Number(update.lastConsumedClientMessageIndex ?? Infinity);
      // PROTOCOL: the index counts the messages of this connection; a lower one belongs to an older handle.
      // One that came before counts the messages of another connection, or of this one at an earlier time.
      const isRepeated = this.#rank.has(update.newHandle) && update.newHandle !== this.#newest;
      if (isRepeated || index >= (this.#indexes.get(dial.n) ?? 0)) this.#noteHandle(dial, update.newHandle);
      if (!isRepeated && index < Infinity) this.#indexes.set(dial.n, Math.max(index, this.#indexes.get(dial.n) ?? 0));
    }
    if ('goAway' in message) this.#noteGoAway(dial, (message['goAway'] as { timeLeft?: unknown } | null)?.timeLeft);
  }

  closed(dial: DialRecord): void {
    this.#left(dial);
  }

  ended(dial: DialRecord): void {
    this.#left(dial);
    const { handle, end } = dial;
    if (handle === null || dial.closedAt !== null || end?.cause !== 'close') return;
    const isInvalid =
      dial.readyAt === null && end.code === 1007 && end.reason.startsWith('Request contains an invalid');
    if (!isInvalid && !deadReasons.some((reason) => end.reason.startsWith(reason))) return;
    this.#refusals.set(handle, (this.#refusals.get(handle) ?? 0) + 1);
  }

  /** A message reached the app: it must be one that came after the one before it. */
  delivered(message: object): void {
    this.#findings.check('G3', !this.#isOver, () => 'a message after the end of the session');
    if ('setupComplete' in message) return;
    const at = this.#arrived.indexOf(signature(message), this.#read);
    this.#findings.check(
      'G6',
      at >= 0,
      () => `the app got ${Object.keys(message).join('+') || '{}'} twice, or out of order`,
    );
    if (at < 0) return;
    this.#read = at + 1;
    if (this.#read > 256) {
      this.#arrived.splice(0, this.#read);
      this.#read = 0;
    }
  }

  /** The handle that the app sees: never empty, never older than what it saw before unless that one was dropped. */
  seen(handle: string, before: string | null): void {
    this.#findings.check('G7', handle !== '', () => 'an empty handle');
    if (before === null || this.#given !== null) return;
    this.#findings.check(
      'G7',
      this.rankOf(handle) >= this.rankOf(before),
      () => 'an older handle took the place of a newer one',
    );
  }

  /** What the session announced. */
  said(type: string, connection: number | null): void {
    if (type === 'expired' || type === 'handleDropped') this.#expired = true;
    if (type === 'atDeadline' && connection !== null) this.#saidDeadline.add(connection);
  }

  /** The app may be the reason for the next dial. */
  asked(handle: string | null): void {
    this.#mayHurry = true;
    if (handle === null) return;
    this.#given = handle;
    this.#refusals.delete(handle);
  }

  /** The laptop sleeps until then: timers that are due before run then, and nothing can be asked of them sooner. */
  sleeps(untilMs: number): void {
    for (const [dial, at] of this.#deadlines) this.#deadlines.set(dial, Math.max(at, untilMs));
    this.#mayHurry = true;
  }

  over(): void {
    this.#isOver = true;
    this.#deadlines.clear();
  }

  /** After each command: no connection is kept beyond the end that was announced. */
  afterStep(): void {
    for (const [dial, at] of this.#deadlines) {
      this.#findings.check('G8', this.#now() <= at + slackMs || this.#saidDeadline.has(dial.n), () => late(dial));
    }
  }

  #pace(before: DialRecord, dial: DialRecord): void {
    if (!wasRefused(before) || this.#mayHurry || before.handle !== dial.handle) return;
    // S-CONN-15: an overlap that is refused breaks before it makes, at once, and there is no second overlap.
    const isOverlap = this.dials.some((one) => one.n < before.n && one.readyAt !== null && leftAt(one) > before.at);
    if (isOverlap && (this.#refusedOverlaps += 1) === 1) return;
    const overAt = leftAt(before);
    this.#findings.check(
      'G11',
      dial.at - overAt >= leastBetweenDialsMs,
      () => `dial ${dial.n} follows the refused dial ${before.n} after ${dial.at - overAt} ms`,
    );
  }

  #noteHandle(dial: DialRecord, handle: string): void {
    dial.newestHandle = handle;
    // The service offers it again.
    this.#refusals.delete(handle);
    if (this.#rank.has(handle)) return;
    this.#rank.set(handle, this.#rank.size);
    this.#cameAt.set(handle, this.#now());
    this.#newest = handle;
    this.#given = null;
  }

  #noteGoAway(dial: DialRecord, timeLeft: unknown): void {
    if (dial.readyAt === null) return;
    this.#deadlines.set(dial, this.#now() + durationMs(timeLeft));
  }

  #left(dial: DialRecord): void {
    const at = this.#deadlines.get(dial);
    if (at === undefined) return;
    this.#deadlines.delete(dial);
    this.#findings.check('G8', this.#now() <= at + slackMs || this.#saidDeadline.has(dial.n), () => late(dial));
  }
}

/** Enough to tell two messages apart, in the words of the service and of the SDK alike. */
function signature(message: object): string {
  const { sessionResumptionUpdate, serverContent, toolCall, usageMetadata } = message as LiveServerMessage;
  const [part] = serverContent?.modelTurn?.parts ?? [];
  return [
    ...Object.keys(message),
    sessionResumptionUpdate?.newHandle,
    ...(serverContent === undefined ? [] : Object.keys(serverContent)),
    part?.text ?? part?.inlineData?.data?.slice(-24),
    serverContent?.outputTranscription?.text ?? serverContent?.inputTranscription?.text,
    toolCall?.functionCalls?.[0]?.id,
    usageMetadata?.totalTokenCount,
  ].join();
}

/** Not set up, and not given up for something better. */
function wasRefused({ at, readyAt, closedAt, endedAt }: DialRecord): boolean {
  if (readyAt !== null) return false;
  return closedAt === null || (endedAt !== null && endedAt <= closedAt) || closedAt - at >= setupTimeoutMs;
}

/** When the session had no more to do with it. */
function leftAt({ closedAt, endedAt }: DialRecord): number {
  return Math.min(closedAt ?? Infinity, endedAt ?? Infinity);
}

function late(dial: DialRecord): string {
  return `connection ${dial.n} is still in use when its goAway is over, and nobody said that it would be`;
}

/** PROTOCOL: a protobuf Duration, or a number of seconds; unparsable means leaving now. */
function durationMs(value: unknown): number {
  if (typeof value === 'number') return Math.max(0, value * 1_000);
  const [, seconds] = typeof value === 'string' ? (/^(\d+(?:\.\d+)?)s$/.exec(value) ?? []) : [];
  return seconds === undefined ? 0 : Number(seconds) * 1_000;
}
