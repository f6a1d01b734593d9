/**
 * Bad input of every kind: wrong options, wrong frames, callbacks and policies that throw or hang. Every error is a
 * LifelineError that says what to do, every promise settles in bounded time, and nothing becomes an unhandledRejection
 * (vitest fails on one).
 */
import { describe, expect, test } from 'vitest';
import { connect, isLifelineError, lifelineErrorCodes, type ConnectOptions } from '../../src/index.js';
import type { Transport } from '../../src/transport/port.js';
import { liveModel, numberedChunk, settled, simulate, watch, world } from '../support/simulation.js';

async function rejection(pending: Promise<unknown>): Promise<unknown> {
  return pending.then(
    () => null,
    (error: unknown) => error,
  );
}

function expectTyped(error: unknown, code?: string): void {
  expect(error).toSatisfy(isLifelineError);
  const {
    code: actual,
    remediation,
    phase,
    message,
  } = error as { code: string; remediation: string; phase: string; message: string };
  if (code) expect(actual).toBe(code);
  expect(lifelineErrorCodes).toContain(actual);
  expect(remediation).toMatch(/^[A-Z][^.]*.*\.$/);
  expect(message).toContain(remediation);
  expect(phase).not.toBe('');
}

describe('options are checked before any dial', () => {
  const cyclic: Record<string, unknown> = {};
  cyclic['tools'] = [cyclic];
  const wrong: [string, object, string?][] = [
    ['no model', { model: '' }],
    ['a model of another type', { model: 42 }],
    ['no transport', { transport: undefined }],
    ['config that is text', { config: 'AUDIO' }],
    ['config that is a list', { config: [] }],
    ['config that contains itself', { config: cyclic }],
    ['triggerTokens below 5,000', { config: { contextWindowCompression: { triggerTokens: '4999' } } }],
    ['triggerTokens above 128,000', { config: { contextWindowCompression: { triggerTokens: '128001' } } }],
    ['triggerTokens that is no number', { config: { contextWindowCompression: { triggerTokens: 'many' } } }],
    ['triggerTokens with a fraction', { config: { contextWindowCompression: { triggerTokens: 25_600.5 } } }],
    ['targetTokens below 0', { config: { contextWindowCompression: { slidingWindow: { targetTokens: '-1' } } } }],
    [
      'targetTokens at the trigger',
      { config: { contextWindowCompression: { triggerTokens: '10000', slidingWindow: { targetTokens: '10000' } } } },
    ],
    ['compression that is true', { config: { contextWindowCompression: true } }],
    ['compression that is text', { config: { contextWindowCompression: 'on' } }],
    ['a sliding window that is true', { config: { contextWindowCompression: { slidingWindow: true } } }],
    ['transparent on the Developer API', { config: { sessionResumption: { transparent: true } } }],
    ['transparent: false on the Developer API', { config: { sessionResumption: { transparent: false } } }],
    ['resumption that is true', { config: { sessionResumption: true } }],
    ['resumption that is text', { config: { sessionResumption: 'handle-123' } }],
    ['a handle of another type', { config: { sessionResumption: { handle: 42 } } }, 'invalidHandle'],
    ['a handle that is an object', { config: { sessionResumption: { handle: { value: 'x' } } } }, 'invalidHandle'],
    ['a handle that is blank', { config: { sessionResumption: { handle: ' ' } } }, 'invalidHandle'],
    ['a timeout that is text', { setupTimeoutMs: '5s' }],
    ['a timeout of NaN', { setupTimeoutMs: Number.NaN }],
    ['a timeout of 0', { setupTimeoutMs: 0 }],
    ['a negative timeout', { closeTimeoutMs: -1 }],
    ['a timeout that no timer can wait for', { setupTimeoutMs: 1e12 }],
    ['a timeout of Infinity', { setupTimeoutMs: Infinity }],
    ['a policy that does not exist', { afterExpiry: 'retry' }],
    ['an order that does not exist', { rotationOrder: 'make-before-break' }],
    ['a share above 1', { nearLimitFill: 90 }],
    ['null where null means nothing', { maxHoldMs: null }],
  ];

  test.each(wrong)('E-19 %s', async (_, changes, code = 'invalidOptions') => {
    const { clock, transport, emulator } = world();
    const options: ConnectOptions = { transport, model: liveModel, clock, ...changes };
    const error = await rejection(settled(clock, connect(options), 10));
    expectTyped(error, code);
    expect((error as { phase: string }).phase).toBe('options');
    expect(emulator.log).toEqual([]);
    expect(clock.countTimers()).toBe(0);
  });

  test.each([
    ['nothing at all', undefined],
    ['null', null],
    ['text', 'gemini'],
  ])('%s in place of options', async (_, options) => {
    expectTyped(await rejection(connect(options as unknown as ConnectOptions)), 'invalidOptions');
  });

  test.each([
    ['{ handle: undefined }', { sessionResumption: { handle: undefined } }],
    ['{ handle: null }', { sessionResumption: { handle: null } }],
    ['null', { sessionResumption: null }],
    [
      'int64 as numbers',
      { contextWindowCompression: { triggerTokens: 25_600, slidingWindow: { targetTokens: 12_800 } } },
    ],
    [
      'int64 as text',
      { contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } } },
    ],
    ['config null', null],
  ])('%s is right', async (_, config) => {
    const sim = await simulate({}, { config } as unknown as Partial<ConnectOptions>);
    const setup = sim.emulator.connections[0]?.setup as { sessionResumption?: object };
    expect(setup.sessionResumption).toEqual({});
    await sim.close();
  });

  test('E-39 the config belongs to the app: it is not changed, and changing it later changes nothing', async () => {
    const config = { systemInstruction: 'Be brief.', tools: [{ functionDeclarations: [{ name: 'weather' }] }] };
    const before = structuredClone(config);
    const sim = await simulate({}, { config });
    await sim.run(3_000);
    expect(config).toEqual(before);
    config.systemInstruction = 'Be rude.';
    config.tools[0]?.functionDeclarations.push({ name: 'launch' });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(1_000);
    const [first, second] = sim.emulator.connections.map(({ setup }) => setup as Record<string, unknown>);
    expect(second?.['systemInstruction']).toEqual(first?.['systemInstruction']);
    expect(second?.['tools']).toEqual(first?.['tools']);
    await sim.close();
  });

  test('E-39 E-20 a resume differs from the first setup in its handle, and in nothing else', async () => {
    const sim = await simulate(
      { provider: 'vertex' },
      { config: { systemInstruction: 'Be brief.', temperature: 0.5, sessionResumption: { transparent: true } } },
    );
    await sim.run(3_000);
    for (let n = 0; n < 3; n += 1) {
      sim.emulator.cut({ how: 'rst' });
      await sim.run(3_000);
    }
    const [first, ...later] = sim.emulator.connections.map(({ setup }) => setup as { sessionResumption: object });
    expect(later).toHaveLength(3);
    for (const { sessionResumption, ...rest } of later) {
      const { sessionResumption: asked, ...same } = first as { sessionResumption: object };
      expect(rest).toEqual(same);
      expect(sessionResumption).toEqual({ ...asked, handle: expect.any(String) as unknown });
    }
    await sim.close();
  });

  test('E-20 transparent is never switched on by a resume', async () => {
    const sim = await simulate({ provider: 'vertex' }, {});
    await sim.run(3_000);
    sim.emulator.cut({ how: 'rst' });
    await sim.run(1_000);
    const setup = sim.emulator.connections.at(-1)?.setup as { sessionResumption: object };
    expect(Object.keys(setup.sessionResumption)).toEqual(['handle']);
    await sim.close();
  });
});

