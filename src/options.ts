/**
 * The options of a session: their types, defaults, reasons and sources in ONE table, and the check of what the app gave.
 *
 * Owns every default. docs/OPTIONS.md and `explain()` are printed from the table. Nothing is dialled before this check
 * has passed.
 */
import type { LiveCallbacks, LiveConnectConfig, SessionResumptionConfig } from '@google/genai';
import type { SessionPolicy } from '../machines/index.js';
import type { Clock } from './clock.js';
import type { RecordedTurn } from './context/turns.js';
import { LifelineError } from './errors.js';
import type { LogSink } from './log.js';
import type { BackoffPolicy } from './policy/backoff.js';
import type { Random } from './random.js';
import type { TraceSink } from './trace/format.js';
import type { Transport } from './transport/port.js';

/** LiveConnectConfig as the SDK takes it; `false` switches a default of Lifeline off. */
export type LifelineConfig = Omit<LiveConnectConfig, 'sessionResumption' | 'contextWindowCompression'> & {
  readonly sessionResumption?: SessionResumptionConfig | ResumptionHandle | null | false;
  readonly contextWindowCompression?: LiveConnectConfig['contextWindowCompression'] | false;
};

/** Google's guide passes `handle: null` for a new session, which the SDK's type does not allow. */
export interface ResumptionHandle {
  readonly handle: string | null;
}

/** Options with a unit, a default and a source. Everything is optional. */
export interface TunableOptions {
  readonly setupTimeoutMs?: number;
  readonly closeTimeoutMs?: number;
  readonly afterExpiry?: SessionPolicy['afterExpiry'];
  readonly rotationOrder?: SessionPolicy['order'];
  readonly rotateAtAgeMs?: number | null;
  readonly rotateWithinMs?: number;
  readonly deadlineMarginMs?: number;
  readonly maxHoldMs?: number;
  readonly handleAmbiguityMs?: number | null;
  readonly handleRetries?: number;
  readonly handleLifeMs?: number | null;
  readonly onNotResumable?: SessionPolicy['onNotResumable'];
  readonly dialBudget?: number;
  readonly stableAfterMs?: number;
  readonly oldSocketGraceMs?: number;
  readonly lateResumeMs?: number;
  readonly replayAudioMs?: number;
  readonly maxOutboxAudioMs?: number;
  readonly maxOutboxBytes?: number;
  readonly maxOutboxControlItems?: number;
  readonly maxQueuedMessages?: number;
  readonly maxRecordedCharacters?: number;
  readonly nearLimitFill?: number;
  readonly contextWindowTokens?: number;
  readonly audioSessionLimitMs?: number;
  readonly videoSessionLimitMs?: number;
  readonly connectionLimitMs?: number;
  readonly speechPauseMs?: number;
}

