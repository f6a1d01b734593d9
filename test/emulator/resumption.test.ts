/** Handles, snapshots, lifetimes and the account of what was heard. */
import type { LiveConnectConfig } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { readStamp, stampAudio, type HeardMessage } from '../../src/emulator/index.js';
import { AUDIO, bench, quiet, speech, TEXT, userText, type Client } from './support.js';

const resumable: LiveConnectConfig = { ...TEXT, sessionResumption: {} };
const from = (handle: string | undefined, more: LiveConnectConfig = TEXT): LiveConnectConfig => ({
  ...more,
  sessionResumption: { handle: handle ?? 'none' },
});
const last = (client: Client): string => client.handles().at(-1) ?? 'none';
const stamp = (message: HeardMessage): number | null => readStamp(message.head);

describe('updates', () => {
  test('the first comes right after setupComplete, then about every handleEveryMs, while idle too', async () => {
    const { open, clock } = bench({ handleEveryMs: 1_500 });
    const client = await open(resumable);
    expect(client.frames[1]?.['sessionResumptionUpdate']).toMatchObject({ resumable: true });
    await clock.tick(60_000);
    expect(client.handles().length).toBeGreaterThan(30);
    expect(client.handles().length).toBeLessThan(55);
    expect(new Set(client.handles()).size).toBe(client.handles().length);
  });

  test('not while idle with handlesWhileIdle false; not at all unless asked for; unasked on 3.x', async () => {
    const busy = bench({ handlesWhileIdle: false });
    const client = await busy.open(resumable);
    await busy.clock.tick(10_000);
    expect(client.handles()).toHaveLength(1);
    client.send(quiet(100));
    await busy.clock.tick(4_000);
    expect(client.handles()).toHaveLength(2);

    const plain = bench();
    const second = await plain.open(TEXT);
    const third = await plain.open(AUDIO, 'gemini-3.1-flash-live-preview');
    await plain.clock.tick(5_000);
    expect(second.handles()).toHaveLength(0);
    expect(third.handles().length).toBeGreaterThan(1);
  });

  test('{} once when generation begins, a handle again once it is over', async () => {
    const { open, clock } = bench({ handleEveryMs: 200, firstAudioDelayMs: 3_000 });
    const client = await open(resumable);
    client.send(userText('hello'));
    await clock.tick(2_500);
    expect(client.frames.at(-1)).toEqual({ sessionResumptionUpdate: {} });
    await clock.tick(1_000);
    expect(client.frames.at(-1)?.['sessionResumptionUpdate']).toMatchObject({ resumable: true });
    expect(
      client.frames.filter((frame) => frame['sessionResumptionUpdate'] && !frame['sessionResumptionUpdate'].resumable),
    ).toHaveLength(1);
  });

  test('transparent on Vertex: the index of the last message, as a string, from 0 after each resume', async () => {
    const { open, clock } = bench({ provider: 'vertex', handleEveryMs: 500 });
    const config = { ...TEXT, sessionResumption: { transparent: true } };
    const client = await open(config);
    const index = (of: Client): unknown =>
      of.frames.findLast((frame) => frame['sessionResumptionUpdate'])?.['sessionResumptionUpdate']
        .lastConsumedClientMessageIndex;
    expect(index(client)).toBe('0');
    for (let n = 0; n < 3; n++) client.send(quiet(100));
    await clock.tick(1_000);
    expect(index(client)).toBe('3');
    client.close();
    await clock.tick(10);
    const second = await open({ ...TEXT, sessionResumption: { transparent: true, handle: last(client) } });
    expect(index(second)).toBe('0');
  });

  test('resumable(false) takes it back, resumable(true) brings a handle', async () => {
    const { open, clock, transport } = bench({ handleEveryMs: 500 });
    const client = await open(resumable);
    transport.emulator.resumable(false);
    await clock.tick(5_000);
    expect(client.frames.at(-1)).toEqual({ sessionResumptionUpdate: {} });
    expect(client.handles()).toHaveLength(1);
    transport.emulator.resumable(true);
    await clock.tick(10);
    expect(client.handles()).toHaveLength(2);
  });
});

