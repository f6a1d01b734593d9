/**
 * One clock for XState, a session and the emulator in a test: time moves only when the test says so.
 *
 * `tick` is time passing (timers fire in order, promises settle in between); `jump` is a laptop that slept (the wall
 * clock moves, timers fire late). Owns the adapter from @sinonjs/fake-timers to the Clock port.
 */
import { createClock } from '@sinonjs/fake-timers';
import type { SteppedClock } from './oneTimer.js';

export interface VirtualClock extends SteppedClock {
  jump(ms: number): Promise<void>;
  /** Timers that are set and have not fired. */
  countTimers(): number;
}

export function virtualClock(startMs = 0): VirtualClock {
  const fake = createClock(startMs);
  return {
    now: () => fake.now,
    setTimeout: (callback, ms) => fake.setTimeout(callback, ms),
    clearTimeout: (id) => fake.clearTimeout(id as number),
    tick: async (ms) => void (await fake.tickAsync(ms)),
    async jump(ms) {
      fake.jump(ms);
      await fake.tickAsync(0);
    },
    countTimers: () => fake.countTimers(),
  };
}
