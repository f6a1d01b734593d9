/** The three views of one stream of messages, and turns(): DESIGN §6, EXPECTATIONS 4, 10, 11, 12, 16, 27, 28, 31. */
import type { LiveServerMessage } from '@google/genai';
import { Modality } from '@google/genai';
import { map, toArray } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/index.js';
import { liveModel, settled, simulate, watch, world } from '../../support/simulation.js';

const TEXT = { config: { responseModalities: [Modality.TEXT] } };

/** Names of the fields of each message. */
const shape = (messages: readonly LiveServerMessage[]) => messages.map((message) => Object.keys(message).join('+'));

/** Reads until the session ends; the array grows meanwhile. */
function read<T>(source: AsyncIterable<T>): { items: T[]; done: Promise<void> } {
  const items: T[] = [];
  const drain = async () => {
    for await (const item of source) items.push(item);
  };
  return { items, done: drain() };
}

describe('the first view', () => {
  test('E-04 E-11 what came before it is not lost, setupComplete first, and in order', async () => {
    const sim = await simulate({}, TEXT);
    sim.session.sendClientContent({ turns: 'Hello' });
    await sim.run(6_000);
    const { items, done } = read(sim.session);
    await sim.run(0);
    expect(shape(items)[0]).toBe('setupComplete');
    expect(items.map(({ text }) => text ?? '').join('')).toBe('Turn 1. You said "Hello".');
    await sim.close();
    await settled(sim.clock, done, 100);
  });

  test('E-10 all three views show the same messages in the same order, over a rotation', async () => {
    const { clock, transport, emulator } = world();
    const called: LiveServerMessage[] = [];
    const session = await settled(
      clock,
      connect({
        transport,
        model: liveModel,
        clock,
        ...TEXT,
        callbacks: { onmessage: (message) => void called.push(message) },
      }),
      10_000,
    );
    const before = called.length;
    const observed: LiveServerMessage[] = [];
    session.messages$.subscribe((message) => void observed.push(message));
    const { items, done } = read(session);
    session.sendClientContent({ turns: 'Hello' });
    await clock.tick(5_000);
    emulator.goAway({ timeLeftMs: 20_000 });
    await clock.tick(5_000);
    session.sendClientContent({ turns: 'Again' });
    await clock.tick(5_000);
    expect(session.stats.connections).toBe(2);
    expect(observed.length).toBeGreaterThan(10);
    expect(items).toEqual(observed);
    // E-16: Lifeline's own views hand over the goAway; the SDK's callbacks are not told (DESIGN §6).
    expect(observed.filter(({ goAway }) => goAway)).toHaveLength(1);
    expect(called.slice(before)).toEqual(observed.filter(({ goAway }) => !goAway));
    await settled(clock, session.close(), 10_000);
    await settled(clock, done, 100);
  });

  test('an Observable works with operators and completes at the end', async () => {
    const sim = await simulate({}, TEXT);
    let all: string[] | null = null;
    sim.session.messages$
      .pipe(
        map(({ text }) => text ?? ''),
        toArray(),
      )
      .subscribe((texts) => {
        all = texts;
      });
    sim.session.sendClientContent({ turns: 'Hello' });
    await sim.run(5_000);
    expect(all).toBeNull();
    await sim.close();
    expect((all ?? []) as string[]).toContain('Turn 1. You');
  });

  test('a view that is taken after the end still gets what nobody has read, and ends', async () => {
    const sim = await simulate({}, TEXT);
    await sim.close();
    const { items, done } = read(sim.session);
    await settled(sim.clock, done, 100);
    expect(shape(items)[0]).toBe('setupComplete');
  });
});

