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
  const button = (text: string, body: object): HTMLButtonElement =>
    element('button', {
      type: 'button',
      className: 'plain',
      textContent: text,
      ariaLabel: `${text}, connection ${connection}`,
      onclick: () => order({ ...body, connection }),
    });
  const actions = element(
    'td',
    { className: 'actions' },
    button('goAway', { order: 'goAway', timeLeftMs: 10_000 }),
    button('Cut', { order: 'cut', how: 'rst' }),
    button('Half-open', { order: 'cut', how: 'halfOpen' }),
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
      const from = found.resumedFrom === null ? '' : ` ← ${found.resumedFrom}`;
      const texts = [
        `${found.id}${from}`,
        null,
        found.provider,
        found.model ?? '–',
        found.session?.slice(0, 6) ?? '–',
        duration(((found.endedAt ?? now) - found.openedAt) / speed),
        next(found, now, speed),
        found.heard.toLocaleString('en-US'),
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
  if (state === 'ended') return '–';
  const comes = goAwayAt === null || goAwayAt <= now;
  return `${comes ? 'end' : 'goAway'} in ${duration(((comes ? endsAt : goAwayAt) - now) / speed)}`;
}

export function showConnections(state: EmulatorState): void {
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
  say(
    byId('connections-count', HTMLParagraphElement),
    `${open} open, ${sessions} ${sessions === 1 ? 'session' : 'sessions'}, ${state.sentHandles.toLocaleString('en-US')} handles sent`,
  );
  byId('no-connections', HTMLParagraphElement).hidden = ordered.length > 0;
}

export function startOrders(): void {
  const on = (id: string, body: () => object): void => {
    byId(id, HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      order(body());
    });
  };
  const value = (id: string): string => byId(id, HTMLInputElement).value;
  on('order-go-away', () => ({ order: 'goAway', timeLeftMs: Number(value('time-left')) * 1_000 }));
  on('order-cut', () => {
    const how = byId('cut-how', HTMLSelectElement).value;
    return /^\d+$/.test(how) ? { order: 'cut', how: 'close', code: Number(how) } : { order: 'cut', how };
  });
  on('order-say', () => ({ order: 'say', text: value('say-text') }));
  on('order-call', () => ({ order: 'callTool', name: value('call-name') }));
}
