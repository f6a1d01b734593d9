/**
 * Every option of the emulator: unit, default and where the default comes from. All durations are milliseconds.
 *
 * Owns the table and its resolution. Never reads a clock, and never decides what an option does.
 * Sources: DOC Google's documentation, REC recorded traffic, LOG other projects' reports, OWN chosen here.
 */
import type { Provider } from '../transport/port.js';
import type { EmulatedModel } from './model/models.js';
import type { ProfileName } from './model/profiles.js';
import type { EmulatorScript } from './model/script.js';
import { readScript } from './model/scriptReader.js';
import type { Closing } from './protocol/refusals.js';
import { closings } from './protocol/refusals.js';

/** One value for both providers, or one each. */
export type PerProvider<T> = T | Readonly<Record<Provider, T>>;

export interface EmulatorSettings {
  /** Provider that the in-process transport plays; over a socket the path decides. Default `developer` (OWN). */
  provider: Provider;
  /** Keys that are accepted; null accepts any that is not empty. Default null (OWN). */
  validKeys: readonly string[] | null;
  /** Sessions with an open connection; a setup beyond them is over quota. Default null: without limit (OWN). */
  maxConcurrentSessions: number | null;
  /** Models beside the built-in ones, or instead of one of the same name. Default none (OWN). */
  models: readonly EmulatedModel[];
  /** Behaviour of one family for every model; null: each as its own. Default null (OWN). */
  profile: ProfileName | null;
  /** What the model does instead of its own habits; for connections from now on. Default null (OWN). */
  script: EmulatorScript | null;

  /** Life of one connection, from the upgrade. Default null: by model, 600,000 (DOC) or 58 minutes on 3.8 (LOG). */
  connectionLifetimeMs: number | null;
  /** The goAway comes this long before the end; 0 sends none. Default null: by model, 60,000 (DOC). */
  goAwayBeforeEndMs: number | null;
  /** The server sends nothing more after a goAway. Default false (LOG: it happens). */
  silentAfterGoAway: boolean;
  /** How a connection ends that outlived its time. Defaults: 1008 developer, 1000 Vertex (LOG). */
  lifetimeEnd: PerProvider<Closing>;
  /** Session limit without compression, audio only, over all its connections. Default 900,000 (DOC). */
  audioSessionMs: number;
  /** The same once video was sent. Default 120,000 (DOC). */
  videoSessionMs: number;
  /** How a session ends that used up its time or its context window. Default 1011 `Deadline expired…` (LOG). */
  exhaustedEnd: Closing;
  /** From the setup to setupComplete. Default 130 (LOG, p50 of 58). */
  setupMs: number;

  /**
   * What is said between the setup and setupComplete: 1007, or heard after it in its order. Default `refuse` (DOC: the
   * client waits for setupComplete); two public recordings of Vertex AI have such a message answered (REC).
   */
  earlyMessages: 'refuse' | 'queue';

  /** Between two resumption updates. Default 1,500 (LOG: 1.2–2 s). */
  handleEveryMs: number;
  /** Share of handleEveryMs by which it varies either way. Default 0.2 (LOG). */
  handleJitter: number;
  /** Updates come although nothing was said since the last one. Default true (LOG). */
  handlesWhileIdle: boolean;
  /** Models of the 3.x line send updates that nobody asked for. Default true (REC). */
  sendUnaskedHandles: boolean;
  /** Handles are issued between generationComplete and turnComplete. Default null: by model, not on 3.x (REC). */
  resumableWhilePlaying: boolean | null;
  /** How "not resumable now" looks: `{}` or `{newHandle: "", resumable: false}`. Default `empty` (LOG). */
  notResumableForm: 'empty' | 'explicit';
  /** Life of a handle from the end of the last connection of its session. Default 2 h developer, 24 h Vertex (DOC). */
  handleTtlMs: PerProvider<number>;
  /** A handle is good for one resume. Default false (open question). */
  singleUseHandles: boolean;
  /** How a handle is refused that was never issued, is forgotten or spent. Default 1008 `… not found` (LOG). */
  unknownHandleEnd: Closing;
  /** How a handle is refused whose time or session is over. Default 1008 `… expired` (LOG). */
  expiredHandleEnd: Closing;
  /** How another model's handle is refused. Default 1008 `… not found` (OWN). */
  otherModelHandleEnd: Closing;
  /** Handles are refused after setupComplete instead of before it. Default false (open question). */
  refuseHandlesAfterSetupComplete: boolean;
  /** How a resume is refused while the session's old socket is open. Default 1011 `Internal error …` (LOG). */
  oldSocketOpenEnd: Closing;
  /** A resume is refused while the session's old socket is open. Default true (LOG, one report). */
  refuseWhileOldSocketOpen: boolean;
  /** A half-open socket counts as gone this long after it was cut. Default 2,000 (OWN). */
  halfOpenNoticedMs: number;
  /** Handles kept per session; older ones are unknown. Default 2,048 (OWN). */
  maxHandlesPerSession: number;
  /**
   * Handles kept over all sessions; older ones are unknown. Each is about 400 bytes, and 8 more for each turn that its
   * context had. Default 200,000 (OWN).
   */
  maxHandles: number;

  /** Default 25 (DOC). */
  tokensPerSecondAudio: number;
  /** Per video frame, sent at 1 frame a second. Default 258 (DOC). */
  tokensPerSecondVideo: number;
  /** Default 4 (OWN). */
  charactersPerToken: number;
  /** Tokens that are in every prompt before anything is said. Default 0 (REC: 300–1,100). */
  basePromptTokens: number;
  /** Default 128,000 (DOC). */
  contextWindowTokens: number;
  /** Smallest triggerTokens that is accepted. Default 5,000 (DOC). */
  minTriggerTokens: number;