describe('a handle is a snapshot', () => {
  test('a resume knows what was before the handle and nothing after it', async () => {
    const { open, clock } = bench({ handleEveryMs: 60_000 });
    const client = await open(resumable);
    client.send(userText('before'));
    await clock.tick(2_000);
    const handle = last(client);
    client.send(userText('after', false));
    await clock.tick(100);
    client.close();
    await clock.tick(10);
    const second = await open(from(handle));
    second.send(userText('What did I say first?'));
    await clock.tick(3_000);
    expect(second.text()).toContain('First you said "before"');
    expect(second.text()).not.toContain('after');
    expect(second.text()).toContain('Turn 2.');
  });

  test('a sentence goes on over a resume', async () => {
    const { open, clock } = bench({ handleEveryMs: 200 });
    const client = await open(resumable);
    client.send(speech(1_000));
    await clock.tick(500);
    client.close();
    await clock.tick(10);
    const second = await open(from(last(client)));
    second.send(quiet(600));
    await clock.tick(3_000);
    expect(second.text()).toContain('You said speech of 1.6 s');
  });

  test('a tool response to a resumed session that does not know the call is ignored', async () => {
    const { open, clock, transport } = bench();
    const client = await open(resumable);
    const handle = last(client);
    const [id] = transport.emulator.callTool('f');
    client.close();
    await clock.tick(10);
    const second = await open(from(handle));
    second.send({ toolResponse: { functionResponses: [{ id, name: 'f', response: {} }] } });
    await clock.tick(3_000);
    expect(second.end).toBeNull();
    expect(second.story()).toEqual(['setupComplete']);
  });
});

