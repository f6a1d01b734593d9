/** Scripts: which turn answers, what each step does, and what survives a resume. */
import { ActivityHandling, Type } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { readScript, type EmulatorScript } from '../../../src/emulator/index.js';
import { AUDIO, bench, quiet, speech, TEXT, userText, type Client } from '../support.js';
import { callsOf, latest, nameOf, native, openModel, order, results, text, transcribed } from './support.js';

const scripted = (turns: EmulatorScript['turns'], more: Partial<EmulatorScript> = {}) => ({
  script: { turns, ...more } satisfies EmulatorScript,
});

const chat = (options: object, config = TEXT) => openModel('gemini-live-2.5-flash-preview', config, options);

describe('which turn answers', () => {
  test('the first that fits: text, expression, number, any; each once unless repeated; then the model’s habits', async () => {
    const { client, clock } = await chat(
      scripted([
        { when: { text: 'WEATHER' }, steps: [{ say: 'Sunny.' }] },
        { when: { matches: '^add \\d+$' }, steps: [{ say: 'Added.' }], repeat: 2 },
        { when: { turn: 3 }, steps: [{ say: 'Third.' }] },
        { when: { text: 'always' }, steps: [{ say: 'Ever.' }], repeat: 'always' },
      ]),
    );
    const answers: string[] = [];
    for (const words of ['the weather?', 'add 4', 'hi', 'weather', 'add 5', 'add 6', 'always', 'always', 'always']) {
      const before = client.text().length;
      client.send(userText(words));
      await clock.tick(3_000);
      answers.push(client.text().slice(before));
    }
    expect(answers).toEqual([
      'Sunny.',
      'Added.',
      'Third.',
      'Turn 4. You said "weather".',
      'Added.',
      'Turn 6. You said "add 6".',
      'Ever.',
      'Ever.',
      'Ever.',
    ]);
  });

  test('speech or writing; what the user said is scripted too', async () => {
    const { client, clock } = await openModel(
      native,
      transcribed,
      scripted([
        { when: { text: 'table' }, steps: [{ say: 'Wrong.' }] },
        { when: { audio: true }, steps: [{ transcribe: 'book a table' }, { say: 'For how many?' }] },
        { when: { audio: false }, steps: [{ say: 'Speak up.' }] },
      ]),
    );
    client.send(userText('psst'));
    await clock.tick(5_000);
    client.send(speech(800));
    client.send(quiet(700));
    await clock.tick(5_000);
    const words = (key: string): string =>
      client.frames.map((frame) => (frame['serverContent']?.[key]?.text as string) ?? '').join('');
    expect(words('inputTranscription').trim()).toBe('book a table');
    expect(words('outputTranscription')).toBe('Speak up.For how many?');
  });

  test('a greeting at the start of a session, not after a resume', async () => {
    const { open, clock } = bench(
      scripted([{ when: { start: true }, steps: [{ say: 'Welcome.' }], repeat: 'always' }]),
    );
    const client = await open({ ...TEXT, sessionResumption: {} });
    await clock.tick(3_000);
    expect(client.text()).toBe('Welcome.');
    client.close();
    await clock.tick(10);
    const second = await open({ ...TEXT, sessionResumption: { handle: client.handles().at(-1) ?? '' } });
    await clock.tick(3_000);
    expect(second.text()).toBe('');
  });

  test('a resumed session goes on in the script where its handle was issued', async () => {
    const { open, clock } = bench(scripted([{ steps: [{ say: 'One.' }] }, { steps: [{ say: 'Two.' }] }]));
    const client = await open({ ...TEXT, sessionResumption: {} });
    const atStart = client.handles().at(-1) ?? '';
    client.send(userText('a'));
    await clock.tick(3_000);
    const afterOne = client.handles().at(-1) ?? '';
    client.close();
    await clock.tick(10);
    for (const [handle, said] of [
      [afterOne, 'Two.'],
      [atStart, 'One.'],
    ] as const) {
      const next = await open({ ...TEXT, sessionResumption: { handle } });
      next.send(userText('b'));
      await clock.tick(3_000);
      expect(next.text()).toBe(said);
      next.close();
      await clock.tick(10);
    }
  });

  test('otherwise: silence for every turn without a script', async () => {
    const { client, clock } = await chat(scripted([], { otherwise: [{ silent: true }] }));
    client.send(userText('hello?'));
    await clock.tick(60_000);
    expect(order(client)).toEqual([]);
  });
});

