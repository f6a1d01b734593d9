/**
 * A clock for tests of whole sessions: time stands still until `tick`, and promises settle between two timers.
 *
 * Owns the timers. Never looks at the system's time.
 */
import type { TimerId } from '../../clock.js';
import type { SteppedClock } from '../oneTimer.js';

interface Timer {
  readonly id: number;
  readonly dueMs: number;
  readonly callback: () => void;
}

/** For `connect({ clock })` and `testTransport(…, { clock })` together; `startMs` is the first `now()`, default 0. */
export function virtualClock(startMs = 0): SteppedClock {
  const timers = new Map<number, Timer>();
  let nowMs = startMs;
  let lastId = 0;
  const firstDue = (): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers.values()) if (first === undefined || timer.dueMs < first.dueMs) first = timer;
    return first;
  };
  return {
    now: () => nowMs,
    setTimeout(callback, ms): TimerId {
      lastId += 1;
      timers.set(lastId, { id: lastId, dueMs: nowMs + Math.max(0, ms), callback });
      return lastId;
    },
    clearTimeout: (id) => void timers.delete(id as number),
    async tick(ms) {
      const endMs = nowMs + ms;
      await promisesSettle();
      for (let next = firstDue(); next !== undefined && next.dueMs <= endMs; next = firstDue()) {
        timers.delete(next.id);
        nowMs = next.dueMs;
        next.callback();
        if (firstDue()?.dueMs !== nowMs) await promisesSettle();
      }
      nowMs = endMs;
    },
  };
}

/** One turn of the event loop, which no fake timer holds up. */
function promisesSettle(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
