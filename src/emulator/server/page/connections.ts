/**
 * The list of connections, and the orders that one or all of them are given.
 *
 * Owns the rows, each kept as long as its connection is listed, so that a focused button stays where it is.
 */
import type { ConnectionState, EmulatorState } from '../control/state.js';
import { ask } from './api.js';
import { byId, duration, element, say } from './element.js';

interface Row {
  readonly line: HTMLTableRowElement;
  show(connection: ConnectionState, state: EmulatorState): void;
}

const rows = new Map<number, Row>();

/** A proxy takes no orders; what it can do of them are faults. */
let isProxy = false;

function goAway(timeLeftMs: number, connection?: number): void {
  if (isProxy) act({ do: 'goAway', timeLeftMs }, connection);
  else order({ order: 'goAway', timeLeftMs, connection });
}

function cut(how: string, connection?: number): void {
  const code = /^\d+$/.test(how) ? Number(how) : null;
  if (isProxy) act(code === null ? { do: how } : { do: 'close', code }, connection);
  else order({ order: 'cut', how: code === null ? how : 'close', ...(code !== null && { code }), connection });
}

function act(action: object, connection: number | undefined): void {
  void ask('POST', 'faults', { action, match: { at: 'now', ...(connection !== undefined && { connection }) } });
}

function order(body: object): void {
  void ask('POST', 'orders', body);
}

const words: Readonly<Record<ConnectionState['state'], string>> = {
  waiting: 'waits for setup',
  active: 'active',
  halfOpen: 'half-open',
  ended: 'ended',
};

function newRow(connection: number): Row {
  const cells = Array.from({ length: 8 }, (_, index) =>
    element('td', { className: index >= 5 ? 'number' : index === 4 ? 'mono' : '' }),
  );
  const button = (text: string, onclick: () => void): HTMLButtonElement =>
    element('button', {
      type: 'button',
      className: 'plain',
      textContent: text,
      ariaLabel: `${text}, connection ${connection}`,
      onclick,
    });
  const actions = element(
    'td',
    { className: 'actions' },
    button('goAway', () => goAway(10_000, connection)),
    button('Cut', () => cut('rst', connection)),
    button('Half-open', () => cut('halfOpen', connection)),
  );
  const state = element('span');
  cells[1]?.append(state);
  const line = element('tr', {}, ...cells, actions);
  return {
    line,
    show(found, { now, speed }) {
      const isOver = found.state === 'ended';
      const end = `${found.closeCode ?? ''} ${found.reason}`.trim();
      state.className = `state ${found.state}`;
      say(state, isOver ? `ended by ${found.endedBy ?? 'nobody'}${end === '' ? '' : `: ${end}`}` : words[found.state]);
      line.classList.toggle('over', isOver);
      const from = found.resumedFrom === null ? '' : ` after ${found.resumedFrom}`;
      const texts = [
        `${found.id}${from}`,
        null,
        found.provider,
        found.model ?? '–',
        found.session?.slice(0, 6) ?? '–',
        duration(((found.endedAt ?? now) - found.openedAt) / speed),
        next(found, now, speed),
        found.heard?.toLocaleString('en-US') ?? '–',
      ];
      for (const [index, text] of texts.entries()) {
        const cell = cells[index];
        if (cell !== undefined && text !== null) say(cell, text);
      }
      if (isOver) actions.replaceChildren();
    },
  };
}

/** What comes next of its own accord. */
function next({ state, goAwayAt, endsAt }: ConnectionState, now: number, speed: number): string {
  if (state === 'ended' || endsAt === null) return '–';
  const comes = goAwayAt === null || goAwayAt <= now;
  return `${comes ? 'end' : 'goAway'} in ${duration(((comes ? endsAt : goAwayAt) - now) / speed)}`;
}

export function showConnections(state: EmulatorState): void {
  isProxy = state.target !== null;
  const body = byId('connections', HTMLTableSectionElement);
  const listed = state.connections.toReversed();
  // Those that are open come first.
  const ordered = [...listed.filter((one) => one.state !== 'ended'), ...listed.filter((one) => one.state === 'ended')];
  const ids = new Set(ordered.map(({ id }) => id));
  for (const [id, { line }] of rows) {
    if (ids.has(id)) continue;
    line.remove();
    rows.delete(id);
  }
  for (const [index, connection] of ordered.entries()) {
    const row = rows.get(connection.id) ?? newRow(connection.id);
    rows.set(connection.id, row);
    row.show(connection, state);
    const there = body.children[index];
    if (there !== row.line) body.insertBefore(row.line, there ?? null);
  }
  const open = state.connections.filter((one) => one.state !== 'ended').length;
  const sessions = state.sessions.filter((one) => one.open.length > 0).length;
  const handles = state.sentHandles?.toLocaleString('en-US');
  const told = `, ${sessions} ${sessions === 1 ? 'session' : 'sessions'}, ${handles} handles sent`;
  say(byId('connections-count', HTMLParagraphElement), `${open} open${handles === undefined ? '' : told}`);
  byId('no-connections', HTMLParagraphElement).hidden = ordered.length > 0;
}

export function startOrders(): void {
  const on = (id: string, give: () => void): void => {
    byId(id, HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      give();
    });
  };
  const value = (id: string): string => byId(id, HTMLInputElement).value;
  on('order-go-away', () => goAway(Number(value('time-left')) * 1_000));
  on('order-cut', () => cut(byId('cut-how', HTMLSelectElement).value));
  on('order-say', () => order({ order: 'say', text: value('say-text') }));
  on('order-call', () => order({ order: 'callTool', name: value('call-name') }));
}
