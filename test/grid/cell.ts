/**
 * One cell of the grid: a session in one state meets one class of faults, the user goes on, and this says what became
 * of it.
 *
 * Owns the script of a cell, the measurement and the questions that every cell must answer well. Knows no class and no
 * state by name.
 */
import type { FaultClass } from '../../src/emulator/faults/catalogue.js';
import type { FaultAction, FaultMoment } from '../../src/emulator/faults/fault.js';
import { LifelineError } from '../../src/index.js';
import type { Simulation } from '../support/simulation.js';
import { arena, speak, type Arena, type GridState } from './states.js';

/**
 * - `unmet`: the fault had nothing to act on
 * - `unseen`: it acted, and the app sees the same session on the same connection
 * - `restored`, `reseeded`, `lost`: another connection; what became of the model's context
 * - `failed`: the session ended with `error`
 * - `closed`: the app was closing, and it closed
 */
export type Outcome = 'unmet' | 'unseen' | 'restored' | 'reseeded' | 'lost' | 'failed' | 'closed';

export interface Cell {
  readonly outcome: Outcome;
  /** From the first act of the fault until input flows again; null where it never stopped, or never came back. */
  readonly recoverMs: number | null;
  /** The code of the error that ended the session. */
  readonly error: string | null;
  /** Chunks of 20 ms that no model heard; each has a receipt that says so. */
  readonly lost: number;
  /** Chunks that a model heard twice; each is reported. */
  readonly doubled: number;
  /** What must never be, in any cell. */
  readonly problems: readonly string[];
}

const talkMs = 48_000;
const afterMs = 24_000;
/** A fault that waits for a dial gets one this long after it was planned. */
const cutAfterMs = 3_000;

const beforeReady: ReadonlySet<FaultMoment> = new Set<FaultMoment>(['dial', 'setup', 'ready']);
/** On the next dial, or on the next setup. */
const dialActions: ReadonlySet<FaultAction['do']> = new Set([
  'refuse',
  'stall',
  'drip',
  'refuseHandle',
  'loseContext',
  'poison',
  'neverCompress',
  'forgetHandles',
]);

/** Acts at a dial or a setup, so that a session with a good connection does not meet it. */
function needsDial({ faults }: FaultClass): boolean {
  return faults.some(
    ({ match, action }) =>
      (match?.at !== undefined && beforeReady.has(match.at)) ||
      match?.kind === 'setupComplete' ||
      (match?.at === undefined && dialActions.has(action.do)),
  );
}

/** A connection that ends by itself within a cell, for classes that act on its goAway. */
const ownGoAway = { connectionLifetimeMs: 30_000, goAwayBeforeEndMs: 10_000 };

function changesGoAway({ faults }: FaultClass): boolean {
  return faults.some(({ match }) => match?.kind === 'goAway');
}

interface Moment {
  readonly at: number;
  readonly flows: boolean;
}

function watchInput(sim: Simulation, moments: Moment[] = []): Moment[] {
  const note = (): void => {
    const { lifecycle, input } = sim.session.status.current;
    const flows = input === 'flowing' && (lifecycle === 'active' || lifecycle === 'goingAway');
    if (moments.at(-1)?.flows !== flows) moments.push({ at: sim.clock.now(), flows });
  };
  note();
  sim.session.status.subscribe(note);
  return moments;
}

/** From the first act until input flowed again after its last interruption; null when it never stopped, or stays so. */
function recovery(moments: readonly Moment[], actedAt: number, until: number): number | null {
  const last = moments.findLastIndex(({ at, flows }, index) => !flows && at < until && endOf(moments, index) > actedAt);
  if (last === -1) return null;
  const end = endOf(moments, last);
  return Number.isFinite(end) ? end - actedAt : null;
}

function endOf(moments: readonly Moment[], index: number): number {
  return moments[index + 1]?.at ?? Number.POSITIVE_INFINITY;
}

