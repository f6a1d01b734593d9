/**
 * Who may talk to the server: programs and pages of this machine, unless a host was given.
 *
 * Owns the rules for Host, Origin and Sec-Fetch-Site. A page of another origin sends its Origin; a name that was made to point here
 * (DNS rebinding) stands in Host, and is a public name.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

const loopback = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** Null for loopback: nobody else's page or name is let in then. */
export function givenHost(host: string): string | null {
  return ['127.0.0.1', 'localhost', '::1'].includes(host) ? null : host;
}

/** Whether a page of this origin may talk to it; `host` is the Host header of the same request. */
export function allowsOrigin(origin: string | undefined, headers: IncomingHttpHeaders, given: string | null): boolean {
  if (origin === undefined) return true;
  const name = nameOf(origin);
  if (name === null) return false;
  if (loopback.test(name)) return true;
  // The page that this server itself serves, on a host that was let in.
  return given !== null && allowsHost(headers.host, given) && origin.replace(/^https?:\/\//, '') === headers.host;
}

/**
 * Whether the control endpoint may answer. A page of elsewhere can ask without an Origin (an image, a script, `no-cors`):
 * it learns nothing, and yet takes a listener's place. A link to the page may be followed from anywhere.
 */
export function allowsAsking(headers: IncomingHttpHeaders, isPage: boolean): boolean {
  const site = headers['sec-fetch-site'];
  if (headers.origin !== undefined || (site !== 'cross-site' && site !== 'same-site')) return true;
  return isPage && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/**
 * `given`: the host that the server was told to listen on, null for loopback. Then addresses, and names that no public
 * server can own, are let in as well.
 */
export function allowsHost(header: string | undefined, given: string | null): boolean {
  const name = nameOf(`http://${header ?? ''}`);
  if (name === null) return false;
  if (loopback.test(name)) return true;
  if (given === null) return false;
  const isAddress = isIP(name.replace(/^\[|\]$/g, '')) !== 0;
  return isAddress || name === given || !name.includes('.') || /\.(?:internal|local|home\.arpa|test)$/i.test(name);
}

function nameOf(url: string): string | null {
  try {
    return new URL(url).hostname;
  } catch {
    return null;
  }
}
