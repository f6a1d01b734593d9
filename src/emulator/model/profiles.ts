/**
 * How each family of models behaves on the wire: one profile per family, each point with its source.
 *
 * Owns the table. Never does any of it: the files of this folder and session/resumption.ts read their point here. An
 * option that says the same thing wins over the profile.
 * Sources: REC recorded traffic (what kind of session), LOG another project's report, DOC Google's documentation or the
 * comments of @google/genai, OWN chosen here for want of evidence.
 */
import type { Provider } from '../../transport/port.js';
import type { EmulatorSettings } from '../options.js';
import type { EmulatedModel } from './models.js';

export type ProfileName = '2.5' | '2.5-flash-live' | '3.1' | '3.8' | 'vertex-2.5';

/** Resumption updates that nobody asked for. */
export interface UnaskedHandles {
  /** The first comes right after setupComplete. */
  readonly atSetup: boolean;
  /** They come every handleEveryMs; otherwise only when a turn is over. */
  readonly periodic: boolean;
}

export interface BehaviourProfile {
  /** Life of one connection, from the upgrade. */
  readonly connectionLifetimeMs: number;
  /** The goAway comes this long before the end. */
  readonly goAwayBeforeEndMs: number;

  /** null: updates only for a client that asked. Who did not ask is never told that a session is not resumable. */
  readonly unaskedHandles: UnaskedHandles | null;
  /** An update comes between the last tool result and the answer to it. */
  readonly handleAfterResults: boolean;
  /** Handles are issued between generationComplete and turnComplete. */
  readonly resumableWhilePlaying: boolean;

  /** clientContent is history at the start only. */
  readonly contentOnlyAtStart: boolean;
  /** A contextUpdate may change the system instruction. */
  readonly contextUpdates: boolean;

  /** A word a frame, each but the first frame of a text with its space; or the whole sentence in one frame. */
  readonly inputTranscription: 'words' | 'whole';
  /** voiceActivity messages tell where the user's speech begins and ends; with an empty serverContent beside it, or not. */
  readonly voiceActivity: 'none' | 'alone' | 'besideContent';

  /** Frames of its own, ahead of the audio; or in the frame of the audio. */
  readonly outputTranscription: 'ownFrames' | 'besideAudio';
  /** A frame of its own says that the outputTranscription of a turn is finished, before generationComplete. */
  readonly finishesTranscription: boolean;
  /** A modelTurn names its role. */
  readonly namesRole: boolean;
  /** A thought part before the answer to the user: always, or when thinkingConfig.includeThoughts is true. */
  readonly thoughts: 'always' | 'whenAsked';
  /** Tokens of thoughts are counted although no thought is shown. */
  readonly countsHiddenThoughts: boolean;
  /** With thinkingConfig on, a first turn ends with interactionStatus IN_PROGRESS and the answer follows it. */
  readonly interimTurns: boolean;
  /**
   * Frames that say nothing. `beforeOutput`: `{serverContent: {}}` before a call and before an answer. `everyFrame`:
   * `{}` and `{serverContent: {}}` there, and `{}` before almost each frame of audio.
   */
  readonly emptyFrames: 'none' | 'beforeOutput' | 'everyFrame';

  /** An executableCode part that calls the function comes before the toolCall. */
  readonly codeBeforeCalls: boolean;
  /** Ids of calls: this, and 19 digits. */
  readonly callIdPrefix: 'function-call-' | 'fc_';
  /**
   * A call that blocks ends the turn: generationComplete and turnComplete come right after the toolCall, whether the
   * result is there or not, and the answer to it is a turn of its own.
   */
  readonly callsEndTurn: boolean;
  /** turnComplete has a groundingMetadata, empty where nothing was searched. */
  readonly alwaysGrounding: boolean;
  /** usageMetadata says candidatesTokenCount for responseTokenCount. */
  readonly countsCandidates: boolean;
  /** A spoken answer counts as text: the audio is made from it. */
  readonly countsSpeechAsText: boolean;
  /** Unset sensitivities of the activity detection. */
  readonly sensitivity: 'HIGH' | 'LOW';
}

/** gemini-2.5-flash-native-audio-*, Developer API. */
const nativeAudio: BehaviourProfile = {
  connectionLifetimeMs: 600_000, // DOC about 10 minutes; LOG 590 s
  goAwayBeforeEndMs: 60_000, // DOC Firebase; LOG 50 s
  unaskedHandles: null, // REC no update in six sessions that did not ask
  handleAfterResults: false, // REC tool round
  resumableWhilePlaying: true, // OWN
  contentOnlyAtStart: false, // DOC; REC history, then a turn
  contextUpdates: false, // DOC
  inputTranscription: 'words', // REC speech turn: ` Hello` `,` ` my` …
  voiceActivity: 'none', // REC speech turn
  outputTranscription: 'ownFrames', // REC five sessions: up to three pieces first, then one before its audio
  finishesTranscription: false, // REC
  namesRole: false, // REC
  thoughts: 'always', // REC text, speech, history and barge-in; before a call only if the user spoke (mind.ts)
  countsHiddenThoughts: false, // REC written tool round: no thought, no thoughtsTokenCount
  interimTurns: false, // REC
  emptyFrames: 'none', // REC
  codeBeforeCalls: false, // REC tool round
  callIdPrefix: 'function-call-', // REC tool round
  callsEndTurn: false, // REC written and spoken tool round; LOG google/adk-python#5407 has it otherwise for 2.x
  alwaysGrounding: false, // REC
  countsCandidates: false, // REC
  countsSpeechAsText: false, // REC text, speech, history, tool and barge-in
  sensitivity: 'HIGH', // DOC comment on StartSensitivity
};

