/**
 * The options of a session: what `connect` takes, and the check of what the app gave. Nothing is dialled before this
 * check has passed. Defaults stand in optionTable.ts.
 */
import type { LiveCallbacks, LiveConnectConfig, Modality, SessionResumptionConfig } from '@google/genai';
import type { SessionPolicy } from '../machines/index.js';
import type { Clock } from './clock.js';
import type { RecordedTurn } from './context/turns.js';
import { cloneConfig } from './cloneConfig.js';
import { LifelineError } from './errors.js';
import type { Network } from './health/network.js';
import type { LogSink } from './log.js';
import { type OptionRow, optionTable, type TunableOptions } from './optionTable.js';
import type { BackoffPolicy } from './policy/backoff.js';
import type { Random } from './random.js';
import type { TraceSink } from './trace/format.js';
import type { Transport } from './transport/port.js';

/** LiveConnectConfig as the SDK takes it; `false` switches a default of Lifeline off. */
export type LifelineConfig = Omit<
  LiveConnectConfig,
  'sessionResumption' | 'contextWindowCompression' | 'responseModalities'
> & {
  /** The SDK's enum or its text: `['AUDIO']`. */
  readonly responseModalities?: (Modality | `${Modality}`)[];
  readonly sessionResumption?: SessionResumptionConfig | ResumptionHandle | null | false;
  readonly contextWindowCompression?: LiveConnectConfig['contextWindowCompression'] | false;
};

/** Google's guide passes `handle: null` for a new session, which the SDK's type does not allow. */
export interface ResumptionHandle {
  readonly handle: string | null;
}

export interface ConnectOptions extends TunableOptions {
  /** How to reach a Live API: `genai(ai)`, or `emulator()` for one in this process. */
  readonly transport: Transport;
  readonly model: string;
  readonly config?: LifelineConfig;
  /** The SDK's callbacks, for ONE session over all its connections. */
  readonly callbacks?: Partial<LiveCallbacks>;
  /** Also hand goAway to the callbacks, and the setupComplete of later connections to callbacks and views. */
  readonly passthrough?: boolean;
  readonly signal?: AbortSignal;
  /** Condenses the recorded turns before a reseed; what it returns is said to the fresh session as one user turn. */
  readonly summarize?: (turns: readonly RecordedTurn[]) => string | Promise<string>;
  readonly backoff?: BackoffPolicy;
  readonly log?: LogSink;
  /** Records the session, one JSON line a call. Redacted, unless `reveal` asks for handles, text and audio too. */
  readonly trace?: TraceSink | { readonly sink: TraceSink; readonly reveal: boolean };
  /** What tells of offline and online; the browser's own events where there are any. */
  readonly network?: Network;
  readonly clock?: Clock;
  readonly random?: Random;
}

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

