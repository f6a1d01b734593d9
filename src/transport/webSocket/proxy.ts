/**
 * The way through a proxy, on Node: which one, and the CONNECT tunnel.
 *
 * Owns HTTPS_PROXY and NO_PROXY, as curl and Go read them, without address ranges. Node's modules are had from
 * `process.getBuiltinModule`, so that bundlers for browsers find no import to follow.
 */
import type { RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { refuse } from './refuse.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy for `target`, or null. The environment decides about `wss:` only: a plain address is a local server. */
export function proxyFor(target: URL, option: string | false | undefined, env: Environment): URL | null {
  if (option === false) return null;
  if (option !== undefined) return proxyUrl(option, 'proxy');
  const name = env['https_proxy'] ? 'https_proxy' : 'HTTPS_PROXY';
  const fromEnv = env[name];
  if (target.protocol !== 'wss:' || !fromEnv) return null;
  return isExempt(target, env['no_proxy'] || env['NO_PROXY'] || '') ? null : proxyUrl(fromEnv, name);
}

function proxyUrl(text: string, name: string): URL {
  const withScheme = /^\w+:\/\//.test(text) ? text : `http://${text}`;
  const url = URL.canParse(withScheme) ? new URL(withScheme) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  return refuse(`${name} must be an http or https URL; for any other kind of proxy pass an agent.`);
}

function isExempt(target: URL, exemptions: string): boolean {
  const host = bare(target.hostname).toLowerCase();
  const port = target.port || '443';
  return exemptions
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = entry, onlyPort] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      const domain = bare(name.replace(/^\*?\./, ''));
      return (onlyPort === undefined || onlyPort === port) && (host === domain || host.endsWith(`.${domain}`));
    });
}

/** An IPv6 address without its brackets. */
function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

export interface Tunnel {
  /** For the `createConnection` option of `ws`. */
  createConnection(options: object, done: (error: Error | null, socket?: Duplex) => void): void;
  /** Gives up a tunnel that is not dug yet; `ws` does not know of it and cannot. */
  abandon(): void;
}

export function tunnelTo(target: URL, proxy: URL): Tunnel {
  const { http, https, net, tls } = builtins();
  const host = bare(target.hostname);
  const isSecure = target.protocol === 'wss:';
  const authority = `${target.hostname}:${target.port || (isSecure ? 443 : 80)}`;
  const request: RequestOptions = {
    method: 'CONNECT',
    host: bare(proxy.hostname),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    path: authority,
    headers: { host: authority, ...proxyAuthorization(proxy) },
    agent: false,
  };
  let digging: { destroy(): void } | null = null;
  return {
    createConnection(options, done) {
      const connect = (proxy.protocol === 'https:' ? https : http).request(request);
      digging = connect;
      connect.once('connect', (response, socket) => {
        digging = null;
        if (response.statusCode !== 200) {
          socket.destroy();
          done(new Error(`The proxy refused the tunnel with HTTP ${response.statusCode}.`));
          return;
        }
        const servername = net.isIP(host) === 0 ? host : '';
        done(null, isSecure ? tls.connect({ ...options, path: undefined, socket, servername }) : socket);
      });
      connect.on('error', (error: NodeJS.ErrnoException) => {
        digging = null;
        done(new Error(`The proxy could not be reached: ${error.code ?? error.message}.`));
      });
      connect.end();
    },
    abandon: () => digging?.destroy(),
  };
}

/** What a proxy's URL hides, as it is written and as it is sent. */
export function proxySecrets(proxy: URL): string[] {
  if (proxy.password === '') return [];
  const { 'proxy-authorization': header = '' } = proxyAuthorization(proxy);
  return [proxy.password, decodeURIComponent(proxy.password), header.replace('Basic ', '')];
}

function proxyAuthorization({ username, password }: URL): { readonly 'proxy-authorization'?: string } {
  if (username === '') return {};
  const bytes = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { 'proxy-authorization': `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function builtins() {
  const get = (globalThis as { process?: Partial<NodeJS.Process> }).process?.getBuiltinModule;
  if (get === undefined) return refuse('A proxy needs process.getBuiltinModule, which Node has since 20.16.');
  return { http: get('node:http'), https: get('node:https'), net: get('node:net'), tls: get('node:tls') };
}