/** gemini-live-2.5-flash-preview and older models with TEXT and AUDIO, Developer API. */
const halfCascade: BehaviourProfile = {
  ...nativeAudio,
  thoughts: 'whenAsked', // REC text and transcription: none
  codeBeforeCalls: true, // REC tool call by text
  callIdPrefix: 'function-call-', // REC tool call by text
  countsSpeechAsText: true, // REC text without a modality: TEXT tokens, and AUDIO is what no modality means
};

/** gemini-3.1-flash-live-preview. */
const third: BehaviourProfile = {
  ...nativeAudio,
  unaskedHandles: { atSetup: false, periodic: true }, // REC tool round: the first after the tool response; LOG periodic
  handleAfterResults: true, // REC tool round
  resumableWhilePlaying: false, // REC tool round: none between generationComplete and turnComplete
  contentOnlyAtStart: true, // DOC; LOG livekit/agents#5985
  inputTranscription: 'whole', // REC spoken tool round
  voiceActivity: 'besideContent', // REC spoken tool round: the transcription comes just before ACTIVITY_END
  outputTranscription: 'besideAudio', // REC tool round
  thoughts: 'whenAsked', // REC tool round: none
  emptyFrames: 'beforeOutput', // REC tool round
  callIdPrefix: 'fc_', // REC tool round
  callsEndTurn: false, // REC written and spoken tool round; LOG google/adk-python#5407
};

/** gemini-3.8-live. */
const latest: BehaviourProfile = {
  ...third,
  connectionLifetimeMs: 58 * 60_000, // LOG livekit/agents-js#2507: exactly 58:00
  unaskedHandles: { atSetup: true, periodic: false }, // REC speech turn: 13 ms after setupComplete, then none in 5.2 s
  handleAfterResults: false, // OWN: no tool call recorded
  contextUpdates: true, // DOC
  voiceActivity: 'alone', // REC speech turn: the transcription comes just before ACTIVITY_END
  namesRole: true, // REC speech turn
  countsHiddenThoughts: true, // REC speech turn: thoughtsTokenCount without a thought
  interimTurns: true, // LOG EXPECTATIONS 28; DOC comment on InteractionStatus
  emptyFrames: 'everyFrame', // REC speech turn
};

/** The 2.5 models by way of Vertex AI. */
const vertex: BehaviourProfile = {
  ...nativeAudio,
  thoughts: 'whenAsked', // OWN: not recorded
  finishesTranscription: true, // REC half-cascade tool round; LOG livekit/agents#3192, #7195
  // REC half-cascade tool round; LOG livekit/agents#6569: generationComplete 28 ms after the call, without a response;
  // livekit/agents#7195: generationComplete, turnComplete with usage after the call; js-genai#1210.
  callsEndTurn: true,
  alwaysGrounding: true, // REC half-cascade tool round
  countsCandidates: true, // DOC
  sensitivity: 'LOW', // DOC comment on StartSensitivity
};

export const profiles: Readonly<Record<ProfileName, BehaviourProfile>> = {
  '2.5': nativeAudio,
  '2.5-flash-live': halfCascade,
  '3.1': third,
  '3.8': latest,
  'vertex-2.5': vertex,
};

/** Until a setup has named the model. */
export const lifetimeBeforeSetupMs = nativeAudio.connectionLifetimeMs;

/** The profile of a model, with what the provider does to every model and what the options say. */
export function profileFor(
  model: EmulatedModel,
  provider: Provider,
  settings: Readonly<EmulatorSettings>,
): BehaviourProfile {
  const own = model.profile ?? '2.5';
  const family = provider === 'vertex' && (own === '2.5' || own === '2.5-flash-live') ? 'vertex-2.5' : own;
  const profile = profiles[settings.profile ?? family];
  const { callsEndTurn, countsCandidates, sensitivity } = provider === 'vertex' ? vertex : profile;
  const { emptyFrames, thoughts, sendUnaskedHandles } = settings;
  return {
    ...profile,
    callsEndTurn: settings.callsEndTurn ?? callsEndTurn,
    countsCandidates,
    sensitivity,
    connectionLifetimeMs: settings.connectionLifetimeMs ?? profile.connectionLifetimeMs,
    goAwayBeforeEndMs: settings.goAwayBeforeEndMs ?? profile.goAwayBeforeEndMs,
    resumableWhilePlaying: settings.resumableWhilePlaying ?? profile.resumableWhilePlaying,
    unaskedHandles: sendUnaskedHandles ? profile.unaskedHandles : null,
    ...(emptyFrames === null ? {} : { emptyFrames: emptyFrames ? 'everyFrame' : 'none' }),
    ...(thoughts === null ? {} : { thoughts: thoughts ? 'always' : 'whenAsked' }),
  };
}
