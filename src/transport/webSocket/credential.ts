/**
 * Asks the app for a key or token, and reads what it means that there is none.
 *
 * Owns which failures may pass. Keeps no credential and never waits: whoever dials bounds the time with `close()`.
 */
import { LifelineError } from '../../errors.js';
import type { Hide } from '../redact.js';
import type { ConnectionEnd } from '../port.js';
import type { Credential } from './options.js';

/** The credential; the end of the dial where there is none. */
export async function readCredential(
  credential: Credential,
  option: string,
  hide: Hide,
): Promise<string | ConnectionEnd> {
  if (typeof credential === 'string') return credential;
  let value: unknown;
  try {
    value = await credential();
  } catch (error) {
    const detail = hide(`The function given as ${option} threw: ${textOf(error)}`);
    return isFinal(error) ? rejected(detail) : { cause: 'unreachable', detail };
  }
  if (typeof value === 'string' && value !== '') return value;
  return rejected(
    `The function given as ${option} returned ${value === '' ? 'an empty string' : `a value of type ${typeof value}`}.`,
  );
}

function rejected(message: string): ConnectionEnd {
  return { cause: 'rejected', error: new LifelineError('authentication', message, { phase: 'connecting' }) };
}

interface Failure {
  readonly retryable?: unknown;
  readonly status?: unknown;
  readonly statusCode?: unknown;
  readonly response?: { readonly status?: unknown };
}

/** Asking again cannot help. What is not known to be final is not: a session outlives an hour of a broken token service. */
function isFinal(error: unknown): boolean {
  const { retryable, response, status, statusCode } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as Failure;
  if (typeof retryable === 'boolean') return !retryable;
  const http = response?.status ?? status ?? statusCode;
  if (typeof http === 'number') return http >= 400 && http < 500 && ![408, 425, 429].includes(http);
  return isMistake(error);
}

/** A bug in the function. A failed `fetch` is a TypeError too, known by its text alone. */
function isMistake(error: unknown): boolean {
  if (!(error instanceof Error && /^(TypeError|ReferenceError|RangeError|SyntaxError)$/.test(error.name))) return false;
  return !/fetch|network|load failed/i.test(error.message);
}

function textOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === 'string' ? error : `a value of type ${typeof error}`;
}