export interface ConnectOptions extends TunableOptions {
  /** How to reach a Live API: `genai(ai)`, or `emulator()` for one in this process. */
  readonly transport: Transport;
  readonly model: string;
  readonly config?: LifelineConfig;
  /** The SDK's callbacks, for ONE session over all its connections. */
  readonly callbacks?: Partial<LiveCallbacks>;
  /** Also hand goAway and the setupComplete of later connections to the views. */
  readonly passthrough?: boolean;
  readonly signal?: AbortSignal;
  /** Condenses the recorded turns before a reseed; what it returns is said to the fresh session as one user turn. */
  readonly summarize?: (turns: readonly RecordedTurn[]) => string | Promise<string>;
  readonly backoff?: BackoffPolicy;
  readonly log?: LogSink;
  readonly trace?: TraceSink;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface OptionRow {
  readonly name: keyof TunableOptions;
  readonly unit: string;
  readonly fallback: number | string | null;
  readonly why: string;
  readonly source: string;
  readonly least?: number;
  readonly most?: number;
  readonly words?: readonly string[];
}

/** Null as a default is explained in `why`. */
export const optionTable = [
  { name: 'setupTimeoutMs', unit: 'ms', fallback: 15_000, least: 1, why: 'From the dial to setupComplete. The SDK has no timeout; a setup took 0.13 s, once 0.81 s.', source: 'measured' },
  { name: 'closeTimeoutMs', unit: 'ms', fallback: 5_000, least: 0, why: 'close() waits this long for the peer; the socket itself may take 30 s.', source: 'measured with @google/genai' },
  { name: 'afterExpiry', unit: '', fallback: 'reseed', words: ['fail', 'fresh', 'reseed'], why: 'When nothing can bring the context back: end, go on without it, or give a fresh session the recorded turns.', source: 'policy' },
  { name: 'rotationOrder', unit: '', fallback: 'break-before-make', words: ['break-before-make', 'overlap'], why: 'A resume was refused while the old socket was open.', source: 'one report, an open question' },
  { name: 'rotateAtAgeMs', unit: 'ms', fallback: null, least: 1_000, why: 'Rotate at this age of a connection without waiting for a goAway; null: never.', source: 'policy' },
  { name: 'rotateWithinMs', unit: 'ms', fallback: 30_000, least: 0, why: 'How long a rotation of our own waits for a quiet moment.', source: 'policy' },
  { name: 'deadlineMarginMs', unit: 'ms', fallback: 10_000, least: 0, why: 'Kept free before the end that goAway announced; never more than a fifth of timeLeft.', source: 'goAway.timeLeft, about 50 s' },
  { name: 'maxHoldMs', unit: 'ms', fallback: 4_000, least: 0, why: 'Longest freeze of the uplink while waiting for a handle that covers it; handles come every 1.2–2 s.', source: 'recorded traffic' },
  { name: 'handleAmbiguityMs', unit: 'ms', fallback: null, least: 0, why: 'What was sent this long before a handle arrived may not be in it; null: the quickest setup so far plus 40 ms, an upper estimate of the round trip.', source: 'model of 1,000 rotations' },
  { name: 'handleRetries', unit: 'dials', fallback: 1, least: 0, why: 'Further tries with a handle that was called dead. One project logged 798.', source: 'project logs' },
  { name: 'handleLifeMs', unit: 'ms', fallback: null, least: 0, why: 'Life of a handle after the last connection; null: 2 h on the Developer API, 24 h on Vertex AI.', source: 'session guides' },
  { name: 'onNotResumable', unit: '', fallback: 'keep', words: ['keep', 'drop'], why: 'What an explicit resumable:false does to the stored handle; projects disagree, most keep it.', source: 'an open question' },
  { name: 'dialBudget', unit: 'dials', fallback: 30, least: 1, why: 'Dials without a stable connection before the session fails.', source: 'policy' },
  { name: 'stableAfterMs', unit: 'ms', fallback: 10_000, least: 0, why: 'A connection this old clears the count of dials.', source: 'policy' },
  { name: 'oldSocketGraceMs', unit: 'ms', fallback: 5_000, least: 0, why: 'While a server may still hold the old socket, a resume is tried again within 250 ms.', source: 'one report: 1011 until the old socket is gone' },
  { name: 'lateResumeMs', unit: 'ms', fallback: 600_000, least: 0, why: 'Away for longer than this, no audio is replayed: the server keeps the state for an immediate resume about 10 minutes.', source: 'session guide of Firebase' },
  { name: 'replayAudioMs', unit: 'ms', fallback: 30_000, least: 0, why: 'Audio older than this is not said again.', source: 'policy' },
  { name: 'maxOutboxAudioMs', unit: 'ms of audio', fallback: 60_000, least: 0, why: 'Bound of the outbox; the newest audio is kept.', source: 'policy' },
  { name: 'maxOutboxBytes', unit: 'bytes', fallback: 8_388_608, least: 1_024, why: 'Bound of the outbox over all kinds.', source: 'policy' },
  { name: 'maxOutboxControlItems', unit: 'messages', fallback: 1_000, least: 1, why: 'Bound of what is held besides audio and video; the oldest is kept.', source: 'policy' },
  { name: 'maxQueuedMessages', unit: 'messages', fallback: 10_000, least: 1, why: 'Bound of each view that its reader does not empty; the oldest go, counted.', source: 'policy' },
  { name: 'maxRecordedCharacters', unit: 'characters', fallback: 32_000, least: 0, why: 'Bound of the recorded turns that a reseed is made of.', source: 'policy' },
  { name: 'nearLimitFill', unit: 'share', fallback: 0.9, least: 0.01, most: 1, why: 'From here on the context is near its limit.', source: 'policy' },
  { name: 'contextWindowTokens', unit: 'tokens', fallback: 128_000, least: 1_000, why: 'Window of the Live models; an older page says 32,000 for models without native audio.', source: 'session guides' },
  { name: 'audioSessionLimitMs', unit: 'ms', fallback: 900_000, least: 1_000, why: 'A session without compression, audio only: 15 minutes.', source: 'session guides' },
  { name: 'videoSessionLimitMs', unit: 'ms', fallback: 120_000, least: 1_000, why: 'A session without compression, audio and video: 2 minutes.', source: 'session guides' },
  { name: 'connectionLimitMs', unit: 'ms', fallback: 600_000, least: 1_000, why: 'Expected life of one connection, for the budget only; the deadline comes from goAway.', source: 'session guides: about 10 minutes' },
  { name: 'speechPauseMs', unit: 'ms', fallback: 2_000, least: 1, why: 'Models that do not report voice activity: after this long without more transcription the user is silent.', source: 'policy' },
] as const satisfies readonly OptionRow[];

const defaultLifeMs = { developer: 7_200_000, vertex: 86_400_000 } as const;

export type Tuned = { readonly [Name in keyof TunableOptions]-?: Exclude<TunableOptions[Name], undefined> };

export interface ResolvedOptions {
  readonly tuned: Tuned;
  readonly config: LiveConnectConfig;
  /** Handle that the app passed in, or null. */
  readonly handle: string | null;
  readonly resumption: boolean;
  readonly compression: { readonly triggerTokens: number; readonly targetTokens: number } | null;
  readonly transparent: boolean;
  /** What Lifeline added to the config, for the one info line. */
  readonly added: readonly string[];
  readonly warnings: readonly string[];
}

function refuse(message: string): never {
  throw new LifelineError('invalidOptions', message, { phase: 'options' });
}

function tune(given: TunableOptions): Tuned {
  const tuned: Record<string, unknown> = {};
  for (const row of optionTable as readonly OptionRow[]) {
    const value: unknown = given[row.name] ?? row.fallback;
    tuned[row.name] = value;
    if (value === null) {
      if (row.fallback !== null) refuse(`${row.name} is null.`);
      continue;
    }
    if (row.words) {
      if (!row.words.includes(value as string)) refuse(`${row.name} is ${String(value)}; it takes ${row.words.join(', ')}.`);
    } else if (typeof value !== 'number' || Number.isNaN(value) || value < (row.least ?? 0) || value > (row.most ?? Infinity)) {
      const range = row.most === undefined ? `at least ${row.least ?? 0}` : `${row.least ?? 0} to ${row.most}`;
      refuse(`${row.name} is ${String(value)}; it takes a number of ${row.unit}, ${range}.`);
    }
  }
  return tuned as unknown as Tuned;
}

/** int64 fields are strings in the SDK's types and numbers in Firebase's: both are taken. */
function tokens(name: string, value: unknown, least: number, most: number): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most) {
    refuse(`contextWindowCompression.${name} is ${String(value)}; the Live API takes ${least} to ${most} tokens.`);
  }
  return number;
}

