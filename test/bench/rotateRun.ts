/**
 * One session over many connections while a numbered microphone runs: what the MODEL heard is compared with what was
 * sent.
 *
 *   chunk every 20 ms ──→ session ──→ emulator ── account ──→ lost, doubled, reordered
 *        order: goAway or a cut, at a seeded moment ──↗   receipts ──→ what the session itself says was doubled
 *
 * Owns the run and its verdict. The oracle is the emulator's memory (`account`), which knows nothing of the session.
 */
import { connect, type LifelineEvent, type LiveSession, type Receipt } from '../../dist/src/index.js';
import { closings } from '../../dist/src/emulator/index.js';
import type { Random } from '../../dist/src/random.js';
import { machine, type Machine } from './support/machine.js';
import { quantiles, type Quantiles } from './support/quantiles.js';
import { randomsFrom, realPlace, virtualPlace, type Place } from './support/place.js';
import { chunkMs, numberedChunk, Speaker } from './support/speaker.js';
import { lineagesIn, stampOf } from './support/stamps.js';

export interface RotateOptions {
  /** Hand-offs: planned rotations, or cuts. */
  readonly count: number;
  readonly transparent: boolean;
  readonly cuts: boolean;
  readonly real: boolean;
  readonly seed: number;
  readonly oneWayMs: number;
  /** Evenly spread from 0, added to each delay; in process only. */
  readonly jitterMs: number;
  readonly setupMs: number;
  readonly handleEveryMs: number;
  readonly timeLeftMs: number;
  readonly onProgress?: (done: number, of: number) => void;
}

export interface RotateReport {
  readonly what: 'rotations' | 'cuts';
  readonly options: Omit<RotateOptions, 'onProgress'>;
  /** Options of the session that are not the defaults. */
  readonly sessionOptions: Readonly<Record<string, unknown>>;
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly handOffs: number;
  readonly planned: number;
  /** Planned, and made at the deadline and not in a quiet moment. */
  readonly atDeadline: number;
  readonly cutsBy: Readonly<Record<string, number>>;
  /** What the session took the turn for when the order was given. */
  readonly orderedIn: Readonly<Record<string, number>>;
  readonly modelTurns: number;
  readonly sent: number;
  readonly heard: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  /** Chunks whose receipts say that the model may have heard them twice. */
  readonly possiblyDoubled: number;
  /** Doubled without such a receipt, or lost without a receipt that says dropped. */
  readonly unreported: number;
  readonly receipts: Readonly<Record<string, number>>;
  /** No connection was set up. */
  readonly gapMs: Quantiles | null;
  /** Longest wait of one send, per hand-off. */
  readonly heldMs: Quantiles | null;
  readonly connections: number;
  /** Setups that the server refused: a resume that came before the close of the old connection. */
  readonly refusedSetups: number;
  /** Conversations on the server: 1 when every hand-off resumed the one before. */
  readonly lineages: number;
  /** Heard messages that the emulator no longer knows; anything but 0 makes the account worthless. */
  readonly forgotten: number;
  readonly sessionMs: number;
  readonly wallMs: number;
  readonly machine: Machine;
}

/** What a cut looks like; the share of each. */
const cutKinds = [
  { name: 'rst', share: 0.7, order: { how: 'rst' } },
  { name: 'close 1000', share: 0.15, order: { how: 'close', ...closings.cancelled } },
  { name: 'close 1011', share: 0.15, order: { how: 'close', ...closings.deadlineExpired } },
] as const;

/**
 * From one hand-off to the next order. Dials that were refused count until a connection is `stableAfterMs` old (10 s), and
 * too many end the session as a loop: so what can be refused (a cut; with jitter a swap, when the setup overtakes the
 * close of the old connection) comes further apart than that.
 */
const waits = {
  rotation: { virtual: [500, 9_500], real: [500, 4_500] },
  rotationWithJitter: { virtual: [11_000, 15_000], real: [11_000, 15_000] },
  cut: { virtual: [11_000, 15_000], real: [2_500, 6_500] },
} as const;

/** Over real sockets cuts come faster than in life; the session is told that a connection is stable sooner. */
const realCutOptions = { stableAfterMs: 2_000 } as const;

/** An order that leads to no hand-off in this time is a failure of its own. */
const handOffLimitMs = 120_000;
/** After the last chunk: two handles, so that every receipt can be settled. */
const settleMs = 5_000;

