/**
 * What of a client's request goes on to the target: its address, its headers, and plain requests as a whole.
 *
 * Owns the translation. Decides nobody's trust, and keeps nothing.
 */
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** Of one connection, or of the first server only. */
const ownHeaders = /^(?:host|connection|upgrade|keep-alive|te|trailer|transfer-encoding|proxy-.*|sec-websocket-.*)$/;

/** Plain requests, such as those for ephemeral tokens, go through as they are. */
export function passHttp(
  target: URL,
  request: IncomingMessage,
  response: ServerResponse,
  log: (detail: string) => void,
): void {
  const url = urlFor(target, request);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const note = (outcome: string): void => log(`${request.method ?? ''} ${pathOf(request)} ${outcome}`);
  const { origin } = request.headers;
  const onward = send(url, { method: request.method, headers: headersFor(target, request) }, (answer) => {
    note(String(answer.statusCode));
    const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !ownHeaders.test(name)));
    // The target saw its own origin; the page has another.
    if (origin !== undefined) headers['access-control-allow-origin'] = origin;
    response.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  onward.once('error', (error: NodeJS.ErrnoException) => {
    note(error.code ?? 'failed');
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

export function urlFor({ origin, pathname }: URL, request: IncomingMessage): URL {
  return new URL(origin + pathname.replace(/\/$/, '') + (request.url ?? '/'));
}

export function headersFor(target: URL, request: IncomingMessage): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !ownHeaders.test(name)) headers[name] = value;
  }
  if (headers['origin'] !== undefined) headers['origin'] = target.origin;
  return headers;
}

/** Without the query, where keys are. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}
