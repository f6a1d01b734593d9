/**
 * Small change of HTTP: bodies of bounded size in, JSON and errors out.
 *
 * Owns the limits of a body and the form of an error, `{"error": "…"}`. Knows no path.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** An answer that is no success: the status, and what to do about it. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(status: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.status = status;
    this.more = more;
  }
}

export const mostBodyBytes = 1_048_576;

const never = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function replyJson(response: ServerResponse, status: number, body: object): void {
  const headers = { ...never, 'content-type': 'application/json; charset=utf-8' };
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
}

export function replyProblem(response: ServerResponse, problem: HttpProblem): void {
  if (response.headersSent) return void response.destroy();
  // What is left of a body that is too long is not read.
  if (problem.status === 413) response.setHeader('connection', 'close');
  replyJson(response, problem.status, { error: problem.message, ...problem.more });
}

export function replyText(
  response: ServerResponse,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { ...never, 'content-type': `${type}; charset=utf-8`, ...headers }).end(text);
}

/**
 * The JSON of a request; an empty body is `{}`.
 *
 * @throws HttpProblem 415, 413 or 400
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // A form of another page can send text/plain without asking first, and never this.
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new HttpProblem(415, 'A body is JSON here. Send it with the header content-type: application/json.');
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBodyBytes) throw new HttpProblem(413, `A body has at most ${mostBodyBytes} bytes. Send less.`);
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch {
    throw new HttpProblem(400, 'The body is not JSON. Check its quotes and commas.');
  }
}

/** `http://host/` and `*` are URLs of a request too; behind the target's own origin they would make another host. */
export function isPath(url = ''): boolean {
  return url.startsWith('/');
}
