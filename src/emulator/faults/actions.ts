/**
 * Every action of a fault: the moments at which it can act, the fields it takes, and what it needs.
 *
 * Owns the table that reader, plan and page share. Never acts.
 */
import { isFields } from '../protocol/fields.js';
import type { FaultActionName, FaultMoment } from './fault.js';

/** What one field takes: in words, and as a check. */
export interface FieldRule {
  readonly takes: string;
  accepts(value: unknown): boolean;
}

export interface ActionRule {
  /** The first is the default. */
  readonly moments: readonly FaultMoment[];
  readonly fields: Readonly<Record<string, FieldRule>>;
  readonly required?: readonly string[];
  /** `message`: does something to the matched message, so it cannot come later. `dial`: instead of the upgrade. */
  readonly on?: 'message' | 'dial';
  /** Nothing passes on this connection afterwards; later faults of the same moment wait for their next chance. */
  readonly ends?: true;
  /** Of no connection in particular: the whole server. */
  readonly global?: true;
}

/** The longest time that a timer takes: 2^31 - 1. */
const longestMs = 2_147_483_647;

export function numberFrom(min: number, max: number, unit = ''): FieldRule {
  return {
    takes: `a whole number from ${min} to ${max}${unit}`,
    accepts: (value) => typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
  };
}

export function oneOf(...values: readonly string[]): FieldRule {
  return {
    takes: values
      .map((value) => `"${value}"`)
      .join(', ')
      .replace(/, ([^,]*)$/, ' or $1'),
    accepts: (value) => values.includes(value as string),
  };
}

export const text: FieldRule = { takes: 'a text', accepts: (value) => typeof value === 'string' };
export const flag: FieldRule = { takes: 'true or false', accepts: (value) => typeof value === 'boolean' };
export const milliseconds = numberFrom(0, longestMs, ' (milliseconds)');

const object: FieldRule = { takes: 'an object', accepts: isFields };
const anything: FieldRule = { takes: 'anything', accepts: () => true };
const direction = oneOf('up', 'down', 'both');
const bytesPerSecond: FieldRule = {
  takes: 'a number above 0 (bytes a second)',
  accepts: (value) => typeof value === 'number' && Number.isFinite(value) && value > 0,
};
const status: FieldRule = {
  takes: '0 or an HTTP status from 300 to 599',
  accepts: (value) => value === 0 || numberFrom(300, 599).accepts(value),
};
const closeCode: FieldRule = {
  takes: 'a close code that may be sent: 1000-1003, 1007-1014 or 3000-4999',
  accepts: (value) => numberFrom(1000, 4999).accepts(value) && sendableCode(value as number),
};
const closing = { code: closeCode, reason: text };

/** Codes that a close frame may carry. */
export function sendableCode(code: number): boolean {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999);
}

const atDial = { moments: ['dial'], on: 'dial', ends: true } as const;
const onServerMessage = { moments: ['serverMessage'], on: 'message' } as const;
const onMessage = { moments: ['serverMessage', 'clientMessage'], on: 'message' } as const;
const atSetup = { moments: ['setup'], fields: {} } as const;
const anyMoment = ['now', 'dial', 'setup', 'ready', 'clientMessage', 'serverMessage'] as const;
const afterDial = ['now', 'setup', 'ready', 'clientMessage', 'serverMessage'] as const;
const afterSetup = ['now', 'ready', 'clientMessage', 'serverMessage'] as const;

export const actionRules: Readonly<Record<FaultActionName, ActionRule>> = {
  refuse: { ...atDial, fields: { status } },
  stall: { ...atDial, fields: {} },
  drip: { moments: ['dial'], on: 'dial', fields: { bytesPerSecond } },

  close: { moments: anyMoment, fields: closing, ends: true },
  fin: { moments: anyMoment, fields: {}, ends: true },
  rst: { moments: anyMoment, fields: { midFrame: flag }, ends: true },
  halfOpen: { moments: anyMoment, fields: {}, ends: true },
  mute: { moments: anyMoment, fields: { direction: oneOf('up', 'down') }, required: ['direction'] },
  trickle: { moments: anyMoment, fields: { bytesPerSecond, direction } },
  delay: { moments: anyMoment, fields: { ms: milliseconds, direction }, required: ['ms'] },
  latePong: { moments: anyMoment, fields: { ms: milliseconds } },

  drop: { ...onMessage, fields: {} },
  duplicate: { ...onMessage, fields: { copies: numberFrom(2, 1_000) } },
  hold: { ...onMessage, fields: { ms: milliseconds } },
  repeatOldest: { ...onMessage, fields: {} },
  edit: { ...onMessage, fields: { set: object }, required: ['set'] },
  textFrame: { ...onServerMessage, fields: {} },
  fragment: { ...onServerMessage, fields: { parts: numberFrom(2, 1_000) } },
  send: { moments: afterDial, fields: { message: object }, required: ['message'] },
  garbage: { moments: afterDial, fields: { data: text, bytes: numberFrom(0, 64 * 1024 * 1024), text: flag } },

  goAway: {
    moments: afterSetup,
    fields: { timeLeftMs: milliseconds, timeLeft: anything, thenClose: flag },
    required: ['timeLeftMs'],
  },
  silence: { moments: anyMoment, fields: {} },

  refuseHandle: {
    ...atSetup,
    fields: { when: oneOf('beforeSetupComplete', 'afterSetupComplete'), ...closing },
    ends: true,
  },
  loseContext: atSetup,
  poison: atSetup,
  neverCompress: atSetup,
  forgetHandles: { moments: anyMoment, fields: {}, global: true },
  resumable: { moments: anyMoment, fields: { on: flag }, required: ['on'], global: true },
  addTokens: { moments: afterSetup, fields: { tokens: numberFrom(1, 10_000_000) }, required: ['tokens'] },
};

/** Actions that act on the emulator's own sessions. A proxy has none. */
export const needsSessions: readonly FaultActionName[] = [
  'poison',
  'neverCompress',
  'forgetHandles',
  'resumable',
  'addTokens',
];
