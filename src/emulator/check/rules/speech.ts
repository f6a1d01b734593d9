/**
 * Rules of what is heard and said: transcriptions, media, voice activity. Owns what differs most between the profiles.
 *
 * Where a transcription falls between other messages is free (DOC: no order is promised), in which frame it comes is not.
 */
import { fieldsOf } from '../read.js';
import { asked, isTextOnly, profileNames } from '../sessions.js';
import { never, type Rule, type Watch } from '../rule.js';

const all = profileNames;
const beginnings = new Set(['output', 'thought', 'code', 'toolCall']);

export const speechGrammar: readonly Rule[] = [
  {
    id: 'transcription/only-if-asked',
    profiles: all,
    source: 'DOC inputAudioTranscription, outputAudioTranscription; REC, all profiles',
    says: 'Transcriptions come only where the setup asked for them.',
    watch: never(({ shape }, { setup }) => {
      if (shape.kind === 'inputTranscription' && asked(setup, 'inputAudioTranscription') === false)
        return 'inputTranscription, which the setup did not ask for';
      if (shape.kind === 'outputTranscription' && asked(setup, 'outputAudioTranscription') === false)
        return 'outputTranscription, which the setup did not ask for';
      return null;
    }),
  },
  {
    id: 'transcription/on-media-frame',
    profiles: ['3.1', '3.8'],
    source: 'REC 3.1, 3.8: text and audio in one frame; alone only in a turn without audio',
    says: 'Where a turn has audio, outputTranscription comes in the frame of the audio.',
    watch: (): Watch => {
      let alone = false;
      let media = false;
      return ({ shape }) => {
        if (shape.kind === 'turnComplete') alone = media = false;
        if (shape.kind === 'output' && shape.media === 'audio') media = true;
        else if (shape.kind === 'outputTranscription' && !shape.withMedia) alone = true;
        else return null;
        if (!alone || !media) return null;
        alone = false;
        return 'outputTranscription in a frame of its own, in a turn with audio';
      };
    },
  },
  {
    id: 'transcription/own-frame',
    profiles: ['2.5-native', 'vertex-2.5'],
    source: 'REC 2.5 native audio, Vertex: text and audio in frames of their own',
    says: 'outputTranscription comes in a frame without audio.',
    watch: never(({ shape }) =>
      shape.kind === 'outputTranscription' && shape.withMedia ? 'outputTranscription and audio in one frame' : null,
    ),
  },
  {
    id: 'media/no-audio-in-text',
    profiles: all,
    source: 'DOC responseModalities: one a session; REC 2.5 half-cascade in TEXT',
    says: 'A session that asked for TEXT alone gets no audio.',
    watch: never(({ shape }, { setup }) =>
      shape.kind === 'output' && shape.media === 'audio' && isTextOnly(setup) ? 'audio in a session of TEXT' : null,
    ),
  },
  {
    id: 'voice/not-on-2.5',
    profiles: ['2.5-native', '2.5-flash'],
    source: 'REC 3.1, 3.8 send voiceActivity, 2.5 does not',
    says: 'The Developer API sends no voiceActivity for 2.5 models.',
    watch: never(({ shape }) =>
      shape.kind === 'voiceStart' || shape.kind === 'voiceEnd' ? 'voiceActivity from a 2.5 model' : null,
    ),
  },
  {
    id: 'voice/start-and-end-alternate',
    profiles: all,
    source: 'REC 3.1, 3.8',
    says: 'ACTIVITY_START and ACTIVITY_END follow each other by turns, the start first.',
    watch: ({ headMissing, resumed }): Watch => {
      let last: 'voiceStart' | 'voiceEnd' | null = headMissing || resumed ? null : 'voiceEnd';
      return ({ shape }) => {
        if (shape.kind !== 'voiceStart' && shape.kind !== 'voiceEnd') return null;
        const isRepeated = shape.kind === last;
        last = shape.kind;
        if (!isRepeated) return null;
        return shape.kind === 'voiceStart' ? 'a second ACTIVITY_START without an end' : 'ACTIVITY_END without a start';
      };
    },
  },
  {
    id: 'voice/ends-before-answer',
    profiles: ['3.1', '3.8'],
    source: 'DOC automatic activity detection: the end of speech ends the turn of the user; REC 3.1, 3.8',
    says: 'The model begins no turn between ACTIVITY_START and ACTIVITY_END, unless the client wrote something or forbade interruptions.',
    watch: ({ setup }): Watch => {
      const mayTalkOver = fieldsOf(setup?.['realtimeInputConfig'])['activityHandling'] === 'NO_INTERRUPTION';
      let isSpeaking = false;
      return ({ shape, step, story }) => {
        if (shape.kind === 'voiceStart') isSpeaking = !mayTalkOver;
        const isWritten = step.dir === 'sent' && shape.kind !== 'audioIn' && shape.kind !== 'video';
        if (shape.kind === 'voiceEnd' || isWritten) isSpeaking = false;
        if (!isSpeaking || story.phase !== 'between' || !beginnings.has(shape.kind)) return null;
        isSpeaking = false;
        return 'a turn of the model while the user speaks';
      };
    },
  },
  {
    id: 'activity/ends-before-answer',
    profiles: all,
    source: 'DOC activityEnd marks the end of the user activity; REC 2.5 half-cascade',
    says: 'The model begins no turn between activityStart and activityEnd, unless the client wrote something.',
    watch: (): Watch => {
      let isOpen = false;
      return ({ shape, story }) => {
        if (shape.kind === 'activityStart') isOpen = true;
        if (['activityEnd', 'content', 'typed', 'toolResponse'].includes(shape.kind)) isOpen = false;
        if (!isOpen || story.phase !== 'between' || !beginnings.has(shape.kind)) return null;
        isOpen = false;
        return 'a turn of the model before activityEnd';
      };
    },
  },
  {
    id: 'voice/offset-rises',
    profiles: all,
    source: 'DOC audioOffset: from the start of the audio stream; REC 3.1, 3.8',
    says: 'audioOffset never falls on one connection.',
    watch: (): Watch => {
      let lastMs = 0;
      return ({ shape }) => {
        if ((shape.kind !== 'voiceStart' && shape.kind !== 'voiceEnd') || shape.offsetMs === null) return null;
        const fell = shape.offsetMs < lastMs;
        const from = lastMs;
        lastMs = shape.offsetMs;
        return fell ? `audioOffset fell from ${from} to ${lastMs} ms` : null;
      };
    },
  },
];