function resolveCompression(
  given: Exclude<LiveConnectConfig['contextWindowCompression'], undefined>,
  windowTokens: number,
  warnings: string[],
): { triggerTokens: number; targetTokens: number } {
  const triggerTokens = tokens('triggerTokens', given.triggerTokens, 5_000, 128_000) ?? Math.floor(windowTokens * 0.8);
  const targetTokens =
    tokens('slidingWindow.targetTokens', given.slidingWindow?.targetTokens, 0, 128_000) ?? Math.floor(triggerTokens / 2);
  if (targetTokens >= triggerTokens) {
    refuse(`contextWindowCompression: slidingWindow.targetTokens (${targetTokens}) is not below triggerTokens (${triggerTokens}).`);
  }
  if (targetTokens > triggerTokens * 0.8) {
    warnings.push(
      `targetTokens ${targetTokens} is close to triggerTokens ${triggerTokens}: more is remembered, and the window slides often.`,
    );
  }
  return { triggerTokens, targetTokens };
}

/** Throws LifelineError `invalidOptions` or `invalidHandle` before anything is dialled. */
export function resolveOptions(options: ConnectOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) refuse('connect() was called without options.');
  const { transport, model } = options;
  if (typeof transport?.dial !== 'function') refuse('transport is missing.');
  if (typeof model !== 'string' || model.trim() === '') refuse('model is missing.');
  const given = options.config ?? {};
  if (typeof given !== 'object') refuse('config is not an object.');
  const tuned = tune(options);
  const added: string[] = [];
  const warnings: string[] = [];
  const { sessionResumption, contextWindowCompression, ...rest } = given;
  const config: LiveConnectConfig = { ...rest };

  const resumption = sessionResumption !== false;
  const handle = resumption ? (sessionResumption?.handle ?? null) : null;
  if (handle !== null && (typeof handle !== 'string' || handle.trim() === '')) {
    throw new LifelineError('invalidHandle', 'sessionResumption.handle is not a non-empty string.', { phase: 'options' });
  }
  const transparent = Boolean(sessionResumption && 'transparent' in sessionResumption && sessionResumption.transparent);
  if (sessionResumption && 'transparent' in sessionResumption && sessionResumption.transparent !== undefined && transport.provider !== 'vertex') {
    refuse('sessionResumption.transparent exists on Vertex AI only; leave it out on the Developer API.');
  }
  if (resumption) config.sessionResumption = transparent ? { transparent: true } : {};
  if (resumption && (sessionResumption === undefined || sessionResumption === null)) added.push('sessionResumption: {}');

  let compression: ResolvedOptions['compression'] = null;
  if (contextWindowCompression !== false) {
    config.contextWindowCompression = contextWindowCompression ?? { slidingWindow: {} };
    if (contextWindowCompression === undefined) added.push('contextWindowCompression: { slidingWindow: {} }');
    compression = resolveCompression(config.contextWindowCompression, tuned.contextWindowTokens, warnings);
  }
  const handleLifeMs = tuned.handleLifeMs ?? defaultLifeMs[transport.provider];
  return { tuned: { ...tuned, handleLifeMs }, config, handle, resumption, compression, transparent, added, warnings };
}

