/**
 * What a broken rule is, and the count of rules that were asked.
 *
 * Owns nothing but the list: the rules are in oracle.ts, wireRules.ts and account.ts.
 */

export interface Violation {
  /** Of machines/SPEC.md or docs/GUARANTEES.md. */
  readonly id: string;
  readonly message: string;
  /** Index of the command after or during which it was seen; the number of commands: at the end. */
  readonly step: number;
  readonly at: number;
}

/** Where all rules report. */
export class Findings {
  readonly #now: () => number;
  readonly #checked: Record<string, number> = {};
  /** Which command is being performed. */
  step = 0;
  /** The first one: what follows it may be its consequence. */
  first: Violation | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** How often each rule was asked. */
  get checked(): Readonly<Record<string, number>> {
    return this.#checked;
  }

  /** `message` is made only when the rule is broken. */
  check(id: string, holds: boolean, message: () => string): void {
    this.#checked[id] = (this.#checked[id] ?? 0) + 1;
    if (!holds) this.first ??= { id, message: message(), step: this.step, at: this.#now() };
  }
}
