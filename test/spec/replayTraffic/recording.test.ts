import { describe, expect, test } from 'vitest';
import { jsonl, reasonOf, received, recordingOf, said, sent, setup, setupComplete, words } from './support.js';

describe('what is a recording', () => {
  test('RT-01 the frames are what was received, in order, with their line', () => {
    const { frames, notes, isTimed } = recordingOf(
      setup,
      setupComplete,
      sent({ realtimeInput: { text: 'hi' } }),
      said('a'),
      said('b'),
    );
    expect(frames.map(({ line }) => line)).toEqual([2, 4, 5]);
    expect(frames.map(({ message }) => message)).toEqual([
      { setupComplete: {} },
      { serverContent: { outputTranscription: { text: 'a' } } },
      { serverContent: { outputTranscription: { text: 'b' } } },
    ]);
    expect(isTimed).toBe(false);
    expect(notes).toEqual([]);
  });

  test('RT-02 what has another form is named with its reason', () => {
    expect(reasonOf('')).toBe('it is empty');
    expect(reasonOf('\n  \n')).toBe('it is empty');
    expect(reasonOf('hello\n')).toBe('line 1 is not JSON');
    expect(reasonOf(jsonl(setup, '{"dir":', setupComplete))).toBe('line 2 is not JSON');
    expect(reasonOf(jsonl({ type: 'x' }))).toMatch(/^line 1 has no dir/);
    expect(reasonOf(jsonl({ dir: 'in', msg: {} }))).toMatch(/^line 1 has no dir/);
    expect(reasonOf('[1]\n')).toMatch(/^line 1 has no dir/);
    expect(reasonOf(jsonl(setup))).toBe('nothing was received in it');
    expect(reasonOf(jsonl({ type: 'header', format: 'gemini-lifeline-trace', version: 1 }))).toMatch(
      /trace of gemini-lifeline/,
    );
  });

  test('RT-03 a last line that was cut off is left out and said', () => {
    const { frames, notes } = recordingOf(setup, setupComplete, said('a'));
    expect(frames.length).toBe(2);
    expect(notes).toEqual([]);
    const cut = jsonl(setup, setupComplete) + '{"dir":"recei';
    expect(reasonOf(cut)).toBeNull();
    expect(reasonOf(`${cut}\n`)).toBe('line 3 is not JSON');
  });

  test('RT-04 a byte order mark, carriage returns and empty lines are nothing', () => {
    expect(reasonOf(`\uFEFF${jsonl(setup, '', setupComplete).replaceAll('\n', '\r\n')}`)).toBeNull();
  });

  test('RT-05 without a setupComplete one is put in front, and that is said', () => {
    const { frames, notes } = recordingOf(said('a'));
    expect(frames.map(({ line, message }) => [line, Object.keys(message ?? {})])).toEqual([
      [0, ['setupComplete']],
      [1, ['serverContent']],
    ]);
    expect(notes.join('\n')).toMatch(/no setupComplete/);
    expect(notes.join('\n')).toMatch(/no setup was sent/);
  });

  test('RT-06 lines beside the form are left out and counted', () => {
    const { frames, notes } = recordingOf(
      setup,
      setupComplete,
      { dir: 'received', close: { code: 1000 } },
      { dir: 'close', code: 1006 },
      said('a'),
    );
    expect(frames.length).toBe(2);
    expect(notes).toEqual(['2 lines without dir and msg left out, the first is line 3']);
  });

  test('RT-07 a frame kept as text is served as that text; what is no object is to be skipped', () => {
    const { frames, notes } = recordingOf(
      setupComplete,
      received('{"goAway": {"timeLeft":"5s"}}'),
      received(null),
      received([1]),
      received('x'),
    );
    expect(frames[1]).toMatchObject({
      text: '{"goAway": {"timeLeft":"5s"}}',
      message: { goAway: { timeLeft: '5s' } },
      isGoAway: true,
    });
    expect(frames.slice(2).map(({ text, message }) => [JSON.parse(text), message])).toEqual([
      [null, null],
      [[1], null],
      ['x', null],
    ]);
    expect(notes.join('\n')).toMatch(/3 received values/);
  });

  test('RT-08 times are seconds since the first one and never run backwards', () => {
    const { frames, isTimed } = recordingOf(
      sent({ setup: {} }, 100.5),
      received({ setupComplete: {} }, 100.75),
      said('a'),
      said('b', 100.5),
      { ...said('c'), t: '101.5' },
      { ...said('d'), t: null },
    );
    expect(frames.map(({ dueMs }) => dueMs)).toEqual([250, 250, 250, 1_000, 1_000]);
    expect(isTimed).toBe(true);
    expect(recordingOf(setupComplete, ...words(2)).isTimed).toBe(false);
  });
});

describe('the client of a recording', () => {
  test('RT-09 has the model, modalities and transcription of the setup, in either spelling', () => {
    const camel = recordingOf(
      sent({
        setup: {
          model: 'models/a',
          generationConfig: { responseModalities: ['AUDIO'] },
          inputAudioTranscription: {},
          outputAudioTranscription: {},
        },
      }),
      setupComplete,
    );
    const snake = recordingOf(
      sent({
        setup: {
          model: 'models/a',
          generation_config: { response_modalities: ['AUDIO'] },
          input_audio_transcription: {},
          output_audio_transcription: {},
        },
      }),
      setupComplete,
    );
    expect(camel.model).toBe('models/a');
    expect(camel.config).toEqual({
      responseModalities: ['AUDIO'],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    });
    expect(snake).toMatchObject({ model: camel.model, config: camel.config });
  });

  test('RT-10 takes no handle, no project and no nonsense from it', () => {
    const odd = {
      model: 'projects/p/locations/l/publishers/google/models/m',
      sessionResumption: { handle: 'h', transparent: true },
      generationConfig: 5,
    };
    expect(recordingOf(sent({ setup: odd }), setupComplete)).toMatchObject({ model: 'm', config: {} });
    expect(
      recordingOf(sent({ setup: { model: 7, generationConfig: { responseModalities: 'AUDIO' } } }), setupComplete)
        .config,
    ).toEqual({});
    expect(recordingOf(setupComplete).model).not.toBe('');
  });
});
