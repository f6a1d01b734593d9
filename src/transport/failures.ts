/**
 * Reads why a dial failed out of what sockets, the SDK and its auth library throw. Pure.
 */
import type { ConnectionEnd } from './port.js';

interface Failure {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly error?: unknown;
  readonly cause?: unknown;
  readonly status?: unknown;
  readonly response?: { readonly status?: unknown };
}

/** From the events of a socket that never opened. `ws` puts the HTTP status in its text, browsers hide it. */
export function causeOfSocketError(event: unknown): ConnectionEnd {
  const failure = asFailure(event);
  const detail = textOf(failure) ?? textOf(asFailure(failure.error)) ?? 'The socket closed before it opened.';
  const status = /^Unexpected server response: (\d{3})$/.exec(detail)?.[1];
  return status === undefined ? { cause: 'unreachable', detail } : { cause: 'http', status: Number(status) };
}

/** From a rejected connect(): the SDK refuses the parameters, or the app's own tools threw. */
export function causeOfRefusal(error: unknown): ConnectionEnd {
  return { cause: 'rejected', error: error instanceof Error ? error : new Error(notAnError(error)) };
}

/**
 * From a connect() that rejected before it made a socket. That is where the SDK fetches credentials (Vertex), which
 * fails with the network: then dialling again may help.
 */
export function causeBeforeSocket(error: unknown): ConnectionEnd {
  const failure = asFailure(error);
  if (!isPassing(failure)) return causeOfRefusal(error);
  return { cause: 'unreachable', detail: textOf(failure) ?? 'The credentials could not be fetched.' };
}

function isPassing(failure: Failure): boolean {
  const status = failure.response?.status ?? failure.status;
  if (typeof status === 'number') return status === 408 || status === 429 || status >= 500;
  const code = failure.code ?? asFailure(failure.cause).code;
  return typeof code === 'string' && /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOST|ENET|EPIPE|UND_ERR_)/.test(code);
}

/** An AggregateError of several addresses tried has no message, only a code. */
function textOf({ message, code }: Failure): string | null {
  if (typeof message === 'string' && message !== '') return message;
  return typeof code === 'string' && code !== '' ? code : null;
}

function notAnError(value: unknown): string {
  return typeof value === 'string'
    ? value
    : `@google/genai rejected with ${value === null ? 'null' : `a ${typeof value}`}.`;
}

function asFailure(value: unknown): Failure {
  return typeof value === 'object' && value !== null ? value : {};
}