describe('bounds', () => {
  test('a reader that reads nothing keeps the newest maxQueuedMessages; the rest is counted, and the session goes on', async () => {
    const sim = await simulate({}, { ...TEXT, maxQueuedMessages: 10 });
    const iterator = sim.session[Symbol.asyncIterator]();
    const observed: LiveServerMessage[] = [];
    sim.session.messages$.subscribe((message) => void observed.push(message));
    for (let n = 0; n < 100; n += 1) sim.emulator.send({ serverContent: { outputTranscription: { text: `${n}` } } });
    await sim.run(1_000);
    expect(observed.length).toBeGreaterThanOrEqual(100);
    const dropped = sim.eventsOf('viewOverflow').reduce((sum, event) => sum + event.dropped, 0);
    expect(dropped).toBeGreaterThanOrEqual(90);
    const first = (await iterator.next()).value as LiveServerMessage;
    expect(observed.indexOf(first)).toBe(observed.length - 10);
    await sim.close();
    let rest = 0;
    for await (const _ of iterator) rest += 1;
    expect(rest).toBe(9);
  });

  test('before anyone looks the same bound holds', async () => {
    const sim = await simulate({}, { ...TEXT, maxQueuedMessages: 5 });
    for (let n = 0; n < 50; n += 1) sim.emulator.send({ serverContent: { outputTranscription: { text: `${n}` } } });
    await sim.run(100);
    expect(sim.eventsOf('viewOverflow').length).toBeGreaterThan(40);
    const { items } = read(sim.session);
    await sim.run(0);
    expect(items).toHaveLength(5);
    await sim.close();
  });

  test('an app that takes callbacks has its view: nothing piles up behind it', async () => {
    const sim = await simulate({}, { ...TEXT, maxQueuedMessages: 5, callbacks: { onmessage: () => {} } });
    for (let n = 0; n < 50; n += 1) sim.emulator.send({ serverContent: { outputTranscription: { text: `${n}` } } });
    await sim.run(100);
    expect(sim.eventsOf('viewOverflow')).toEqual([]);
    await sim.close();
  });
});

describe('iterators', () => {
  test('E-31 close() during an iteration ends it without an error', async () => {
    const sim = await simulate({}, TEXT);
    const { items, done } = read(sim.session);
    await sim.run(2_000);
    await sim.close();
    await settled(sim.clock, done, 100);
    const { length } = items;
    await sim.run(5_000);
    expect(items).toHaveLength(length);
  });

  test('a failed session ends it without an error too; status says why', async () => {
    const sim = await simulate({}, TEXT);
    const { done } = read(sim.session);
    sim.emulator.cut({ how: 'close', code: 1011, reason: 'Your project has exceeded its monthly spending cap.' });
    await settled(sim.clock, done, 1_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'failed', error: { code: 'billing' } });
  });

  test('return() ends a reader that waits', async () => {
    const sim = await simulate({ handleEveryMs: 1e8 }, TEXT);
    const iterator = sim.session[Symbol.asyncIterator]();
    while (true) {
      const waiting = iterator.next();
      const got = await Promise.race([waiting, sim.run(10).then(() => 'waits' as const)]);
      if (got !== 'waits') continue;
      await settled(sim.clock, iterator.return(), 100);
      await expect(settled(sim.clock, waiting, 100)).resolves.toEqual({ done: true, value: undefined });
      break;
    }
    await expect(iterator.next()).resolves.toEqual({ done: true, value: undefined });
    await sim.close();
  });

  test.each(['iterator', 'turns'] as const)('return() on a %s nobody has read from stops it', async (which) => {
    const sim = await simulate({}, { ...TEXT, maxQueuedMessages: 3 });
    const view = which === 'turns' ? sim.session.turns() : sim.session[Symbol.asyncIterator]();
    await view.return();
    for (let n = 0; n < 20; n += 1) sim.emulator.send({ serverContent: { outputTranscription: { text: 'x' } } });
    await sim.run(100);
    expect(sim.eventsOf('viewOverflow')).toEqual([]);
    await sim.close();
  });

  test('several calls of next() at once are answered in order', async () => {
    const sim = await simulate({ handleEveryMs: 1e8 }, TEXT);
    const { items } = read(sim.session);
    const iterator = sim.session[Symbol.asyncIterator]();
    await sim.run(10);
    const { length } = items;
    const pending = [iterator.next(), iterator.next(), iterator.next()];
    for (const text of ['a', 'b', 'c']) sim.emulator.send({ serverContent: { outputTranscription: { text } } });
    await sim.run(10);
    const values = await settled(sim.clock, Promise.all(pending), 100);
    expect(values.map(({ value }) => value as unknown)).toEqual(items.slice(length));
    await sim.close();
  });
});

