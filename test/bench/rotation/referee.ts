/**
 * One contestant, one run: orders a goAway or a cut, waits for the next connection, makes the model speak on it, and at
 * the end compares what was heard with what was sent.
 *
 *   ready ── wait ── order ── next connection set up ── the model speaks ── its audio arrives ── wait ── …
 *
 * Owns the orders and the account of one contestant. Measures from outside, the same way for all: by the server's
 * records and by when audio reaches the app.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ConnectionRecord } from '../../../dist/src/emulator/index.js';
import type { EmulatorServer } from '../../../dist/src/emulator/server.js';
import { closings } from '../../../dist/src/emulator/index.js';
import type { Random } from '../../../dist/src/random.js';
import { deferred } from '../support/deferred.js';
import { quantiles, type Quantiles } from '../support/quantiles.js';
import { stampOf } from '../support/stamps.js';
import type { Assignment, FromContestant, ToContestant } from './protocol.js';

export interface Entry {
  readonly name: string;
  /** URL of its program. */
  readonly file: string;
  readonly args?: readonly string[];
  /** Instead of the one that all others talk to. */
  readonly model?: string;
}

export interface RunOptions {
  readonly what: 'rotations' | 'cuts';
  readonly count: number;
  readonly oneWayMs: number;
  readonly model: string;
  readonly random: Random;
  readonly firstNumber: number;
}

export interface RunResult {
  readonly name: string;
  readonly what: RunOptions['what'];
  readonly model: string;
  readonly handOffs: number;
  /** Why it was not carried on with; null when all hand-offs were made. */
  readonly stopped: string | null;
  readonly chunkMs: number;
  readonly sent: number;
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
  /** Of the doubled, those that the library itself reports; null where it reports none. */
  readonly reportedDoubled: number | null;
  /** No connection could take input, seen from the client. */
  readonly gapMs: Quantiles | null;
  /** From the beginning of that gap to the first audio of the model on the new connection. */
  readonly firstAudioMs: Quantiles | null;
  readonly connections: number;
  /** 1: every connection resumed the one before. */
  readonly conversations: number;
}

const betweenMs = [400, 1_200] as const;
const timeLeftMs = 10_000;
const handOffLimitMs = 15_000;
const audioLimitMs = 3_000;
const stableAfterMs = 500;
const cutOrders = [
  { how: 'rst' },
  { how: 'close', ...closings.cancelled },
  { how: 'close', ...closings.deadlineExpired },
] as const;

const loader = new URL('../typescript.mjs', import.meta.url).href;

export async function referee(
  entry: Entry,
  baseUrl: string,
  server: EmulatorServer,
  options: RunOptions,
): Promise<RunResult> {
  return new Match(entry, baseUrl, server, options).play();
}

class Match {
  readonly #entry: Entry;
  readonly #server: EmulatorServer;
  readonly #options: RunOptions;
  readonly #child: ChildProcess;
  readonly #before: number;
  readonly #contextsBefore: number;
  readonly #connected = deferred<void>();
  readonly #done = deferred<Extract<FromContestant, { type: 'done' }> | null>();
  #errors = '';
  #isGone = false;
  #ended: string | null = null;
  #onAudio: (at: number) => void = () => {};