describe('refusals of a handle', () => {
  test('unknown, forgotten, of another model, spent', async () => {
    const { open, clock, transport } = bench({ singleUseHandles: true });
    const client = await open(resumable);
    const handle = last(client);
    client.close();
    await clock.tick(10);
    const notFound = { cause: 'close', code: 1008, reason: 'BidiGenerateContent session not found' };
    expect((await open(from('nonsense'))).end).toEqual(notFound);
    expect((await open(from(handle), 'gemini-live-2.5-flash')).end).toEqual(notFound);
    const good = await open(from(handle));
    expect(good.end).toBeNull();
    good.close();
    await clock.tick(10);
    expect((await open(from(handle))).end).toEqual(notFound);
    transport.emulator.forgetHandles();
    expect((await open(from(last(good)))).end).toEqual(notFound);
  });

  test('expired, counted from the end of the last connection', async () => {
    const { open, clock, transport } = bench({
      connectionLifetimeMs: 10 * 3_600_000,
      audioSessionMs: 10 * 3_600_000,
      handleEveryMs: 60_000,
    });
    const client = await open(resumable);
    await clock.tick(3 * 3_600_000);
    const handle = last(client);
    transport.emulator.cut({ how: 'rst' });
    await clock.tick(2 * 3_600_000 - 60_000);
    const second = await open(from(handle));
    expect(second.end).toBeNull();
    second.close();
    await clock.tick(2 * 3_600_000 + 60_000);
    expect((await open(from(handle))).end).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session expired' });
  });

  test('1011 while the old socket is open, also when it is half-open and not yet noticed', async () => {
    const { open, clock, transport } = bench({ halfOpenNoticedMs: 2_000 });
    const client = await open(resumable);
    const handle = last(client);
    expect((await open(from(handle))).end).toMatchObject({ code: 1011, reason: 'Internal error encountered.' });
    transport.emulator.cut({ how: 'halfOpen', connection: 1 });
    expect((await open(from(handle))).end).toMatchObject({ code: 1011 });
    await clock.tick(2_000);
    expect((await open(from(handle))).end).toBeNull();
    transport.emulator.configure({ refuseWhileOldSocketOpen: false });
    expect((await open(from(handle))).end).toBeNull();
  });

  test('with other reasons, and after setupComplete, by options', async () => {
    const notFound = { code: 1008, reason: 'Requested entity was not found.' };
    const invalid = { code: 1007, reason: 'Invalid session handle' };
    const argument = { code: 1007, reason: 'Request contains an invalid argument.' };
    const aborted = { code: 1008, reason: 'The operation was aborted.' };
    const { open, clock, transport } = bench({
      unknownHandleEnd: notFound,
      otherModelHandleEnd: invalid,
      expiredHandleEnd: argument,
      oldSocketOpenEnd: aborted,
      handleTtlMs: 60_000,
      singleUseHandles: true,
    });
    const client = await open(resumable);
    const handle = last(client);
    expect((await open(from('nonsense'))).end).toMatchObject(notFound);
    expect((await open(from(handle), 'gemini-live-2.5-flash')).end).toMatchObject(invalid);
    expect((await open(from(handle))).end).toMatchObject(aborted);
    client.close();
    await clock.tick(10);
    const second = await open(from(handle));
    second.close();
    await clock.tick(10);
    const spent = await open(from(handle));
    expect(spent).toMatchObject({ end: notFound, frames: [] });
    transport.emulator.configure({ refuseHandlesAfterSetupComplete: true });
    const late = await open(from(handle));
    expect(late).toMatchObject({ end: notFound, frames: [{ setupComplete: {} }] });
    await clock.tick(60_001);
    expect((await open(from(last(client)))).end).toMatchObject(argument);
  });

  test('ordered: how often, with what, before or after setupComplete', async () => {
    const { open, clock, transport } = bench();
    const client = await open(resumable);
    client.close();
    await clock.tick(10);
    transport.emulator.refuseHandles({ times: 1, code: 1007, reason: 'Invalid session handle' });
    transport.emulator.refuseHandles({
      times: 1,
      code: 1008,
      reason: 'Requested entity was not found.',
      when: 'afterSetupComplete',
    });
    const first = await open(from(last(client)));
    expect(first.end).toMatchObject({ code: 1007, reason: 'Invalid session handle' });
    expect(first.frames).toEqual([]);
    const second = await open(from(last(client)));
    expect(second.end).toMatchObject({ code: 1008, reason: 'Requested entity was not found.' });
    expect(second.frames).toEqual([{ setupComplete: {} }]);
    expect((await open(from(last(client)))).end).toBeNull();
  });
});

describe('lifetimes', () => {
  test('goAway goAwayBeforeEndMs before the end, with the rest as timeLeft; then 1008 or 1000', async () => {
    for (const provider of ['developer', 'vertex'] as const) {
      const { open, clock } = bench({ provider });
      const client = await open();
      await clock.tick(540_000 - 1_000);
      expect(client.story()).toEqual(['setupComplete']);
      await clock.tick(1_000);
      expect(client.frames.at(-1)).toEqual({ goAway: { timeLeft: '60s' } });
      await clock.tick(60_000);
      if (provider === 'vertex')
        expect(client.end).toEqual({ cause: 'close', code: 1000, reason: 'The operation was cancelled.' });
      else {
        expect(client.end).toMatchObject({
          code: 1008,
          reason: expect.stringMatching(/^Connection aborted because .* GoAway signal once the session durat$/),
        });
      }
    }
  });

  test('goAway on order, with and without an end; silence after it', async () => {
    const { open, clock, transport } = bench({ silentAfterGoAway: true });
    const client = await open(resumable);
    transport.emulator.goAway({ timeLeftMs: 1_500 });
    await clock.tick(1_400);
    expect(client.frames.at(-1)).toEqual({ goAway: { timeLeft: '1.500s' } });
    expect(client.end).toBeNull();
    await clock.tick(200);
    expect(client.end).toMatchObject({ code: 1008 });
  });

  test('a session without compression ends, video sooner, and its handles with it; compression lifts the limit', async () => {
    const { open, clock } = bench({ connectionLifetimeMs: 10 ** 8, goAwayBeforeEndMs: 0 });
    const client = await open(resumable);
    await clock.tick(899_000);
    expect(client.end).toBeNull();
    await clock.tick(1_100);
    expect(client.end).toMatchObject({ code: 1011, reason: 'Deadline expired before operation could complete.' });
    expect((await open(from(last(client)))).end).toMatchObject({ code: 1008 });

    const seen = await open();
    seen.send({ realtimeInput: { video: { data: 'AAAA', mimeType: 'image/jpeg' } } });
    await clock.tick(121_000);
    expect(seen.end).toMatchObject({ code: 1011 });

    const sliding = await open({ ...TEXT, contextWindowCompression: { slidingWindow: {} } });
    await clock.tick(3_600_000);
    expect(sliding.end).toBeNull();
  });

  test('the session clock goes on over resumes', async () => {
    const { open, clock } = bench({ audioSessionMs: 60_000 });
    const client = await open(resumable);
    await clock.tick(50_000);
    client.close();
    await clock.tick(3_000_000);
    const second = await open(from(last(client)));
    expect(second.end).toBeNull();
    await clock.tick(15_000);
    expect(second.end).toMatchObject({ code: 1011 });
  });
});

