/** The emulator, given the client's half of sessions of our own making, follows the grammar of each profile. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRecording, type SessionReport } from '../../../src/emulator/check/checkRecording.js';
import { partOf } from '../../../src/emulator/check/cues.js';
import { drive } from '../../../src/emulator/check/drive.js';
import { deviationsOf } from '../../../src/emulator/check/grammar.js';
import { nameOf, stepsOf } from '../../../src/emulator/check/read.js';
import { profileNames, sessionsOf, type ProfileName } from '../../../src/emulator/check/sessions.js';
import type { EmulatorScript } from '../../../src/emulator/model/script.js';
import { conversation } from './conversations.js';
import {
  ask,
  audio,
  audioWithWords,
  call,
  cancel,
  complete,
  generated,
  goAway,
  got,
  heard,
  interrupted,
  linesOf,
  microphone,
  ready,
  respond,
  sent,
  setup,
  tools,
  typed,
  update,
  words,
  type Said,
} from './support.js';

const check = (...said: readonly Said[]): SessionReport[] => checkRecording(linesOf(said));

function emulated(...said: readonly Said[]): string[] {
  const [session] = sessionsOf(stepsOf(linesOf(said)));
  if (session === undefined) throw new Error('No session.');
  return (drive(session, partOf(session)).session?.steps ?? []).map(
    ({ dir, shapes }) => `${dir === 'sent' ? '>' : '<'}${nameOf(shapes)}`,
  );
}

/** An answer as the profile sends it. */
function answer(profile: ProfileName): Said[] {
  const third = profile === '3.1' || profile === '3.8';
  return [...(third ? [audioWithWords, audio] : [words, audio, audio]), generated, complete];
}

describe.each(profileNames)('%s', (profile) => {
  const said = answer(profile);
  const flows: Readonly<Record<string, readonly Said[]>> = {
    typed: [setup(profile), ready, typed, ...said, typed, ...said],
    spoken: [setup(profile), ready, microphone, microphone, heard, ...said, microphone, heard, ...said],
    'interrupted while generating': [
      setup(profile),
      ready,
      microphone,
      heard,
      audio,
      microphone,
      interrupted,
      complete,
      heard,
      ...said,
    ],
    'interrupted while playing': [
      setup(profile),
      ready,
      microphone,
      heard,
      audio,
      generated,
      microphone,
      interrupted,
      complete,
      heard,
      ...said,
    ],
    'a tool round': [setup(profile, tools('look_up')), ready, typed, call('a'), respond('a'), ...said],
    'a tool round with two calls': [
      setup(profile, tools('look_up')),
      ready,
      typed,
      call('a', 'b'),
      respond('a'),
      respond('b'),
      ...said,
    ],
    'cancelled calls': [
      setup(profile, tools('look_up')),
      ready,
      typed,
      call('a', 'b'),
      typed,
      cancel('a', 'b'),
      interrupted,
      complete,
      ...said,
    ],
    'a spoken tool round': [
      setup(profile, tools('look_up')),
      ready,
      microphone,
      heard,
      call('a'),
      respond('a'),
      ...said,
    ],
    resumable: [
      setup(profile, { sessionResumption: { handle: 'h' } }),
      ready,
      update(),
      typed,
      ...said.filter((each) => each !== words && each !== audioWithWords),
      goAway('50s'),
      typed,
      audio,
    ],
    'push to talk': [
      setup(profile, { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } }),
      ready,
      sent({ realtimeInput: { activityStart: {} } }),
      microphone,
      sent({ realtimeInput: { activityEnd: {} } }),
      audio,
      generated,
      complete,
    ],
  };
  test.each(Object.entries(flows))('%s', (_, flow) => {
    const [report] = check(...flow);
    expect(report?.recorded.deviations).toEqual([]);
    expect(report?.emulated.deviations).toEqual([]);
    expect(report?.notes.filter((note) => note.includes('behind'))).toEqual([]);
  });
});

test.each(profileNames)('%s: whatever the client does, in sessions drawn at random', (profile) => {
  for (const said of fc.sample(conversation(profile), { seed: 9, numRuns: 25 })) {
    const [report] = check(...said);
    expect(report?.emulated.deviations).toEqual([]);
    expect(report?.notes.filter((note) => note.includes('behind'))).toEqual([]);
  }
});

test.each([
  ['2.5-native', '3.8', 'transcription/on-media-frame'],
  ['3.1', '2.5-native', 'transcription/own-frame'],
  ['3.8', '2.5-native', 'voice/not-on-2.5'],
  ['3.8', 'vertex-2.5', 'update/only-if-asked'],
  ['vertex-2.5', '2.5-native', 'tool/turn-stays-open'],
] as const)('what the emulator does as %s is refused as %s', (played, judged, rule) => {
  const round = [call('a'), ...(played === 'vertex-2.5' ? [generated, complete] : []), respond('a')];
  const said = [microphone, heard, ...answer(played), typed, ...round, ...answer(played)];
  const [session] = sessionsOf(stepsOf(linesOf([setup(played, tools('look_up')), ready, ...said])));
  if (session === undefined) throw new Error('No session.');
  const run = drive(session, partOf(session)).session;
  if (run === null) throw new Error('The emulator sent nothing.');
  expect(deviationsOf({ ...run, isVertex: false, profile: judged }).map((deviation) => deviation.rule)).toContain(rule);
});

test('a user who is heard in the recording speaks to the emulator, once a turn', () => {
  const run = emulated(
    setup('2.5-native'),
    ready,
    microphone,
    heard,
    ...answer('2.5-native'),
    heard,
    ...answer('2.5-native'),
  );
  expect(run.filter((name) => name === '<turnComplete+usage')).toHaveLength(2);
});

