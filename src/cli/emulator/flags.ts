/**
 * The emulator's options as flags: one for each duration, `--option name=value` for the rest.
 *
 * Owns the names of the flags, made from optionRules.ts, and the reading of their values. What an option takes is
 * checked there.
 */
import { defaultSettings, type EmulatorOptions, type EmulatorSettings } from '../../emulator/options.js';
import { checkOptions, OptionError } from '../../emulator/optionCheck.js';
import { optionRules, takes } from '../../emulator/optionRules.js';
import { UsageError, type Flag, type Invocation } from '../command.js';

/** `connectionLifetimeMs` is `connection-lifetime`, in milliseconds. */
function flagOf(name: string): string {
  return name.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const durations = (Object.keys(optionRules) as (keyof EmulatorSettings)[]).filter((name) => name.endsWith('Ms'));

export const durationFlags: Readonly<Record<string, Flag>> = Object.fromEntries(
  durations.map((name) => {
    const fallback = defaultSettings[name];
    const describe = optionRules[name].summary;
    const flag: Flag = { type: 'string', value: 'MS', describe: `${describe}${defaultText(fallback)}` };
    return [flagOf(name), flag];
  }),
);

/** The help adds a fallback of its own only where a flag has one; these are left to the emulator. */
function defaultText(fallback: unknown): string {
  if (fallback === null) return '';
  if (typeof fallback === 'number') return ` Default ${fallback}.`;
  const each = Object.entries(fallback as object).map(([provider, value]) => `${value} (${provider})`);
  return ` Default ${each.join(', ')}.`;
}

/** @throws UsageError that names the flag */
export function optionsFrom(flags: Invocation['flags']): EmulatorOptions {
  const options: Record<string, unknown> = {};
  for (const name of durations) {
    const flag = flagOf(name);
    const text = flags[flag];
    if (typeof text === 'string') check(`--${flag}`, options, name, numberOf(text));
  }
  for (const pair of [flags['option'] ?? []].flat() as string[]) {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError('--option takes name=value, such as --option replyChunkMs=20.');
    check('--option', options, pair.slice(0, at), valueOf(pair.slice(at + 1)));
  }
  return options;
}

function check(flag: string, options: Record<string, unknown>, name: string, value: unknown): void {
  try {
    checkOptions({ [name]: value });
  } catch (error) {
    if (error instanceof OptionError) throw new UsageError(`${flag}: ${error.message}`);
    throw error;
  }
  options[name] = value;
}

function numberOf(text: string): unknown {
  return /^\s*$/.test(text) || Number.isNaN(Number(text)) ? text : Number(text);
}

/** Numbers, true, null, lists and objects as JSON writes them; anything else is a word. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** For a terminal: name and flag, then what it takes and does. */
export function optionRows(): [string, string][] {
  return Object.entries(optionRules).map(([name, rule]) => {
    const fallback = JSON.stringify(defaultSettings[name as keyof EmulatorSettings]) ?? 'null';
    const flag = name.endsWith('Ms') ? `  --${flagOf(name)}` : '';
    return [`${name}${flag}`, `${rule.summary} Takes ${takes(rule)}. Default ${fallback}.`];
  });
}

/** For --json. */
export function optionList(): object[] {
  return Object.entries(optionRules).map(([name, rule]) => ({
    name,
    flag: name.endsWith('Ms') ? flagOf(name) : null,
    takes: takes(rule),
    summary: rule.summary,
    fallback: defaultSettings[name as keyof EmulatorSettings],
  }));
}