/** For messages: never the inside of an object. */
function shown(value: unknown): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`;
  return typeof value === 'number' ? String(value) : typeof value;
}

function refuse(message: string): never {
  throw new LifelineError('invalidOptions', message, { phase: 'options' });
}

function tune(given: TunableOptions): Tuned {
  const tuned: Record<string, unknown> = {};
  for (const row of optionTable as readonly OptionRow[]) {
    const value: unknown = given[row.name] === undefined ? row.fallback : given[row.name];
    tuned[row.name] = value;
    if (value === null) {
      if (row.fallback !== null && row.nullable !== true) refuse(`${row.name} is null.`);
      continue;
    }
    if (row.words) {
      if (!row.words.includes(value as string))
        refuse(`${row.name} is ${shown(value)}; it takes ${row.words.join(', ')}.`);
    } else if (
      typeof value !== 'number' ||
      Number.isNaN(value) ||
      value < (row.least ?? 0) ||
      value > (row.most ?? Infinity)
    ) {
      const range = row.most === undefined ? `at least ${row.least ?? 0}` : `${row.least ?? 0} to ${row.most}`;
      refuse(`${row.name} is ${shown(value)}; it takes a number of ${row.unit}, ${range}.`);
    }
  }
  return tuned as unknown as Tuned;
}

/** int64 fields are strings in the SDK's types and numbers in Firebase's: both are taken. */
function tokens(name: string, value: unknown, least: number, most: number): number | null {
  if (value === undefined || value === null) return null;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most) {
    refuse(`contextWindowCompression.${name} is ${shown(value)}; the Live API takes ${least} to ${most} tokens.`);
  }
  return number;
}

const knownCallbacks = ['onopen', 'onmessage', 'onerror', 'onclose'] satisfies (keyof LiveCallbacks)[];
const knownOptions: readonly string[] = [
  ...optionTable.map(({ name }) => name),
  ...([
    'transport',
    'model',
    'config',
    'callbacks',
    'passthrough',
    'signal',
    'summarize',
    'backoff',
    'log',
    'trace',
    'network',
    'clock',
    'random',
  ] satisfies (keyof ConnectOptions)[]),
];

/** A name that is misspelt would be an option that does nothing. */
function refuseUnknown(what: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const start = unknown.slice(0, 5).toLowerCase();
  const meant = known.find((name) => name.toLowerCase().startsWith(start));
  refuse(`${unknown} is no ${what}${meant ? `; did you mean ${meant}?` : '.'}`);
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the app changes in its config later on is not for the next dial. */
function ownCopy(config: LiveConnectConfig): LiveConnectConfig {
  try {
    return cloneConfig(config);
  } catch {
    return refuse('config contains itself.');
  }
}

function resolveCompression(
  given: Exclude<LiveConnectConfig['contextWindowCompression'], undefined>,
  windowTokens: number,
  warnings: string[],
): { triggerTokens: number; targetTokens: number } {
  if (given.slidingWindow != null && !isPlain(given.slidingWindow)) {
    refuse(`contextWindowCompression.slidingWindow is ${shown(given.slidingWindow)}; it takes an object.`);
  }
  const triggerTokens = tokens('triggerTokens', given.triggerTokens, 5_000, 128_000) ?? Math.floor(windowTokens * 0.8);
  const targetTokens =
    tokens('slidingWindow.targetTokens', given.slidingWindow?.targetTokens, 0, 128_000) ??
    Math.floor(triggerTokens / 2);
  if (targetTokens >= triggerTokens) {
    refuse(
      `contextWindowCompression: slidingWindow.targetTokens (${targetTokens}) is not below triggerTokens (${triggerTokens}).`,
    );
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
  if (transport === undefined) refuse('transport is missing.');
  if (typeof transport?.dial !== 'function')
    refuse(`transport is ${shown(transport)}; it takes genai(ai), webSocket(…) or emulator().`);
  if (typeof model !== 'string' || model.trim() === '') refuse('model is missing.');
  const given = options.config ?? {};
  if (!isPlain(given)) refuse('config is not an object.');
  refuseUnknown('option', Object.keys(options), knownOptions);
  refuseUnknown('callback', Object.keys(options.callbacks ?? {}), knownCallbacks);
  const tuned = tune(options);
  const added: string[] = [];
  const warnings: string[] = [];
  const { sessionResumption, contextWindowCompression, ...rest } = given;
  if (!isPlain(sessionResumption) && (sessionResumption as unknown) !== false && sessionResumption != null) {
    refuse(`config.sessionResumption is ${shown(sessionResumption)}; it takes an object, or false.`);
  }
  if (
    !isPlain(contextWindowCompression) &&
    (contextWindowCompression as unknown) !== false &&
    contextWindowCompression != null
  ) {
    refuse(`config.contextWindowCompression is ${shown(contextWindowCompression)}; it takes an object, or false.`);
  }
  const config = ownCopy(rest as LiveConnectConfig);

  const resumption = sessionResumption !== false;
  const handle = resumption ? (sessionResumption?.handle ?? null) : null;
  if (handle !== null && (typeof handle !== 'string' || handle.trim() === '')) {
    throw new LifelineError('invalidHandle', 'sessionResumption.handle is not a non-empty string.', {
      phase: 'options',
    });
  }
  const transparent = Boolean(sessionResumption && 'transparent' in sessionResumption && sessionResumption.transparent);
  if (
    sessionResumption &&
    'transparent' in sessionResumption &&
    sessionResumption.transparent !== undefined &&
    transport.provider !== 'vertex'
  ) {
    refuse('sessionResumption.transparent exists on Vertex AI only; leave it out on the Developer API.');
  }
  if (resumption) config.sessionResumption = transparent ? { transparent: true } : {};
  if (resumption && (sessionResumption === undefined || sessionResumption === null))
    added.push('sessionResumption: {}');

  let compression: ResolvedOptions['compression'] = null;
  if (contextWindowCompression !== false) {
    config.contextWindowCompression = contextWindowCompression ?? { slidingWindow: {} };
    if (contextWindowCompression == null) added.push('contextWindowCompression: { slidingWindow: {} }');
    const limits = resolveCompression(config.contextWindowCompression, tuned.contextWindowTokens, warnings);
    if (isPlain(config.contextWindowCompression.slidingWindow)) compression = limits;
    else
      warnings.push('contextWindowCompression has no slidingWindow: nothing slides, and the session keeps its limits.');
  }
  const handleLifeMs = tuned.handleLifeMs ?? defaultLifeMs[transport.provider];
  return { tuned: { ...tuned, handleLifeMs }, config, handle, resumption, compression, transparent, added, warnings };
}

export function policyFrom(
  { tuned, resumption, compression, transparent }: ResolvedOptions,
  transport: Transport,
): SessionPolicy {
  return {
    resumption,
    compression: compression !== null,
    transparent,
    renewsTokens: transport.renewsTokens ?? false,
    warms: transport.warm !== undefined,
    afterExpiry: tuned.afterExpiry,
    order: tuned.rotationOrder,
    handleRetries: tuned.handleRetries,
    firstDialBudget: tuned.firstDialBudget,
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
    value:
      name === 'sessionResumption' && config[name]
        ? {
            ...config[name],
            ...(options.config?.[name] && 'handle' in options.config[name] && options.config[name].handle
              ? { handle: '(given)' }
              : {}),
          }
        : (config[name] ?? false),
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