test('an expression sees the first 2,000 characters of a long result', async () => {
  const tools = [{ functionDeclarations: [{ name: 'f', description: '', parameters: { type: Type.OBJECT } }] }];
  const { client, clock } = await chat(
    scripted([
      { when: { text: 'x' }, steps: [{ call: { name: 'f' } }] },
      { when: { result: true, matches: 'end' }, steps: [{ say: 'All of it.' }] },
      { when: { result: true, matches: 'y{1900}' }, steps: [{ say: 'The beginning.' }] },
    ]),
    { ...TEXT, tools } as typeof TEXT,
  );
  client.send(userText('x'));
  await clock.tick(2_000);
  client.send(results({ id: callsOf(client)[0]?.id, name: 'f', response: { output: `${'y'.repeat(2_000)}end` } }));
  await clock.tick(2_000);
  expect(client.text()).toBe('The beginning.');
});

test('hours of audio in frames of 1 ms cost what is sent, not what is planned', async () => {
  const { client, clock } = await openModel(native, AUDIO, { replyAudioSeconds: 36_000, replyChunkMs: 1 });
  client.send(text('go on'));
  await clock.tick(400);
  expect(client.frames.map(nameOf).filter((name) => name === 'audio').length).toBeGreaterThan(50);
});

describe('steps', () => {
  test('say: its length, pace and pause', async () => {
    const say = { text: 'Slowly.', audioSeconds: 2, pace: 0.5, pauseMs: 1_000 };
    const { client, clock } = await openModel(native, AUDIO, {
      ...scripted([{ steps: [{ say }] }]),
      firstAudioDelayMs: 200,
    });
    const start = clock.now();
    client.send(userText('go'));
    await clock.tick(10_000);
    const at = client.times.filter((_, index) => nameOf(client.frames[index] ?? {}) === 'audio');
    // A frame may take a millisecond to the server.
    expect((at[0] ?? 0) - start - 1_200).toBeOneOf([0, 1]);
    expect(at).toHaveLength(20);
    expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBe(19 * 50);
  });

  test('think is sent to those who see thoughts, and to nobody else', async () => {
    const turns = [{ steps: [{ think: 'Hm.' }, { say: 'Yes.' }] }];
    const shown = await chat(scripted(turns), { ...TEXT, thinkingConfig: { includeThoughts: true } } as typeof TEXT);
    const hidden = await chat(scripted(turns));
    for (const { client, clock } of [shown, hidden]) {
      client.send(userText('x'));
      await clock.tick(3_000);
    }
    expect(order(shown.client)[0]).toBe('thought');
    expect(order(hidden.client)[0]).toBe('text');
  });

  test('transcribe later on is one more transcription', async () => {
    const { client, clock } = await openModel(
      latest,
      transcribed,
      scripted([{ steps: [{ say: 'So.' }, { transcribe: 'late words' }] }]),
    );
    client.send(text('x'));
    await clock.tick(5_000);
    const names = order(client);
    expect(client.frames.flatMap((frame) => frame['serverContent']?.inputTranscription?.text ?? [])).toEqual([
      'late words',
    ]);
    expect(names.indexOf('inputTranscription')).toBeGreaterThan(names.indexOf('audio'));
  });

  test('the context holds what was said, up to a call and up to an interruption', async () => {
    const { client, clock, transport } = await chat(
      scripted([{ steps: [{ say: 'One moment.' }, { call: { name: 'f' } }, { say: 'It is three o clock now.' }] }]),
    );
    client.send(userText('x'));
    await clock.tick(1_000);
    client.send(results({ id: callsOf(client)[0]?.id, name: 'f', response: {} }));
    await clock.tick(320);
    client.send(userText('stop'));
    await clock.tick(10);
    expect(transport.emulator.contexts()[0]?.turns.map((turn) => [turn.role, turn.text])).toEqual([
      ['user', 'x'],
      ['model', 'One moment.'],
      ['tool', '[{"name":"f","response":{}}]'],
      ['model', 'It is three'],
      ['user', 'stop'],
    ]);
  });

  test('a result is part of the prompt that the answer counts', async () => {
    const { client, clock } = await chat(scripted([{ steps: [{ call: { name: 'f' } }, { say: 'Done.' }] }]));
    client.send(userText('x'));
    await clock.tick(1_000);
    client.send(results({ id: callsOf(client)[0]?.id, name: 'f', response: { output: 'y'.repeat(400) } }));
    await clock.tick(3_000);
    expect(client.frames.at(-1)?.['usageMetadata'].promptTokenCount).toBeGreaterThan(100);
  });

  test('turnComplete makes two turns of it; waitMs comes between', async () => {
    const { client, clock } = await chat(
      scripted([{ steps: [{ say: 'One.' }, { turnComplete: true }, { waitMs: 5_000 }, { say: 'Two.' }] }]),
    );
    client.send(userText('x'));
    await clock.tick(2_000);
    const first = ['text', 'generationComplete', 'turnComplete'];
    expect(order(client)).toEqual(first);
    await clock.tick(5_000);
    expect(order(client)).toEqual([...first, ...first]);
  });

  test('the user ends what is left of the steps', async () => {
    const { client, clock } = await chat(
      scripted([{ steps: [{ say: 'One.' }, { turnComplete: true }, { waitMs: 5_000 }, { say: 'Never.' }] }]),
    );
    client.send(userText('x'));
    await clock.tick(2_000);
    client.send(userText('y'));
    await clock.tick(10_000);
    expect(client.text()).toBe('One.Turn 2. You said "y".');
    expect(order(client)).not.toContain('interrupted');
  });

  test('interrupted: the server cuts itself off and may go on', async () => {
    const { client, clock } = await chat(
      scripted([{ steps: [{ say: 'One.' }, { interrupted: true }, { say: 'Two.' }] }]),
    );
    client.send(userText('x'));
    await clock.tick(3_000);
    expect(order(client)).toEqual([
      'text',
      'interrupted',
      'turnComplete',
      'text',
      'generationComplete',
      'turnComplete',
    ]);
  });

  test('send, goAway and close', async () => {
    const raw = { serverContent: { groundingMetadata: { webSearchQueries: ['tides'] } } };
    const { client, clock } = await chat(
      scripted([
        { steps: [{ send: raw }, { goAway: { timeLeftMs: 5_000, thenClose: false } }, { say: 'Bye.' }] },
        { steps: [{ close: { code: 1011, reason: 'Internal error encountered.' } }] },
      ]),
    );
    client.send(userText('x'));
    await clock.tick(10_000);
    expect(client.frames[1]).toEqual(raw);
    expect(client.frames[2]).toEqual({ goAway: { timeLeft: '5s' } });
    expect(client.text()).toBe('Bye.');
    expect(client.end).toBeNull();
    client.send(userText('y'));
    await clock.tick(1_000);
    expect(client.end).toEqual({ cause: 'close', code: 1011, reason: 'Internal error encountered.' });
  });

  test('silent after words: no end of the turn until the user ends it', async () => {
    const { client, clock } = await chat(scripted([{ steps: [{ say: 'I was going to' }, { silent: true }] }]));
    client.send(userText('x'));
    await clock.tick(60_000);
    expect(order(client)).toEqual(['text']);
    client.send(userText('hello?'));
    await clock.tick(3_000);
    expect(order(client).slice(1, 3)).toEqual(['interrupted', 'turnComplete']);
  });

  test('silent alone leaves the session resumable', async () => {
    const { client, clock } = await chat(scripted([{ steps: [{ silent: true }] }]), {
      ...TEXT,
      sessionResumption: {},
    } as typeof TEXT);
    client.send(userText('x'));
    await clock.tick(10_000);
    expect(client.frames).not.toContainEqual({ sessionResumptionUpdate: {} });
    expect(client.handles().length).toBeGreaterThan(3);
  });

  test('with NO_INTERRUPTION the next turn waits for all the steps', async () => {
    const config = { ...AUDIO, realtimeInputConfig: { activityHandling: ActivityHandling.NO_INTERRUPTION } };
    const { client, clock } = await openModel(
      native,
      config,
      scripted([{ steps: [{ say: 'One.' }, { turnComplete: true }, { waitMs: 4_000 }, { say: 'Two.' }] }]),
    );
    client.send(userText('x'));
    await clock.tick(2_000);
    client.send(speech(500));
    client.send(quiet(600));
    await clock.tick(12_000);
    expect(order(client)).not.toContain('interrupted');
    expect(order(client).filter((name) => name === 'turnComplete')).toHaveLength(3);
  });

  test('with NO_INTERRUPTION a turn that waited is answered once', async () => {
    const config = { ...AUDIO, realtimeInputConfig: { activityHandling: ActivityHandling.NO_INTERRUPTION } };
    const { client, clock } = await openModel(native, config);
    client.send(userText('a question'));
    await clock.tick(1_000);
    client.send(speech(500));
    client.send(quiet(600));
    client.send(text('never mind'));
    await clock.tick(20_000);
    expect(order(client).filter((name) => name === 'generationComplete')).toHaveLength(2);
  });

  test('with NO_INTERRUPTION typed text waits too, and clientContent does not', async () => {
    const config = { ...AUDIO, realtimeInputConfig: { activityHandling: ActivityHandling.NO_INTERRUPTION } };
    const { client, clock } = await openModel(native, config);
    client.send(userText('a question'));
    await clock.tick(1_000);
    client.send(text('another one'));
    await clock.tick(20_000);
    expect(order(client)).not.toContain('interrupted');
    expect(order(client).filter((name) => name === 'turnComplete')).toHaveLength(2);
    client.send(text('a third'));
    await clock.tick(1_000);
    client.send(userText('the last'));
    await clock.tick(20_000);
    expect(order(client)).toContain('interrupted');
  });

  test('an in-progress turn on 3.8', async () => {
    const { client, clock } = await openModel(
      latest,
      AUDIO,
      scripted([{ steps: [{ say: 'Wait.' }, { turnComplete: { inProgress: true } }, { say: 'Done.' }] }]),
    );
    client.send(text('x'));
    await clock.tick(8_000);
    expect(client.frames.flatMap((frame) => frame['serverContent']?.interactionStatus ?? [])).toEqual([
      'IN_PROGRESS',
      'IDLE',
    ]);
  });
});

