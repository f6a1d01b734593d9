/** Where no source says anything, any order is right: odd recordings that the grammar lets pass, and how it reads them. */
import { describe, expect, test } from 'vitest';
import { nameOf, stepsOf } from '../../../src/emulator/check/read.js';
import { profileOf, sessionsOf } from '../../../src/emulator/check/sessions.js';
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
  linesOf,
  microphone,
  ready,
  refusals,
  respond,
  sent,
  setup,
  thought,
  tools,
  typed,
  update,
  words,
  type Said,
} from './support.js';

const native = setup('2.5-native');
const answer = [audio, generated, complete];

const right: Readonly<Record<string, readonly Said[]>> = {
  'it begins in the middle': [audio, generated, complete, heard, words, audio, interrupted, complete, cancel('old')],
  'it ends in the middle': [native, ready, ask, words, audio],
  'nothing sent was recorded': [ready, audio, generated, interrupted, complete, heard, thought, words, ...answer],
  'only the setup of the sent half was recorded': [native, ready, ...answer, heard, ...answer],
  'the audio that was sent was left out': [
    native,
    ready,
    typed,
    ...answer,
    audio,
    interrupted,
    complete,
    heard,
    ...answer,
  ],
  'neither what was sent nor what was said was recorded': [ready, generated, complete, interrupted, complete],
  'media frames were left out': [native, ready, ask, generated, complete],
  'transcriptions come late and early': [
    native,
    ready,
    microphone,
    words,
    heard,
    audio,
    heard,
    generated,
    words,
    complete,
    words,
  ],
  'the client speaks before setupComplete': [native, ask, ready, ...answer],
  'a response that nobody asked for': [native, ready, respond('made-up')],
  'audio goes on after a call it began before': [native, ready, ask, audio, call('a'), audio, respond('a'), ...answer],
  'the call has a generationComplete': [setup('vertex-2.5'), ready, ask, call('a'), generated, respond('a'), ...answer],
  'the call has a turn of its own on Vertex AI': [
    setup('vertex-2.5'),
    got({ setupComplete: { sessionId: 's' } }),
    ask,
    got({ serverContent: { outputTranscription: {} } }),
    call('a'),
    respond('a'),
    got({ serverContent: { outputTranscription: { finished: true } } }),
    generated,
    got({ serverContent: { turnComplete: true, groundingMetadata: {} }, usageMetadata: { candidatesTokenCount: 5 } }),
    words,
    ...answer,
  ],
  'a result interrupts the model': [
    setup('2.5-native', tools('look_up', 'NON_BLOCKING')),
    ready,
    ask,
    call('a'),
    audio,
    generated,
    respond('a'),
    interrupted,
    complete,
    ...answer,
  ],
  'a turn in several parts': [
    setup('3.8'),
    ready,
    ask,
    thought,
    got({ serverContent: { turnComplete: true, interactionStatus: 'IN_PROGRESS' } }),
    ...answer,
  ],
  'a turn that failed': [
    native,
    ready,
    ask,
    audio,
    got({ serverContent: { turnComplete: true, turnCompleteReason: 'OTHER' } }),
  ],
  'several fields in one frame': [
    native,
    ready,
    ask,
    got({ serverContent: { modelTurn: { parts: [{ text: 'x' }] }, generationComplete: true, turnComplete: true } }),
  ],
  'usage of its own, and unknown things': [native, ready, ask, got({ usageMetadata: {} }), got({ news: 1 }), ...answer],
  'empty frames': [empty, native, empty, ready, empty, ask, got({ serverContent: {} }), ...answer, empty],
  snake_case: [
    sent({ setup: { model: 'models/gemini-3.1-live', output_audio_transcription: {} } }),
    got({ setup_complete: {} }),
    sent({ client_content: { turn_complete: true } }),
    got({ server_content: { model_turn: { parts: [{ inline_data: { data: 'AA', mime_type: 'audio/pcm' } }] } } }),
    got({ server_content: { generation_complete: true } }),
    got({ server_content: { turn_complete: true }, usage_metadata: { total_token_count: 1 } }),
  ],
  'two connections, one after the other': [
    setup('2.5-native', { sessionResumption: {} }),
    ready,
    update(),
    ask,
    goAway('50s'),
    audio,
    setup('2.5-native', { sessionResumption: { handle: 'h' } }),
    ready,
    cancel('of-before'),
    ...answer,
  ],
  'two connections of which only the received half is there': [ready, audio, goAway('50s'), ready, audio],
  'two connections, the first of which ended without notice': [ready, audio, ready, update({}), audio],
  'two messages cross on the wire': [native, ready, ask, ask, audio, interrupted, complete, ...answer],
  'a spoken turn after typed ones': [native, ready, typed, ...answer, microphone, ...answer, ...answer],
};

describe('lets pass', () => {
  test.each(Object.entries(right))('%s', (_, said) => {
    expect(refusals(...said)).toEqual([]);
  });
});

test('a frame with several fields is told in the order of the turn', () => {
  const [step] = stepsOf(
    linesOf([got({ usageMetadata: {}, serverContent: { turnComplete: true, generationComplete: true } })]),
  );
  expect(nameOf(step?.shapes ?? [])).toBe('generationComplete+turnComplete+usage');
});

test('runs of media are one step, runs of events are not', () => {
  expect(stepsOf(linesOf([audio, audio, audio, complete, complete])).map(({ times }) => times)).toEqual([3, 1, 1]);
});

test('a message that was kept as text is read like one that was not', () => {
  const lines = [native, ready, ask, audio, complete].map(({ dir, msg }) => ({
    dir,
    msg: JSON.stringify(msg) as unknown,
  }));
  const [session] = sessionsOf(stepsOf(lines.map((line, index) => ({ line: index + 1, ...line }))));
  expect(session?.steps.map(({ shapes }) => nameOf(shapes))).toEqual([
    'setup',
    'setupComplete',
    'content',
    'audio',
    'turnComplete+usage',
  ]);
});

test.each([
  ['models/gemini-2.5-flash-native-audio-latest', false, '2.5-native'],
  ['models/gemini-2.0-flash-live-001', false, '2.5-flash'],
  ['models/gemini-live-2.5-flash-preview', false, '2.5-flash'],
  ['models/gemini-3-flash-live', false, '3.1'],
  ['gemini-3.1-flash-live-preview', false, '3.1'],
  ['models/gemini-3.9-live-next', false, '3.8'],
  ['models/something-new', false, '2.5-flash'],
  ['publishers/google/models/gemini-live-2.5-flash-native-audio', true, 'vertex-2.5'],
  ['projects/p/locations/l/publishers/google/models/gemini-3.8-live', true, '3.8'],
])('%s follows the nearest profile', (model, isVertex, profile) => {
  expect(profileOf(model, isVertex)).toBe(profile);
});

test('without a setup the profile is guessed from what came', () => {
  const profileGuessed = (...said: Said[]): string | undefined => sessionsOf(stepsOf(linesOf(said)))[0]?.profile;
  expect(profileGuessed(ready, thought, words, audio)).toBe('2.5-native');
  expect(profileGuessed(ready, audioWithWords)).toBe('3.1');
  expect(profileGuessed(ready, empty, audioWithWords)).toBe('3.8');
  expect(profileGuessed(got({ setupComplete: { sessionId: 's' } }), audio)).toBe('vertex-2.5');
});
