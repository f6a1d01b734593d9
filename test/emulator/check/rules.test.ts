/** Every rule of the grammar: a session that it lets pass, and the smallest change for which it names itself. */
import { describe, expect, test } from 'vitest';
import { grammar } from '../../../src/emulator/check/grammar.js';
import {
  ask,
  audio,
  audioWithWords,
  call,
  cancel,
  complete,
  empty,
  generated,
  goAway,
  got,
  heard,
  interrupted,
  microphone,
  ready,
  refusals,
  respond,
  sent,
  setup,
  tools,
  update,
  voice,
  words,
  type Said,
} from './support.js';

interface Example {
  readonly accepts: readonly Said[];
  readonly refuses: readonly Said[];
  /** Of the refused session, from 1. */
  readonly line: number;
}

const native = setup('2.5-native');
const resumable = { sessionResumption: {} };
const answer = [audio, generated, complete];
const counted = (responseTokenCount: number): Said =>
  got({ serverContent: { turnComplete: true }, usageMetadata: { responseTokenCount } });
const activityStart = sent({ realtimeInput: { activityStart: {} } });
const activityEnd = sent({ realtimeInput: { activityEnd: {} } });

const examples: Readonly<Record<string, Example>> = {
  'setup/first': { accepts: [native, empty, ready, ask], refuses: [native, heard, ready], line: 2 },
  'setup/once': { accepts: [native, ready, native, ready], refuses: [native, ready, ready], line: 3 },
  'turn/nothing-after-generation-complete': {
    accepts: [native, ready, ask, audio, generated, words, complete],
    refuses: [native, ready, ask, audio, generated, audio, complete],
    line: 6,
  },
  'turn/generation-complete-once': {
    accepts: [native, ready, ask, ...answer, ask, ...answer],
    refuses: [native, ready, ask, audio, generated, generated, complete],
    line: 6,
  },
  'turn/generation-complete-of-something': {
    accepts: [native, ready, ask, generated, complete],
    refuses: [native, ready, ask, complete, generated],
    line: 5,
  },
  'turn/counted-speech-was-generated': {
    accepts: [native, ready, ask, generated, counted(9), ask, counted(0)],
    refuses: [native, ready, ask, counted(9)],
    line: 4,
  },
  'activity/ends-before-answer': {
    accepts: [native, ready, activityStart, microphone, activityEnd, ...answer],
    refuses: [native, ready, activityStart, microphone, ...answer, activityEnd],
    line: 5,
  },
  'turn/generation-complete-first': {
    accepts: [native, ready, ask, audio, ask, interrupted, complete],
    refuses: [native, ready, ask, audio, complete],
    line: 5,
  },
  'turn/complete-once': {
    accepts: [native, ready, ask, ...answer, ask, complete],
    refuses: [native, ready, ask, ...answer, complete],
    line: 7,
  },
  'turn/interrupts-something': {
    accepts: [native, ready, ask, audio, generated, ask, interrupted, complete],
    refuses: [native, ready, ask, ...answer, interrupted],
    line: 7,
  },
  'turn/interrupted-once': {
    accepts: [native, ready, ask, audio, ask, interrupted, complete],
    refuses: [native, ready, ask, audio, interrupted, interrupted, complete],
    line: 6,
  },
  'turn/nothing-after-interrupted': {
    accepts: [native, ready, ask, audio, ask, interrupted, complete, ...answer],
    refuses: [native, ready, ask, audio, ask, interrupted, audio, generated, complete],
    line: 7,
  },
  'turn/no-generation-complete-after-interrupted': {
    accepts: [native, ready, ask, audio, generated, ask, interrupted, complete],
    refuses: [native, ready, ask, audio, interrupted, generated, complete],
    line: 6,
  },
  'turn/user-first': {
    accepts: [native, ready, microphone, ...answer, ...answer],
    refuses: [native, ready, ask, ...answer, ...answer],
    line: 7,
  },
  'turn/interrupted-by-client': {
    accepts: [native, ready, ask, audio, ask, interrupted, complete],
    refuses: [native, ready, ask, audio, interrupted, complete],
    line: 5,
  },
  'tool/cancelled-by-client': {
    accepts: [native, ready, ask, call('a'), ask, cancel('a'), interrupted, complete],
    refuses: [native, ready, ask, call('a'), cancel('a'), ask],
    line: 5,
  },
  'tool/ids-are-new': {
    accepts: [native, ready, ask, call('a'), respond('a'), call('b'), respond('b'), ...answer],
    refuses: [native, ready, ask, call('a'), respond('a'), call('a')],
    line: 6,
  },
  'tool/asked-before-answered': {
    accepts: [native, ready, ask, call('a', 'b'), respond('b'), respond('a'), ...answer],
    refuses: [native, ready, ask, respond('a'), call('a')],
    line: 4,
  },
  'tool/cancels-open-calls': {
    accepts: [native, ready, ask, call('a', 'b'), respond('a'), ask, cancel('a', 'b')],
    refuses: [native, ready, ask, call('a'), respond('a'), ...answer, ask, cancel('a')],
    line: 10,
  },
  'tool/blocking-call-waits': {
    accepts: [setup('2.5-native', tools('look_up', 'NON_BLOCKING')), ready, ask, call('a'), ...answer, respond('a')],
    refuses: [setup('2.5-native', tools('look_up')), ready, ask, call('a'), audio, respond('a')],
    line: 5,
  },
  'tool/turn-stays-open': {
    accepts: [setup('vertex-2.5'), ready, ask, call('a'), complete, respond('a'), ...answer],
    refuses: [native, ready, ask, call('a'), complete, respond('a'), ...answer],
    line: 5,
  },
  'transcription/only-if-asked': {
    accepts: [native, ready, microphone, heard, words, ...answer],
    refuses: [setup('2.5-native', { outputAudioTranscription: {} }), ready, microphone, heard, words, ...answer],
    line: 4,
  },
  'transcription/on-media-frame': {
    accepts: [setup('3.1'), ready, ask, words, generated, complete, ask, audioWithWords, ...answer],
    refuses: [setup('3.1'), ready, ask, words, ...answer],
    line: 5,
  },
  'transcription/own-frame': {
    accepts: [native, ready, ask, words, ...answer],
    refuses: [native, ready, ask, audioWithWords, ...answer],
    line: 4,
  },
  'media/no-audio-in-text': {
    accepts: [setup('2.5-flash', { generationConfig: { responseModalities: ['AUDIO'] } }), ready, ask, ...answer],
    refuses: [setup('2.5-flash', { generationConfig: { responseModalities: ['TEXT'] } }), ready, ask, ...answer],
    line: 4,
  },
  'voice/not-on-2.5': {
    accepts: [setup('3.1'), ready, microphone, voice('START', '1s'), heard, voice('END', '2s')],
    refuses: [native, ready, microphone, voice('START', '1s')],
    line: 4,
  },
  'voice/start-and-end-alternate': {
    accepts: [setup('3.8'), ready, microphone, voice('START', '1s'), voice('END', '2s'), voice('START', '3s')],
    refuses: [setup('3.8'), ready, microphone, voice('END', '1s')],
    line: 4,
  },
  'voice/ends-before-answer': {
    accepts: [setup('3.8'), ready, microphone, voice('START', '1s'), voice('END', '2s'), ...answer],
    refuses: [setup('3.8'), ready, microphone, voice('START', '1s'), audio, voice('END', '2s')],
    line: 5,
  },
  'voice/offset-rises': {
    accepts: [setup('3.8'), ready, microphone, voice('START', '1.880s'), voice('END', '5s')],
    refuses: [setup('3.8'), ready, microphone, voice('START', '1.880s'), voice('END', '1s')],
    line: 5,
  },
  'update/only-if-asked': {
    accepts: [setup('2.5-native', resumable), ready, update(), setup('3.1'), ready, update()],
    refuses: [native, ready, update()],
    line: 3,
  },
  'update/handle-if-resumable': {
    accepts: [setup('3.8'), ready, update({}), update({ newHandle: '', resumable: false }), update()],
    refuses: [setup('3.8'), ready, update({ resumable: true })],
    line: 3,
  },
  'update/index-never-falls': {
    accepts: [
      setup('vertex-2.5', resumable),
      ready,
      update({ newHandle: 'a', resumable: true, lastConsumedClientMessageIndex: '7' }),
      update({ newHandle: 'b', resumable: true, lastConsumedClientMessageIndex: 7 }),
    ],
    refuses: [
      setup('vertex-2.5', resumable),
      ready,
      update({ newHandle: 'a', resumable: true, lastConsumedClientMessageIndex: '7' }),
      update({ newHandle: 'b', resumable: true, lastConsumedClientMessageIndex: '6' }),
    ],
    line: 4,
  },
  'goaway/time-runs-out': {
    accepts: [native, ready, goAway('50s'), ask, ...answer, goAway('10s')],
    refuses: [native, ready, goAway('50s'), goAway('50s')],
    line: 4,
  },
  'usage/of-something': {
    accepts: [native, ready, ask, got({ usageMetadata: {} }), ...answer],
    refuses: [native, ready, got({ usageMetadata: {} }), ask],
    line: 3,
  },
};

test('every rule has its examples, its source and a sentence', () => {
  expect(Object.keys(examples).sort()).toEqual(grammar.map(({ id }) => id).sort());
  for (const { source, says, profiles } of grammar) {
    expect(source).toMatch(/\b(?:DOC|REC|LOG)\b/);
    expect(says).toMatch(/^[a-zA-Z].*\.$/);
    expect(profiles.length).toBeGreaterThan(0);
  }
});

describe.each(Object.entries(examples))('%s', (rule, { accepts, refuses, line }) => {
  test('lets the one pass', () => {
    expect(refusals(...accepts)).toEqual([]);
  });
  test('refuses the other, and says where', () => {
    expect(refusals(...refuses)).toContain(`${rule}@${line}`);
  });
});