describe('turns()', () => {
  test('E-27 one array a turn; what comes between two turns belongs to the next, and nothing is missed', async () => {
    const sim = await simulate({}, TEXT);
    const { items: messages } = read(sim.session);
    const { items: turns } = read(sim.session.turns());
    for (const text of ['One', 'Two']) {
      sim.session.sendClientContent({ turns: text });
      await sim.run(8_000);
    }
    expect(turns).toHaveLength(2);
    expect(turns.map((turn) => turn.map(({ text }) => text ?? '').join(''))).toEqual([
      'Turn 1. You said "One".',
      'Turn 2. You said "Two".',
    ]);
    for (const turn of turns) {
      expect(turn.at(-1)?.serverContent?.turnComplete).toBe(true);
      expect(turn.filter(({ serverContent }) => serverContent?.turnComplete)).toHaveLength(1);
    }
    // The reader of messages was first, and got what came before it, too.
    const early = messages.indexOf(turns[0]?.[0] as LiveServerMessage);
    expect(turns.flat()).toEqual(messages.slice(early, early + turns.flat().length));
    await sim.close();
  });

  test('it hears from the call on, also when the first next() comes late', async () => {
    const sim = await simulate({}, TEXT);
    read(sim.session);
    const turns = sim.session.turns();
    sim.session.sendClientContent({ turns: 'One' });
    await sim.run(8_000);
    const { value } = await settled(sim.clock, turns.next(), 100);
    expect((value ?? []).map(({ text }) => text ?? '').join('')).toBe('Turn 1. You said "One".');
    await sim.close();
  });

  test('an unfinished last turn comes as it is', async () => {
    const sim = await simulate({}, TEXT);
    const { items, done } = read(sim.session.turns());
    sim.session.sendClientContent({ turns: 'One' });
    await sim.run(345);
    await sim.close();
    await settled(sim.clock, done, 100);
    expect(items).toHaveLength(1);
    expect(items[0]?.some(({ serverContent }) => serverContent?.turnComplete)).toBe(false);
  });

  test('E-28 a turnComplete in an interaction that goes on leaves the session generating', async () => {
    const sim = await simulate({}, TEXT);
    sim.emulator.send({ serverContent: { modelTurn: { parts: [{ text: 'a' }] } } });
    sim.emulator.send({ serverContent: { turnComplete: true, interactionStatus: 'IN_PROGRESS' } });
    await sim.run(50);
    expect(sim.session.status.current.turn).toBe('generating');
    sim.emulator.send({ serverContent: { turnComplete: true } });
    await sim.run(50);
    expect(sim.session.status.current.turn).toBe('quiet');
    await sim.close();
  });

  test('E-60 interrupted, then turnComplete: the reply that follows is not ended by it', async () => {
    const sim = await simulate({}, TEXT);
    sim.session.sendClientContent({ turns: `One ${'word '.repeat(60)}` });
    await sim.run(400);
    expect(sim.session.status.current.turn).toBe('generating');
    sim.session.sendClientContent({ turns: `Two ${'word '.repeat(60)}` });
    await sim.run(400);
    expect(sim.events.map(({ type }) => type)).toContain('interrupted');
    expect(sim.session.status.current.turn).toBe('generating');
    await sim.run(6_000);
    expect(sim.session.status.current.turn).toBe('quiet');
    await sim.close();
  });
});

