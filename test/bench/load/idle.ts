/** Many sessions that say nothing and get a handle each 1.5 s: whether all of them live, and what one costs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { clientFrame, RawClient } from './rawClient.js';
import { startServer } from './serverHandle.js';
import { round } from './talk.js';

export interface IdleReport {
  readonly sessions: number;
  readonly seconds: number;
  readonly alive: number;
  /** Handles that came, over those that are due at one in 1.5 s. */
  readonly handlesShare: number;
  /** What the server grew by, over the number of sessions: once they are set up, and after `seconds`. */
  readonly rssKiBPerSession: number;
  readonly heapKiBPerSession: number;
  readonly heapKiBPerSessionLater: number;
  readonly serverCpu: number;
  readonly serverLoopP99Ms: number;
}

const setup = clientFrame({ setup: { model: 'models/gemini-live-2.5-flash-preview', sessionResumption: {} } });
const handleEveryMs = 1_500;

export async function idle(sessions: number, seconds: number): Promise<IdleReport> {
  const server = await startServer({ setupMs: 0, handleEveryMs }, null);
  const clients: RawClient[] = [];
  try {
    // What the first connection loads is nobody's.
    (await RawClient.open(server.port, setup)).end();
    const before = await server.measure(true);
    const batch = 50;
    for (let n = 0; n < sessions; n += batch) {
      const opening = Array.from({ length: Math.min(batch, sessions - n) }, () => RawClient.open(server.port, setup));
      clients.push(...(await Promise.all(opening)));
    }
    const open = await server.measure(true);
    const handlesBefore = clients.reduce((sum, { handles }) => sum + handles, 0);
    const startedAt = performance.now();
    await sleep(seconds * 1_000);
    const elapsedMs = performance.now() - startedAt;
    const handles = clients.reduce((sum, client) => sum + client.handles, 0) - handlesBefore;
    const after = await server.measure(true);
    const kib = (bytes: number): number => round(bytes / 1_024 / sessions);
    return {
      sessions,
      seconds,
      alive: clients.filter(({ isOver }) => !isOver).length,
      handlesShare: round(handles / ((sessions * elapsedMs) / handleEveryMs)),
      rssKiBPerSession: kib(open.rssBytes - before.rssBytes),
      heapKiBPerSession: kib(open.heapBytes - before.heapBytes),
      heapKiBPerSessionLater: kib(after.heapBytes - before.heapBytes),
      serverCpu: round(after.cpu),
      serverLoopP99Ms: round(after.loopP99Ms),
    };
  } finally {
    for (const client of clients) client.end();
    server.stop();
  }
}