describe('refused by the service', () => {
  test('a wrong key', async () => {
    const { clock, transport } = world({ validKeys: ['right'], apiKey: 'wrong' });
    const error = await rejection(settled(clock, connect({ transport, model: liveModel, clock }), 30_000));
    expectTyped(error, 'authentication');
    expect(error).toMatchObject({ closeCode: 1007, retryable: false });
  });

  test('E-07 a model that does not exist', async () => {
    const { clock, transport } = world();
    const error = await rejection(settled(clock, connect({ transport, model: 'gemini-nope', clock }), 30_000));
    expectTyped(error, 'modelNotFound');
    expect((error as Error).message).toContain('is not found');
  });

  test('a modality that the model does not have', async () => {
    const { clock, transport } = world();
    const error = await rejection(
      settled(
        clock,
        connect({ transport, clock, model: 'gemini-3.8-live', config: { responseModalities: ['TEXT'] } }),
        30_000,
      ),
    );
    expectTyped(error, 'setupRefused');
  });

  test('E-06 a setup that is answered with an error instead of setupComplete', async () => {
    const { clock, transport, emulator } = world({ setupMs: 60_000 });
    const pending = rejection(connect({ transport, model: liveModel, clock }));
    await clock.tick(100);
    emulator.send({ error: { code: 13, message: 'no' } });
    expectTyped(await settled(clock, pending, 1_000), 'setupRefused');
    await clock.tick(100);
    expect(emulator.liveConnections).toEqual([]);
  });

  test('a transport that throws', async () => {
    const { clock } = world();
    const transport: Transport = {
      name: 'broken',
      provider: 'developer',
      dial: () => {
        throw new Error('broken');
      },
    };
    expectTyped(await rejection(settled(clock, connect({ transport, model: liveModel, clock }), 30_000)), 'internal');
  });
});