  constructor(entry: Entry, baseUrl: string, server: EmulatorServer, options: RunOptions) {
    this.#entry = entry;
    this.#server = server;
    this.#options = options;
    this.#before = server.emulator.connections.length;
    this.#contextsBefore = server.emulator.contexts().length;
    const { model, firstNumber } = options;
    const assignment: Assignment = { baseUrl, model, firstNumber, stableAfterMs };
    this.#child = fork(fileURLToPath(entry.file), [JSON.stringify(assignment), ...(entry.args ?? [])], {
      execArgv: ['--import', loader],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-2_000);
    });
    this.#child.on('message', (message: FromContestant) => this.#hear(message));
    this.#child.on('exit', (code) => {
      this.#isGone = true;
      this.#connected.reject(new Error(`the process ended with ${code}: ${lastLine(this.#errors)}`));
      this.#done.resolve(null);
    });
  }

  async play(): Promise<RunResult> {
    const { count, random } = this.#options;
    const gaps: number[] = [];
    const firstAudios: number[] = [];
    let stopped: string | null = null;
    let handOffs = 0;
    try {
      await within(this.#connected.promise, 30_000, 'not connected within 30 s');
      for (; handOffs < count; handOffs += 1) {
        await sleep(betweenMs[0] + random.next() * (betweenMs[1] - betweenMs[0]));
        const old = await this.#current();
        this.#order(old.id, handOffs);
        const next = await this.#successorOf(old);
        const startsAt = this.#gapStartOf(old, next);
        gaps.push(Math.max(0, (next.readyAt ?? 0) + this.#options.oneWayMs - startsAt));
        const audioAt = await this.#makeItSpeak(next.id);
        if (audioAt !== null) firstAudios.push(audioAt - startsAt);
      }
    } catch (error) {
      stopped = error instanceof Error ? error.message : String(error);
      if (this.#ended !== null) stopped = `${this.#ended} (${stopped})`;
    }
    const done = await this.#stop();
    return { ...this.#account(done), handOffs, stopped, gapMs: quantiles(gaps), firstAudioMs: quantiles(firstAudios) };
  }

  #hear(message: FromContestant): void {
    if (message.type === 'connected') this.#connected.resolve();
    else if (message.type === 'audio') this.#onAudio(message.at);
    else if (message.type === 'ended') this.#ended ??= message.why;
    else this.#done.resolve(message);
  }

  /** Set up in this run, oldest first. */
  #ready(): readonly Readonly<ConnectionRecord>[] {
    return this.#server.emulator.connections.slice(this.#before).filter(({ readyAt }) => readyAt !== null);
  }

  #order(connection: number, n: number): void {
    const { emulator } = this.#server;
    if (this.#options.what === 'rotations') emulator.goAway({ timeLeftMs, connection });
    else emulator.cut({ ...(cutOrders[n % cutOrders.length] ?? cutOrders[0]), connection });
  }

  /** A library may be between two connections on its own account. */
  async #current(): Promise<Readonly<ConnectionRecord>> {
    const giveUpAt = Date.now() + handOffLimitMs;
    while (Date.now() < giveUpAt && !this.#isGone) {
      const newest = this.#ready().at(-1);
      if (newest?.endedAt === null) return newest;
      await sleep(5);
    }
    throw new Error(`no connection left within ${handOffLimitMs} ms`);
  }

  async #successorOf(old: Readonly<ConnectionRecord>): Promise<Readonly<ConnectionRecord>> {
    const giveUpAt = Date.now() + handOffLimitMs;
    while (Date.now() < giveUpAt && !this.#isGone) {
      const next = this.#ready().find(({ id }) => id > old.id);
      if (next !== undefined && old.endedAt !== null) return next;
      await sleep(5);
    }
    throw new Error(
      this.#isGone ? `the process ended: ${lastLine(this.#errors)}` : `no new connection within ${handOffLimitMs} ms`,
    );
  }

  /** When the client could send no more: it left, or it learnt that it was cut. */
  #gapStartOf({ endedAt, endedBy }: Readonly<ConnectionRecord>, next: Readonly<ConnectionRecord>): number {
    const { oneWayMs } = this.#options;
    const at = (endedAt ?? 0) + (endedBy === 'client' ? -oneWayMs : oneWayMs);
    return Math.min(at, (next.readyAt ?? 0) + oneWayMs);
  }

  async #makeItSpeak(connection: number): Promise<number | null> {
    const heard = deferred<number>();
    this.#onAudio = heard.resolve;
    this.#server.emulator.say('Yes?', { connection });
    const at = await within(heard.promise, audioLimitMs, '').catch(() => null);
    this.#onAudio = () => {};
    return at;
  }

  async #stop(): Promise<Extract<FromContestant, { type: 'done' }> | null> {
    if (!this.#isGone) this.#child.send({ type: 'stop' } satisfies ToContestant);
    const done = await within(this.#done.promise, 15_000, '').catch(() => null);
    if (!this.#isGone) {
      const gone = new Promise((resolve) => void this.#child.once('exit', resolve));
      await within(gone, 5_000, '').catch(() => this.#child.kill('SIGKILL'));
    }
    return done;
  }

  #account(done: Extract<FromContestant, { type: 'done' }> | null) {
    const { emulator } = this.#server;
    const { firstNumber, what, model } = this.#options;
    const sent = done?.sent ?? 0;
    const isMine = (n: number | null): n is number => n !== null && n >= firstNumber && n < firstNumber + sent;
    const account = emulator.account(
      (message) => {
        const n = stampOf(message);
        return isMine(n) ? n : null;
      },
      Array.from({ length: sent }, (_, n) => firstNumber + n),
    );
    const reported = done?.possiblyDoubled ? new Set(done.possiblyDoubled) : null;
    const contexts = emulator.contexts().slice(this.#contextsBefore);
    return {
      name: this.#entry.name,
      what,
      model,
      chunkMs: done?.chunkMs ?? 0,
      sent,
      lost: account.lost.length,
      doubled: account.doubled.length,
      reordered: account.reordered.length,
      reportedDoubled: reported === null ? null : account.doubled.filter((n) => reported.has(n)).length,
      connections: this.#ready().length,
      conversations: contexts.filter(({ parent }) => parent === null).length,
    };
  }
}

function lastLine(text: string): string {
  return (
    text
      .trim()
      .split('\n')
      .findLast((line) => /error/i.test(line))
      ?.slice(0, 200) ?? 'no message'
  );
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

async function within<T>(promise: Promise<T>, ms: number, problem: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
