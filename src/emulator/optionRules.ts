/**
 * What each option takes: one table for the library, the command line, the control endpoint and the page.
 *
 * Owns the ranges and how they are said. Defaults and sources are options.ts; what an option does is told there at
 * length. The checks are optionCheck.ts.
 */
import { longestTimerMs } from '../policy/backoff.js';
import { profiles } from './model/profiles.js';
import type { EmulatorSettings } from './options.js';

interface Summary {
  /** One line, for a list. */
  readonly summary: string;
  readonly nullable?: boolean;
  /** Can only be set at the start. */
  readonly atStart?: boolean;
}

export type OptionRule = Summary &
  (
    | {
        readonly kind: 'number';
        readonly unit: string;
        readonly least: number;
        readonly most: number;
        readonly whole?: boolean;
        /** Also `{developer, vertex}`. */
        readonly perProvider?: boolean;
      }
    | { readonly kind: 'flag' }
    | { readonly kind: 'word'; readonly words: readonly string[] }
    | { readonly kind: 'text' }
    | { readonly kind: 'texts' }
    /** Read by scriptReader.ts. */
    | { readonly kind: 'script' }
    /** `{code, reason}` of a close frame. */
    | { readonly kind: 'closing'; readonly perProvider?: boolean }
    | { readonly kind: 'models' }
  );

const ms = (summary: string, least = 0) =>
  ({ kind: 'number', unit: 'ms', least, most: longestTimerMs, summary }) as const;
const count = (unit: string, summary: string, least = 1, most = 1e9) =>
  ({ kind: 'number', unit, least, most, whole: true, summary }) as const;
const flag = (summary: string) => ({ kind: 'flag', summary }) as const;

/** Every option of EmulatorSettings. */
export const optionRules: Readonly<Record<keyof EmulatorSettings, OptionRule>> = {
  provider: {
    kind: 'word',
    words: ['developer', 'vertex'],
    summary: 'What the in-process transport plays; over a socket the path decides.',
    atStart: true,
  },
  validKeys: { kind: 'texts', nullable: true, summary: 'Keys that are accepted; null: any.' },
  models: { kind: 'models', summary: 'Models beside the built-in ones, or instead of one of the same name.' },
  profile: {
    kind: 'word',
    words: Object.keys(profiles),
    nullable: true,
    summary: 'Behaviour of one family for every model; null: each as its own.',
  },
  script: { kind: 'script', nullable: true, summary: 'What the model does instead of its own habits.' },
  connectionLifetimeMs: { ...ms('Life of one connection; null: by model.', 1), nullable: true },
  goAwayBeforeEndMs: { ...ms('How long before its end the goAway comes; 0: none; null: by model.'), nullable: true },
  silentAfterGoAway: flag('Nothing more is sent after a goAway.'),
  lifetimeEnd: { kind: 'closing', perProvider: true, summary: 'How a connection ends that outlived its time.' },
  audioSessionMs: ms('Session without compression, audio only.', 1),
  videoSessionMs: ms('The same once video was sent.', 1),
  exhaustedEnd: { kind: 'closing', summary: 'How a session ends that used up its time or its context window.' },
  setupMs: ms('From the setup to setupComplete.'),
  earlyMessages: {
    kind: 'word',
    words: ['refuse', 'queue'],
    summary: 'What is said before setupComplete: 1007, or heard after it.',
  },
  handleEveryMs: ms('Between two resumption updates.', 1),
  handleJitter: { kind: 'number', unit: 'share', least: 0, most: 1, summary: 'By how much that varies either way.' },
  handlesWhileIdle: flag('Updates come although nothing was said since the last one.'),
  sendUnaskedHandles: flag('Models of the 3.x line send updates that nobody asked for.'),
  resumableWhilePlaying: {
    kind: 'flag',
    nullable: true,
    summary: 'Handles are issued between generationComplete and turnComplete; null: by model.',
  },
  notResumableForm: {
    kind: 'word',
    words: ['empty', 'explicit'],
    summary: '"Not resumable now": {} or {newHandle: "", resumable: false}.',
  },
  handleTtlMs: { ...ms('Life of a handle from the end of the last connection of its session.'), perProvider: true },
  singleUseHandles: flag('A handle is good for one resume.'),
  unknownHandleEnd: { kind: 'closing', summary: 'How a handle is refused that is not known.' },
  expiredHandleEnd: { kind: 'closing', summary: 'How a handle is refused whose time is over.' },
  otherModelHandleEnd: { kind: 'closing', summary: "How another model's handle is refused." },
  refuseHandlesAfterSetupComplete: flag('Handles are refused after setupComplete instead of before it.'),
  oldSocketOpenEnd: { kind: 'closing', summary: "How a resume is refused while the session's old socket is open." },
  refuseWhileOldSocketOpen: flag("A resume is refused while the session's old socket is open."),
  halfOpenNoticedMs: ms('A half-open socket counts as gone this long after it was cut.'),
  maxHandlesPerSession: count('handles', 'Handles kept per session.'),
  maxHandles: count('handles', 'Handles kept over all sessions.'),
  tokensPerSecondAudio: {
    kind: 'number',
    unit: 'tokens',
    least: 0,
    most: 1e6,
    summary: 'Tokens of a second of audio.',
  },
  tokensPerSecondVideo: { kind: 'number', unit: 'tokens', least: 0, most: 1e6, summary: 'Tokens of a video frame.' },
  charactersPerToken: { kind: 'number', unit: 'characters', least: 0.01, most: 1e6, summary: 'Characters of a token.' },
  basePromptTokens: count('tokens', 'Tokens in every prompt before anything is said.', 0),
  contextWindowTokens: count('tokens', 'Context window of the model.'),
  minTriggerTokens: count('tokens', 'Smallest triggerTokens that is accepted.', 0),
  speechThreshold: {
    kind: 'number',
    unit: 'amplitude',
    least: 0,
    most: 32_768,
    summary: 'Root mean square of 16-bit samples above which 20 ms are speech.',
  },
  speechStartMs: ms('Speech must last this long to start an activity.'),
  speechEndSilenceMs: ms('Silence that ends an activity, unless the setup says otherwise.'),
  refuseAudioWhileCallingTools: flag('1008 for audio that comes while a tool call is pending.'),
  firstAudioDelayMs: ms("From the end of the user's turn to the first piece of the answer."),
  replyAudioSeconds: {
    kind: 'number',
    unit: 's',
    least: 0,
    most: 36_000,
    nullable: true,
    summary: 'Length of a spoken answer; null: as long as its text takes.',
  },
  replyChunkMs: ms('Audio in one frame of the answer.', 1),
  generationPace: {
    kind: 'number',
    unit: 'share',
    least: 0,
    most: 1_000,
    summary: 'Time to generate audio over its length.',
  },
  textPieceMs: ms('Between two text pieces of an answer in TEXT.'),
  playbackFactor: {
    kind: 'number',
    unit: 'factor',
    least: 0,
    most: 1_000,
    summary: 'On the pause that holds turnComplete until the audio would have been played.',
  },
  emptyFrames: { kind: 'flag', nullable: true, summary: 'Empty frames in the answer; null: by model.' },
  callsEndTurn: {
    kind: 'flag',
    nullable: true,
    summary: 'A turn ends with its function call, and the answer is another; null: on Vertex AI.',
  },
  callIds: flag('Function calls have ids; without, results are matched by name.'),
  thoughts: { kind: 'flag', nullable: true, summary: 'A thought part comes before an answer; null: by model.' },
  maxConcurrentSessions: {
    kind: 'number',
    unit: 'sessions',
    least: 0,
    most: Infinity,
    nullable: true,
    summary: 'Sessions with an open connection; a setup beyond them is over quota; null: no limit.',
  },
  maxConnections: count('connections', 'Open connections; further upgrades are answered with 503.'),
  maxRecords: count('records', 'Records kept of connections and contexts that have ended.'),
  maxHeard: count('messages', 'Heard messages kept over all contexts.'),
  maxHeardPerContext: count('messages', 'Heard messages kept per context.'),
  maxLog: count('entries', 'Entries kept of the event log.'),
};

