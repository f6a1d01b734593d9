/**
 * Reads faults from data of unknown shape: a file, a request body, an option, a call.
 *
 * Owns the checks and their words. Never acts.
 */
import { isFields, type Fields } from '../protocol/fields.js';
import {
  actionRules,
  flag,
  milliseconds,
  numberFrom,
  oneOf,
  text,
  type ActionRule,
  type FieldRule,
} from './actions.js';
import { faultClasses } from './catalogue.js';
import type { Fault, FaultActionName } from './fault.js';

/** What is wrong with a fault, and one thing to do. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

const most = 1_000;

const matchFields: Readonly<Record<string, FieldRule>> = {
  at: oneOf('dial', 'setup', 'clientMessage', 'serverMessage', 'ready', 'now'),
  resumed: flag,
  connection: numberFrom(1, Number.MAX_SAFE_INTEGER),
  provider: oneOf('developer', 'vertex'),
  model: text,
  kind: text,
  nth: numberFrom(1, Number.MAX_SAFE_INTEGER),
  afterMs: milliseconds,
};

const list: FieldRule = { takes: 'a list', accepts: Array.isArray };

const faultFields: Readonly<Record<string, FieldRule>> = {
  match: { takes: 'an object', accepts: isFields },
  times: numberFrom(0, Number.MAX_SAFE_INTEGER, ' (0: without limit)'),
  comment: text,
};

/**
 * One fault, a list of them, `{faults: […]}`, or names of the catalogue, mixed as one likes. `{use: "stream/fin",
 * match: {…}}` takes a class of the catalogue with another match, `times` or `comment`.
 *
 * @throws FaultError that names the fault, the field and what it takes
 */
export function readFaults(data: unknown): Fault[] {
  const given = flatten(data, '');
  if (given.length > most) throw new FaultError(`At most ${most} faults at once, got ${given.length}.`);
  return given.flatMap(({ value, where }) => readEntry(value, where === '' ? 'The fault' : where));
}

interface Given {
  readonly value: unknown;
  readonly where: string;
}

function flatten(data: unknown, where: string): Given[] {
  if (Array.isArray(data)) {
    return data.flatMap((value: unknown, index) => {
      const place = `${where === '' ? 'Fault ' : `${where}.`}${index + 1}`;
      return flatten(value, place);
    });
  }
  if (!isFields(data) || !('faults' in data)) return [{ value: data, where }];
  onlyFields(data, { faults: list }, where === '' ? 'The list' : where);
  return flatten(data['faults'], where);
}

function readEntry(value: unknown, where: string): Fault[] {
  if (typeof value === 'string') return classFaults(value, where);
  if (!isFields(value)) {
    throw new FaultError(`${where} takes an object with an action, or a name of the catalogue, got ${shown(value)}.`);
  }
  return 'use' in value ? readUse(value, where) : [readFault(value, where)];
}

/** The log calls them by the name of their class. */
function classFaults(name: string, where: string): Fault[] {
  const found = Object.hasOwn(faultClasses, name) ? faultClasses[name] : undefined;
  if (found !== undefined) return found.faults.map((fault) => ({ comment: name, ...fault }));
  const [group = ''] = name.split('/');
  const names = Object.keys(faultClasses);
  const near = names.filter((other) => other.startsWith(`${group}/`));
  throw new FaultError(
    `${where} names the class ${shown(name)}, which is not in the catalogue. Take one of ${(near.length > 0 ? near : names).join(', ')}.`,
  );
}

function readUse(fields: Fields, where: string): Fault[] {
  const { use, ...changes } = fields;
  if (typeof use !== 'string') throw new FaultError(`${where}: use takes a name of the catalogue, got ${shown(use)}.`);
  onlyFields(changes, faultFields, where);
  const match = isFields(changes['match']) ? changes['match'] : {};
  return classFaults(use, where).map((fault) =>
    readFault({ ...fault, ...changes, match: { ...fault.match, ...match } }, where),
  );
}

function readFault(fields: Fields, at: string): Fault {
  const comment = fields['comment'];
  const where = typeof comment === 'string' ? `${at} (${shown(comment)})` : at;
  const { action, ...rest } = fields;
  onlyFields(rest, faultFields, where);
  if (!isFields(action)) throw new FaultError(`${where}: action takes an object with "do", got ${shown(action)}.`);
  const { do: name, ...options } = action;
  if (typeof name !== 'string' || !Object.hasOwn(actionRules, name)) {
    throw new FaultError(
      `${where}: action.do takes one of ${Object.keys(actionRules).join(', ')}, got ${shown(name)}.`,
    );
  }
  const rule = actionRules[name as FaultActionName];
  onlyFields(options, rule.fields, where, 'action.');
  for (const field of rule.required ?? []) {
    if (options[field] === undefined) {
      throw new FaultError(`${where}: action.${field} is missing; it takes ${rule.fields[field]?.takes ?? ''}.`);
    }
  }
  readMatch(isFields(rest['match']) ? rest['match'] : {}, name, rule, where);
  return structuredClone(fields) as unknown as Fault;
}

/** The fields one by one, and whether they fit together. */
function readMatch(match: Fields, name: string, rule: ActionRule, where: string): void {
  onlyFields(match, matchFields, where, 'match.');
  const at = (match['at'] ?? rule.moments[0]) as ActionRule['moments'][number];
  if (!rule.moments.includes(at)) {
    throw new FaultError(`${where}: ${name} cannot act at "${at}". Let match.at be ${listed(rule.moments)}.`);
  }
  const atMessage = at === 'clientMessage' || at === 'serverMessage';
  const wrong = (field: string, why: string): void => {
    if (match[field] !== undefined) throw new FaultError(`${where}: match.${field} ${why}. Leave it out.`);
  };
  if (!atMessage) {
    wrong('kind', `needs match.at "clientMessage" or "serverMessage"`);
    wrong('nth', `needs match.at "clientMessage" or "serverMessage"`);
  }
  if (at === 'dial') {
    wrong('resumed', 'is not known at "dial"');
    wrong('model', 'is not known at "dial"');
  }
  if (rule.on === 'dial') wrong('connection', 'is not known before the upgrade');
  if (rule.on !== undefined || (at === 'setup' && rule.moments.length === 1)) {
    wrong('afterMs', `does not fit ${name}, which acts on what has just come`);
  }
}

function onlyFields(fields: Fields, rules: Readonly<Record<string, FieldRule>>, where: string, prefix = ''): void {
  for (const [name, value] of Object.entries(fields)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const names = Object.keys(rules);
      const takes = names.length === 0 ? 'no fields' : names.map((known) => prefix + known).join(', ');
      throw new FaultError(`${where}: unknown field ${prefix}${name}; known here: ${takes}.`);
    }
    if (value !== undefined && !rule.accepts(value)) {
      throw new FaultError(`${where}: ${prefix}${name} takes ${rule.takes}, got ${shown(value)}.`);
    }
  }
}

function listed(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ');
}

/** Short, so that an error never repeats a whole file. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = typeof value === 'bigint' || typeof value === 'function' ? typeof value : JSON.stringify(value);
  return json.length > 60 ? `${json.slice(0, 59)}…` : json;
}
