/**
 * The frame of every client: a process that holds conversations through one library and says which of its checks held.
 *
 * Owns the channel to the runner. Knows nothing of any library. A part is a conversation of its own: the first check
 * that fails ends it, and the next part is tried all the same.
 */
import type { Assignment, FromClient, Order, Orders, ToClient } from './protocol.js';

export type Emulator = {
  [Name in keyof Orders]: (...args: Parameters<Orders[Name]>) => Promise<ReturnType<Orders[Name]>>;
};

export interface Stage {
  readonly baseUrl: string;
  readonly emulator: Emulator;
  /** A conversation of its own. */
  part(name: string, body: () => Promise<void>): Promise<void>;
  /** One claim about what came back; it fails when `body` throws. */
  check(what: string, body: () => Promise<void> | void): Promise<void>;
  atRotation(text: string): void;
}

class PartOver extends Error {}

const tell = (message: FromClient): void => void process.send?.(message);

export function notRun(why: string): void {
  tell({ type: 'notRun', why });
}

export async function hold(body: (stage: Stage) => Promise<void>): Promise<void> {
  const assignment = JSON.parse(process.argv[2] ?? '{}') as Assignment;
  // What a library throws where nobody can catch it is said, and ends nothing.
  process.on('uncaughtException', (error) => console.error('uncaught:', error));
  process.on('unhandledRejection', (error) => console.error('unhandled:', error));
  let part = '';
  const stage: Stage = {
    baseUrl: assignment.baseUrl,
    emulator: orders(),
    async part(name, conversation) {
      part = name;
      try {
        await conversation();
      } catch (error) {
        if (!(error instanceof PartOver)) tell({ type: 'check', what: name, failure: messageOf(error) });
      }
    },
    async check(what, claim) {
      const named = part === '' ? what : `${part}: ${what}`;
      try {
        await claim();
      } catch (error) {
        tell({ type: 'check', what: named, failure: messageOf(error) });
        throw new PartOver();
      }
      tell({ type: 'check', what: named, failure: null });
    },
    atRotation: (text) => tell({ type: 'atRotation', text }),
  };
  await body(stage);
  process.send?.({ type: 'done' } satisfies FromClient, () => process.exit(0));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}

export function assert(holds: unknown, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}

/** Waits for what a library or the emulator does in its own time. */
export async function until(what: string, holds: () => unknown, limitMs = 8_000): Promise<void> {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > limitMs) throw new Error(`${what}: not within ${limitMs / 1_000} s`);
    await pause(10);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

function orders(): Emulator {
  let lastId = 0;
  const waiting = new Map<number, (value: unknown) => void>();
  process.on('message', (message: ToClient) => {
    waiting.get(message.id)?.(message.value);
    waiting.delete(message.id);
  });
  const ask = <T>(order: Order): Promise<T> =>
    new Promise((resolve) => {
      const id = (lastId += 1);
      waiting.set(id, resolve as (value: unknown) => void);
      tell({ type: 'order', id, order });
    });
  return {
    goAway: (...args) => ask({ name: 'goAway', args }),
    cut: (...args) => ask({ name: 'cut', args }),
    connections: (...args) => ask({ name: 'connections', args }),
    lastAnswer: (...args) => ask({ name: 'lastAnswer', args }),
    refuseWhileOldSocketOpen: (...args) => ask({ name: 'refuseWhileOldSocketOpen', args }),
  };
}