export async function rotate(options: RotateOptions): Promise<RotateReport> {
  const startedAt = performance.now();
  const { transparent, oneWayMs, jitterMs, real, seed } = options;
  const host = machine();
  const randoms = randomsFrom(seed);
  const settings = {
    provider: transparent ? 'vertex' : 'developer',
    random: randoms.server,
    oneWayMs,
    jitterMs,
    emulator: {
      maxHeard: 1e9,
      setupMs: options.setupMs,
      handleEveryMs: options.handleEveryMs,
      // Orders decide when a connection ends, nothing else does.
      connectionLifetimeMs: 2 ** 31 - 1,
      goAwayBeforeEndMs: 0,
      maxHeardPerContext: 10_000_000,
    },
  } as const;
  const place = real ? await realPlace(settings) : virtualPlace(settings);
  const sessionOptions = real && options.cuts ? realCutOptions : {};
  try {
    const run = new Run(options, place, randoms.user, randoms.fate);
    const session = await place.until(
      connect({
        transport: place.transport,
        model: 'gemini-live-2.5-flash-preview',
        config: transparent ? { sessionResumption: { transparent: true } } : {},
        clock: place.clock,
        random: randoms.client,
        ...sessionOptions,
      }),
    );
    const connectedAt = place.clock.now();
    const failure = await place.until(run.through(session));
    const sessionMs = place.clock.now() - connectedAt;
    const { onProgress: _, ...said } = options;
    return {
      ...run.verdict(failure),
      options: said,
      sessionOptions,
      sessionMs,
      wallMs: performance.now() - startedAt,
      machine: host,
    };
  } finally {
    await place.close();
  }
}

class Run {
  readonly #options: RotateOptions;
  readonly #place: Place;
  readonly #speaker: Speaker;
  readonly #fate: Random;
  readonly #receipts: Receipt[] = [];
  readonly #gaps: number[] = [];
  readonly #holds: number[] = [];
  readonly #orderedIn: Record<string, number> = {};
  readonly #cutsBy: Record<string, number> = {};
  #planned = 0;
  #atDeadline = 0;
  #modelTurns = 0;
  #handOffs = 0;
  #orderedAt = 0;
  #ended: string | null = null;

  constructor(options: RotateOptions, place: Place, user: Random, fate: Random) {
    this.#options = options;
    this.#place = place;
    this.#speaker = new Speaker(user);
    this.#fate = fate;
  }

