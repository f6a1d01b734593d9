/** What is remembered, for how long, and waiting for it; and time at other speeds. All on a virtual clock. */
import { Type } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { EmulatorWaitError, readStamp } from '../../../src/emulator/index.js';
import { bench, flash, quiet, TEXT, userText } from '../support.js';

const stamps = (place: ReturnType<typeof bench>): (number | null)[][] =>
  place.transport.emulator.surviving().map((list) => list.map(({ head }) => readStamp(head)));

describe('the log shows nothing that a client wrote', () => {
  const deep = JSON.stringify('secret').concat(':{').repeat(120) + '}'.repeat(120);
  const said = [
    { write: '{"my secret":1}' },
    { write: '{"my \\"secret":1}' },
    { write: `{"${'x'.repeat(100)}secret":1}` },
    { write: `{"toolResponse":{"functionResponses":[{"name":"f","response":{${deep}}}]}}` },
    { write: '{"toolResponse":{"functionResponses":[{"id":"secret","name":"f","response":{}}]}}' },
    { write: '{"realtimeInput":{"text":["secret"]}}', shows: 'Unknown name "text"' },
    { write: '{"realtimeInput":{"colour":"secret"}}', shows: 'Unknown name "…" at \'realtime_input\'' },
  ];

  test.each(said)('$write', async ({ write, shows = '' }) => {
    const { open, clock, transport } = bench();
    const client = await open();
    client.write(write);
    await clock.tick(100);
    const details = transport.emulator.log.map(({ what, detail }) => `${what} ${detail}`);
    expect(details.slice(2).length).toBeGreaterThan(0);
    expect(details.join('\n')).not.toMatch(/secret|x{9}/);
    expect(details.join('\n')).toContain(shows);
  });

  test.each([{ 'a \\"secret': { colour: 1 } as never }, { secret: { colour: 1 } as never }])(
    'a name of the app’s own in a setup: %j',
    async (properties) => {
      const { dial, clock, transport } = bench();
      const parameters = { type: Type.OBJECT, properties };
      const client = dial({ ...TEXT, tools: [{ functionDeclarations: [{ name: 'f', parameters }] }] });
      await clock.tick(1_000);
      expect(JSON.stringify(client.end)).toMatch(/properties\[\\"(?:sec|a )/);
      const details = transport.emulator.log.map(({ what, detail }) => `${what} ${detail}`).join('\n');
      expect(details).toContain('setup.tools[0].function_declarations[0].parameters.properties["…"');
      expect(details).not.toMatch(/"sec|"a /);
    },
  );
});

describe('records', () => {
  test('of ended connections the newest are kept, and open ones always', async () => {
    const place = bench({ maxRecords: 10 });
    const { emulator } = place.transport;
    await place.open();
    for (let n = 0; n < 40; n++) {
      (await place.open()).close();
      await place.clock.tick(10);
    }
    const ids = emulator.connections.map(({ id }) => id);
    expect(ids.length).toBeLessThanOrEqual(11);
    expect(ids[0]).toBe(1);
    expect(ids.at(-1)).toBe(41);
    expect(emulator.contexts().length).toBeLessThanOrEqual(11);
    expect(emulator.forgotten.connections).toBe(41 - ids.length);
  });

  test('whole lineages go first, the oldest first; one that somebody is connected to stays whole', async () => {
    const place = bench({ maxRecords: 6, handleEveryMs: 100, refuseWhileOldSocketOpen: false });
    const { emulator } = place.transport;
    const lineage = async (first: number): Promise<() => void> => {
      let client = await place.open({ ...TEXT, sessionResumption: {} });
      for (let n = first; n < first + 3; n++) {
        client.send(quiet(20, n));
        await place.clock.tick(300);
        const handle = client.handles().at(-1) ?? '';
        client.close();
        client = await place.open({ ...TEXT, sessionResumption: { handle } });
      }
      return () => client.close();
    };
    const endOf10 = await lineage(10);
    const endOf20 = await lineage(20);
    // Eight contexts: above the bound, and nothing may go while both are alive but what has ended.
    expect(emulator.contexts().length).toBeLessThanOrEqual(8);
    endOf10();
    endOf20();
    await place.clock.tick(10);
    await lineage(30);
    expect(stamps(place).at(-1)).toEqual([30, 31, 32]);
    expect(stamps(place).flat()).not.toContain(10);
  });

  test('heard messages are bounded over all contexts, and what went is counted', async () => {
    const place = bench({ maxHeard: 100 });
    const { emulator } = place.transport;
    const [first, second] = [await place.open(), await place.open()];
    for (let n = 0; n < 300; n++) (n % 3 === 0 ? second : first).send(quiet(20, n));
    await place.clock.tick(10);
    const kept = emulator.contexts().reduce((sum, { heard }) => sum + heard.kept, 0);
    expect(kept).toBeGreaterThan(50);
    expect(kept).toBeLessThanOrEqual(110);
    expect(emulator.forgotten.messages).toBe(300 - kept);
    // The newest of each are what is left.
    expect(stamps(place)[0]?.at(-1)).toBe(299);
    expect(stamps(place)[1]?.at(-1)).toBe(297);
  });

  test('handles are bounded over all sessions: the oldest is unknown', async () => {
    const place = bench({ maxHandles: 5, handleEveryMs: 100 });
    const client = await place.open({ ...TEXT, sessionResumption: {} });
    await place.clock.tick(2_000);
    client.close();
    await place.clock.tick(10);
    const [oldest = '', newest = ''] = [client.handles()[0], client.handles().at(-1)];
    const refused = await place.open({ ...TEXT, sessionResumption: { handle: oldest } });
    expect(refused.end).toMatchObject({ code: 1008 });
    const resumed = await place.open({ ...TEXT, sessionResumption: { handle: newest } });
    expect(resumed.frames[0]).toHaveProperty('setupComplete');
  });
});

describe('the event log', () => {
  test('holds nothing that a client wrote as a value', async () => {
    const place = bench();
    const client = await place.open({
      realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 'private' as never } },
    });
    expect(client.end).toMatchObject({ code: 1007, reason: expect.stringContaining('private') });
    const log = JSON.stringify(place.transport.emulator.log);
    expect(log).toMatch(/1007 Invalid value at 'setup\..*silence_duration_ms' \(TYPE_INT32\), …/);
    expect(log).not.toContain('private');
  });

  test('waitFor: what was, what comes, and an error that tells what did happen', async () => {
    const place = bench();
    const { emulator } = place.transport;
    await place.open();
    expect((await emulator.waitFor(({ what }) => what === 'setupComplete')).connection).toBe(1);
    const coming = emulator.waitFor(({ what }) => what === 'goAway', { timeoutMs: 1_000 });
    emulator.goAway({ timeLeftMs: 50_000, thenClose: false });
    expect((await coming).detail).toBe('50s');
    await place.clock.tick(1);
    const timers = place.clock.countTimers();
    const failing = emulator
      .waitFor(({ what }) => what === 'closed', { timeoutMs: 10 })
      .catch((error: unknown) => error);
    await place.clock.tick(10);
    const error = await failing;
    expect(error).toBeInstanceOf(EmulatorWaitError);
    expect(String(error)).toMatch(/10 ms.*accepted #1, setupComplete #1, goAway #1/);
    expect(place.clock.countTimers()).toBe(timers);
    const throwing = emulator.waitFor(() => {
      throw new TypeError('mine');
    });
    await expect(throwing.catch((error: unknown) => String(error))).resolves.toBe('TypeError: mine');
  });
});

describe('speed', () => {
  test('sixty times as fast: the life of a connection, handles, and what the goAway tells the client', async () => {
    const place = bench({ speed: 60 });
    const client = await place.open({ ...TEXT, sessionResumption: {} });
    const opened = place.clock.now() - 200;
    await place.clock.tick(8_000);
    // 480 s of the server's, a handle each 1.2 to 1.8 s of them.
    expect(client.handles().length).toBeGreaterThan(250);
    expect(client.frames.some((frame) => 'goAway' in frame)).toBe(false);
    await place.clock.tick(2_000);
    const goAwayAt = client.frames.findIndex((frame) => 'goAway' in frame);
    expect(client.frames[goAwayAt]?.['goAway']).toEqual({ timeLeft: '1s' });
    expect((client.times[goAwayAt] ?? 0) - opened).toBeCloseTo(9_000, -1);
    expect(client.end).toMatchObject({ code: 1008 });
  });

  test('half as fast: an answer takes twice as long', async () => {
    const answerMs = async (speed: number): Promise<number> => {
      const place = bench({ speed });
      const client = await place.open(TEXT, flash);
      await place.clock.tick(1_000);
      const askedAt = place.clock.now();
      client.send(userText('hello'));
      await place.clock.tick(10_000);
      const first = client.frames.findIndex((frame) => frame['serverContent'] !== undefined);
      return (client.times[first] ?? 0) - askedAt;
    };
    const normal = await answerMs(1);
    expect(normal).toBeGreaterThan(0);
    // A timer that falls between two milliseconds comes at the next.
    expect(Math.abs((await answerMs(0.5)) - 2 * normal)).toBeLessThanOrEqual(2);
  });

  test('waitFor waits in the time of its caller', async () => {
    const place = bench({ speed: 60 });
    let settled = false;
    const waiting = place.transport.emulator
      .waitFor(() => false, { timeoutMs: 1_000 })
      .catch(() => {
        settled = true;
      });
    await place.clock.tick(990);
    expect(settled).toBe(false);
    await place.clock.tick(11);
    await waiting;
    expect(settled).toBe(true);
  });
});
