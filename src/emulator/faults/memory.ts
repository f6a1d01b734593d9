/**
 * The oldest message of each kind in each session, for faults that send a stale one again.
 *
 * Owns what was remembered, at most 1,000 entries. Knows a session by the handles it gave out, so that it works in
 * front of any server. Is fed only while such a fault is in force.
 */
import { isFields } from '../protocol/fields.js';
import { parseFrame, type FrameBytes } from './frames.js';

const most = 1_000;

export class OldestMessages {
  readonly #oldest = new Map<string, FrameBytes>();
  readonly #sessions = new Map<string, string>();

  /** The session that gave out a handle; one of its own for any other. */
  sessionOf(handle: string | null, otherwise: string): string {
    return (handle === null ? undefined : this.#sessions.get(handle)) ?? otherwise;
  }

  /** What came first of this kind; null when that is this message, which is then remembered. */
  before(session: string, kind: string, data: FrameBytes): FrameBytes | null {
    const key = `${session} ${kind}`;
    const found = this.#oldest.get(key);
    if (found !== undefined) return found;
    // A copy: many frames share a piece of memory.
    put(this.#oldest, key, typeof data === 'string' ? data : data.slice());
    return null;
  }

  /** To be told of every server message: handles come in others than those that are repeated. */
  noteHandle(session: string, data: FrameBytes): void {
    const update = parseFrame(data)?.['sessionResumptionUpdate'];
    if (isFields(update) && typeof update['newHandle'] === 'string' && update['newHandle'] !== '') {
      put(this.#sessions, update['newHandle'], session);
    }
  }
}

function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
