/** Functions that do not block, and what becomes of a call when the user speaks, as Google documents them. */
import { Type, type LiveConnectConfig } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { AUDIO, bench, speech, TEXT, userText } from '../support.js';
import { callsOf, halfCascade, heard, native, openModel, order, results } from './support.js';

const declare = (behavior?: string): LiveConnectConfig =>
  ({
    tools: [
      {
        functionDeclarations: ['find_tide', 'book'].map((name) => ({
          name,
          parameters: { type: Type.OBJECT },
          ...(behavior === undefined ? {} : { behavior }),
        })),
      },
    ],
  }) as LiveConnectConfig;
const nonBlocking = { ...TEXT, ...declare('NON_BLOCKING') };
const reply = (id: string | undefined, more: object = {}): object =>
  results({ id, name: 'find_tide', response: { output: 'high water' }, ...more });

async function asked(config: LiveConnectConfig = nonBlocking) {
  const made = await openModel(halfCascade, config, { textPieceMs: 1_000 });
  made.client.send(userText('find_tide please'));
  await made.clock.tick(1_500);
  return { ...made, id: callsOf(made.client)[0]?.id };
}

describe('NON_BLOCKING', () => {
  test('the model goes on and completes its turn without the result', async () => {
    const { client, clock } = await asked();
    await clock.tick(10_000);
    expect(order(client)).toEqual(['executableCode', 'toolCall', 'text', 'generationComplete', 'turnComplete']);
  });

  test.each([
    ['WHEN_IDLE', { scheduling: 'WHEN_IDLE' }],
    ['no scheduling', {}],
  ])('%s while it speaks: told in a turn after this one', async (_, scheduling) => {
    const { client, clock, id } = await asked();
    client.send(reply(id, scheduling));
    await clock.tick(20_000);
    const after = order(client).slice(order(client).indexOf('turnComplete'));
    expect(after).toEqual(['turnComplete', 'text', 'generationComplete', 'turnComplete']);
    expect(order(client)).not.toContain('interrupted');
    expect(client.text()).toContain('high water');
  });

  test('WHEN_IDLE while it is quiet: told at once', async () => {
    const { client, clock, id } = await asked();
    await clock.tick(10_000);
    client.send(reply(id, { scheduling: 'WHEN_IDLE' }));
    await clock.tick(400);
    expect(order(client).at(-1)).toBe('text');
    await clock.tick(10_000);
    expect(client.text()).toContain('high water');
  });

  test('WHEN_IDLE while the user speaks: told after the answer to that', async () => {
    const { client, clock } = await openModel(native, { ...AUDIO, ...declare('NON_BLOCKING') });
    client.send(userText('find_tide please'));
    await clock.tick(10_000);
    client.send(speech(500));
    client.send(reply(callsOf(client)[0]?.id));
    await clock.tick(5_000);
    const from = client.frames.length;
    expect(order(client).at(-1)).toBe('turnComplete');
    client.send({ realtimeInput: { audioStreamEnd: true } });
    await clock.tick(20_000);
    expect(order(client, from).filter((name) => name === 'turnComplete')).toHaveLength(2);
  });

  test('INTERRUPT: what it was saying is cut off for the result', async () => {
    const { client, clock, id } = await asked();
    client.send(reply(id, { scheduling: 'INTERRUPT' }));
    await clock.tick(20_000);
    expect(order(client).slice(2)).toEqual([
      'text',
      'interrupted',
      'turnComplete',
      'text',
      'generationComplete',
      'turnComplete',
    ]);
    expect(client.text()).toContain('high water');
  });

  test.each([
    ['beside the response', { scheduling: 'SILENT' }],
    ['inside the response', { response: { output: 'high water', scheduling: 'SILENT' } }],
  ])('SILENT, %s: nothing is said, and it is known', async (_, silent) => {
    const { client, clock, id, transport } = await asked();
    await clock.tick(10_000);
    const from = client.frames.length;
    client.send(reply(id, silent));
    await clock.tick(20_000);
    expect(order(client, from)).toEqual([]);
    expect(transport.emulator.contexts()[0]?.turns.at(-1)).toMatchObject({
      role: 'tool',
      text: expect.stringContaining('high water'),
    });
  });

  test('willContinue: every response is told; after one without it the call is over', async () => {
    const { client, clock, id, transport } = await asked();
    await clock.tick(10_000);
    for (const [output, willContinue] of [
      ['first', true],
      ['second', true],
      ['third', false],
      ['fourth', false],
    ] as const) {
      client.send(reply(id, { response: { output }, willContinue }));
      await clock.tick(10_000);
    }
    for (const word of ['first', 'second', 'third']) expect(client.text()).toContain(word);
    expect(client.text()).not.toContain('fourth');
    expect(transport.emulator.log.filter((entry) => entry.what === 'toolResponseIgnored')).toHaveLength(1);
  });

  test('the user may talk meanwhile, which cancels nothing', async () => {
    const { client, clock, id } = await asked();
    client.send(userText('and what else'));
    await clock.tick(20_000);
    expect(order(client)).not.toContain('toolCallCancellation');
    client.send(reply(id));
    await clock.tick(20_000);
    expect(client.text()).toContain('You said "and what else"');
    expect(client.text()).toContain('high water');
  });

  test('not resumable until the result is in', async () => {
    const { client, clock, id } = await asked({ ...nonBlocking, sessionResumption: {} });
    await clock.tick(20_000);
    expect(order(client).at(-1)).toBe('turnComplete');
    expect(client.handles()).toHaveLength(1);
    client.send(reply(id, { scheduling: 'SILENT' }));
    await clock.tick(100);
    expect(client.handles()).toHaveLength(2);
  });
});

