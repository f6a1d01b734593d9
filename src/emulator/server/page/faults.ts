/**
 * The faults in force, and the catalogue that they are chosen from.
 *
 * Owns which tile stands for which fault: how often a class has acted is summed over the ones that this page added.
 */
import type { FaultClass } from '../../faults/catalogue.js';
import type { PlannedFault } from '../../faults/plan.js';
import { ask } from './api.js';
import { byId, element, say } from './element.js';

interface Tile {
  readonly button: HTMLButtonElement;
  readonly acted: HTMLElement;
  readonly ids: number[];
}

const tiles = new Map<string, Tile>();
const lines = new Map<number, { readonly line: HTMLLIElement; readonly acted: HTMLElement }>();

export async function startFaults(): Promise<void> {
  byId('withdraw-all', HTMLButtonElement).onclick = () => void change('DELETE', 'faults');
  const filter = byId('fault-filter', HTMLInputElement);
  filter.oninput = () => {
    const wanted = filter.value.toLowerCase();
    for (const { button } of tiles.values()) {
      button.hidden = !(button.textContent ?? '').toLowerCase().includes(wanted);
    }
  };
  const answer = await ask<{ faults: Record<string, FaultClass> }>('GET', 'catalogue');
  if (answer === null) return;
  const groups = new Map<string, HTMLDivElement>();
  tiles.clear();
  for (const [name, { group, summary }] of Object.entries(answer.faults)) {
    const made = groups.get(group) ?? element('div', { className: 'tiles' });
    groups.set(group, made);
    made.append(newTile(name, summary));
  }
  byId('catalogue', HTMLDivElement).replaceChildren(
    ...[...groups].map(([group, made]) => element('fieldset', {}, element('legend', { textContent: group }), made)),
  );
}

function newTile(name: string, summary: string): HTMLButtonElement {
  const acted = element('span', { className: 'acted', hidden: true });
  const ids: number[] = [];
  const button = element(
    'button',
    { type: 'button' },
    element('b', { textContent: name }),
    element('span', { textContent: summary }),
    acted,
  );
  button.onclick = () =>
    void change('POST', 'faults', name).then((added) => {
      ids.push(...added);
    });
  tiles.set(name, { button, acted, ids });
  return button;
}

/** The ids that were added. */
async function change(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<readonly number[]> {
  const answer = await ask<{ added?: number[]; faults: PlannedFault[] }>(method, path, body);
  if (answer === null) return [];
  showFaults(answer.faults);
  return answer.added ?? [];
}

export async function refreshFaults(): Promise<void> {
  const answer = await ask<{ faults: PlannedFault[] }>('GET', 'faults');
  if (answer !== null) showFaults(answer.faults);
}

function showFaults(faults: readonly PlannedFault[]): void {
  const list = byId('in-force', HTMLUListElement);
  const byFault = new Map(faults.map((fault) => [fault.id, fault]));
  for (const [id, { line }] of lines) {
    if (byFault.has(id)) continue;
    line.remove();
    lines.delete(id);
  }
  for (const fault of faults) {
    const found = lines.get(fault.id) ?? newLine(fault);
    if (!lines.has(fault.id)) list.append(found.line);
    lines.set(fault.id, found);
    const { times = 1, acted } = fault;
    say(found.acted, `acted ${acted}${times === 0 ? ' times' : ` of ${times}`}`);
  }
  byId('none-in-force', HTMLParagraphElement).hidden = faults.length > 0;
  for (const { acted, ids } of tiles.values()) {
    const mine = ids.map((id) => byFault.get(id)).filter((fault) => fault !== undefined);
    acted.hidden = mine.length === 0;
    say(acted, `in force, acted ${mine.reduce((sum, fault) => sum + fault.acted, 0)}`);
  }
}

function newLine({ id, action, match, comment }: PlannedFault) {
  const acted = element('span', { className: 'quiet' });
  const { do: what, ...details } = action;
  const when = match === undefined ? '' : JSON.stringify(match);
  const how = Object.keys(details).length === 0 ? '' : JSON.stringify(details);
  const line = element(
    'li',
    {},
    element(
      'div',
      {},
      element('b', { textContent: `${id} ${what} ` }),
      element('code', { textContent: `${how} ${when}`.trim() }),
      ` ${comment ?? ''} `,
      acted,
    ),
    element('button', {
      type: 'button',
      className: 'plain',
      textContent: 'Withdraw',
      ariaLabel: `Withdraw fault ${id}, ${what}`,
      onclick: () => void change('DELETE', `faults/${id}`),
    }),
  );
  return { line, acted };
}
