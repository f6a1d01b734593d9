/**
 * The event log as it happens, newest first.
 *
 * Owns the lines that are shown, their bound and the filter. The stream takes up by itself where it broke off.
 */
import type { EmulatorEvent } from '../../record/eventLog.js';
import { ask } from './api.js';
import { byId, element } from './element.js';

const mostLines = 1_000;
const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hour12: false,
});

/** `happened` is called for every entry; `reached` whenever the line to the emulator comes up or goes down. */
export async function startLog(happened: () => void, reached: (up: boolean) => void): Promise<void> {
  const list = byId('log', HTMLOListElement);
  const what = byId('log-what', HTMLSelectElement);
  const text = byId('log-filter', HTMLInputElement);
  const isShown = (line: HTMLElement): boolean =>
    (what.value === '' || line.dataset['what'] === what.value) &&
    (line.textContent ?? '').toLowerCase().includes(text.value.toLowerCase());
  const filter = (): void => {
    for (const line of list.querySelectorAll('li')) line.hidden = !isShown(line);
  };
  what.onchange = filter;
  text.oninput = filter;
  byId('reset', HTMLButtonElement).onclick = () =>
    void ask('POST', 'reset', {}).then((answer) => {
      if (answer !== null) list.replaceChildren();
      happened();
    });
  const source = new EventSource('events');
  source.onopen = () => reached(true);
  source.onerror = () => reached(false);
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const line = lineOf(JSON.parse(data) as EmulatorEvent);
    line.hidden = !isShown(line);
    list.prepend(line);
    if (list.children.length > mostLines) list.lastElementChild?.remove();
    happened();
  };
  const answer = await ask<{ events: Record<string, string> }>('GET', 'catalogue');
  for (const [name, meaning] of Object.entries(answer?.events ?? {})) {
    what.append(element('option', { value: name, textContent: name, title: meaning }));
  }
}

function lineOf({ seq, at, connection, what, detail }: EmulatorEvent): HTMLLIElement {
  const line = element(
    'li',
    {},
    element('span', { textContent: String(seq) }),
    element('time', { textContent: clock.format(at) }),
    element('span', { textContent: connection === null ? '' : `#${connection}` }),
    element('span', { className: `what ${what}`, textContent: what }),
    element('span', { textContent: detail }),
  );
  line.dataset['what'] = what;
  return line;
}
