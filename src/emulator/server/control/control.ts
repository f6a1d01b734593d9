/**
 * The control endpoint: what a person at the page, or a test in any language, asks of a server while it runs. The
 * emulator's own part is emulatorRoutes.ts; a fault proxy has the rest, and a state of its own.
 *
 *   GET    /emulator/                page
 *   GET    /emulator/catalogue       the fault classes by name, and the words of the log
 *   GET    /emulator/faults          those in force and the newest that are spent, with how often each has acted
 *   POST   /emulator/faults          a fault, a name of the catalogue, or a list of both
 *   DELETE /emulator/faults          withdraws all; …/faults/ID withdraws one
 *   GET    /emulator/log, /events    log.ts
 *   POST   /emulator/reset           withdraws faults, forgets the log and whatever has ended
 *
 * Every answer but the page is JSON; an error is `{"error": "…"}` with 400, 403, 404, 405, 409, 413, 415 or 503. A GET
 * changes nothing. Owns the routes. Who may ask is guard.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { faultClasses } from '../../faults/catalogue.js';
import type { FaultPlan } from '../../faults/plan.js';
import { FaultError, readFaults } from '../../faults/readFaults.js';
import { ScriptError } from '../../model/scriptReader.js';
import { OptionError } from '../../optionCheck.js';
import { isFields } from '../../protocol/fields.js';
import { eventNames } from '../../record/eventNames.js';
import { allowsAsking, allowsHost } from '../guard.js';
import { HttpProblem, readJson, replyJson, replyProblem } from '../http.js';
import { servePage } from '../page.js';
import { LogReader, type Logged } from './log.js';

/** What is controlled: the emulator, or a proxy. */
export interface Controlled extends Logged {
  readonly faults: FaultPlan;
  reset(): void;
}

export interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** What follows the route in the path; empty where nothing does. */
  readonly rest: string;
}

/** By route, then by method. A string: why there is no such route here, and what to do instead. */
export type Routes = Readonly<Record<string, Readonly<Record<string, (call: Call) => unknown>> | string>>;

const mostFaults = 1_000;

export class Control {
  readonly #controlled: Controlled;
  readonly #log: LogReader;
  readonly #routes: Routes;

  constructor(controlled: Controlled, own: Routes) {
    this.#controlled = controlled;
    this.#log = new LogReader(controlled);
    this.#routes = {
      '': { GET: (call) => servePage(call.response, 'index.html') },
      page: { GET: (call) => servePage(call.response, call.rest) },
      ...own,
      catalogue: { GET: () => ({ faults: faultClasses, events: eventNames }) },
      faults: {
        GET: () => ({ faults: controlled.faults.list() }),
        POST: (call) => this.#addFaults(call),
        DELETE: ({ rest }) => this.#withdraw(rest),
      },
      log: { GET: ({ query, response }) => this.#log.list(query, response) },
      events: { GET: ({ query, request, response }) => this.#log.stream(query, request, response) },
      reset: { POST: (call) => this.#reset(call) },
    };
  }

  /** False when the path is neither `/` nor below /emulator. `given` is guard.ts's. */
  answer(request: IncomingMessage, response: ServerResponse, given: string | null): boolean {
    const { method = '', url = '', headers } = request;
    const [path = '', search = ''] = url.split('?', 2);
    const isRoot = path === '/' && (method === 'GET' || method === 'HEAD');
    const found = /^\/emulator(?:\/([\w-]*)(?:\/([\w.-]*))?)?$/.exec(path);
    if (!isRoot && found === null && !path.startsWith('/emulator/')) return false;
    if (!allowsHost(headers.host, given)) {
      replyProblem(response, new HttpProblem(403, 'Ask by the name localhost, or by an address.'));
    } else if (!allowsAsking(headers, isRoot || (found !== null && (found[1] ?? '') === ''))) {
      replyProblem(response, new HttpProblem(403, 'Pages of other sites are not let in.'));
    } else if (isRoot) redirect(response, '/emulator/');
    else void this.#answer(request, response, found, search);
    return true;
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    found: RegExpExecArray | null,
    search: string,
  ): Promise<void> {
    try {
      if (found !== null && found[1] === undefined) return redirect(response, '/emulator/');
      const [, name = '', rest = ''] = found ?? [];
      const methods = Object.hasOwn(this.#routes, name) ? this.#routes[name] : undefined;
      if (typeof methods === 'string') throw new HttpProblem(404, methods);
      const takesRest = name === 'page' || name === 'faults';
      if (found === null || methods === undefined || (rest !== '' && !takesRest)) {
        const names = Object.keys(this.#routes).filter((route) => typeof this.#routes[route] === 'object');
        const told = names.filter((route) => route !== '' && route !== 'page').join(', ');
        throw new HttpProblem(404, `There is no such address. Below /emulator/ there are ${told}.`);
      }
      // Node sends no body in answer to a HEAD. A stream has nothing but one.
      const asked = request.method === 'HEAD' && name !== 'events' ? 'GET' : (request.method ?? '');
      const handler = Object.hasOwn(methods, asked) ? methods[asked] : undefined;
      if (handler === undefined) {
        response.setHeader('allow', Object.keys(methods).join(', '));
        throw new HttpProblem(405, `This address takes ${Object.keys(methods).join(', ')}.`);
      }
      const body = await handler({ request, response, query: new URLSearchParams(search), rest });
      if (body !== undefined) replyJson(response, 200, body as object);
    } catch (error) {
      replyProblem(response, problemOf(error));
    }
  }

  async #addFaults({ request }: Call): Promise<object> {
    const faults = readFaults(await readJson(request));
    const plan = this.#controlled.faults;
    const inForce = plan.list().filter(({ acted, times = 1 }) => times === 0 || acted < times).length;
    if (inForce + faults.length > mostFaults) {
      throw new HttpProblem(409, `At most ${mostFaults} faults are in force at once. DELETE some first.`);
    }
    return { added: plan.add(faults), faults: plan.list() };
  }

  #withdraw(rest: string): object {
    const plan = this.#controlled.faults;
    if (rest === '') plan.clear();
    else if (!plan.remove(Number(rest))) {
      throw new HttpProblem(404, 'No fault of that number is in force. GET /emulator/faults lists them.');
    }
    return { faults: plan.list() };
  }

  async #reset({ request }: Call): Promise<object> {
    const body = await readJson(request);
    if (!isFields(body) || Object.keys(body).length > 0) throw new HttpProblem(400, 'reset takes {}.');
    this.#controlled.reset();
    return { lastSeq: this.#controlled.lastSeq };
  }
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(302, { location, 'cache-control': 'no-store' }).end();
}

/** `?ended=N`: of the connections that are over, so many are told of. */
export function endedOf(query: URLSearchParams): number {
  const text = query.get('ended') ?? '50';
  if (!/^\d{1,9}$/.test(text)) throw new HttpProblem(400, 'ended takes a whole number.');
  return Number(text);
}

function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof OptionError) return new HttpProblem(400, error.message, { option: error.option });
  if (error instanceof FaultError || error instanceof ScriptError) return new HttpProblem(400, error.message);
  return new HttpProblem(500, 'The emulator failed over this request. Please report it.');
}
