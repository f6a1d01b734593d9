/**
 * Many plans, one after the other: seeds that failed once first, then new ones, chosen by what is not yet covered.
 *
 *   a few candidate seeds ─▶ the one whose profile has met the rarest transitions so far ─▶ run ─▶ counts
 *
 * Owns the choice and the sums. A plan depends on its seed alone, so steering changes which seeds are run and never what
 * a seed does: one number is enough to run one again.
 */
import { createHash } from 'node:crypto';
import { listTransitions } from '../transitions.js';
import { sessionMachine } from '../../../machines/index.js';
import { seededRandom } from '../../random.js';
import type { Plan, PlanKind } from './command.js';
import { planOf, profileOf, type Profile } from './generate.js';
import { regressions } from './regressions.js';
import { runPlan, type RunOptions, type RunReport } from './run.js';
import type { Violation } from './violation.js';

export interface CampaignOptions extends RunOptions {
  readonly kind: PlanKind;
  readonly seed: number;
  /** Ends after the run that reaches one of them. */
  readonly hours?: number;
  readonly steps?: number;
  /** @default 'first' */
  readonly stopAt?: 'first' | 'never';
  readonly onRun?: (sums: CampaignReport) => void;
}

export interface CampaignReport {
  readonly seed: number;
  readonly runs: number;
  readonly steps: number;
  readonly virtualHours: number;
  readonly ended: Readonly<Record<string, number>>;
  /** How often faults of each class acted. */
  readonly faults: Readonly<Record<string, number>>;
  /** How often each rule was asked. */
  readonly checked: Readonly<Record<string, number>>;
  readonly transitions: { readonly taken: number; readonly of: number; readonly notTaken: readonly string[] };
  /** SHA-256 over the hashes of all traces. */
  readonly hash: string;
  readonly failures: readonly { readonly plan: Plan; readonly violation: Violation }[];
}

const candidates = 4;
const mostFailures = 100;

export async function campaign(options: CampaignOptions): Promise<CampaignReport> {
  const { kind, seed, hours = Infinity, steps = Infinity, stopAt = 'first', onRun, ...run } = options;
  const random = seededRandom(seed);
  const sums = new Sums(seed);
  const known = regressions.filter((one) => one.kind === kind).map((one) => one.seed);
  const draw = (): number => Math.floor(random.next() * 2 ** 32);
  while (sums.steps < steps && sums.virtualHours < hours) {
    const next = known.shift() ?? sums.rarest(kind, Array.from({ length: kind === 'random' ? candidates : 1 }, draw));
    const plan = planOf(kind, next);
    const report = await runPlan(plan, run);
    sums.add(plan, profileOf(kind, next), report);
    onRun?.(sums.report());
    if (report.violation !== null && stopAt === 'first') break;
  }
  return sums.report();
}

class Sums {
  readonly #seed: number;
  readonly #hash = createHash('sha256');
  readonly #ended: Record<string, number> = {};
  readonly #faults: Record<string, number> = {};
  readonly #checked: Record<string, number> = {};
  readonly #taken = new Map<string, number>();
  /** What the runs with a feature of the profile were worth: rare transitions, on average. */
  readonly #worth = new Map<string, { sum: number; runs: number }>();
  readonly #failures: { plan: Plan; violation: Violation }[] = [];
  #runs = 0;
  #virtualMs = 0;
  steps = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  get virtualHours(): number {
    return this.#virtualMs / 3_600_000;
  }

  /** The seed that promises the most that was seldom seen. */
  rarest(kind: PlanKind, seeds: readonly number[]): number {
    const scores = seeds.map((seed) => {
      const worths = featuresOf(profileOf(kind, seed)).map((name) => this.#worthOf(name));
      return worths.reduce((sum, worth) => sum + worth, 0) / worths.length;
    });
    return seeds[scores.indexOf(Math.max(...scores))] ?? 0;
  }

  /** A feature that was never tried promises much. */
  #worthOf(name: string): number {
    const known = this.#worth.get(name);
    return known === undefined ? 1 : known.sum / known.runs + 1 / known.runs;
  }

  add(plan: Plan, profile: Profile, report: RunReport): void {
    this.#runs += 1;
    this.steps += report.steps;
    this.#virtualMs += report.virtualMs;
    this.#hash.update(report.hash);
    this.#ended[report.ended] = (this.#ended[report.ended] ?? 0) + 1;
    for (const [name, times] of Object.entries(report.faults)) this.#faults[name] = (this.#faults[name] ?? 0) + times;
    for (const [id, times] of Object.entries(report.checked)) this.#checked[id] = (this.#checked[id] ?? 0) + times;
    let novelty = 0;
    for (const id of report.taken) {
      const times = (this.#taken.get(id) ?? 0) + 1;
      this.#taken.set(id, times);
      novelty += 1 / times;
    }
    for (const name of featuresOf(profile)) {
      const worth = this.#worth.get(name) ?? { sum: 0, runs: 0 };
      worth.sum += novelty;
      worth.runs += 1;
      this.#worth.set(name, worth);
    }
    if (report.violation !== null && this.#failures.length < mostFailures) {
      this.#failures.push({ plan, violation: report.violation });
    }
  }

  report(): CampaignReport {
    const all = listTransitions(sessionMachine).map(({ id }) => id);
    return {
      seed: this.#seed,
      runs: this.#runs,
      steps: this.steps,
      virtualHours: this.virtualHours,
      ended: this.#ended,
      faults: this.#faults,
      checked: this.#checked,
      transitions: {
        taken: all.filter((id) => this.#taken.has(id)).length,
        of: all.length,
        notTaken: all.filter((id) => !this.#taken.has(id)),
      },
      hash: this.#hash.copy().digest('hex'),
      failures: this.#failures,
    };
  }
}

function featuresOf({ wayIn, kinds, faults, setting }: Profile): readonly string[] {
  const { resumption, transparent, overlap, smallWindow } = setting;
  const settings = Object.entries({ resumption, transparent, overlap, smallWindow });
  return [`in ${wayIn}`, ...kinds, ...faults, ...settings.map(([name, value]) => `${name} ${value}`)];
}