describe('frames', () => {
  test.each([
    ['garbage', '\u0000garbage', 1],
    ['half a message', '{"serverContent":{', 1],
    ['null', 'null', 1],
    ['text', '"hello"', 1],
    ['a list', '[{"goAway":{}}]', 1],
    ['bytes that are no UTF-8', new Uint8Array([0xff, 0xfe, 0x7b]), 1],
    ['an empty frame', '', 1],
  ] as const)('E-13 %s is counted, reported and skipped', async (_, frame, count) => {
    const sim = await simulate();
    const before = sim.session.stats.connections;
    sim.emulator.sendRaw(frame);
    await sim.run(1_000);
    expect(sim.session.stats.unreadableFrames).toBe(count);
    expect(sim.eventsOf('error')).toMatchObject([{ error: { code: 'unreadableFrame' } }]);
    sim.session.sendClientContent({ turns: 'Still there?' });
    await sim.run(6_000);
    expect(sim.eventsOf('turnComplete')).toHaveLength(1);
    expect(sim.session.stats.connections).toBe(before);
    await sim.close();
  });

  test('E-14 {} and empty content are silent; what nobody knows is warned of once', async () => {
    const lines: string[] = [];
    const sim = await simulate({}, { log: ({ level, message }) => void (level === 'warn' && lines.push(message)) });
    for (const frame of [{}, { serverContent: {} }, { serverContent: { outputTranscription: {} } }])
      sim.emulator.send(frame);
    await sim.run(100);
    expect(lines).toEqual([]);
    expect(sim.events).toEqual([]);
    expect(sim.session.stats).toMatchObject({ unreadableFrames: 0, unknownMessages: 0 });
    for (let n = 0; n < 3; n += 1) sim.emulator.send({ somethingNew: { n } });
    await sim.run(100);
    expect(lines).toHaveLength(1);
    expect(sim.session.stats.unknownMessages).toBe(3);
    expect(sim.session.status.current.lifecycle).toBe('active');
    await sim.close();
  });

  test.each([
    { goAway: 5 },
    { goAway: null },
    { sessionResumptionUpdate: 'x' },
    { sessionResumptionUpdate: { newHandle: 5, resumable: 'maybe' } },
    { serverContent: [] },
    { serverContent: { modelTurn: { parts: [null, 5, { inlineData: 3 }] }, turnComplete: 'yes' } },
    { toolCall: { functionCalls: [null, { id: 7 }] } },
    { toolCallCancellation: { ids: 'all' } },
    { usageMetadata: { promptTokenCount: 'many' } },
    { usageMetadata: {} },
    { setupComplete: {} },
    { setupComplete: 'again' },
  ])('fields of the wrong type hurt nothing: %j', async (frame) => {
    const sim = await simulate();
    sim.emulator.send(frame);
    await sim.run(2_000);
    expect(['active', 'goingAway', 'resuming']).toContain(sim.session.status.current.lifecycle);
    await sim.run(10_000);
    sim.session.sendRealtimeInput({ audio: numberedChunk(1) });
    await sim.run(10_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', error: null });
    await sim.close();
  });

  test('E-46 an update with an empty or missing handle never replaces the stored one', async () => {
    const sim = await simulate({ handleEveryMs: 1e8 });
    const before = sim.session.handle?.value;
    expect(before).toEqual(expect.any(String));
    for (const update of [
      {},
      { newHandle: '', resumable: true },
      { newHandle: '', resumable: false },
      { resumable: false },
    ]) {
      sim.emulator.send({ sessionResumptionUpdate: update });
      await sim.run(20);
      expect(sim.session.handle?.value).toBe(before);
    }
    await sim.close();
  });

  test('E-46 by policy an explicit resumable: false drops it', async () => {
    const sim = await simulate({ handleEveryMs: 1e8 }, { onNotResumable: 'drop' });
    sim.emulator.send({ sessionResumptionUpdate: {} });
    await sim.run(20);
    expect(sim.session.handle).not.toBeNull();
    sim.emulator.send({ sessionResumptionUpdate: { resumable: false } });
    await sim.run(20);
    expect(sim.session.handle).toBeNull();
    await sim.close();
  });

  test('a goAway with more time than a timer can wait does not end the connection at once', async () => {
    const sim = await simulate();
    sim.session.sendClientContent({ turns: 'open', turnComplete: false });
    await sim.run(100);
    sim.emulator.send({ goAway: { timeLeft: '99999999s' } });
    await sim.run(5_000);
    expect(sim.session.stats.connections).toBe(1);
    await sim.close();
  });
});

describe('what the app passes in may throw or hang', () => {
  const thrower = (): never => {
    throw new Error('app bug');
  };

  test('every callback, subscriber and sink throws, and the session goes through a turn, a cut and a close', async () => {
    const { clock, transport, emulator } = world();
    const session = await settled(
      clock,
      connect({
        transport,
        model: liveModel,
        clock,
        callbacks: { onmessage: thrower, onerror: thrower, onclose: thrower },
        log: thrower,
        trace: thrower,
        backoff: thrower,
        summarize: thrower,
      }),
      10_000,
    );
    const errors: unknown[] = [];
    session.events$.subscribe((event) => void (event.type === 'error' && errors.push(event.error)));
    session.events$.subscribe(thrower);
    session.messages$.subscribe(thrower);
    session.status.subscribe(thrower);
    session.sendClientContent({ turns: 'Hello' });
    await clock.tick(6_000);
    emulator.cut({ how: 'rst' });
    await clock.tick(3_000);
    emulator.refuseHandles({ times: 2 });
    emulator.cut({ how: 'rst' });
    await clock.tick(3_000);
    expect(session.status.current.lifecycle).toBe('active');
    for (const error of errors) expectTyped(error);
    expect(new Set(errors.map((error) => (error as { code: string }).code))).toEqual(
      new Set(['callbackThrew', 'reseedFailed']),
    );
    expect(errors.length).toBeGreaterThan(3);
    await settled(clock, session.close(), 10_000);
    expect(session.status.current.lifecycle).toBe('closed');
  });

  test('an events$ subscriber that always throws is reported, and not for ever', async () => {
    const sim = await simulate();
    let calls = 0;
    sim.session.events$.subscribe(() => {
      calls += 1;
      throw new Error('app bug');
    });
    sim.emulator.goAway({ timeLeftMs: 10_000 });
    await sim.run(5_000);
    expect(calls).toBeLessThan(20);
    expect(sim.eventsOf('error')[0]).toMatchObject({ error: { code: 'callbackThrew' } });
    expect(sim.session.stats.connections).toBe(2);
    await sim.close();
  });

  test('E-08 what onopen throws is what connect rejects with, and the connection is closed', async () => {
    const { clock, transport, emulator } = world();
    const error = await rejection(
      settled(clock, connect({ transport, model: liveModel, clock, callbacks: { onopen: thrower } }), 10_000),
    );
    expectTyped(error, 'callbackThrew');
    expect((error as Error).cause).toMatchObject({ message: 'app bug' });
    await clock.tick(100);
    expect(emulator.liveConnections).toEqual([]);
  });

  test.each([
    ['throws', thrower],
    ['rejects', () => Promise.reject(new Error('app bug'))],
    ['never settles', () => new Promise<string>(() => {})],
    ['answers nonsense', () => 42 as unknown as string],
    ['answers nothing', () => ''],
  ])('summarize that %s: the recorded turns are used, and the session goes on', async (_, summarize) => {
    const sim = await simulate({}, { summarize, setupTimeoutMs: 3_000 });
    sim.session.sendClientContent({ turns: 'My name is Ada' });
    await sim.run(6_000);
    sim.emulator.forgetHandles();
    sim.emulator.cut({ how: 'rst' });
    await sim.run(8_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'reseeded' });
    expect(sim.eventsOf('error').map(({ error }) => error.code)).toEqual(['reseedFailed']);
    const context = sim.emulator.contexts().at(-1);
    expect(
      context?.heard
        .upTo()
        .map(({ text }) => text)
        .join('\n'),
    ).toContain('My name is Ada');
    await sim.close();
  });
});

