/**
 * Whether options are what optionRules.ts says they are.
 *
 * Owns the checks and the words of the errors. Changes nothing, and never repeats a value that may be a key.
 */
import { readScript } from './model/scriptReader.js';
import { defaultSettings, type EmulatorOptions, type EmulatorSettings } from './options.js';
import { optionRules, partRules, takes, type OptionRule } from './optionRules.js';
import { isFields, type Fields } from './protocol/fields.js';

/** An option that there is not, or a value that it does not take; the message names the option and what it takes. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }
}

/**
 * The options among `options`, all of them of the right type and in range. `undefined` leaves one as it is.
 *
 * @throws OptionError for the first that is not, or that there is not; ScriptError for a script
 */
export function checkOptions(options: object, when: 'atStart' | 'running' = 'atStart'): EmulatorOptions {
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    const isOption = Object.hasOwn(optionRules, name);
    const rule = isOption ? optionRules[name as keyof EmulatorSettings] : ownPart(name);
    if (rule === null || value === undefined) continue;
    if (when === 'running' && (rule.atStart === true || !isOption)) {
      throw new OptionError(name, `The option ${name} can only be set at the start.`);
    }
    if (!fits(rule, value))
      throw new OptionError(name, `The option ${name} takes ${takes(rule)}; got ${shown(value)}.`);
    // Here and not later: when it is wrong, nothing at all is to be changed.
    if (isOption) found[name] = rule.kind === 'script' && value !== null ? readScript(value) : value;
  }
  return found;
}

function ownPart(name: string): OptionRule | null {
  const rule = Object.hasOwn(partRules, name) ? partRules[name] : undefined;
  if (rule !== undefined) return rule;
  const near = nearest(name);
  const hint = near === null ? 'gemini-lifeline emulator --list-options lists them all.' : `Did you mean ${near}?`;
  throw new OptionError(name, `There is no option ${shownName(name)}. ${hint}`);
}

function fits(rule: OptionRule, value: unknown): boolean {
  if (value === null) return rule.nullable === true;
  switch (rule.kind) {
    case 'number': {
      const { least, most, whole } = rule;
      const inRange = (number: unknown): boolean =>
        typeof number === 'number' && number >= least && number <= most && (whole !== true || Number.isInteger(number));
      return inRange(value) || (rule.perProvider === true && eachProvider(value, inRange));
    }
    case 'flag':
      return typeof value === 'boolean';
    case 'word':
      return typeof value === 'string' && rule.words.includes(value);
    case 'text':
      return typeof value === 'string';
    case 'texts':
      return Array.isArray(value) && value.every((text) => typeof text === 'string');
    case 'script':
      return isFields(value);
    case 'closing':
      return isClosing(value) || (rule.perProvider === true && eachProvider(value, isClosing));
    case 'models':
      return Array.isArray(value) && value.every(isModel);
    default:
      return rule satisfies never;
  }
}

function eachProvider(value: unknown, test: (one: unknown) => boolean): boolean {
  return isFields(value) && Object.keys(value).length === 2 && test(value['developer']) && test(value['vertex']);
}

/** Codes that a server may send: 1004 to 1006 and 1015 stand for what never was in a frame. */
function isClosing(value: unknown): boolean {
  if (!isFields(value)) return false;
  const { code, reason } = value;
  const known = typeof code === 'number' && Number.isInteger(code) && code >= 1_000 && code <= 4_999;
  return known && ![1_004, 1_005, 1_006, 1_015].includes(code) && typeof reason === 'string';
}

function isModel(value: unknown): boolean {
  if (!isFields(value) || typeof value['name'] !== 'string') return false;
  const { modalities }: Fields = value;
  return Array.isArray(modalities) && modalities.every((one) => one === 'TEXT' || one === 'AUDIO');
}

function nearest(name: string): string | null {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z]|ms$/g, '');
  const wanted = plain(name);
  const names = [...Object.keys(defaultSettings), ...Object.keys(partRules)];
  const found =
    names.find((other) => plain(other) === wanted) ??
    names.find((other) => wanted.length > 3 && (plain(other).includes(wanted) || wanted.includes(plain(other))));
  return found ?? null;
}

function shownName(name: string): string {
  return name.length <= 40 && /^[\w.-]+$/.test(name) ? name : 'of that name';
}

/** A value may hold keys: texts are never shown, only that they are some. */
function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (typeof value === 'string') return /^[A-Za-z]{1,20}$/.test(value) ? `"${value}"` : 'a text';
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : typeof value;
}