test('a barge-in reaches the emulator in the middle of its answer', () => {
  const run = emulated(
    setup('2.5-native'),
    ready,
    microphone,
    heard,
    words,
    audio,
    interrupted,
    complete,
    heard,
    ...answer('2.5-native'),
  );
  const at = run.indexOf('<interrupted');
  expect(at).toBeGreaterThan(run.indexOf('<audio'));
  expect(run.slice(0, at)).not.toContain('<generationComplete');
});

test('calls are answered with the ids of the emulator', () => {
  const run = emulated(
    setup('2.5-native', tools('look_up')),
    ready,
    ask,
    call('a'),
    respond('a'),
    ...answer('2.5-native'),
  );
  expect(run.slice(0, 5)).toEqual(['>setup', '<setupComplete', '>content', '<toolCall', '>toolResponse']);
  expect(run).toContain('<turnComplete+usage');
});

test('calls without ids, as older models on Vertex AI have them, are answered oldest first', () => {
  const bare = got({ toolCall: { functionCalls: [{ name: 'look_up', args: {} }] } });
  const response = sent({ toolResponse: { functionResponses: [{ name: 'look_up', response: { output: 1 } }] } });
  const round = [typed, bare, response, ...answer('vertex-2.5')];
  const run = emulated(setup('vertex-2.5', tools('look_up')), ready, ...round, ...round);
  expect(run.filter((name) => name === '<toolCall')).toHaveLength(2);
  expect(run.filter((name) => name === '<generationComplete')).toHaveLength(2);
});

test('a model nobody has heard of is played by the nearest profile', () => {
  const model = { setup: { model: 'models/gemini-9-live', outputAudioTranscription: {} } };
  const [report] = check(sent(model), ready, typed, ...answer('3.8'));
  expect(report).toMatchObject({ profile: '3.8', emulated: { deviations: [] } });
});

test('without a sent half the emulator hears somebody speak, and the report says so', () => {
  const [report] = check(ready, words, audio, generated, interrupted, complete, heard, ...answer('2.5-native'));
  expect(report?.emulated.deviations).toEqual([]);
  expect(report?.notes.join()).toContain('nothing sent was recorded');
});

test('a connection that the emulator ends is a deviation with the line of the message', () => {
  const strange = sent({ realtimeInput: { nonsense: {} } });
  const [report] = check(setup('2.5-native'), ready, strange, ask, ...answer('2.5-native'));
  expect(report?.emulated.deviations).toEqual([
    { rule: 'emulator/takes-what-the-service-took', line: 3, detail: expect.stringContaining('1007') as string },
  ]);
});

test('every session of a recording has a report', () => {
  const reports = check(setup('2.5-native'), ready, ask, audio, setup('3.8'), ready, got({}));
  expect(reports.map(({ profile }) => profile)).toEqual(['2.5-native', '3.8']);
});

describe('an emulator that does not answer', () => {
  const rule = 'emulator/answers-what-the-service-answered';
  const silent = (...turns: EmulatorScript['turns']): EmulatorScript => ({ turns, otherwise: [{ silent: true }] });
  const unanswered = (script: EmulatorScript, ...said: readonly Said[]): number[] =>
    checkRecording(linesOf(said), script).flatMap(({ emulated: { deviations } }) =>
      deviations.filter((deviation) => deviation.rule === rule).map(({ line }) => line),
    );

  test.each(profileNames)('%s: refused at every turn that the service answered', (profile) => {
    const said = [setup(profile), ready, typed, ...answer(profile), typed, ...answer(profile)];
    expect(unanswered(silent(), ...said)).toEqual([3, 4 + answer(profile).length]);
    expect(unanswered({ turns: [] }, ...said)).toEqual([]);
  });

  test('refused at speech, at a typed turn and at a tool response, each by itself', () => {
    const said = [
      setup('2.5-native', tools('look_up')),
      ready,
      microphone,
      heard,
      ...answer('2.5-native'),
      typed,
      call('a'),
      respond('a'),
      ...answer('2.5-native'),
    ];
    const [spoken, written, result] = [4, 10, 12];
    const speaks: EmulatorScript['turns'][number] = { when: { audio: true }, steps: [{ say: 'Yes.' }] };
    const calls: EmulatorScript['turns'][number] = { when: { audio: false }, steps: [{ call: { name: 'look_up' } }] };
    expect(unanswered(silent(), ...said)).toEqual([spoken, written, result]);
    expect(unanswered(silent(speaks), ...said)).toEqual([written, result]);
    expect(unanswered(silent(calls), ...said)).toEqual([spoken]);
    const mute: EmulatorScript['turns'][number] = { when: { result: true }, steps: [{ silent: true }] };
    expect(unanswered(silent(speaks, calls, mute), ...said)).toEqual([result]);
  });

  test('the service did not answer, or the recording ends: nothing is owed', () => {
    expect(unanswered(silent(), setup('2.5-native'), ready, ask)).toEqual([]);
    expect(unanswered(silent(), setup('2.5-native'), ready, ask, ask, audio)).toEqual([4]);
    expect(
      unanswered(
        silent(),
        setup('2.5-native', { sessionResumption: { handle: 'h' } }),
        ready,
        respond('never-called'),
        audio,
      ),
    ).toEqual([]);
  });

  test('after a connection that it ended, only that is refused', () => {
    const closes: EmulatorScript = { turns: [], otherwise: [{ close: { code: 1011 } }] };
    const [report] = checkRecording(
      linesOf([setup('2.5-native'), ready, ask, ...answer('2.5-native'), ask, ...answer('2.5-native')]),
      closes,
    );
    expect(report?.emulated.deviations.map((deviation) => deviation.rule)).toEqual([
      'emulator/takes-what-the-service-took',
    ]);
  });
});
