/**
 * Endpoint: where a dial goes and how it says who it is.
 *
 * Owns the address and the headers of both services. Sees a credential only to put it where the service looks for it:
 * a key or an ephemeral token in the query (a browser can send nothing else), an access token in a header.
 */
import type { Provider } from '../port.js';
import type { Credential, WebSocketTransportOptions } from './options.js';
import { refuse } from './refuse.js';

export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Endpoint {
  readonly provider: Provider;
  readonly credential: Credential | null;
  /** The option that holds it, for errors. */
  readonly credentialOption: 'apiKey' | 'accessToken';
  /** `projects/…/locations/…/`, which stands before a publisher's model on Vertex AI; empty on the Developer API. */
  readonly modelPrefix: string;
  /** Without path and query. */
  readonly base: URL;
  /** Keys, tokens and passwords in the options themselves, which no error may show. */
  readonly secrets: readonly string[];
  target(credential: string | null): Target;
}

export function endpointOf(options: WebSocketTransportOptions): Endpoint {
  const { baseUrl, apiVersion } = options;
  if (apiVersion !== undefined && !/^\w+$/.test(apiVersion)) refuse(`apiVersion is ${JSON.stringify(apiVersion)}.`);
  const headers = { ...options.headers };
  const base = baseOf(baseUrl ?? defaultBase(options));
  const secretsBeside = (credential: Credential | null): string[] => [
    ...(typeof credential === 'string' ? [credential] : []),
    ...secretHeaders(headers),
    ...userInfo(base),
  ];

  if (options.vertexai === true) {
    const { project, location, accessToken } = options;
    const path = `/ws/google.cloud.aiplatform.${apiVersion ?? 'v1beta1'}.LlmBidiService/BidiGenerateContent`;
    const credential = checked(accessToken, 'accessToken', baseUrl);
    return {
      base,
      secrets: secretsBeside(credential),
      provider: 'vertex',
      credential,
      credentialOption: 'accessToken',
      modelPrefix: `projects/${named(project, 'project')}/locations/${named(location, 'location')}/`,
      target: (token) => ({
        url: addressOf(base, path),
        headers: token === null ? headers : { ...headers, Authorization: `Bearer ${token}` },
      }),
    };
  }
  const credential = checked(options.apiKey, 'apiKey', baseUrl);
  return {
    base,
    secrets: secretsBeside(credential),
    provider: 'developer',
    credential,
    credentialOption: 'apiKey',
    modelPrefix: '',
    target: (key) => {
      const isToken = key?.startsWith('auth_tokens/') === true;
      const version = apiVersion ?? (isToken ? 'v1alpha' : 'v1beta');
      const method = isToken ? 'BidiGenerateContentConstrained' : 'BidiGenerateContent';
      const path = `/ws/google.ai.generativelanguage.${version}.GenerativeService.${method}`;
      return { url: addressOf(base, path, isToken ? 'access_token' : 'key', key), headers };
    },
  };
}

/** Vertex AI has one address per region, one for `global`, and one form of its own for `us` and `eu`. */
function defaultBase(options: WebSocketTransportOptions): string {
  if (options.vertexai !== true) return 'wss://generativelanguage.googleapis.com';
  const location = named(options.location, 'location');
  if (location === 'global') return 'wss://aiplatform.googleapis.com';
  return location === 'us' || location === 'eu'
    ? `wss://aiplatform.${location}.rep.googleapis.com`
    : `wss://${location}-aiplatform.googleapis.com`;
}

const protocols: Readonly<Record<string, string>> = { 'http:': 'ws:', 'https:': 'wss:', 'ws:': 'ws:', 'wss:': 'wss:' };

function baseOf(text: string): URL {
  const scheme = /^[a-z]+:(?=\/\/)/i.exec(text)?.[0].toLowerCase() ?? '';
  const protocol = protocols[scheme];
  if (protocol === undefined || !URL.canParse(text)) return refuse('baseUrl must be an http, https, ws or wss URL.');
  const base = new URL(protocol + text.slice(scheme.length));
  if (base.hash !== '') refuse('baseUrl must not have a fragment (#…).');
  return base;
}

function addressOf(base: URL, path: string, name?: string, value?: string | null): string {
  const url = new URL(base);
  url.pathname = base.pathname.replace(/\/+$/, '') + path;
  if (name !== undefined && typeof value === 'string') {
    // A slash may stand in a query; the SDK writes that of `auth_tokens/…` so.
    const pair = `${name}=${encodeURIComponent(value).replaceAll('%2F', '/')}`;
    url.search = base.search === '' ? pair : `${base.search}&${pair}`;
  }
  return url.href;
}

function checked(credential: Credential | undefined, option: string, baseUrl: string | undefined): Credential | null {
  if (credential === undefined && baseUrl !== undefined) return null;
  if (typeof credential !== 'function' && (typeof credential !== 'string' || credential === '')) {
    return refuse(
      `${option} is ${credential === '' ? 'empty' : `of type ${typeof credential}`}; it is a string or a function.`,
    );
  }
  return credential;
}

function named(value: unknown, option: string): string {
  if (typeof value === 'string' && /^[\w.:-]+$/.test(value)) return value;
  return refuse(`${option} is ${JSON.stringify(value)}; on Vertex AI it must be the name of one.`);
}

function secretHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers)
    .filter(([name]) => /auth|key|token|secret|cookie|password/i.test(name))
    .flatMap(([, value]) => [value, value.replace(/^\w+\s+/, '')]);
}

function userInfo({ password }: URL): string[] {
  return password === '' ? [] : [password, decodeURIComponent(password)];
}
