/**
 * Puts the lifecycle stories into a test runner: vitest, jest, node:test, whatever has `describe` and `test`.
 *
 * Owns the registration. Imports no runner.
 */
import type { SessionAdapter, StoryOptions } from './adapter.js';
import { KitError } from './namedCase.js';
import { sessionStories } from './stories.js';

/** What is needed of a runner. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  test(name: string, run: () => Promise<void>, timeoutMs?: number): unknown;
}

export interface DescribeSessionOptions extends StoryOptions, Partial<Runner> {
  /** Title of the group. Default `a session over many connections`. */
  readonly name?: string;
  /** Of the system's clock, for one story. Default 60,000. */
  readonly testTimeoutMs?: number;
}

/**
 * Runs the lifecycle stories against your embedding: rotation on goAway, cut, refused handle, half-open link, and a stop
 * that leaves nothing open. `describe` and `test` default to the globals of the runner.
 *
 * Over sockets a story takes a few seconds; give an app on Lifeline a short `unansweredAfterMs` for the half-open one.
 *
 * @throws KitError when there is no runner; a story that fails rejects its test with one.
 */
export function describeSession(adapter: SessionAdapter, options: DescribeSessionOptions = {}): void {
  const globals = globalThis as Partial<Runner>;
  const { describe = globals.describe, test = globals.test, name = 'a session over many connections' } = options;
  if (typeof describe !== 'function' || typeof test !== 'function') {
    throw new KitError('There is no describe and test. Pass those of your test runner: { describe, test }.');
  }
  const { testTimeoutMs = 60_000 } = options;
  describe(name, () => {
    for (const { name: story, run } of sessionStories(adapter, options)) test(story, run, testTimeoutMs);
  });
}
