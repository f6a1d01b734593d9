/**
 * The options in force, each in a field of its own; a field that is left is sent.
 *
 * Owns the fields. What an option takes is the server's to say: its refusal is shown, and the old value put back.
 */
import type { OptionState } from '../control/state.js';
import { ask } from './api.js';
import { byId, element } from './element.js';

type Options = Record<string, OptionState>;

export async function startOptions(): Promise<void> {
  show((await ask<{ options: Options }>('GET', 'options'))?.options ?? {});
}

function show(options: Options): void {
  const fields = Object.entries(options)
    .filter(([, option]) => !option.atStart && ['number', 'flag', 'word'].includes(option.kind))
    .map(([name, option]) => fieldOf(name, option));
  byId('options', HTMLDivElement).replaceChildren(...fields);
}

function fieldOf(name: string, option: OptionState): HTMLDivElement {
  const id = `option-${name}`;
  const input =
    option.words === null
      ? element('input', { id, spellcheck: false })
      : element('select', { id }, ...option.words.map((word) => element('option', { textContent: word })));
  input.value = textOf(option.value);
  input.setAttribute('aria-describedby', `${id}-about`);
  const unit = option.unit === null ? '' : ` ${option.unit}`;
  const about = `${option.summary} Default ${textOf(option.fallback)}${unit}.`;
  const field = element(
    'div',
    {},
    element('label', { htmlFor: id, textContent: name }),
    input,
    element('p', { id: `${id}-about`, className: 'quiet', textContent: about }),
  );
  const mark = (value: unknown): void => {
    field.classList.toggle('changed', textOf(value) !== textOf(option.fallback));
  };
  mark(option.value);
  let last = option.value;
  input.onchange = async () => {
    const answer = await ask<{ options: Options }>('PATCH', 'options', { [name]: valueOf(input.value) });
    const now = answer?.options[name];
    if (now !== undefined) last = now.value;
    input.value = textOf(last);
    mark(last);
  };
  return field;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A number, true, null and {…} as JSON says them; anything else is a word. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.trim();
  }
}
