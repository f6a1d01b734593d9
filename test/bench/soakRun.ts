/**
 * One session for days of virtual time: rotations, cuts, tool calls and barge-ins at seeded moments, and whether
 * anything is left over at the end: a receipt, a socket, a timer, or memory.
 *
 * Owns the run and its verdict. Receipts are counted and not kept, and what the emulator remembers is thinned out
 * (support/ledger.ts), so that a heap that grows is the session's.
 */
import { connect, type LifelineEvent, type LiveSession, type Receipt } from '../../dist/src/index.js';
import { closings } from '../../dist/src/emulator/index.js';
import type { Random } from '../../dist/src/random.js';
import { Ledger } from './support/ledger.js';
import { machine, type Machine } from './support/machine.js';
import { quantiles, type Quantiles } from './support/quantiles.js';
import { randomsFrom, virtualPlace, type VirtualPlace } from './support/place.js';
import { numberedChunk, smallChunk } from './support/speaker.js';

export interface SoakOptions {
  readonly hours: number;
  readonly seed: number;
  readonly oneWayMs: number;
  readonly onProgress?: (doneHours: number, of: number, detail: string) => void;
}

export interface HeapReport {
  /** After a forced collection, in bytes, one per sample. */
  readonly samples: readonly number[];
  readonly firstMiB: number;
  readonly lastMiB: number;
  /** Slope of the last half of the samples (least squares) over that half, as a share of its mean. */
  readonly growthOfLastHalf: number;
  /** The session keeps its newest 10,000 hand-offs: growth says something once they are there before the last half. */
  readonly isJudged: boolean;
  /** The emulator's lists of all connections and contexts, without a bound here: taken off every sample. */
  readonly emulatorListsMiB: number;
}

export interface SoakReport {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly hours: number;
  readonly seed: number;
  readonly orders: Readonly<Record<OrderName, number>>;
  readonly rotations: number;
  readonly cutResumes: number;
  readonly connections: number;
  readonly compressions: number;
  readonly chunks: number;
  readonly heard: number;
  readonly lost: number;
  readonly doubled: number;
  readonly possiblyDoubled: number;
  /** Doubled, and its receipt does not say so. */
  readonly unreported: number;
  readonly reordered: number;
  readonly receipts: Readonly<Record<string, number>>;
  readonly openReceipts: number;
  readonly gapMs: Quantiles | null;
  readonly maxSocketsAtRest: number;
  /** A second after close() resolved. */
  readonly socketsLeft: number;
  readonly timersLeft: number;
  /** Null without --expose-gc. */
  readonly heap: HeapReport | null;
  readonly wallMs: number;
  readonly virtualHoursPerSecond: number;
  readonly machine: Machine;
}

export type OrderName = 'goAway' | 'cut' | 'toolCall' | 'bargeIn';

/** Mean distance of each, in virtual time; the distances are exponential. */
const meanMs: Readonly<Record<OrderName, number>> = {
  goAway: 60_000,
  cut: 60_000,
  toolCall: 90_000,
  bargeIn: 120_000,
};
const frameEveryMs = 1_000;
/** A barge-in, in chunks of 20 ms. */
const wordsChunks = 10;
/** More cuts in a row than the default budget of dials without a stable connection are a loop and not bad luck. */
const dialBudget = 100;
const samplesOfHeap = 100;
const settleMs = 10_000;
const mostGrowth = 0.01;
const handOffsKept = 10_000;

const cutOrders = [
  { how: 'rst' },
  { how: 'close', ...closings.cancelled },
  { how: 'close', ...closings.deadlineExpired },
] as const;

export async function soak(options: SoakOptions): Promise<SoakReport> {
  const startedAt = performance.now();
  const host = machine();
  const { hours, seed, oneWayMs } = options;
  const randoms = randomsFrom(seed);
  const place = virtualPlace({
    provider: 'developer',
    random: randoms.server,
    oneWayMs,
    jitterMs: 0,
    // Bounds that the session cannot see, low enough to be reached soon.
    emulator: { maxHandlesPerSession: 64, maxLog: 100, maxRecords: 1e9, maxHeard: 1e9 },
  });
  const session = await place.until(
    connect({
      transport: place.transport,
      model: 'gemini-live-2.5-flash-preview',
      clock: place.clock,
      random: randoms.client,
      dialBudget,
    }),
  );
  const run = new Soak(options, place, session, randoms.fate);
  await run.through();
  const wallMs = performance.now() - startedAt;
  return {
    ...run.verdict(),
    hours,
    seed,
    wallMs,
    virtualHoursPerSecond: Math.round((hours / wallMs) * 10_000) / 10,
    machine: host,
  };
}

