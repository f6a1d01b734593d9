/**
 * What both kits hand to a test runner: cases with a name, and the errors they fail with.
 *
 * Owns the waiting on the system clock. Knows no runner: `for (const { name, run } of cases) test(name, run)`.
 */
import { systemClock } from '../../clock.js';

/** One question. `run` resolves when the answer is right, and rejects with a KitError that says what was wrong. */
export interface NamedCase {
  readonly name: string;
  run(): Promise<void>;
}

/** The subject did not do what its contract says. The message names what was expected, and what came instead. */
export class KitError extends Error {
  override readonly name = 'KitError';
}

export function expectThat(isSo: boolean, message: string): asserts isSo {
  if (!isSo) throw new KitError(message);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    systemClock.setTimeout(resolve, ms);
  });
}

/** Looks every 2 ms. `what` finishes the sentence "Waited 5000 ms for …". */
export async function until(isSo: () => boolean, what: () => string, withinMs = 5_000): Promise<void> {
  const deadline = systemClock.now() + withinMs;
  while (!isSo()) {
    if (systemClock.now() > deadline) throw new KitError(`Waited ${withinMs} ms for ${what()}`);
    await pause(2);
  }
}
