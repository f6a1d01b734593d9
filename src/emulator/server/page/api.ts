/**
 * The page's line to the control endpoint, and its watch.
 *
 * Owns requests and where their errors are shown. Everything is asked of the server that served the page.
 */
import { byId, say } from './element.js';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** Null when it failed; then the page says why. */
export async function ask<T>(method: Method, path: string, body?: unknown): Promise<T | null> {
  const problem = byId('problem', HTMLParagraphElement);
  try {
    const response = await fetch(path, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    const answer = (await response.json()) as T & { error?: string };
    // What is asked in the background must not take away what an order was told.
    if (method !== 'GET') problem.hidden = true;
    if (response.ok) return answer;
    say(problem, answer.error ?? `The emulator answered ${response.status}.`);
    problem.hidden = false;
    return null;
  } catch {
    // The line above the page says that the emulator is gone.
    return null;
  }
}

/** Calls `turn` over and over, `ms` after each is done; not while nobody looks. */
export function every(ms: number, turn: () => Promise<void>): void {
  const next = (): void => {
    // oxlint-disable-next-line no-restricted-globals -- the page's own time, not the emulator's
    setTimeout(() => void (document.hidden ? next() : turn().finally(next)), ms);
  };
  void turn().finally(next);
}
