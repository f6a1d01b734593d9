/**
 * Runs one plan: connect, one command after the other with every rule asked after each, then the end, and what is left.
 *
 *   connect ── commands ── faults stop ── at rest (G10) ── close ── a minute later
 *
 * Owns the order of a run and its hash. The hash is of the session's trace, byte for byte.
 */
import { createHash } from 'node:crypto';
import { LifelineError } from '../../errors.js';
import type { Transport } from '../../transport/port.js';
import type { CountedClock } from './clock.js';
import type { Plan } from './command.js';
import { Performer } from './perform.js';
import type { TapListener } from './tap.js';
import type { Violation } from './violation.js';
import { createWorld, startMs, type World } from './world.js';

export interface RunOptions {
  readonly plant?: (transport: Transport, clock: CountedClock) => Transport;
  readonly watch?: RunWatcher;
}

/** Sees everything, for the story; changes nothing. */
export interface RunWatcher extends TapListener {
  begins(world: World): void;
  line(line: string): void;
  step(index: number): void;
}

export interface RunReport {
  readonly violation: Violation | null;
  /** Commands that were performed. */
  readonly steps: number;
  readonly virtualMs: number;
  /** SHA-256 of the trace. */
  readonly hash: string;
  /** Transitions of the statechart, in the words of the trace. */
  readonly taken: ReadonlySet<string>;
  /** How often faults of each class acted. */
  readonly faults: Readonly<Record<string, number>>;
  /** How often each rule was asked. */
  readonly checked: Readonly<Record<string, number>>;
  readonly ended: 'closed' | 'failed' | 'refused';
}

/** Characters of the trace. */
const hashedAtOnce = 50_000;
/** Five dials of 15 s, and waits of up to two minutes between them. */
const connectWithinMs = 5 * 15_000 + 4 * 120_000 + 5_000;
/** The longest wait between dials, a setup that says nothing, an old socket that holds on, and a conversation. */
const restWithinMs = 300_000;
const steadyForMs = 4_000;
const acknowledgedMs = 8_000;
const closeWithinMs = 6_000;
const afterwardsMs = 90_000;

export async function runPlan(plan: Plan, { plant, watch }: RunOptions = {}): Promise<RunReport> {
  const hash = createHash('sha256');
  const taken = new Set<string>();
  let lines = '';
  const trace = (line: string): void => {
    lines += `${line}\n`;
    if (lines.length > hashedAtOnce) {
      hash.update(lines);
      lines = '';
    }
    noteTransition(line, taken);
    watch?.line(line);
  };
  const world = createWorld({ seed: plan.seed, setting: plan.setting, trace, plant, also: watch });
  watch?.begins(world);
  const performer = new Performer(world, plan.setting);
  const run = new Run(plan, world, performer, watch);
  const ended = await run.through();
  performer.stop();
  world.emulator.stop();
  const { findings } = world.oracle;
  return {
    violation: findings.first,
    steps: run.steps,
    virtualMs: world.clock.now() - startMs,
    hash: hash.update(lines).digest('hex'),
    taken,
    faults: performer.acted,
    checked: findings.checked,
    ended,
  };
}

class Run {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #performer: Performer;
  readonly #watch: RunWatcher | undefined;
  steps = 0;

  constructor(plan: Plan, world: World, performer: Performer, watch: RunWatcher | undefined) {
    this.#plan = plan;
    this.#world = world;
    this.#performer = performer;
    this.#watch = watch;
  }

  async through(): Promise<RunReport['ended']> {
    const { oracle } = this.#world;
    if (!(await this.#connect())) return 'refused';
    for (const [index, command] of this.#plan.commands.entries()) {
      if (oracle.findings.first !== null || oracle.isOver) break;
      oracle.findings.step = index;
      this.#watch?.step(index);
      await this.#performer.perform(command);
      await this.#world.clock.tick(0);
      this.steps += 1;
      oracle.afterStep();
    }
    if (oracle.findings.first !== null) return 'closed';
    oracle.findings.step = this.#plan.commands.length;
    this.#watch?.step(this.#plan.commands.length);
    const isFailed = oracle.isOver;
    await this.#end();
    return isFailed ? 'failed' : 'closed';
  }

  async #connect(): Promise<boolean> {
    const { clock, oracle, connected } = this.#world;
    const outcome: { error?: unknown; isDone: boolean } = { isDone: false };
    const settled = connected.then(
      (session) => {
        outcome.isDone = true;
        oracle.adopt(session);
        this.#performer.adopt(session);
      },
      (error: unknown) => Object.assign(outcome, { isDone: true, error }),
    );
    await clock.tick(0);
    for (let ms = 0; !outcome.isDone && ms < connectWithinMs; ms += 10) await clock.tick(10);
    oracle.findings.check('G2', outcome.isDone, () => `connect() has not settled after ${connectWithinMs} ms`);
    if (!outcome.isDone) return false;
    await settled;
    const { error } = outcome;
    if (error === undefined) return true;
    oracle.findings.check(
      'G2',
      error instanceof LifelineError,
      () => 'connect() rejected with what is no LifelineError',
    );
    await this.#leave();
    return false;
  }

  /** Faults stop, and the user goes on for a while. */
  async #end(): Promise<void> {
    const { oracle, emulator, connected } = this.#world;
    const session = await connected;
    emulator.clearFaults();
    emulator.resumable(true);
    oracle.wire.asked(null);
    this.#world.setOnline(true);
    let steadyMs = 0;
    for (let ms = 0; ms < restWithinMs && steadyMs < steadyForMs && !oracle.isOver; ms += 1_000) {
      await this.#performer.perform({ do: 'talk', seconds: 1 });
      oracle.afterStep();
      steadyMs = session.status.current.lifecycle === 'active' ? steadyMs + 1_000 : 0;
      if (oracle.findings.first !== null) return;
    }
    oracle.atRest();
    if (!oracle.isOver) await this.#world.clock.tick(acknowledgedMs);
    this.#performer.stop();
    oracle.account.settle(emulator, oracle.isOver);
    await this.#leave();
    oracle.account.settle(emulator, true);
  }

  async #leave(): Promise<void> {
    const { oracle, clock, emulator, connected } = this.#world;
    const session = await connected.catch(() => null);
    if (session !== null && !oracle.isOver) {
      oracle.pledge('close()', session.close(), closeWithinMs);
      for (let ms = 0; !oracle.isOver && ms < closeWithinMs; ms += 500) await clock.tick(500);
    }
    await clock.tick(0);
    if (oracle.findings.first !== null) return;
    oracle.atEnd();
    await clock.tick(afterwardsMs);
    oracle.afterwards(emulator);
  }
}

const takenMark = '"type":"transition","taken":[';

/** Cheaper than to parse every line: the list stands right behind the mark. */
function noteTransition(line: string, taken: Set<string>): void {
  const at = line.indexOf(takenMark);
  if (at < 0) return;
  const from = at + takenMark.length;
  const list = line.slice(from, line.indexOf(']', from));
  for (const item of list.split('","')) if (item !== '') taken.add(item.replaceAll('"', ''));
}
