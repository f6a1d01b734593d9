/**
 * Paths and credentials of the upgrade request, for both providers and both fronts.
 *
 *   google    /ws/google.ai.generativelanguage.{v}.GenerativeService.BidiGenerateContent[Constrained]      developer
 *             /ws/google.cloud.aiplatform.{v}.LlmBidiService/BidiGenerateContent                            vertex
 *   firebase  /ws/google.firebase.vertexai.{v}.GenerativeService/BidiGenerateContent                        developer
 *             /ws/google.firebase.vertexai.{v}.LlmBidiService/BidiGenerateContent/locations/{location}      vertex
 *
 * The paths of Firebase AI Logic: its web SDK 12.19 (read in its code); Flutter, Kotlin and Swift build the same ones.
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
  /** Firebase AI Logic stands in front of either provider: its own paths and model names, a key for both. */
  readonly front: 'google' | 'firebase';
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
const firebase =
  /^\/{1,2}ws\/google\.firebase\.vertexai\.(v1|v1beta|v1alpha)\.(?:(GenerativeService\/BidiGenerateContent)|LlmBidiService\/BidiGenerateContent\/locations\/[\w-]+)$/;

/** null: the service answers 404. */
export function readAddress(path: string): Address | null {
  const own = developer.exec(path);
  if (own !== null) return at('google', 'developer', own[1], own[2] !== undefined);
  const cloud = vertex.exec(path);
  if (cloud !== null) return at('google', 'vertex', cloud[1]);
  const logic = firebase.exec(path);
  return logic === null ? null : at('firebase', logic[2] === undefined ? 'vertex' : 'developer', logic[1]);
}

function at(front: Address['front'], provider: Provider, version = '', constrained = false): Address {
  return { front, provider, version, constrained };
}

/** The key or token of a request; null when there is none. */
export function credentialOf(
  request: Pick<UpgradeRequest, 'query' | 'headers'>,
  address: Pick<Address, 'provider' | 'constrained'>,
): string | null {
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

/** The status of a request without a credential. Only Vertex AI itself asks for a login. */
export function noCredentialStatus({ front, provider }: Address): number {
  return front === 'google' && provider === 'vertex' ? 401 : 403;
}