class Soak {
  readonly #options: SoakOptions;
  readonly #place: VirtualPlace;
  readonly #session: LiveSession;
  readonly #fate: Random;
  readonly #ledger: Ledger;
  readonly #receipts: Record<string, number> = {};
  readonly #orders: Record<OrderName, number> = { goAway: 0, cut: 0, toolCall: 0, bargeIn: 0 };
  readonly #heap: Float64Array;
  /** Gaps of all hand-offs; made in full at once, so that it is no growth. */
  readonly #gaps: Float64Array;
  #samples = 0;
  #handOffs = 0;
  #planned = 0;
  #chunks = 0;
  #open = 0;
  #possiblyDoubled = 0;
  #socketsAtRest = 0;
  #socketsLeft = 0;
  #timersLeft = 0;
  readonly #timers = new Map<OrderName, unknown>();
  #isOver = false;
  #failure: string | null = null;
  #final: LiveSession['stats'] | null = null;

  constructor(options: SoakOptions, place: VirtualPlace, session: LiveSession, fate: Random) {
    this.#options = options;
    this.#place = place;
    this.#session = session;
    this.#fate = fate;
    const most = Math.ceil(options.hours * 3_600 * 2) + 10_000;
    this.#ledger = new Ledger(place.emulator, most);
    this.#heap = new Float64Array(samplesOfHeap);
    this.#gaps = new Float64Array(most);
  }

