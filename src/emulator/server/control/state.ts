/**
 * What the control endpoint tells of the emulator or a proxy, as stable JSON. Types only of plain data, so that the page shares them.
 *
 * Owns the shapes. Shows no setup, handle, key or text: a test in process has the emulator itself for that.
 */
import type { Provider } from '../../../transport/port.js';
import type { Emulator } from '../../emulator.js';
import { defaultSettings, type EmulatorSettings } from '../../options.js';
import { optionRules, takes, type OptionRule } from '../../optionRules.js';
import type { Forgotten } from '../../record/archive.js';
import { withoutValues } from '../../record/eventLog.js';
import type { ConnectionRecord, ContextRecord } from '../../record/records.js';

export interface ConnectionState {
  readonly id: number;
  readonly provider: Provider;
  readonly path: string;
  /** Not set up yet, set up, cut off without a word, over. */
  readonly state: 'waiting' | 'active' | 'halfOpen' | 'ended';
  readonly model: string | null;
  readonly session: string | null;
  readonly resumedFrom: number | null;
  /** These are times on the server's clock. */
  readonly openedAt: number;
  readonly readyAt: number | null;
  readonly goAwayAt: number | null;
  /** Null: never by itself, or a proxy does not know. */
  readonly endsAt: number | null;
  readonly endedAt: number | null;
  readonly endedBy: 'client' | 'server' | null;
  readonly closeCode: number | null;
  readonly reason: string;
  /** Messages that the model heard on it; null: a proxy does not know. */
  readonly heard: number | null;
  readonly promptTokens: number | null;
}

export interface SessionState {
  readonly id: string;
  readonly connections: readonly number[];
  /** Those of them that are open. */
  readonly open: readonly number[];
}

export interface EmulatorState {
  readonly baseUrl: string;
  /** A proxy: the server behind it. Null: the emulator. */
  readonly target: string | null;
  /** Server time passes this many times as fast as yours. */
  readonly speed: number;
  readonly now: number;
  /** Every open connection, and the newest of those that have ended. */
  readonly connections: readonly ConnectionState[];
  readonly sessions: readonly SessionState[];
  /** Null for a proxy. */
  readonly sentHandles: number | null;
  readonly forgotten: Forgotten | null;
  /** Of the newest entry of the log. */
  readonly lastSeq: number;
}

export interface OptionState {
  readonly value: unknown;
  readonly fallback: unknown;
  readonly kind: string;
  readonly unit: string | null;
  /** Where it takes one of a few words: those. */
  readonly words: readonly string[] | null;
  readonly takes: string;
  readonly summary: string;
  readonly atStart: boolean;
}

/** `mostEnded`: of the connections that are over, so many of the newest are told of. */
export function stateOf(emulator: Emulator, baseUrl: string, mostEnded: number): EmulatorState {
  const live = new Set(emulator.liveConnections);
  const contexts = new Map(emulator.contexts().map((context) => [context.id, context]));
  const ended = emulator.connections.filter(({ endedAt }) => endedAt !== null);
  const hidden = new Set(ended.slice(0, Math.max(0, ended.length - mostEnded)));
  const shown = emulator.connections.filter((record) => !hidden.has(record));
  const connections = shown.map((record) =>
    connectionOf(record, live.has(record.id), contexts.get(record.contextId ?? -1)),
  );
  return {
    baseUrl,
    target: null,
    speed: emulator.speed,
    now: emulator.clock.now(),
    connections,
    sessions: sessionsOf(connections),
    sentHandles: emulator.sentHandles,
    forgotten: emulator.forgotten,
    lastSeq: emulator.lastSeq,
  };
}

function connectionOf(
  record: Readonly<ConnectionRecord>,
  isLive: boolean,
  context: ContextRecord | undefined,
): ConnectionState {
  const { setup: _, contextId: __, reason, ...plain } = record;
  const { readyAt, endedAt } = record;
  return {
    ...plain,
    state: endedAt !== null ? 'ended' : !isLive ? 'halfOpen' : readyAt === null ? 'waiting' : 'active',
    reason: withoutValues(reason),
    heard: context?.heard.length ?? 0,
    promptTokens: context?.promptTokens ?? 0,
  };
}

function sessionsOf(connections: readonly ConnectionState[]): SessionState[] {
  const sessions = new Map<string, { id: string; connections: number[]; open: number[] }>();
  for (const { id, session, state } of connections) {
    if (session === null) continue;
    const found = sessions.get(session) ?? { id: session, connections: [], open: [] };
    found.connections.push(id);
    if (state !== 'ended') found.open.push(id);
    sessions.set(session, found);
  }
  return [...sessions.values()];
}

/** Every option with its value, its default and what it takes. */
export function optionsOf(emulator: Emulator): Record<string, OptionState> {
  return Object.fromEntries(
    Object.entries(optionRules).map(([name, rule]) => {
      const value: unknown = emulator.settings[name as keyof EmulatorSettings];
      const hides = rule.kind === 'texts';
      const state: OptionState = {
        // Keys are nobody's business.
        value: hides && Array.isArray(value) ? value.map(() => '…') : value,
        fallback: defaultSettings[name as keyof EmulatorSettings],
        kind: rule.kind,
        unit: rule.kind === 'number' ? rule.unit : null,
        words: wordsOf(rule),
        takes: takes(rule),
        summary: rule.summary,
        atStart: rule.atStart === true,
      };
      return [name, state];
    }),
  );
}

function wordsOf(rule: OptionRule): readonly string[] | null {
  if (rule.kind === 'word') return rule.words;
  return rule.kind === 'flag' ? ['true', 'false', ...(rule.nullable === true ? ['null'] : [])] : null;
}