  /** Root mean square of 16-bit samples above which a 10 ms window is speech. Default 500 (OWN). */
  speechThreshold: number;
  /** Speech must last this long to start an activity. Default 40 (OWN). */
  speechStartMs: number;
  /** Silence in the audio that ends an activity, unless the setup has silenceDurationMs. Default 500 (OWN). */
  speechEndSilenceMs: number;
  /** 1008 for audio that is sent while a tool call is pending. Default false (LOG: intermittent). */
  refuseAudioWhileCallingTools: boolean;

  /** From the end of the user's turn to the first piece of the answer. Default 300 (REC). */
  firstAudioDelayMs: number;
  /** Length of a spoken answer. Default null: a second for 15 characters of its text (OWN). */
  replyAudioSeconds: number | null;
  /** Audio in one frame of the answer. Default 100 (REC: 40–200). */
  replyChunkMs: number;
  /** Time to generate audio over its length. Default 0.25 (REC: 0.6 s for 2.2 s). */
  generationPace: number;
  /** Between two text pieces of an answer in TEXT. Default 40 (OWN). */
  textPieceMs: number;
  /** Factor on the pause that holds turnComplete until the audio would have been played. Default 1 (DOC). */
  playbackFactor: number;
  /** Empty frames around and in the answer, as 3.8 sends them. Default null: by model (REC). */
  emptyFrames: boolean | null;
  /**
   * A turn that calls a function that blocks ends with the call, and the answer is a turn of its own. Default null: on
   * Vertex AI (REC, LOG); of the Developer API one report says so of 2.x models (LOG google/adk-python#5407), our
   * recordings do not.
   */
  callsEndTurn: boolean | null;
  /** Function calls have ids. Default true (REC); false: results are matched by name (LOG js-genai#1210, Vertex AI). */
  callIds: boolean;
  /** A thought part comes before an answer; false: only if the setup asks. Default null: by model, on 2.5 (REC). */
  thoughts: boolean | null;

  /** Open connections; further upgrades are answered with 503. Default 5,000 (OWN). */
  maxConnections: number;
  /** Records kept of connections and of contexts that have ended; whole lineages go first. Default 10,000 (OWN). */
  maxRecords: number;
  /** Heard messages kept over all contexts, about 250 bytes each. Default 2,000,000 (OWN). */
  maxHeard: number;
  /** Heard messages kept per context; the oldest are forgotten. Default 100,000 (OWN). */
  maxHeardPerContext: number;
  /** Entries of the event log. Default 2,000 (OWN). */
  maxLog: number;
}

export type EmulatorOptions = Partial<Readonly<EmulatorSettings>>;

export const defaultSettings: Readonly<EmulatorSettings> = {
  provider: 'developer',
  validKeys: null,
  maxConcurrentSessions: null,
  models: [],
  profile: null,
  script: null,
  connectionLifetimeMs: null,
  goAwayBeforeEndMs: null,
  silentAfterGoAway: false,
  lifetimeEnd: { developer: closings.outlivedGoAway, vertex: closings.cancelled },
  audioSessionMs: 900_000,
  videoSessionMs: 120_000,
  exhaustedEnd: closings.deadlineExpired,
  setupMs: 130,
  earlyMessages: 'refuse',
  handleEveryMs: 1_500,
  handleJitter: 0.2,
  handlesWhileIdle: true,
  sendUnaskedHandles: true,
  resumableWhilePlaying: null,
  notResumableForm: 'empty',
  handleTtlMs: { developer: 2 * 3_600_000, vertex: 24 * 3_600_000 },
  singleUseHandles: false,
  unknownHandleEnd: closings.sessionNotFound,
  expiredHandleEnd: closings.sessionExpired,
  otherModelHandleEnd: closings.sessionNotFound,
  refuseHandlesAfterSetupComplete: false,
  oldSocketOpenEnd: closings.internal,
  refuseWhileOldSocketOpen: true,
  halfOpenNoticedMs: 2_000,
  maxHandlesPerSession: 2_048,
  maxHandles: 200_000,
  tokensPerSecondAudio: 25,
  tokensPerSecondVideo: 258,
  charactersPerToken: 4,
  basePromptTokens: 0,
  contextWindowTokens: 128_000,
  minTriggerTokens: 5_000,
  speechThreshold: 500,
  speechStartMs: 40,
  speechEndSilenceMs: 500,
  refuseAudioWhileCallingTools: false,
  firstAudioDelayMs: 300,
  replyAudioSeconds: null,
  replyChunkMs: 100,
  generationPace: 0.25,
  textPieceMs: 40,
  playbackFactor: 1,
  emptyFrames: null,
  callsEndTurn: null,
  callIds: true,
  thoughts: null,
  maxConnections: 5_000,
  maxRecords: 10_000,
  maxHeard: 2_000_000,
  maxHeardPerContext: 100_000,
  maxLog: 2_000,
};

/** Writes what is set in `options` over `settings`; `undefined` leaves a setting as it is. */
export function applyOptions(settings: EmulatorSettings, options: EmulatorOptions): void {
  for (const name of Object.keys(defaultSettings) as (keyof EmulatorSettings)[]) {
    const value = options[name];
    if (value === undefined) continue;
    Object.assign(settings, { [name]: name === 'script' && value !== null ? readScript(value) : value });
  }
}

export function forProvider<T extends object | number>(value: PerProvider<T>, provider: Provider): T {
  return typeof value === 'object' && 'developer' in value ? value[provider] : value;
}