describe('calls', () => {
  const weather = { name: 'weather', args: { city: 'Oslo' } };
  const answerAll = (client: Client, from = 0): object =>
    results(
      ...callsOf(client)
        .slice(from)
        .map(({ id, name }) => ({ id, name, response: { output: name } })),
    );

  test('several in one toolCall; answers in any order and in parts; the steps go on after the last', async () => {
    const { client, clock } = await chat(
      scripted([{ steps: [{ call: [weather, { name: 'time' }] }, { say: 'There.' }] }]),
    );
    client.send(userText('x'));
    await clock.tick(1_000);
    const [first, second] = callsOf(client);
    expect([first?.name, first?.args, second?.name, second?.args]).toEqual(['weather', { city: 'Oslo' }, 'time', {}]);
    expect(client.frames.filter((frame) => frame['toolCall'])).toHaveLength(1);
    client.send(results({ id: second?.id, name: 'time', response: {} }));
    await clock.tick(5_000);
    expect(client.text()).toBe('');
    client.send(results({ id: first?.id, name: 'weather', response: {} }));
    await clock.tick(3_000);
    expect(client.text()).toBe('There.');
  });

  test('without further steps the script’s turn for the result answers, else the model reports', async () => {
    const { client, clock } = await chat(
      scripted([
        { when: { text: 'a' }, steps: [{ call: weather }] },
        { when: { result: 'weather', matches: 'weather' }, steps: [{ say: 'Rain.' }] },
        { when: { text: 'b' }, steps: [{ call: weather }] },
      ]),
    );
    for (const [index, words] of ['a', 'b'].entries()) {
      client.send(userText(words));
      await clock.tick(1_000);
      client.send(answerAll(client, index));
      await clock.tick(3_000);
    }
    expect(client.text()).toBe('Rain.Turn 2. weather gave {"output":"weather"}.');
  });

  test('cancelCalls takes back a call that does not block; its result is ignored', async () => {
    const { client, clock, transport } = await chat(
      scripted([{ steps: [{ call: { ...weather, nonBlocking: true } }, { say: 'On it.' }, { cancelCalls: true }] }]),
    );
    client.send(userText('x'));
    await clock.tick(3_000);
    expect(client.frames).toContainEqual({ toolCallCancellation: { ids: [callsOf(client)[0]?.id] } });
    client.send(answerAll(client));
    await clock.tick(3_000);
    expect(client.text()).toBe('On it.');
    expect(transport.emulator.log.some((entry) => entry.what === 'toolResponseIgnored')).toBe(true);
  });

  test('awaitResults waits for those that do not block, and the result is not told twice', async () => {
    const { client, clock } = await chat(
      scripted([
        {
          steps: [
            { call: { ...weather, nonBlocking: true } },
            { say: 'Looking.' },
            { awaitResults: true },
            { say: 'Found.' },
          ],
        },
      ]),
    );
    client.send(userText('x'));
    await clock.tick(5_000);
    expect(client.text()).toBe('Looking.');
    expect(order(client)).not.toContain('turnComplete');
    client.send(answerAll(client));
    await clock.tick(5_000);
    expect(client.text()).toBe('Looking.Found.');
    expect(order(client).filter((name) => name === 'turnComplete')).toHaveLength(1);
  });

  test('a declared function needs no word about blocking', async () => {
    const behavior = 'NON_BLOCKING';
    const tools = [{ functionDeclarations: [{ name: 'weather', behavior, parameters: { type: Type.OBJECT } }] }];
    const { client, clock } = await chat(scripted([{ steps: [{ call: weather }, { say: 'Meanwhile.' }] }]), {
      ...TEXT,
      tools,
    } as typeof TEXT);
    client.send(userText('x'));
    await clock.tick(3_000);
    expect(client.text()).toBe('Meanwhile.');
  });
});

test('a script is data: what is read is a copy, and what it was read from may change', () => {
  const data = { turns: [{ steps: [{ say: 'Hi.' }] }] };
  const script = readScript(data);
  expect(script).toEqual(data);
  data.turns[0]?.steps.pop();
  expect(script.turns[0]?.steps).toHaveLength(1);
});
