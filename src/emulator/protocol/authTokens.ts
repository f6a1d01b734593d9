/**
 * The HTTP side of ephemeral tokens: what a POST to `/{version}/auth_tokens` is answered.
 *
 * Owns the answer. Does no I/O, and keeps nothing: tokens are tokens.ts. The SDK calls it in v1alpha (DOC); v1beta and v1
 * are answered too (OWN).
 */
import { credentialOf, type RequestHeaders, type UpgradeRequest } from './address.js';
import { closings, type Closing } from './refusals.js';

/** Bytes of a request; more is answered 413 (OWN). */
export const maxTokenRequestBytes = 256 * 1024;

export interface TokenAnswer {
  readonly status: number;
  readonly body: object;
}

export interface TokenOffice {
  /** Why a key is refused; null: it is good. */
  checkKey(key: string): Closing | null;
  mint(request: unknown): string | Closing;
}

export function isTokenPath(method: string | undefined, path: string): boolean {
  return method === 'POST' && /^\/{1,2}(?:v1|v1beta|v1alpha)\/{1,2}auth_tokens$/.test(path);
}

/** `body` is null when it was too long. */
export function answerTokenRequest(
  office: TokenOffice,
  request: { readonly query: UpgradeRequest['query']; readonly headers: RequestHeaders },
  body: string | null,
): TokenAnswer {
  const key = credentialOf(request, { provider: 'developer', constrained: false });
  if (key === null) return refusal(403, 'PERMISSION_DENIED', 'Method does not allow unregistered callers.');
  const bad = office.checkKey(key);
  if (bad !== null) return refusal(400, 'INVALID_ARGUMENT', bad.reason);
  if (body === null) return refusal(413, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.trim() === '' ? '{}' : body);
  } catch {
    return refusal(400, 'INVALID_ARGUMENT', closings.notJson.reason);
  }
  const name = office.mint(parsed);
  return typeof name === 'string' ? { status: 200, body: { name } } : refusal(400, 'INVALID_ARGUMENT', name.reason);
}

function refusal(code: number, status: string, message: string): TokenAnswer {
  return { status: code, body: { error: { code, message, status } } };
}
