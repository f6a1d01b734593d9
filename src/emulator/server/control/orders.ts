/**
 * Orders as data, `{"order": "cut", "how": "rst", "connection": 3}`: read, checked and given.
 *
 *   goAway    timeLeftMs (10,000), thenClose (true)        the end is announced, and comes
 *   cut       how "rst", "halfOpen" or "close", code, reason
 *   say       text                                         the model speaks unasked
 *   callTool  name, args                                   the model asks for a function call
 *   send      message                                      a server message of one's own
 *
 * Owns the reading. Times are on the server's clock. Without `connection` an order goes to every live one.
 */
import type { Emulator } from '../../emulator.js';
import type { CutHow } from '../../orders.js';
import { isFields, type Fields } from '../../protocol/fields.js';
import { HttpProblem } from '../http.js';

/** As in a script: what is said is cut into pieces at once. */
const mostText = 20_000;

type Kind = 'number' | 'string' | 'boolean' | 'object';

const orders: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  goAway: { timeLeftMs: 'number', thenClose: 'boolean' },
  cut: { how: 'string', code: 'number', reason: 'string' },
  say: { text: 'string' },
  callTool: { name: 'string', args: 'object' },
  send: { message: 'object' },
};

export interface OrderAnswer {
  /** The connections that it went to. */
  readonly connections: readonly number[];
  /** The ids of the function calls, for `callTool`. */
  readonly calls?: readonly string[];
}

/** @throws HttpProblem 400 or 404 */
export function giveOrder(emulator: Emulator, body: unknown): OrderAnswer {
  const order = isFields(body) ? body['order'] : undefined;
  const fields = typeof order === 'string' && Object.hasOwn(orders, order) ? orders[order] : undefined;
  if (!isFields(body) || fields === undefined) {
    throw new HttpProblem(400, `An order is an object whose "order" is one of ${Object.keys(orders).join(', ')}.`);
  }
  check(String(order), body, fields);
  const live = emulator.liveConnections;
  const { connection } = body;
  if (connection !== undefined && !live.includes(connection as number)) {
    throw new HttpProblem(404, 'No connection of that number is open. GET /emulator/state lists them.');
  }
  const target = connection === undefined ? {} : { connection: connection as number };
  const calls = carryOut(emulator, String(order), body, target);
  const connections = connection === undefined ? live : [connection as number];
  return calls === null ? { connections } : { connections, calls };
}

function carryOut(emulator: Emulator, order: string, body: Fields, target: { connection?: number }): string[] | null {
  switch (order) {
    case 'goAway': {
      const { timeLeftMs = 10_000, thenClose = true } = body as { timeLeftMs?: number; thenClose?: boolean };
      if (timeLeftMs < 0) throw new HttpProblem(400, 'timeLeftMs of goAway takes a number, 0 or more.');
      emulator.goAway({ timeLeftMs, thenClose, ...target });
      return null;
    }
    case 'cut':
      emulator.cut({ ...readCut(body), ...target });
      return null;
    case 'say':
      emulator.say(needed(body, 'text', order), target);
      return null;
    case 'callTool':
      return emulator.callTool(needed(body, 'name', order), isFields(body['args']) ? body['args'] : {}, target);
    default: {
      const { message } = body;
      if (!isFields(message)) throw new HttpProblem(400, 'The order send needs "message", an object.');
      emulator.send(message, target);
      return null;
    }
  }
}

function readCut({ how = 'rst', code, reason }: Fields): CutHow {
  if (how === 'rst' || how === 'halfOpen') return { how };
  if (how !== 'close') throw new HttpProblem(400, 'how of cut takes "rst", "halfOpen" or "close".');
  if (code === undefined) return { how, ...(typeof reason === 'string' && { reason }) };
  // What `ws` would throw over: codes that never stand in a frame.
  const known = Number(code) >= 1_000 && Number(code) <= 4_999 && Number.isInteger(code);
  if (!known || [1_004, 1_005, 1_006, 1_015].includes(Number(code))) {
    throw new HttpProblem(400, 'code of cut takes a close code that a frame can carry, 1000 to 4999.');
  }
  return { how, code: Number(code), reason: typeof reason === 'string' ? reason : '' };
}

function needed(body: Fields, field: string, order: string): string {
  const value = body[field];
  if (typeof value === 'string' && value !== '' && value.length <= mostText) return value;
  throw new HttpProblem(400, `The order ${order} needs "${field}", a text of at most ${mostText} characters.`);
}

function check(order: string, body: Fields, fields: Readonly<Record<string, Kind>>): void {
  const known: Readonly<Record<string, Kind>> = { ...fields, order: 'string', connection: 'number' };
  for (const [name, value] of Object.entries(body)) {
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) {
      throw new HttpProblem(400, `The order ${order} takes ${Object.keys(known).join(', ')}. Leave out the rest.`);
    }
    const fits = kind === 'object' ? isFields(value) : typeof value === kind && !Number.isNaN(value);
    if (!fits) throw new HttpProblem(400, `${name} of ${order} takes ${kind === 'object' ? 'an' : 'a'} ${kind}.`);
  }
}
