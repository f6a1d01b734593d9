/**
 * Keeps keys and tokens out of whatever leaves the transport.
 *
 * URLs carry `?key=…` or `?access_token=…`, errors of the auth library carry headers. Owns the patterns; logs nothing.
 */

/** Returns the text with every secret replaced. */
export type Hide = (text: string) => string;

const hidden = '[redacted]';

const patterns: readonly RegExp[] = [
  /(?<=[?&](?:key|access_token)=)[^&\s"'<>)\]]+/gi,
  /(?<=\bbearer\s+)[^\s"',;]+/gi,
  /\bauth_tokens\/[\w.~%+/=-]+/g,
  /\bAIza[\w-]{20,}/g,
  /\bya29\.[\w.-]+/g,
];

/** Shorter "keys" are words (`key`, `test`): replacing them would garble the texts that closes are classified by. */
const shortestSecretLength = 8;

export function secretHider(secrets: readonly (string | undefined)[]): Hide {
  const known = secrets
    .filter((secret) => secret !== undefined && secret.length >= shortestSecretLength)
    .flatMap((secret) => [secret as string, encodeURIComponent(secret as string)]);
  return (text) => {
    let clean = text;
    for (const secret of known) clean = clean.replaceAll(secret, hidden);
    for (const pattern of patterns) clean = clean.replace(pattern, hidden);
    return clean;
  };
}

/**
 * The same error when it is nothing but a clean text; else a copy of name, message and stack, because extra fields (the
 * request with its headers, a cause) cannot be searched completely.
 */
export function cleanError(error: Error, hide: Hide): Error {
  const [name, message, stack] = [textOf(error.name), textOf(error.message), textOf(error.stack)];
  const isOnlyText = Object.getOwnPropertyNames(error).every((key) => ['name', 'message', 'stack'].includes(key));
  if (isOnlyText && [name, message, stack].every((text) => hide(text) === text)) return error;
  const copy = new Error(hide(message));
  Object.defineProperties(copy, {
    name: { value: hide(name), configurable: true, writable: true },
    stack: { value: hide(stack), configurable: true, writable: true },
  });
  return copy;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
