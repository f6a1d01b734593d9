/**
 * Paths and credentials of the upgrade request, for both providers.
 *
 * Owns the parsing. Never knows whether a key is valid.
 */
import type { Provider } from '../../transport/port.js';

/** Lower-case names, as Node gives them. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface UpgradeRequest {
  /** Without the query; a single or a double slash at the start. */
  readonly path: string;
  readonly query: { get(name: string): string | null };
  readonly headers: RequestHeaders;
}

export interface Address {
  readonly provider: Provider;
  /** `v1`, `v1beta`, `v1alpha`, `v1beta1`. */
  readonly version: string;
  /** BidiGenerateContentConstrained: an ephemeral token instead of a key. */
  readonly constrained: boolean;
}

const developer =
  /^\/{1,2}ws\/google\.ai\.generativelanguage\.(v1|v1beta|v1alpha)\.GenerativeService\.BidiGenerateContent(Constrained)?$/;
const vertex =
  /^\/{1,2}ws\/google\.cloud\.aiplatform\.(v1|v1beta1|v1beta|v1alpha|v1main)\.LlmBidiService\/BidiGenerateContent$/;

/** null: the service answers 404. */
export function readAddress(path: string): Address | null {
  const found = developer.exec(path);
  if (found !== null) return { provider: 'developer', version: found[1] ?? '', constrained: found[2] !== undefined };
  const other = vertex.exec(path);
  return other === null ? null : { provider: 'vertex', version: other[1] ?? '', constrained: false };
}

/** The key or token of a request; null when there is none. */
export function credentialOf(request: UpgradeRequest, address: Address): string | null {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const bearer = header('authorization')?.replace(/^(?:Bearer|Token)\s+/i, '');
  const candidates = address.constrained
    ? [request.query.get('access_token'), bearer]
    : [request.query.get('key'), header('x-goog-api-key'), address.provider === 'vertex' ? bearer : undefined];
  return candidates.find((value) => typeof value === 'string' && value !== '') ?? null;
}
