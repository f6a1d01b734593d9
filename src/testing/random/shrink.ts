/**
 * Makes a failing plan smaller: fast-check takes commands away and makes their numbers smaller, as long as the same rule
 * is broken.
 *
 * Owns the bound on the work. Whoever made the plan, every command of it can be made smaller.
 */
import fc from 'fast-check';
import type { Command, Plan } from './command.js';
import { anyCommands } from './generate.js';
import { runPlan, type RunOptions } from './run.js';
import type { Violation } from './violation.js';

export interface Shrunk {
  readonly plan: Plan;
  readonly violation: Violation;
  /** Runs that were needed. */
  readonly runs: number;
}

const defaultRuns = 400;
const rounds = 3;

export async function shrink(
  failing: Plan,
  violation: Violation,
  { maxRuns = defaultRuns, ...options }: RunOptions & { readonly maxRuns?: number } = {},
): Promise<Shrunk> {
  let runs = 0;
  let smallest: Shrunk = { plan: failing, violation, runs: 0 };
  // What comes after the step that failed is of no use.
  const first = failing.commands.slice(0, violation.step + 1);
  const isBroken = async (commands: readonly Command[]): Promise<boolean> => {
    if (runs >= maxRuns) return false;
    runs += 1;
    const plan: Plan = { ...failing, commands };
    const report = await runPlan(plan, options);
    if (report.violation?.id !== violation.id) return false;
    smallest = { plan, violation: report.violation, runs };
    return true;
  };
  // Once more from what was found: with fewer commands around them, others may go too.
  for (let round = 0; round < rounds; round += 1) {
    const start = round === 0 ? first : smallest.plan.commands;
    await fc.check(
      fc.asyncProperty(anyCommands(), async (commands) => !(await isBroken(commands))),
      { numRuns: 1, examples: [[[...start]]] },
    );
  }
  return { ...smallest, runs };
}