describe('context', () => {
  test('the window slides: down to the target, from the start of a user turn; the instruction stays', async () => {
    const { open, clock, transport } = bench({ charactersPerToken: 1, minTriggerTokens: 100 });
    const client = await open({
      ...TEXT,
      systemInstruction: 'Be brief.',
      contextWindowCompression: { triggerTokens: '1000', slidingWindow: { targetTokens: '400' } },
    });
    for (let n = 0; n < 10; n++) {
      client.send(userText(`message ${n} ${'x'.repeat(90)}`));
      await clock.tick(3_000);
    }
    const [context] = transport.emulator.contexts();
    expect(context?.compressions).toBeGreaterThan(0);
    expect(context?.forgottenTurns).toBeGreaterThan(0);
    expect(context?.promptTokens).toBeLessThanOrEqual(1_000);
    expect(context?.turns[0]?.role).toBe('user');
    expect(context?.currentSystemInstruction).toBe('Be brief.');
    const prompts = client.frames
      .map((frame) => frame['usageMetadata']?.promptTokenCount as number | undefined)
      .filter((count) => count !== undefined);
    expect(prompts.some((count, n) => n > 0 && count < (prompts[n - 1] ?? 0))).toBe(true);
  });

  test('audio costs 25 tokens a second; beyond the window without compression the session ends', async () => {
    const { open, clock, transport } = bench({ contextWindowTokens: 1_000 });
    const client = await open(AUDIO);
    client.send(quiet(10_000));
    await clock.tick(10);
    expect(transport.emulator.contexts()[0]?.promptTokens).toBe(250);
    client.send(quiet(31_000));
    await clock.tick(10);
    expect(client.end).toMatchObject({ code: 1011 });
  });

  test('hours of quiet audio never pass the trigger', async () => {
    const { open, clock, transport } = bench({
      contextWindowTokens: 10_000,
      connectionLifetimeMs: 10 ** 9,
      goAwayBeforeEndMs: 0,
    });
    const client = await open({ ...AUDIO, contextWindowCompression: { slidingWindow: {} } });
    for (let n = 0; n < 200; n++) client.send(quiet(10_000));
    await clock.tick(10);
    expect(client.end).toBeNull();
    expect(transport.emulator.contexts()[0]?.promptTokens).toBeLessThanOrEqual(8_000);
  });
});

