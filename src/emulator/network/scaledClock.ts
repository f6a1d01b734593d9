/**
 * A clock that runs faster than another one, or slower: ten minutes of a connection's life in ten seconds.
 *
 * Owns the conversion. What a client measures with its own watch has to be told in the client's time: `clientMs`.
 */
import type { Clock } from '../../clock.js';
import { longestTimerMs } from '../../policy/backoff.js';

/** A minute on the result is `60 / speed` seconds on `clock`. Both show the same time at the moment of the call. */
export function scaledClock(clock: Clock, speed: number): Clock {
  if (speed === 1) return clock;
  const startedAt = clock.now();
  return {
    now: () => startedAt + (clock.now() - startedAt) * speed,
    // A delay above the longest that timers know would fire at once.
    setTimeout: (callback, ms) => clock.setTimeout(callback, Math.min(longestTimerMs, clientMs(ms, speed))),
    clearTimeout: (id) => clock.clearTimeout(id),
  };
}

/** A duration of the server's clock as a client at speed 1 sees it pass. */
export function clientMs(serverMs: number, speed: number): number {
  return serverMs / speed;
}