/** What a shell or the constructor takes beside them. */
export const partRules: Readonly<Record<string, OptionRule | null>> = {
  speed: {
    kind: 'number',
    unit: 'factor',
    least: 0.01,
    most: 1_000,
    atStart: true,
    summary: 'How many times as fast everything happens on the server.',
  },
  port: { ...count('port', 'Port; 0: any free one.', 0, 65_535), atStart: true },
  host: { kind: 'text', atStart: true, summary: 'Where it listens.' },
  control: { kind: 'flag', atStart: true, summary: 'The control endpoint and its page.' },
  delayMs: { ...ms('Added to every frame, each way.'), atStart: true },
  maxPayload: { ...count('bytes', 'Largest client message; above it 1009.'), atStart: true },
  maxBufferedBytes: { ...count('bytes', 'Most that waits for a client that does not read.'), atStart: true },
  oneWayMs: { ...ms('In process: delay each way.'), atStart: true },
  jitterMs: { ...ms('In process: added to each delay.'), atStart: true },
  dialRoundTrips: { kind: 'number', unit: 'round trips', least: 0, most: 1_000, atStart: true, summary: 'In process.' },
  closeTimeoutMs: { ...ms('In process.'), atStart: true },
  warmLifeMs: { ...ms('In process.'), atStart: true },
  apiKey: { kind: 'text', atStart: true, summary: 'In process.' },
  // Objects of ours: their types say what they take.
  tls: null,
  clock: null,
  random: null,
};

/** What an option takes, as a sentence says it. */
export function takes(rule: OptionRule): string {
  const or = rule.nullable === true ? ', or null' : '';
  switch (rule.kind) {
    case 'number': {
      const least = rule.least.toLocaleString('en-US');
      const range = rule.most === Infinity ? `${least} or more` : `${least} to ${rule.most.toLocaleString('en-US')}`;
      const both = rule.perProvider === true ? ', or {"developer": …, "vertex": …}' : '';
      return `a ${rule.whole === true ? 'whole ' : ''}number (${rule.unit}), ${range}${both}${or}`;
    }
    case 'flag':
      return `true or false${or}`;
    case 'word':
      return `${rule.words.map((word) => `"${word}"`).join(' or ')}${or}`;
    case 'text':
      return `a text${or}`;
    case 'texts':
      return `a list of texts${or}`;
    case 'script':
      return `a script, {"turns": […]}${or}`;
    case 'closing':
      return `{"code": 1000 to 4999, "reason": "…"}${rule.perProvider === true ? ', or one each as {"developer": …, "vertex": …}' : ''}${or}`;
    case 'models':
      return 'a list of {"name": "…", "modalities": ["TEXT" or "AUDIO"], …}';
    default:
      return rule satisfies never;
  }
}