describe('the account', () => {
  test('what was sent after the handle is lost, what is replayed too early is doubled', async () => {
    const { open, clock, transport } = bench({ handleEveryMs: 100_000 });
    const client = await open(resumable);
    for (let n = 1; n <= 5; n++) client.send(quiet(20, n));
    await clock.tick(10);
    transport.emulator.resumable(false);
    transport.emulator.resumable(true);
    await clock.tick(10);
    const handle = last(client);
    for (let n = 6; n <= 8; n++) client.send(quiet(20, n));
    await clock.tick(10);
    client.close();
    await clock.tick(10);
    const sent = Array.from({ length: 10 }, (_, n) => n + 1);
    const second = await open(from(handle));
    // 5 was in the handle; 6 and 7 are never sent again.
    for (const n of [5, 8, 9, 10]) second.send(quiet(20, n));
    await clock.tick(10);
    expect(transport.emulator.account(stamp, sent)).toEqual({
      heard: 8,
      lost: [6, 7],
      doubled: [5],
      reheard: [],
      reordered: [],
    });
    expect(transport.emulator.contexts()[1]?.parent).toEqual({ contextId: 0, length: 5 });
    expect(transport.emulator.surviving()).toHaveLength(1);
  });

  test('the last resume from a handle is the successor; a fresh start is a lineage of its own', async () => {
    const { open, clock, transport } = bench({ singleUseHandles: false });
    const client = await open(resumable);
    const handle = last(client);
    client.close();
    await clock.tick(10);
    const dead = await open(from(handle));
    dead.send(quiet(20, 1));
    await clock.tick(10);
    dead.close();
    await clock.tick(10);
    const alive = await open(from(handle));
    for (const n of [3, 2]) alive.send(quiet(20, n));
    await clock.tick(10);
    const fresh = await open(TEXT);
    fresh.send(quiet(20, 2));
    await clock.tick(10);
    expect(transport.emulator.account(stamp, [1, 2, 3])).toEqual({
      heard: 2,
      lost: [1],
      doubled: [],
      reheard: [2],
      reordered: [2],
    });
  });

  test('a stamp survives; silence has none', () => {
    const audio = new Int16Array(320).fill(1_000);
    for (const n of [0, 1, 255, 65_536, 4_294_967_295]) {
      stampAudio(audio, n);
      const bytes = Buffer.from(audio.buffer);
      expect(readStamp(bytes.toString('base64').slice(0, 96))).toBe(n);
      expect(readStamp(bytes.toString('base64url').slice(0, 96))).toBe(n);
    }
    expect(Math.max(...audio.map((sample) => Math.abs(sample - 1_000)))).toBeLessThanOrEqual(1);
    expect(readStamp(Buffer.alloc(640).toString('base64'))).toBeNull();
  });
});

describe('faults', () => {
  test('a poisoned resume transcribes and never answers; a lost context starts small', async () => {
    const { open, clock, transport } = bench();
    const client = await open(resumable);
    client.send(userText('remember the heron'));
    await clock.tick(3_000);
    client.close();
    await clock.tick(10);
    transport.emulator.poisonResumes();
    const poisoned = await open({ ...from(last(client)), inputAudioTranscription: {} });
    poisoned.send(speech(500));
    poisoned.send(quiet(600));
    await clock.tick(10_000);
    expect(poisoned.story().every((name) => name === 'setupComplete' || name === 'inputTranscription')).toBe(true);
    expect(poisoned.story()).toContain('inputTranscription');
    poisoned.close();
    await clock.tick(10);
    transport.emulator.loseContexts();
    const lost = await open(from(last(client)));
    lost.send(userText('What did I say first?'));
    await clock.tick(3_000);
    expect(lost.text()).toContain('nothing before');
  });

  test('stop clears every timer', async () => {
    const { open, clock, transport } = bench();
    const client = await open(resumable);
    client.send(userText('hello'));
    await clock.tick(310);
    transport.emulator.stop();
    await clock.tick(10);
    expect(clock.countTimers()).toBe(0);
  });

  test('the same seed gives the same run', async () => {
    const run = async (): Promise<string> => {
      const { open, clock } = bench({ jitterMs: 5 });
      const client = await open(resumable);
      client.send(userText('hello'));
      await clock.tick(5_000);
      return JSON.stringify([client.frames, client.times]);
    };
    expect(await run()).toBe(await run());
  });
});