  async through(): Promise<void> {
    const { clock } = this.#place;
    const { hours, onProgress } = this.#options;
    this.#session.events$.subscribe((event) => this.#note(event));
    this.#session.messages$.subscribe(({ toolCall }) => {
      for (const { id, name } of toolCall?.functionCalls ?? []) this.#answerLater(id ?? '', name ?? '');
    });
    this.#speak();
    for (const name of Object.keys(meanMs) as OrderName[]) this.#orderLater(name);
    for (let n = 0; n < samplesOfHeap && this.#failure === null; n += 1) {
      await clock.tick((hours * 3_600_000) / samplesOfHeap);
      this.#sample();
      onProgress?.(((n + 1) * hours) / samplesOfHeap, hours, `${this.#handOffs} hand-offs`);
    }
    this.#isOver = true;
    for (const timer of this.#timers.values()) clock.clearTimeout(timer);
    await clock.tick(settleMs);
    this.#final = this.#session.stats;
    await this.#place.until(this.#session.close());
    await clock.tick(1_000);
    this.#socketsLeft = this.#place.emulator.liveConnections.length;
    this.#timersLeft = clock.countTimers();
    this.#ledger.settle(true);
    // Receipts are counted in promises of their own.
    await new Promise<void>((resolve) => void setImmediate(resolve));
  }

  #speak(): void {
    const { clock } = this.#place;
    if (this.#isOver || this.#failure !== null) return;
    this.#send(smallChunk(this.#chunks));
    clock.setTimeout(() => this.#speak(), frameEveryMs);
  }

  #send(audio: { data: string; mimeType: string }): void {
    const n = this.#chunks;
    this.#chunks += 1;
    this.#follow(this.#session.sendRealtimeInput({ audio }), n);
  }

  /** `n`: the number of the chunk; null for what is not numbered. */
  #follow(receipt: Receipt, n: number | null = null): void {
    this.#open += 1;
    void receipt.settled.then((outcome) => {
      this.#open -= 1;
      const name = outcome.state === 'dropped' ? `dropped: ${outcome.reason}` : outcome.state;
      this.#receipts[name] = (this.#receipts[name] ?? 0) + 1;
      if (n === null || outcome.state !== 'replayed' || !outcome.possibleDouble) return;
      this.#possiblyDoubled += 1;
      this.#ledger.report(n);
    });
  }

  #note(event: LifelineEvent): void {
    if (event.type === 'failed') this.#failure = `the session failed: ${event.error.code}`;
    if (event.type !== 'resumed') return;
    this.#gaps[this.#handOffs] = event.gapMs;
    this.#handOffs += 1;
    if (event.planned) this.#planned += 1;
    this.#ledger.settle();
  }

  #orderLater(name: OrderName): void {
    const waitMs = -Math.log(1 - this.#fate.next()) * meanMs[name];
    const timer = this.#place.clock.setTimeout(() => {
      if (this.#failure !== null) return;
      this.#orders[name] += 1;
      this.#order(name);
      this.#orderLater(name);
    }, waitMs);
    this.#timers.set(name, timer);
  }

  #order(name: OrderName): void {
    const { emulator, clock } = this.#place;
    switch (name) {
      case 'goAway':
        return emulator.goAway({ timeLeftMs: 5_000 + this.#fate.next() * 50_000 });
      case 'cut':
        return emulator.cut(cutOrders[Math.floor(this.#fate.next() * cutOrders.length)] ?? cutOrders[0]);
      case 'toolCall':
        return void emulator.callTool('lookUp', { n: this.#orders.toolCall });
      case 'bargeIn':
        emulator.say('Something that takes a while to say and that nobody will hear the end of.');
        clock.setTimeout(() => this.#interrupt(), 400 + this.#fate.next() * 1_000);
        return;
      default:
        name satisfies never;
    }
  }

  /** The user speaks over the model, for 200 ms. */
  #interrupt(said = 0): void {
    if (this.#isOver || this.#failure !== null) return;
    if (said === wordsChunks) return this.#follow(this.#session.sendRealtimeInput({ audioStreamEnd: true }));
    this.#send(numberedChunk(this.#chunks, true));
    this.#place.clock.setTimeout(() => this.#interrupt(said + 1), 20);
  }

  #answerLater(id: string, name: string): void {
    this.#place.clock.setTimeout(
      () => {
        if (this.#isOver || this.#failure !== null) return;
        this.#follow(
          this.#session.sendToolResponse({ functionResponses: [{ id, name, response: { output: 'found' } }] }),
        );
      },
      200 + this.#fate.next() * 2_000,
    );
  }

  #sample(): void {
    if (this.#session.status.current.lifecycle === 'active') {
      this.#socketsAtRest = Math.max(this.#socketsAtRest, this.#place.emulator.liveConnections.length);
    }
    globalThis.gc?.();
    this.#heap[this.#samples] = process.memoryUsage().heapUsed - this.#ledger.listBytes();
    this.#samples += 1;
  }

  verdict(): Omit<SoakReport, 'hours' | 'seed' | 'wallMs' | 'virtualHoursPerSecond' | 'machine'> {
    const { heard, doubled, reordered, lineages, forgotten } = this.#ledger.counts;
    const lost = this.#ledger.lost(this.#chunks);
    const unreported = this.#ledger.unreported();
    const heap = globalThis.gc === undefined ? null : this.#heapReport();
    const stats = this.#final ?? this.#session.stats;
    const problems = this.#failure === null ? [] : [this.#failure];
    const mustBe = (holds: boolean, problem: string) => void (holds || problems.push(problem));
    mustBe(this.#open === 0, `${this.#open} receipts never settled`);
    mustBe(this.#receipts['sent'] === undefined, `${this.#receipts['sent']} receipts without an acknowledgement`);
    mustBe(lost === 0, `${lost} chunks lost`);
    mustBe(reordered === 0, `${reordered} chunks out of order`);
    mustBe(unreported === 0, `${unreported} chunks doubled without a word`);
    mustBe(lineages === 1, `${lineages} conversations on the server, not 1`);
    mustBe(forgotten === 0, `the emulator forgot ${forgotten} messages`);
    mustBe(this.#socketsAtRest === 1, `${this.#socketsAtRest} sockets at rest, not 1`);
    mustBe(this.#socketsLeft === 0, `${this.#socketsLeft} sockets left after close`);
    mustBe(this.#timersLeft === 0, `${this.#timersLeft} timers left after close`);
    const growth = heap?.growthOfLastHalf ?? 0;
    mustBe(
      heap?.isJudged !== true || growth < mostGrowth,
      `the heap grew by ${(growth * 100).toFixed(2)} % in the last half`,
    );
    return {
      ok: problems.length === 0,
      problems,
      orders: this.#orders,
      rotations: this.#planned,
      cutResumes: this.#handOffs - this.#planned,
      connections: stats.connections,
      compressions: stats.compressions,
      chunks: this.#chunks,
      heard,
      lost,
      doubled,
      possiblyDoubled: this.#possiblyDoubled,
      unreported,
      reordered,
      receipts: this.#receipts,
      openReceipts: this.#open,
      gapMs: quantiles([...this.#gaps.subarray(0, this.#handOffs)]),
      maxSocketsAtRest: this.#socketsAtRest,
      socketsLeft: this.#socketsLeft,
      timersLeft: this.#timersLeft,
      heap,
    };
  }

  #heapReport(): HeapReport {
    const samples = [...this.#heap.subarray(0, this.#samples)];
    return {
      samples,
      firstMiB: mib(samples[0]),
      lastMiB: mib(samples.at(-1)),
      growthOfLastHalf: growthOf(samples.slice(Math.floor(samples.length / 2))),
      isJudged: this.#handOffs >= 2 * handOffsKept,
      emulatorListsMiB: mib(this.#ledger.listBytes()),
    };
  }
}

function mib(bytes = 0): number {
  return Math.round((bytes / 2 ** 20) * 100) / 100;
}

/** By least squares, so that one sample does not decide. */
function growthOf(samples: readonly number[]): number {
  const mean = samples.reduce((sum, bytes) => sum + bytes, 0) / samples.length;
  const middle = (samples.length - 1) / 2;
  let covariance = 0;
  let variance = 0;
  for (const [n, bytes] of samples.entries()) {
    covariance += (n - middle) * (bytes - mean);
    variance += (n - middle) ** 2;
  }
  const slope = variance === 0 ? 0 : covariance / variance;
  return Math.round(((slope * (samples.length - 1)) / mean) * 100_000) / 100_000;
}