describe('messages that cannot be sent', () => {
  test.each([
    ['E-33 no field', (s: never) => call(s, 'sendRealtimeInput', {})],
    ['E-33 nothing', (s: never) => call(s, 'sendRealtimeInput', undefined)],
    ['E-33 E-35 two fields at once', (s: never) => call(s, 'sendRealtimeInput', { text: 'a', activityStart: {} })],
    ['E-33 an unknown field', (s: never) => call(s, 'sendRealtimeInput', { sound: {} })],
    [
      'E-33 a wrong MIME type',
      (s: never) => call(s, 'sendRealtimeInput', { audio: { data: 'AA==', mimeType: 'image/png' } }),
    ],
    ['E-33 audio without data', (s: never) => call(s, 'sendRealtimeInput', { audio: { mimeType: 'audio/pcm' } })],
    ['E-33 an unknown key of content', (s: never) => call(s, 'sendClientContent', { turn: 'x' })],
    ['E-33 turnComplete that is text', (s: never) => call(s, 'sendClientContent', { turns: 'x', turnComplete: 'no' })],
    [
      'E-22 a response without an id',
      (s: never) => call(s, 'sendToolResponse', { functionResponses: [{ name: 'f', response: {} }] }),
    ],
    ['E-33 no response', (s: never) => call(s, 'sendToolResponse', { functionResponses: [] })],
    ['E-33 an empty context update', (s: never) => call(s, 'sendContextUpdate', {})],
    ['conn.send of no JSON', (s: never) => (s as { conn: { send(text: string): void } }).conn.send('hello')],
    ['conn.send of null', (s: never) => (s as { conn: { send(text: string): void } }).conn.send('null')],
    ['conn.send of a setup', (s: never) => (s as { conn: { send(text: string): void } }).conn.send('{"setup":{}}')],
  ])('%s throws before anything is written', async (_, send) => {
    const sim = await simulate();
    let error: unknown = null;
    try {
      send(sim.session as never);
    } catch (thrown) {
      error = thrown;
    }
    expectTyped(error, 'invalidMessage');
    await sim.run(500);
    expect(sim.emulator.contexts()[0]?.heard.length).toBe(0);
    expect(sim.session.stats.outbox.accepted).toBe(0);
    await sim.close();
  });

  function call(session: never, name: string, params: unknown): void {
    (session as Record<string, (params: unknown) => unknown>)[name]?.(params);
  }

  test('E-32 after close every sender throws sessionClosed', async () => {
    const sim = await simulate();
    await sim.close();
    const { session } = sim;
    const sends = [
      () => session.sendRealtimeInput({ text: 'x' }),
      () => session.sendClientContent({ turns: 'x' }),
      () => session.sendClientContent(),
      () => session.sendToolResponse({ functionResponses: [{ id: 'a', name: 'f', response: {} }] }),
      () => session.sendContextUpdate({ systemInstruction: 'x' }),
      () => session.rotate(),
    ];
    for (const send of sends) expect(send).toThrow(expect.objectContaining({ code: 'sessionClosed' }));
    await expect(session.resumeSession({ handle: 'x' })).rejects.toMatchObject({ code: 'sessionClosed' });
  });
});

