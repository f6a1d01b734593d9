/**
 * Every option that has a default, in ONE table: unit, default, bounds, why, and by what source.
 *
 * Owns the defaults. docs/OPTIONS.md, `explain()` and `gemini-lifeline options` are printed from it.
 */
import { defaultPolicy, type SessionPolicy } from '../machines/index.js';
import { longestTimerMs } from './policy/backoff.js';

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
  readonly firstDialBudget?: number;
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
  readonly poisonedAfterMs?: number | null;
  readonly unansweredAfterMs?: number | null;
  readonly sleepAfterMs?: number | null;
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
  /** Null switches it off. */
  readonly nullable?: boolean;
}

/** Null as a default is explained in `why`. */
export const optionTable = [
  {
    name: 'setupTimeoutMs',
    unit: 'ms',
    fallback: 15_000,
    least: 1,
    most: longestTimerMs,
    why: 'From the dial to setupComplete. The SDK has no timeout; a setup took 0.13 s, once 0.81 s.',
    source: 'measured',
  },
  {
    name: 'closeTimeoutMs',
    unit: 'ms',
    fallback: defaultPolicy.closeTimeoutMs,
    least: 0,
    most: longestTimerMs,
    why: 'close() waits this long for the peer; the socket itself may take 30 s.',
    source: 'measured with @google/genai',
  },
  {
    name: 'afterExpiry',
    unit: '',
    fallback: defaultPolicy.afterExpiry,
    words: ['fail', 'fresh', 'reseed'],
    why: 'When nothing can bring the context back: end, go on without it, or give a fresh session the recorded turns.',
    source: 'policy',
  },
  {
    name: 'rotationOrder',
    unit: '',
    fallback: defaultPolicy.order,
    words: ['break-before-make', 'overlap'],
    why: 'A resume was refused while the old socket was open.',
    source: 'one report, an open question',
  },
  {
    name: 'rotateAtAgeMs',
    unit: 'ms',
    fallback: defaultPolicy.rotateAtAgeMs,
    least: 1_000,
    most: longestTimerMs,
    why: 'Rotate at this age of a connection without waiting for a goAway; null: never.',
    source: 'policy',
  },
  {
    name: 'rotateWithinMs',
    unit: 'ms',
    fallback: defaultPolicy.rotateWithinMs,
    least: 0,
    most: longestTimerMs,
    why: 'How long a rotation of our own waits for a quiet moment.',
    source: 'policy',
  },
  {
    name: 'deadlineMarginMs',
    unit: 'ms',
    fallback: defaultPolicy.deadlineMarginMs,
    least: 0,
    why: 'Kept free before the end that goAway announced; never more than a fifth of timeLeft.',
    source: 'goAway.timeLeft, about 50 s',
  },
  {
    name: 'maxHoldMs',
    unit: 'ms',
    fallback: defaultPolicy.maxHoldMs,
    least: 0,
    most: longestTimerMs,
    why: 'Longest freeze of the uplink while waiting for a handle that covers it; handles come every 1.2–2 s.',
    source: 'recorded traffic',
  },
  {
    name: 'handleAmbiguityMs',
    unit: 'ms',
    fallback: null,
    least: 0,
    why: 'What was sent this long before a handle arrived may not be in it; null: the slowest of the last three setups plus 40 ms, an upper estimate of the round trip.',
    source: 'model of 1,000 rotations',
  },
  {
    name: 'handleRetries',
    unit: 'dials',
    fallback: defaultPolicy.handleRetries,
    least: 0,
    why: 'Further tries with a handle that was called dead. One project logged 798.',
    source: 'project logs',
  },
  {
    name: 'handleLifeMs',
    unit: 'ms',
    fallback: null,
    least: 0,
    why: 'Life of a handle after the last connection; null: 2 h on the Developer API, 24 h on Vertex AI.',
    source: 'session guides',
  },
  {
    name: 'onNotResumable',
    unit: '',
    fallback: defaultPolicy.onNotResumable,
    words: ['keep', 'drop'],
    why: 'What an explicit resumable:false does to the stored handle; projects disagree, most keep it.',
    source: 'an open question',
  },
  {
    name: 'firstDialBudget',
    unit: 'dials',
    fallback: defaultPolicy.firstDialBudget,
    least: 1,
    why: 'Dials of the very first connection before connect() rejects: there is no conversation to save yet.',
    source: 'policy',
  },
  {
    name: 'dialBudget',
    unit: 'dials',
    fallback: defaultPolicy.dialBudget,
    least: 1,
    why: 'Dials without a stable connection before the session fails.',
    source: 'policy',
  },
  {
    name: 'stableAfterMs',
    unit: 'ms',
    fallback: defaultPolicy.stableAfterMs,
    least: 0,
    most: longestTimerMs,
    why: 'A connection this old clears the count of dials.',
    source: 'policy',
  },
  {
    name: 'oldSocketGraceMs',
    unit: 'ms',
    fallback: 5_000,
    least: 0,
    why: 'While a server may still hold the old socket, a resume is tried again within 250 ms.',
    source: 'one report: 1011 until the old socket is gone',
  },
  {
    name: 'lateResumeMs',
    unit: 'ms',
    fallback: 600_000,
    least: 0,
    why: 'Away for longer than this, audio from before is given up: the server keeps the state for an immediate resume about 10 minutes.',
    source: 'session guide of Firebase',
  },
  {
    name: 'replayAudioMs',
    unit: 'ms',
    fallback: 30_000,
    least: 0,
    why: 'Audio older than this is not said again.',
    source: 'policy',
  },
  {
    name: 'maxOutboxAudioMs',
    unit: 'ms of audio',
    fallback: 60_000,
    least: 0,
    why: 'Bound of the outbox; the newest audio is kept.',
    source: 'policy',
  },
  {
    name: 'maxOutboxBytes',
    unit: 'bytes',
    fallback: 8_388_608,
    least: 1_024,
    why: 'Bound of the outbox over all kinds.',
    source: 'policy',
  },
  {
    name: 'maxOutboxControlItems',
    unit: 'messages',
    fallback: 1_000,
    least: 1,
    why: 'Bound of what is held besides audio and video; the oldest is kept.',
    source: 'policy',
  },
  {
    name: 'maxQueuedMessages',
    unit: 'messages',
    fallback: 10_000,
    least: 1,
    why: 'Bound of each view that its reader does not empty; the oldest go, counted.',
    source: 'policy',
  },
  {
    name: 'maxRecordedCharacters',
    unit: 'characters',
    fallback: 32_000,
    least: 0,
    why: 'Bound of the recorded turns that a reseed is made of.',
    source: 'policy',
  },
  {
    name: 'nearLimitFill',
    unit: 'share',
    fallback: defaultPolicy.nearLimitFill,
    least: 0.01,
    most: 1,
    why: 'From here on the context is near its limit.',
    source: 'policy',
  },
  {
    name: 'contextWindowTokens',
    unit: 'tokens',
    fallback: 128_000,
    least: 1_000,
    why: 'Window of the Live models; an older page says 32,000 for models without native audio.',
    source: 'session guides',
  },
  {
    name: 'audioSessionLimitMs',
    unit: 'ms',
    fallback: 900_000,
    least: 1_000,
    why: 'A session without compression, audio only: 15 minutes.',
    source: 'session guides',
  },
  {
    name: 'videoSessionLimitMs',
    unit: 'ms',
    fallback: 120_000,
    least: 1_000,
    why: 'A session without compression, audio and video: 2 minutes.',
    source: 'session guides',
  },
  {
    name: 'connectionLimitMs',
    unit: 'ms',
    fallback: 600_000,
    least: 1_000,
    why: 'Expected life of one connection, for the budget only; the deadline comes from goAway.',
    source: 'session guides: about 10 minutes',
  },
  {
    name: 'speechPauseMs',
    unit: 'ms',
    fallback: defaultPolicy.speechPauseMs,
    least: 1,
    most: longestTimerMs,
    why: 'Models that do not report voice activity: after this long without more transcription the user is silent.',
    source: 'policy',
  },
  {
    name: 'poisonedAfterMs',
    unit: 'ms',
    fallback: 15_000,
    nullable: true,
    least: 1,
    most: longestTimerMs,
    why: 'After a resume: speech was transcribed and nothing was generated for this long. The handle is dropped and the context reseeded; null: never.',
    source: 'project reports',
  },
  {
    name: 'unansweredAfterMs',
    unit: 'ms',
    fallback: 9_000,
    nullable: true,
    least: 1,
    why: 'Nothing at all came in answer to what we wrote for this long: the link is half-open. Longer for models that think for long without a word; null: never.',
    source: 'policy; pongs were seen 8–30 s late, so none is asked for',
  },
  {
    name: 'sleepAfterMs',
    unit: 'ms',
    fallback: 15_000,
    nullable: true,
    least: 1,
    why: 'A timer this late means that the machine slept, and the connection did not survive it; null: never.',
    source: 'policy',
  },
] as const satisfies readonly OptionRow[];