describe('blocking', () => {
  test('scheduling and willContinue mean nothing', async () => {
    const { client, clock, id } = await asked({ ...TEXT, ...declare() });
    client.send(reply(id, { scheduling: 'SILENT', willContinue: true }));
    await clock.tick(20_000);
    expect(client.text()).toContain('high water');
    expect(order(client).at(-1)).toBe('turnComplete');
  });

  test('speech cancels every call that holds the turn, and not the others', async () => {
    const { open, clock } = bench({
      script: {
        turns: [{ steps: [{ call: [{ name: 'a' }, { name: 'b', nonBlocking: true }, { name: 'c' }] }] }],
      },
    });
    const client = await open(AUDIO, native);
    client.send(userText('go'));
    await clock.tick(1_000);
    const [a, b, c] = callsOf(client);
    client.send(results({ id: a?.id, name: 'a', response: {} }));
    client.send(speech(300));
    await clock.tick(100);
    expect(order(client)).toEqual(['toolCall', 'toolCallCancellation', 'interrupted', 'turnComplete']);
    expect(client.frames.find((frame) => frame['toolCallCancellation'])?.['toolCallCancellation'].ids).toEqual([c?.id]);
    client.send({ realtimeInput: { audioStreamEnd: true } });
    await clock.tick(10_000);
    client.send(results({ id: b?.id, name: 'b', response: { output: 'late' } }));
    await clock.tick(10_000);
    expect(order(client).filter((name) => name === 'generationComplete')).toHaveLength(2);
  });

  test('what was answered before the cancellation is forgotten with it', async () => {
    const { client, clock, transport } = await openModel(
      native,
      { ...AUDIO, outputAudioTranscription: {} },
      {
        script: { turns: [{ steps: [{ call: [{ name: 'a' }, { name: 'b' }] }] }] },
      },
    );
    client.send(userText('go'));
    await clock.tick(1_000);
    client.send(results({ id: callsOf(client)[0]?.id, name: 'a', response: { output: 'stale' } }));
    client.send(userText('never mind'));
    await clock.tick(20_000);
    const [id] = transport.emulator.callTool('c');
    client.send(results({ id, name: 'c', response: { output: 'new' } }));
    await clock.tick(20_000);
    expect(heard(client)).toContain('new');
    expect(heard(client)).not.toContain('stale');
  });

  test('calls in two toolCalls are told apart by id', async () => {
    const { client, clock, transport } = await openModel(native, { ...AUDIO, outputAudioTranscription: {} });
    const [first] = transport.emulator.callTool('one');
    await clock.tick(100);
    const [second] = transport.emulator.callTool('two');
    await clock.tick(100);
    expect(first).not.toBe(second);
    client.send(results({ id: first, name: 'one', response: { output: 'stale' } }));
    client.send(results({ id: second, name: 'two', response: { output: 'new' } }));
    await clock.tick(10_000);
    expect(heard(client)).toContain('new');
    expect(heard(client)).not.toContain('stale');
  });
});

describe('results without an id', () => {
  const script = { turns: [{ steps: [{ call: [{ name: 'find_tide' }, { name: 'book' }, { name: 'find_tide' }] }] }] };
  const withoutIds = [
    results({ name: 'find_tide', response: { output: 'first tide' } }),
    results(
      { name: 'book', response: { output: 'a boat' } },
      { name: 'find_tide', response: { output: 'second tide' } },
    ),
  ];

  test.each([
    ['Vertex', { provider: 'vertex' }, true],
    ['calls without ids', { callIds: false }, true],
    ['Vertex, calls without ids', { provider: 'vertex', callIds: false }, true],
    ['Developer API', {}, false],
  ] as const)('%s: matched by name, oldest first: %o %s', async (_, options, areMatched) => {
    const { client, clock, transport } = await openModel(
      native,
      { ...AUDIO, outputAudioTranscription: {} },
      {
        ...options,
        script,
      },
    );
    client.send(userText('go'));
    await clock.tick(1_000);
    for (const result of withoutIds) client.send(result);
    await clock.tick(20_000);
    const ignored = transport.emulator.log.filter((entry) => entry.what === 'toolResponseIgnored');
    expect(ignored).toHaveLength(areMatched ? 0 : 3);
    expect(/first tide.*a boat.*second tide/.test(heard(client))).toBe(areMatched);
  });

  test('callIds false: no call has one, and there is none to cancel', async () => {
    const { client, clock } = await openModel(native, AUDIO, { callIds: false, script });
    client.send(userText('go'));
    await clock.tick(1_000);
    for (const call of callsOf(client)) expect(call).not.toHaveProperty('id');
    client.send(userText('never mind'));
    await clock.tick(1_000);
    expect(order(client)).toContain('interrupted');
    expect(order(client)).not.toContain('toolCallCancellation');
  });
});