describe('close and abort', () => {
  /** A session brought into each lifecycle state, and closed there. */
  const states: [string, (sim: Awaited<ReturnType<typeof simulate>>) => Promise<void>][] = [
    ['active', async () => {}],
    [
      'goingAway',
      async (sim) => {
        sim.session.sendClientContent({ turns: 'x', turnComplete: false });
        sim.emulator.goAway({ timeLeftMs: 30_000 });
        await sim.run(50);
      },
    ],
    [
      'resuming',
      async (sim) => {
        sim.emulator.cut({ how: 'rst' });
        await sim.run(20);
      },
    ],
    [
      'resuming',
      async (sim) => {
        sim.emulator.refuseDials({ times: 9, status: 503 });
        sim.emulator.cut({ how: 'rst' });
        await sim.run(200);
      },
    ],
    [
      'expired',
      async (sim) => {
        sim.session.sendClientContent({ turns: 'x' });
        await sim.run(5_000);
        sim.emulator.forgetHandles();
        sim.emulator.cut({ how: 'rst' });
        await sim.run(400);
      },
    ],
    [
      'connecting',
      async (sim) => {
        sim.emulator.configure({ setupMs: 5_000 });
        sim.emulator.forgetHandles();
        sim.emulator.cut({ how: 'rst' });
        await sim.run(9_000);
      },
    ],
    [
      'failed',
      async (sim) => {
        sim.emulator.cut({ how: 'close', code: 1011, reason: 'Your project has exceeded its monthly spending cap.' });
        await sim.run(50);
      },
    ],
  ];

  test.each(states)('E-29 E-30 close() in %s', async (state, arrive) => {
    const closes: number[] = [];
    const sim = await simulate(
      {},
      {
        summarize: () => new Promise<string>(() => {}),
        setupTimeoutMs: 8_000,
        callbacks: { onmessage: () => {}, onclose: () => void closes.push(1) },
      },
    );
    await arrive(sim);
    if (state !== 'connecting') expect(sim.session.status.current.lifecycle).toBe(state);
    const receipt = state === 'failed' ? null : sim.session.sendRealtimeInput({ text: 'bye' });
    const first = sim.session.close();
    const second = sim.session.close();
    await settled(sim.clock, Promise.all([first, second]), 10_000);
    expect(closes).toEqual([1]);
    expect(sim.session.status.current.lifecycle).toBe(state === 'failed' ? 'failed' : 'closed');
    expect(receipt?.outcome ?? 'none').not.toBeNull();
    await settled(sim.clock, sim.session.close(), 0);
    await sim.run(60_000);
    expect(sim.emulator.liveConnections).toEqual([]);
    expect(closes).toEqual([1]);
    expect(sim.clock.countTimers()).toBe(0);
  });

  test('G3 nothing comes after closed', async () => {
    const sim = await simulate();
    sim.session.sendClientContent({ turns: 'Hello' });
    await sim.run(400);
    let messages = 0;
    sim.session.messages$.subscribe(() => {
      messages += 1;
    });
    await sim.close();
    const [seen, events] = [messages, sim.events.length];
    await sim.run(10_000);
    expect([messages, sim.events.length]).toEqual([seen, events]);
    expect(sim.events.at(-1)).toEqual({ type: 'closed' });
  });

  test('a peer that does not answer the close holds it for closeTimeoutMs and no longer', async () => {
    const sim = await simulate({ closeTimeoutMs: 1e6 }, { closeTimeoutMs: 3_000 });
    sim.emulator.cut({ how: 'halfOpen' });
    const startedAt = sim.clock.now();
    await settled(sim.clock, sim.session.close(), 3_100);
    expect(sim.clock.now() - startedAt).toBeLessThanOrEqual(3_100);
  });

  test('what was written before close() arrives', async () => {
    const sim = await simulate();
    const receipt = sim.session.sendRealtimeInput({ text: 'last words' });
    await sim.close();
    expect(receipt.outcome).toEqual({ state: 'sent' });
    expect(
      sim.emulator
        .contexts()[0]
        ?.heard.upTo()
        .map(({ text }) => text),
    ).toEqual(['last words']);
  });

  test('await using closes', async () => {
    const sim = await simulate();
    const { session } = sim;
    const scope = async () => {
      await using held = session;
      expect(held.status.current.lifecycle).toBe('active');
    };
    await settled(sim.clock, scope(), 10_000);
    expect(session.status.current.lifecycle).toBe('closed');
  });

  test('a signal that is aborted already: nothing is dialled', async () => {
    const { clock, transport, emulator } = world();
    const error = await rejection(
      connect({ transport, model: liveModel, clock, signal: AbortSignal.abort(new Error('enough')) }),
    );
    expectTyped(error, 'aborted');
    expect((error as Error).cause).toMatchObject({ message: 'enough' });
    expect(emulator.log).toEqual([]);
    expect(clock.countTimers()).toBe(0);
  });

  test.each([5, 35, 100])('a signal that is aborted %d ms into the dial', async (ms) => {
    const { clock, transport, emulator } = world();
    const abort = new AbortController();
    const pending = rejection(connect({ transport, model: liveModel, clock, signal: abort.signal }));
    await clock.tick(ms);
    abort.abort();
    expectTyped(await settled(clock, pending, 10_000), 'aborted');
    await clock.tick(60_000);
    expect(emulator.liveConnections).toEqual([]);
    expect(clock.countTimers()).toBe(0);
  });

  test('a signal that is aborted between two dials', async () => {
    const { clock, transport, emulator } = world();
    emulator.refuseDials({ times: 100, status: 503 });
    const abort = new AbortController();
    const pending = rejection(connect({ transport, model: liveModel, clock, signal: abort.signal }));
    await clock.tick(1_000);
    abort.abort();
    expectTyped(await settled(clock, pending, 10_000), 'aborted');
    const { length } = emulator.log;
    await clock.tick(600_000);
    expect(emulator.log).toHaveLength(length);
  });

  test('a signal that is aborted later closes the session', async () => {
    const abort = new AbortController();
    const sim = await simulate({}, { signal: abort.signal });
    abort.abort();
    await sim.run(1_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'closed', error: null });
  });

  test('config.abortSignal is honoured as the SDK honours it not', async () => {
    const { clock, transport, emulator } = world();
    const config = { abortSignal: AbortSignal.abort() };
    expectTyped(
      await rejection(settled(clock, connect({ transport, model: liveModel, clock, config }), 5_000)),
      'aborted',
    );
    expect(emulator.log).toEqual([]);
  });
});

test('a call into the session from any of its callbacks is safe', async () => {
  const { clock, transport, emulator } = world();
  let session: Awaited<ReturnType<typeof connect>> | null = null;
  let sends = 0;
  const poke = () => {
    if (!session || session.status.current.input === 'closed' || sends > 200) return;
    sends += 1;
    session.sendRealtimeInput({ text: 'again' });
    void session.rotate();
    void session.stats;
    void session.handle;
    void session.budget;
  };
  session = await settled(
    clock,
    connect({ transport, model: liveModel, clock, callbacks: { onmessage: poke, onclose: poke }, log: poke }),
    10_000,
  );
  const sim = watch(session, clock, transport);
  session.status.subscribe(poke);
  session.events$.subscribe(poke);
  await sim.run(20_000);
  emulator.cut({ how: 'rst' });
  await sim.run(20_000);
  const outbox = session.stats.outbox;
  await sim.close();
  expect(outbox.accepted).toBe(sends);
  expect(session.status.current.lifecycle).toBe('closed');
});
