/**
 * Waiting for an entry of the event log, so that a test never sleeps.
 *
 * Owns the wait. Always settles: with an entry, or with an error after `timeoutMs`.
 */
import type { Clock } from '../../clock.js';
import type { EmulatorEvent, EventLog } from './eventLog.js';

/** What was waited for did not happen in time. */
export class EmulatorWaitError extends Error {
  override readonly name = 'EmulatorWaitError';
}

/**
 * The first entry that is there already, or comes within `waitMs` of `clock`, and that `wanted` says yes to.
 * `timeoutMs` is what the caller calls that time.
 */
export function waitForEvent(
  log: EventLog,
  clock: Clock,
  wanted: (event: EmulatorEvent) => boolean,
  timeoutMs: number,
  waitMs: number,
): Promise<EmulatorEvent> {
  return new Promise((resolve, reject) => {
    const known = log.entries.find(wanted);
    if (known !== undefined) return resolve(known);
    const over = (): void => {
      clock.clearTimeout(timer);
      stop();
    };
    const timer = clock.setTimeout(() => {
      over();
      const last = log.entries
        .slice(-5)
        .map(({ connection, what }) => `${what}${connection === null ? '' : ` #${connection}`}`);
      const story = last.length === 0 ? 'Nothing was logged' : `The last entries: ${last.join(', ')}`;
      reject(
        new EmulatorWaitError(`No such event within ${timeoutMs} ms. ${story}. Look at the log, or wait for longer.`),
      );
    }, waitMs);
    const stop = log.listen((event) => {
      try {
        if (!wanted(event)) return;
        resolve(event);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
      over();
    });
  });
}