export async function runCell(state: GridState, fault: FaultClass): Promise<Cell> {
  const here = arena(state, changesGoAway(fault) ? ownGoAway : {});
  let ids: readonly number[] = [];
  await state.enter(here, () => {
    ids = here.emulator.faults.add(fault.faults);
  });
  const before = here.sim();
  const eventsBefore = before?.events.length ?? 0;
  const moments: Moment[] = before === null ? [{ at: 0, flows: false }] : watchInput(before);
  const sim = before ?? (await here.connected((connected) => watchInput(connected, moments)));
  if (sim === null) return refused(here, ids);
  const wasClosing = sim.session.status.current.lifecycle === 'closing';
  if (!wasClosing && needsDial(fault)) {
    await speak(sim, cutAfterMs);
    if (actsOf(here, ids) === 0) sim.emulator.cut({ how: 'rst' });
  }
  await talk(sim, talkMs);
  const acted = actsOf(here, ids);
  const actedAt = firstAct(here, ids);
  const talkedUntil = here.clock.now();
  here.emulator.clearFaults();
  await talk(sim, afterMs);
  // What is held and on its way arrives.
  await sim.run(20_000);
  const recoverMs = actedAt === null ? null : recovery(moments, actedAt, talkedUntil);
  const { lifecycle, error } = sim.session.status.current;
  const problems = await problemsOf(sim, wasClosing);
  const { lost, doubled } = sim.account();
  return {
    outcome:
      acted === 0
        ? 'unmet'
        : wasClosing
          ? 'closed'
          : lifecycle === 'failed'
            ? 'failed'
            : contextAfter(sim, eventsBefore),
    recoverMs,
    error: error?.code ?? null,
    lost: lost.length,
    doubled: doubled.length,
    problems,
  };
}

/** Speech and silence in turn: models answer, and a link that passes nothing shows. */
async function talk(sim: Simulation, ms: number): Promise<void> {
  const until = sim.clock.now() + ms;
  while (sim.clock.now() < until && sim.session.status.current.input !== 'closed') {
    await speak(sim, 1_000, true);
    await speak(sim, 5_000);
  }
  await sim.run(Math.max(0, until - sim.clock.now()));
}

/** connect() has rejected. */
function refused(here: Arena, ids: readonly number[]): Cell {
  const failure = here.failure();
  const error = failure instanceof LifelineError ? failure.code : null;
  return {
    outcome: actsOf(here, ids) === 0 ? 'unmet' : 'failed',
    recoverMs: null,
    error,
    lost: 0,
    doubled: 0,
    problems: error === null ? [`connect() rejected with ${String(failure)}, which is no LifelineError`] : [],
  };
}

function actsOf(here: Arena, ids: readonly number[]): number {
  return here.emulator.faults
    .list()
    .filter(({ id }) => ids.includes(id))
    .reduce((sum, { acted }) => sum + acted, 0);
}

function firstAct(here: Arena, ids: readonly number[]): number | null {
  return here.emulator.log.find(({ fault }) => fault !== undefined && ids.includes(fault))?.at ?? null;
}

function contextAfter(sim: Simulation, eventsBefore: number): Outcome {
  const since = sim.events.slice(eventsBefore);
  if (since.some(({ type }) => type === 'contextLost')) return 'lost';
  const outcomes = since.flatMap((event) => (event.type === 'resumed' ? [event.outcome] : []));
  for (const worst of ['lost', 'reseeded', 'restored'] as const) if (outcomes.includes(worst)) return worst;
  return 'unseen';
}

/** What the guarantees forbid, whatever was done to the session (G2, G5, G6, G10). */
async function problemsOf(sim: Simulation, wasClosing: boolean): Promise<string[]> {
  const problems: string[] = [];
  const { lifecycle, error, input } = sim.session.status.current;
  const isOver = lifecycle === 'failed' || lifecycle === 'closed';
  if (wasClosing && !isOver) problems.push(`closing never ended: ${lifecycle}`);
  if (!wasClosing && lifecycle !== 'active' && lifecycle !== 'goingAway' && lifecycle !== 'failed')
    problems.push(`ended up ${lifecycle}`);
  if (lifecycle === 'active' && input !== 'flowing') problems.push('active, and input never flowed again');
  if (lifecycle === 'failed' && error === null) problems.push('failed without an error');
  const { lost, doubled, reordered } = sim.account();
  // A receipt that is open, or says no more than that it was written, claims nothing.
  const outcomeOf = (n: number) => sim.receipts[n]?.outcome;
  const unsaid = lost.filter((n) => ['delivered', 'replayed'].includes(outcomeOf(n)?.state ?? ''));
  if (unsaid.length > 0)
    problems.push(`${unsaid.length} chunks lost that were called ${outcomeOf(unsaid[0] ?? 0)?.state}`);
  const reported = new Set(sim.possiblyDoubled());
  const unreported = doubled.filter((n) => outcomeOf(n) !== null && !reported.has(n));
  if (unreported.length > 0) problems.push(`${unreported.length} chunks heard twice without a word`);
  if (reordered.length > 0) problems.push(`${reordered.length} chunks out of order`);
  await sim.close().catch((failure: unknown) => problems.push(`close() failed: ${String(failure)}`));
  if (sim.receipts.some(({ outcome }) => outcome === null)) problems.push('a receipt never settled');
  return problems;
}