  /** Resolves when the session is closed; with what went wrong on the way, or null. */
  async through(session: LiveSession): Promise<string | null> {
    const { clock } = this.#place;
    const subscription = session.events$.subscribe((event) => this.#note(event, session));
    this.#orderLater(session);
    await this.#speak(session);
    if (this.#ended === null) await new Promise<void>((resolve) => void clock.setTimeout(resolve, settleMs));
    await session.close();
    subscription.unsubscribe();
    return this.#ended;
  }

  /** Chunk n at 20 ms × n, however late the timer is; until all hand-offs were made. */
  #speak(session: LiveSession): Promise<void> {
    const { clock } = this.#place;
    const { count } = this.#options;
    const startedAt = clock.now();
    return new Promise((resolve) => {
      let sayUntil = Infinity;
      const next = (): void => {
        if (this.#handOffs >= count) sayUntil = Math.min(sayUntil, this.#receipts.length + 100);
        if (this.#ended === null && clock.now() - this.#orderedAt > handOffLimitMs && this.#orderedAt > 0) {
          this.#ended = `no hand-off within ${handOffLimitMs} ms of the order (lifecycle ${session.status.current.lifecycle})`;
        }
        if (this.#ended !== null || this.#receipts.length >= sayUntil) return resolve();
        do {
          const chunk = numberedChunk(this.#receipts.length, this.#speaker.next());
          this.#receipts.push(session.sendRealtimeInput({ audio: chunk }));
        } while (clock.now() - startedAt >= this.#receipts.length * chunkMs);
        clock.setTimeout(next, startedAt + this.#receipts.length * chunkMs - clock.now());
      };
      next();
    });
  }

  #note(event: LifelineEvent, session: LiveSession): void {
    switch (event.type) {
      case 'resumed':
        this.#handOffs += 1;
        this.#orderedAt = 0;
        if (event.planned) this.#planned += 1;
        this.#gaps.push(event.gapMs);
        this.#holds.push(event.heldMs);
        this.#options.onProgress?.(this.#handOffs, this.#options.count);
        if (this.#handOffs < this.#options.count) this.#orderLater(session);
        return;
      case 'rotating':
        if (event.atDeadline) this.#atDeadline += 1;
        return;
      case 'turnComplete':
        this.#modelTurns += 1;
        return;
      case 'failed':
        this.#ended ??= `the session failed: ${event.error.code}`;
        return;
      case 'closed':
        if (this.#handOffs < this.#options.count) this.#ended ??= 'the session closed early';
        return;
      default:
    }
  }

  #orderLater(session: LiveSession): void {
    const { cuts, real, jitterMs } = this.#options;
    const kind = cuts ? 'cut' : jitterMs > 0 ? 'rotationWithJitter' : 'rotation';
    const [least, most] = waits[kind][real ? 'real' : 'virtual'];
    this.#place.clock.setTimeout(() => this.#order(session), least + this.#fate.next() * (most - least));
  }

  #order(session: LiveSession): void {
    if (this.#ended !== null) return;
    const { emulator, clock } = this.#place;
    this.#orderedAt = clock.now();
    const { turn } = session.status.current;
    const moment = this.#speaker.isLoud ? `speech while ${turn}` : turn;
    this.#orderedIn[moment] = (this.#orderedIn[moment] ?? 0) + 1;
    if (!this.#options.cuts) return emulator.goAway({ timeLeftMs: this.#options.timeLeftMs });
    let draw = this.#fate.next();
    const kind = cutKinds.find(({ share }) => (draw -= share) < 0) ?? cutKinds[0];
    this.#cutsBy[kind.name] = (this.#cutsBy[kind.name] ?? 0) + 1;
    emulator.cut(kind.order);
  }

  verdict(
    failure: string | null,
  ): Omit<RotateReport, 'options' | 'sessionOptions' | 'sessionMs' | 'wallMs' | 'machine'> {
    const { transparent, cuts, count } = this.#options;
    const { emulator } = this.#place;
    const account = emulator.account(stampOf, this.#receipts.keys());
    const receipts: Record<string, number> = {};
    const possiblyDoubled = new Set<number>();
    const dropped = new Set<number>();
    for (const [n, { outcome }] of this.#receipts.entries()) {
      const name = outcome?.state === 'dropped' ? `dropped: ${outcome.reason}` : (outcome?.state ?? 'open');
      receipts[name] = (receipts[name] ?? 0) + 1;
      if (outcome?.state === 'replayed' && outcome.possibleDouble) possiblyDoubled.add(n);
      if (outcome?.state === 'dropped') dropped.add(n);
    }
    const unreported =
      account.doubled.filter((n) => !possiblyDoubled.has(n)).length +
      account.lost.filter((n) => !dropped.has(n)).length;
    const forgotten = emulator.contexts().reduce((sum, { heard }) => sum + heard.forgotten, 0);
    const lineages = lineagesIn(emulator);
    const problems = failure === null ? [] : [failure];
    const mustBe = (holds: boolean, problem: string) => void (holds || problems.push(problem));
    mustBe(
      account.lost.length === 0,
      `${account.lost.length} chunks lost, first ${account.lost.slice(0, 5).join(', ')}`,
    );
    mustBe(account.reordered.length === 0, `${account.reordered.length} chunks out of order`);
    const mayDouble = cuts && !transparent;
    mustBe(mayDouble || account.doubled.length === 0, `${account.doubled.length} chunks doubled`);
    mustBe(unreported === 0, `${unreported} chunks lost or doubled without a word`);
    mustBe(forgotten === 0, `the emulator forgot ${forgotten} messages`);
    mustBe(receipts['open'] === undefined, `${receipts['open'] ?? 0} receipts never settled`);
    mustBe(lineages === 1, `${lineages} conversations on the server, not 1`);
    mustBe(this.#handOffs === count, `${this.#handOffs} hand-offs, not ${count}`);
    mustBe(cuts || this.#planned === this.#handOffs, `${this.#handOffs - this.#planned} hand-offs were not planned`);
    return {
      what: cuts ? 'cuts' : 'rotations',
      ok: problems.length === 0,
      problems,
      handOffs: this.#handOffs,
      planned: this.#planned,
      atDeadline: this.#atDeadline,
      cutsBy: this.#cutsBy,
      orderedIn: this.#orderedIn,
      modelTurns: this.#modelTurns,
      sent: this.#receipts.length,
      heard: account.heard,
      lost: account.lost.length,
      doubled: account.doubled.length,
      reordered: account.reordered.length,
      possiblyDoubled: possiblyDoubled.size,
      unreported,
      receipts,
      gapMs: quantiles(this.#gaps),
      heldMs: quantiles(this.#holds),
      connections: emulator.connections.length,
      refusedSetups: emulator.connections.filter(({ readyAt, endedBy }) => readyAt === null && endedBy === 'server')
        .length,
      lineages,
      forgotten,
    };
  }
}
