/**
 * The Clock port: the only way Lifeline learns the time or waits for it.
 *
 * Owns the system clock adapter; every other file takes a `Clock` as a parameter, so that tests, the emulator and the
 * statechart can share one virtual clock. XState accepts a `Clock` as its `clock` option unchanged.
 */

/** What `setTimeout` of a clock returns; opaque, only to be handed back to `clearTimeout` of the same clock. */
export type TimerId = unknown;

export interface Clock {
  /** Milliseconds since the Unix epoch (or since the start of a virtual clock). Never runs backwards on its own. */
  now(): number;
  /** Calls `callback` once after `ms` milliseconds. */
  setTimeout(callback: () => void, ms: number): TimerId;
  clearTimeout(id: TimerId): void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => setTimeout(callback, ms),
  clearTimeout: (id) => clearTimeout(id as ReturnType<typeof setTimeout>),
};