export function policyFrom({ tuned, resumption, compression, transparent }: ResolvedOptions): SessionPolicy {
  return {
    resumption,
    compression: compression !== null,
    transparent,
    renewsTokens: false,
    afterExpiry: tuned.afterExpiry,
    order: tuned.rotationOrder,
    handleRetries: tuned.handleRetries,
    dialBudget: tuned.dialBudget,
    stableAfterMs: tuned.stableAfterMs,
    nearLimitFill: tuned.nearLimitFill,
    deadlineMarginMs: tuned.deadlineMarginMs,
    rotateWithinMs: tuned.rotateWithinMs,
    rotateAtAgeMs: tuned.rotateAtAgeMs,
    maxHoldMs: tuned.maxHoldMs,
    speechPauseMs: tuned.speechPauseMs,
    handleLifeMs: tuned.handleLifeMs ?? Infinity,
    closeTimeoutMs: tuned.closeTimeoutMs,
    onNotResumable: tuned.onNotResumable,
  };
}

export interface Explanation {
  readonly name: string;
  readonly value: unknown;
  readonly unit: string;
  readonly isDefault: boolean;
  readonly why: string;
  readonly source: string;
}

/** Every option in force for `options`: value, unit, whether it is the default, why and by what source. */
export function explain(options: ConnectOptions): readonly Explanation[] {
  const { tuned, config } = resolveOptions(options);
  const rows = (optionTable as readonly OptionRow[]).map((row) => ({
    name: row.name,
    value: tuned[row.name],
    unit: row.unit,
    isDefault: options[row.name] === undefined,
    why: row.why,
    source: row.source,
  }));
  const defaults = (['sessionResumption', 'contextWindowCompression'] as const).map((name) => ({
    name: `config.${name}`,
    // A handle is a secret; that there is one is not.
    value: name === 'sessionResumption' && config[name] ? { ...config[name], ...(options.config?.[name] && 'handle' in options.config[name] && options.config[name].handle ? { handle: '(given)' } : {}) } : (config[name] ?? false),
    unit: '',
    isDefault: options.config?.[name] === undefined,
    why:
      name === 'sessionResumption'
        ? 'A session that outlives its connections needs it. The service keeps the conversation for the life of the handle.'
        : 'Without it a session ends after 15 minutes (2 with video).',
    source: 'session guides',
  }));
  return [...defaults, ...rows];
}