test('E-12 every field of a message counts: turnComplete, usage, a handle and a goAway in one frame', async () => {
  const sim = await simulate({ handleEveryMs: 1e8 }, TEXT);
  const seen: LiveServerMessage[] = [];
  sim.session.messages$.subscribe((message) => void seen.push(message));
  sim.session.sendClientContent({ turns: 'x', turnComplete: false });
  await sim.run(50);
  sim.emulator.send({
    serverContent: { modelTurn: { parts: [{ text: 'a' }] }, outputTranscription: { text: 'a' }, turnComplete: true },
    usageMetadata: { promptTokenCount: 100, responseTokenCount: 20 },
    sessionResumptionUpdate: { newHandle: 'handle-of-the-combined-frame', resumable: true },
    goAway: { timeLeft: '30s' },
  });
  await sim.run(50);
  expect(sim.events.map(({ type }) => type)).toContain('goAway');
  expect(sim.session.budget.reportedTokens).toBe(120);
  expect(sim.session.handle?.value).toBe('handle-of-the-combined-frame');
  expect(shape(seen).at(-1)).toContain('serverContent');
  await sim.close();
});

test('the turn after a cut in the middle of a generation is followed again', async () => {
  const sim = await simulate();
  await sim.run(2_000);
  sim.session.sendClientContent({ turns: 'Hello' });
  await sim.run(500);
  expect(sim.session.status.current.turn).toBe('generating');
  sim.emulator.cut({ how: 'rst' });
  await sim.run(3_000);
  // The replay of the question was answered; now the user speaks, and the model answers without a word from the app.
  await sim.run(10_000);
  expect(sim.session.status.current.turn).toBe('quiet');
  sim.emulator.say('By the way');
  await sim.run(420);
  sim.emulator.cut({ how: 'rst' });
  await sim.run(1_000);
  expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', turn: 'quiet' });
  sim.emulator.say('As I said');
  await sim.run(420);
  expect(sim.session.status.current.turn).toBe('generating');
  await sim.close();
});

test('status changes are told once each, and current is right inside of them', async () => {
  const { clock, transport } = world();
  const session = await settled(clock, connect({ transport, model: liveModel, clock }), 10_000);
  const sim = watch(session, clock, transport);
  const seen: unknown[] = [];
  const stop = session.status.subscribe((status) => {
    expect(status).toBe(session.status.current);
    expect(status).not.toEqual(seen.at(-1));
    seen.push(status);
  });
  sim.emulator.cut({ how: 'rst' });
  await sim.run(1_000);
  expect(sim.states).toEqual(['active', 'resuming', 'active']);
  stop();
  const { length } = seen;
  await sim.close();
  expect(seen).toHaveLength(length);
  expect(sim.states).toEqual(['active', 'resuming', 'active', 'closing', 'closed']);
});

test.each([
  ['E-26 voiceActivity', { voiceActivity: { type: 'ACTIVITY_START' } }],
  ['E-26 voiceActivityDetectionSignal', { voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' } }],
])('%s alone in a message is handed on, and means that the user speaks', async (_, message) => {
  const sim = await simulate({}, TEXT);
  const seen: unknown[] = [];
  sim.session.messages$.subscribe((one) => void seen.push(...Object.keys(one)));
  sim.emulator.send(message);
  await sim.run(50);
  expect(seen).toEqual(expect.arrayContaining(Object.keys(message)));
  expect(sim.session.status.current.turn).toBe('userSpeaking');
  expect(sim.session.stats.unknownMessages).toBe(0);
  await sim.close();
});

test('E-66 nothing is sent for its own sake: ten quiet minutes put no message on the wire', async () => {
  const sim = await simulate({ connectionLifetimeMs: 1e9 }, TEXT);
  await sim.run(600_000);
  expect(sim.emulator.contexts()[0]?.heard.length).toBe(0);
  expect(sim.session.stats.connections).toBe(1);
  await sim.close();
});
