/**
 * Every class of the catalogue, end to end in process: what a bare client sees. A class without a row here fails.
 */
import { describe, expect, test } from 'vitest';
import { faultClasses } from '../../../src/emulator/index.js';
import { quiet, speech, TEXT, userText } from '../support.js';
import { from, rawBench, resumable, type RawBench, type RawClient } from './support.js';

type Check = (bench: RawBench, add: () => void) => Promise<void>;

const abnormal = { cause: 'close', code: 1006, reason: '' };

/** What a dial ends with while the class is in force, and that the next one works. */
const dialEnds =
  (end: object, frames: readonly object[] = []): Check =>
  async ({ open }, add) => {
    add();
    const client = await open();
    expect(client.end).toMatchObject(end);
    expect(client.messages()).toEqual(frames);
    expect((await open()).end).toBeNull();
  };

/** What an open connection ends with once the class is in force, here after one more message of the client. */
const connectionEnds =
  (end: object): Check =>
  async ({ open, clock }, add) => {
    const client = await open(resumable);
    add();
    await clock.tick(50);
    client.send(quiet(20));
    await clock.tick(3_000);
    expect(client.end).toMatchObject(end);
    expect((await open()).end).toBeNull();
  };

const closes = (code: number, reason: RegExp): Check =>
  connectionEnds({ cause: 'close', code, reason: expect.stringMatching(reason) as string });
const closesSetup = (code: number, reason: RegExp): Check =>
  dialEnds({ cause: 'close', code, reason: expect.stringMatching(reason) as string });

/** A connection that has said something and got an answer, and is gone; its last handle. */
async function ended({ open, clock }: RawBench): Promise<RawClient> {
  const client = await open(resumable);
  client.send(userText('remember the heron'));
  await clock.tick(4_000);
  client.close();
  await clock.tick(10);
  return client;
}

const resumeEnds =
  (end: object, frames: readonly object[] = []): Check =>
  async (bench, add) => {
    const handle = (await ended(bench)).handles().at(-1);
    add();
    expect((await bench.open()).end).toBeNull();
    const client = await bench.open(from(handle));
    expect(client.end).toMatchObject(end);
    expect(client.messages()).toEqual(frames);
    expect((await bench.open(from(handle))).end).toBeNull();
  };

/** Asks, and waits for the whole answer: its text, and the names of its messages. */
async function ask(client: RawClient, { clock }: RawBench, question = 'What did I say first?'): Promise<string> {
  const before = client.messages().length;
  client.send(userText(question));
  await clock.tick(5_000);
  const answer = client.messages().slice(before);
  const text = answer.map((message) => message['serverContent']?.modelTurn?.parts[0].text as string | undefined);
  return [...text, ...answer.flatMap((message) => Object.keys(message['serverContent'] ?? {}))].join('');
}

/** Goes on as if nothing were wrong. */
async function stillWorks(client: RawClient, bench: RawBench): Promise<void> {
  expect(await ask(client, bench)).toContain('turnComplete');
  expect(client.end).toBeNull();
}

const goAways = (client: RawClient): unknown[] => client.having('goAway').map((message) => message['goAway']);

const checks: Record<string, Check> = {
  'dial/refused': dialEnds({ cause: 'unreachable' }),
  'dial/http-401': dialEnds({ cause: 'http', status: 401 }),
  'dial/http-403': dialEnds({ cause: 'http', status: 403 }),
  'dial/http-404': dialEnds({ cause: 'http', status: 404 }),
  'dial/http-429': dialEnds({ cause: 'http', status: 429 }),
  'dial/http-503': dialEnds({ cause: 'http', status: 503 }),
  'dial/stall': async ({ dial, clock }, add) => {
    add();
    const client = dial();
    await clock.tick(600_000);
    expect(client).toMatchObject({ opened: false, end: null, raw: [] });
    client.close();
    await clock.tick(1);
    expect(client.end).toEqual(abnormal);
  },
  'dial/slow-loris': async ({ dial, clock }, add) => {
    add();
    const client = dial();
    await clock.tick(100_000);
    expect(client).toMatchObject({ opened: false, end: null });
    await clock.tick(60_000);
    expect(client.opened).toBe(true);
    expect(client.messages()).toEqual([{ setupComplete: {} }]);
    add();
    const impatient = dial();
    await clock.tick(10_000);
    impatient.close();
    await clock.tick(1);
    expect(impatient.end).toEqual(abnormal);
  },
  'dial/close-after-upgrade': dialEnds({ code: 1011, reason: 'The service is currently unavailable.' }),
  'dial/rst-after-upgrade': dialEnds(abnormal),
  'dial/close-before-setup-complete': dialEnds({ code: 1011, reason: 'Internal error encountered.' }),
  'dial/setup-never-answered': async ({ open, clock }, add) => {
    add();
    const client = await open(resumable);
    await clock.tick(60_000);
    expect(client).toMatchObject({ opened: true, end: null, raw: [] });
    expect((await open()).messages()).toEqual([{ setupComplete: {} }]);
  },

  'stream/fin': connectionEnds(abnormal),
  'stream/rst': connectionEnds(abnormal),
  'stream/rst-in-frame': async ({ open, clock }, add) => {
    const client = await open(resumable);
    const count = client.raw.length;
    add();
    await clock.tick(3_000);
    expect(client.end).toEqual(abnormal);
    expect(client.raw).toHaveLength(count);
  },
  'stream/half-open': async ({ open, clock, emulator }, add) => {
    const client = await open(resumable);
    const count = client.raw.length;
    add();
    client.send(userText('hello'));
    await clock.tick(60_000);
    expect(client.raw).toHaveLength(count);
    expect(client.end).toBeNull();
    expect(client.buffered()).toBeGreaterThan(0);
    expect(emulator.liveConnections).toEqual([]);
    client.close();
    await clock.tick(30_000);
    expect(client.end).toEqual(abnormal);
  },
  'stream/one-way-up': async ({ open, clock, emulator }, add) => {
    const client = await open(resumable);
    const count = client.handles().length;
    add();
    client.send(userText('hello'));
    await clock.tick(10_000);
    expect(client.handles().length).toBeGreaterThan(count);
    expect(client.having('turnComplete')).toEqual([]);
    expect(emulator.contexts()[0]?.heard.length).toBe(0);
    expect(client.buffered()).toBeGreaterThan(0);
    client.close();
    await clock.tick(29_000);
    expect(emulator.liveConnections).toHaveLength(1);
    await clock.tick(1_001);
    expect(client.end).toEqual(abnormal);
    expect(emulator.liveConnections).toEqual([]);
  },
  'stream/one-way-down': async ({ open, clock, emulator }, add) => {
    const client = await open(resumable);
    const count = client.raw.length;
    add();
    client.send(userText('hello'));
    await clock.tick(10_000);
    expect(client.raw).toHaveLength(count);
    expect(emulator.contexts()[0]?.heard.length).toBe(1);
  },
  'stream/silent': async ({ open, clock, emulator }, add) => {
    const client = await open(resumable);
    const count = client.raw.length;
    add();
    client.send(userText('hello'));
    await clock.tick(10_000);
    expect(client.raw).toHaveLength(count);
    expect(emulator.contexts()[0]?.heard.length).toBe(1);
    client.close();
    await clock.tick(10);
    expect(client.end).toMatchObject({ code: 1005 });
  },
  'stream/trickle': async ({ open, clock, emulator }, add) => {
    const client = await open();
    add();
    const sent = clock.now();
    emulator.send({ note: 'x'.repeat(10_000) });
    client.send(quiet(1_000));
    expect(client.buffered()).toBeGreaterThan(32_000);
    await clock.tick(4_000);
    expect(client.having('note')).toEqual([]);
    await clock.tick(26_000);
    expect(client.having('note')).toHaveLength(1);
    // 10,000 bytes at 2,000 a second.
    expect(client.raw.at(-1)?.at).toBeGreaterThanOrEqual(sent + 5_000);
    expect(client.buffered()).toBe(0);
  },
  'stream/delay': async ({ open, clock, emulator }, add) => {
    const client = await open();
    add();
    const sent = clock.now();
    emulator.send({ note: 1 });
    client.send(quiet(20));
    await clock.tick(999);
    expect(emulator.contexts()[0]?.heard.length).toBe(0);
    await clock.tick(2_000);
    expect(client.raw.at(-1)).toMatchObject({ at: sent + 1_000, message: { note: 1 } });
    expect(emulator.contexts()[0]?.heard.length).toBe(1);
  },
  // In process there are no pings; on real sockets see sockets.test.ts.
  'stream/late-pong': async (bench, add) => {
    const client = await bench.open();
    add();
    await stillWorks(client, bench);
  },
  'stream/huge-frame': async (bench, add) => {
    const client = await bench.open();
    add();
    await bench.clock.tick(1);
    expect(client.raw.at(-1)?.data).toHaveLength(8 * 1024 * 1024);
    expect(client.raw.at(-1)?.message).toEqual({});
    await stillWorks(client, bench);
  },
  // In process a client cannot see fragments; the messages must come whole.
  'stream/fragmented': async (bench, add) => {
    add();
    await stillWorks(await bench.open(), bench);
  },
  'stream/text-frames': async (bench, add) => {
    add();
    const client = await bench.open();
    await stillWorks(client, bench);
    expect(client.raw.every(({ data }) => typeof data === 'string')).toBe(true);
  },
  'stream/text-among-binary': async (bench, add) => {
    add();
    const client = await bench.open(resumable);
    await bench.clock.tick(10_000);
    expect(client.raw.map(({ data }) => typeof data).indexOf('string')).toBe(2);
    expect(client.raw.filter(({ data }) => typeof data === 'string')).toHaveLength(1);
  },
  'stream/not-json': async (bench, add) => {
    const client = await bench.open();
    add();
    await bench.clock.tick(1);
    expect(client.raw.at(-1)).toMatchObject({ data: '<html>502</html>', message: null });
    await stillWorks(client, bench);
  },
  'stream/not-an-object': async (bench, add) => {
    const client = await bench.open();
    add();
    await bench.clock.tick(1);
    const decode = (data: string | Uint8Array): string => new TextDecoder().decode(data as Uint8Array);
    expect(client.raw.slice(-2).map(({ data }) => decode(data))).toEqual(['null', '[1]']);
    await stillWorks(client, bench);
  },
  'stream/invalid-utf8': async (bench, add) => {
    const client = await bench.open();
    add();
    await bench.clock.tick(1);
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(client.raw.at(-1)?.data as Uint8Array)).toThrow();
    await stillWorks(client, bench);
  },
  'stream/invalid-utf8-text': connectionEnds(abnormal),
  'stream/unknown-message': async (bench, add) => {
    const client = await bench.open();
    add();
    await bench.clock.tick(1);
    expect(client.messages().slice(-2)).toEqual([
      { sessionWeather: { sky: 'grey' } },
      { serverContent: { mood: 'calm' } },
    ]);
    await stillWorks(client, bench);
  },

  'close/1008-goaway-overrun': closes(
    1008,
    /^Connection aborted because the client failed to close the connection after/,
  ),
  'close/1011-deadline': closes(1011, /^Deadline expired before operation could complete\.$/),
  'close/1000-cancelled': closes(1000, /^The operation was cancelled\.$/),
  'close/1008-aborted': closes(1008, /^The operation was aborted\.$/),
  'close/1011-internal': closes(1011, /^Internal error encountered\.$/),
  'close/1011-internal-occurred': closes(1011, /^Internal error occurred\.$/),
  'close/1011-unavailable': closes(1011, /^The service is currently unavailable\.$/),
  'close/1011-overloaded': closes(1011, /OVERLOADED/),
  'close/1011-quota': closes(1011, /^You exceeded your current quota/),
  'close/1011-spending-cap': closes(1011, /^Your project has exceeded its monthly spending cap/),
  'close/1011-token-used': closesSetup(1011, /^Token has been used too many times$/),
  'close/1011-token-expired': closesSetup(1011, /^Token has expired$/),
  'close/1011-auth-token-expired': closesSetup(1011, /^auth token has expired$/),
  'close/1007-invalid-argument': closes(1007, /^Request contains an invalid argument\.$/),
  'close/1007-unknown-name': closesSetup(1007, /^Invalid JSON payload received\. Unknown name "x" at 'setup'/),
  'close/1007-api-key': closesSetup(1007, /^API key not valid/),
  'close/1007-modalities': closesSetup(1007, /response modalities \(TEXT\) is not supported/),
  'close/1007-voices': closesSetup(1007, /^Cannot extract voices from a non-audio request\.$/),
  'close/1008-model-not-found': closesSetup(1008, /^models\/x is not found for API version/),
  'close/1008-publisher-model': closesSetup(1008, /^Publisher Model `projects\//),
  'close/1008-not-implemented': closes(1008, /^Operation is not implemented, or supported, or enabled\.$/),

  'goaway/in-10s': async ({ open, clock }, add) => {
    const client = await open();
    const begun = clock.now();
    add();
    await clock.tick(20_000);
    expect(goAways(client)).toEqual([{ timeLeft: '10s' }]);
    expect(client.end).toMatchObject({ code: 1008 });
    expect(client.endedAt - begun).toBeOneOf([10_000, 10_001]);
  },
  'goaway/early': async ({ open, clock }, add) => {
    add();
    const client = await open();
    await clock.tick(1_500);
    expect(goAways(client)).toEqual([{ timeLeft: '300s' }]);
    const [first, last] = [client.raw[0]?.at ?? 0, client.raw.at(-1)?.at ?? 0];
    expect(last - first).toBe(1_000);
    await clock.tick(301_000);
    expect(client.endedAt - last).toBe(300_000);
  },
  'goaway/late': async ({ open, clock }, add) => {
    const client = await open();
    add();
    await clock.tick(201);
    expect(goAways(client)).toEqual([{ timeLeft: '0.200s' }]);
    expect(client.end).toMatchObject({ code: 1008 });
  },
  'goaway/none': async ({ open, clock }, add) => {
    add();
    const client = await open();
    await clock.tick(600_000);
    expect(goAways(client)).toEqual([]);
    expect(client.end).toMatchObject({ code: 1008 });
  },
  'goaway/twice': async ({ open, clock }, add) => {
    const client = await open();
    const begun = clock.now();
    add();
    await clock.tick(20_000);
    expect(goAways(client)).toEqual([{ timeLeft: '10s' }, { timeLeft: '8s' }]);
    expect(client.endedAt - begun).toBeOneOf([10_000, 10_001]);
  },
  'goaway/twice-sooner': async ({ open, clock }, add) => {
    const client = await open();
    const begun = clock.now();
    add();
    await clock.tick(20_000);
    expect(goAways(client)).toEqual([{ timeLeft: '10s' }, { timeLeft: '2s' }]);
    expect(client.endedAt - begun).toBeOneOf([3_000, 3_001]);
  },
  'goaway/malformed': async ({ open, clock }, add) => {
    const client = await open();
    add();
    await clock.tick(5_001);
    expect(goAways(client)).toEqual([{ timeLeft: 'soon' }]);
    expect(client.end).toMatchObject({ code: 1008 });
  },
  'goaway/number': async ({ open, clock }, add) => {
    const client = await open();
    add();
    await clock.tick(10_001);
    expect(goAways(client)).toEqual([{ timeLeft: 10 }]);
    expect(client.end).toMatchObject({ code: 1008 });
  },
  'goaway/no-time-left': async ({ open, clock }, add) => {
    const client = await open();
    add();
    await clock.tick(5_001);
    expect(goAways(client)).toEqual([{}]);
    expect(client.end).toMatchObject({ code: 1008, reason: expect.stringMatching(/^Connection aborted/) as string });
  },
  'goaway/silent': async ({ open, clock }, add) => {
    const client = await open(resumable);
    add();
    await clock.tick(1);
    const count = client.raw.length;
    client.send(userText('hello'));
    await clock.tick(10_000);
    expect(client.messages().at(-1)).toEqual({ goAway: { timeLeft: '10s' } });
    expect(client.raw).toHaveLength(count);
    expect(client.end).toMatchObject({ code: 1008 });
  },
  'goaway/empty-threat': async (bench, add) => {
    const client = await bench.open();
    add();
    await bench.clock.tick(60_000);
    expect(goAways(client)).toEqual([{ timeLeft: '10s' }]);
    await stillWorks(client, bench);
  },

  'handle/not-found': resumeEnds({ code: 1008, reason: 'BidiGenerateContent session not found' }),
  'handle/expired': resumeEnds({ code: 1008, reason: 'BidiGenerateContent session expired' }),
  'handle/entity-not-found': resumeEnds({ code: 1008, reason: 'Requested entity was not found.' }),
  'handle/invalid': resumeEnds({ code: 1007, reason: 'Invalid session handle' }),
  'handle/invalid-argument': resumeEnds({ code: 1007, reason: 'Request contains an invalid argument.' }),
  'handle/old-socket-open': resumeEnds({ code: 1011, reason: 'Internal error encountered.' }),
  'handle/refused-late': resumeEnds({ code: 1008, reason: 'BidiGenerateContent session not found' }, [
    { setupComplete: {} },
  ]),
  'handle/refused-always': async (bench, add) => {
    const handle = (await ended(bench)).handles().at(-1);
    add();
    for (let n = 0; n < 5; n++) expect((await bench.open(from(handle))).end).toMatchObject({ code: 1008 });
    expect((await bench.open()).end).toBeNull();
  },
  'handle/forgotten': async (bench, add) => {
    const handle = (await ended(bench)).handles().at(-1);
    add();
    for (let n = 0; n < 2; n++) expect((await bench.open(from(handle))).end).toMatchObject({ code: 1008 });
    const fresh = await bench.open(resumable);
    fresh.close();
    await bench.clock.tick(10);
    expect((await bench.open(from(fresh.handles().at(-1)))).end).toBeNull();
  },
  'handle/lost-context': async (bench, add) => {
    const handle = (await ended(bench)).handles().at(-1);
    add();
    const lost = await bench.open(from(handle));
    expect(await ask(lost, bench)).toContain('nothing before');
    lost.close();
    await bench.clock.tick(10);
    expect(await ask(await bench.open(from(handle)), bench)).toContain('heron');
  },
  'handle/poisoned': async (bench, add) => {
    const handle = (await ended(bench)).handles().at(-1);
    add();
    const client = await bench.open(from(handle, { ...TEXT, inputAudioTranscription: {} }));
    client.send(speech(500));
    client.send(quiet(600));
    await bench.clock.tick(10_000);
    expect(client.having('inputTranscription').length).toBeGreaterThan(0);
    expect([...client.having('modelTurn'), ...client.having('turnComplete')]).toEqual([]);
    expect(client.end).toBeNull();
  },

  'update/duplicate': async ({ open, clock }, add) => {
    add();
    const client = await open(resumable);
    await clock.tick(10_000);
    const handles = client.handles();
    expect(handles.length).toBeGreaterThan(6);
    expect(handles.every((handle, n) => handle === handles[n - (n % 2)])).toBe(true);
    expect(new Set(handles).size).toBe(handles.length / 2);
  },
  'update/reordered': async (bench, add) => {
    const plain = rawBench();
    const right = await plain.open(resumable);
    await plain.clock.tick(10_000);
    add();
    const client = await bench.open(resumable);
    await bench.clock.tick(10_000);
    const [first, second, third, ...rest] = right.handles();
    expect(client.handles()).toEqual([first, third, second, ...rest]);
  },
  'update/stale': async ({ open, clock }, add) => {
    add();
    const client = await open(resumable);
    await clock.tick(10_000);
    const [first, second, third, fourth] = client.handles();
    expect(third).toBe(first);
    expect(new Set([first, second, fourth]).size).toBe(3);
  },
  'update/empty-handle': async ({ open, clock }, add) => {
    add();
    const client = await open(resumable);
    await clock.tick(10_000);
    const updates = client
      .having('sessionResumptionUpdate')
      .map((message) => message['sessionResumptionUpdate'] as object);
    expect(updates[1]).toEqual({ newHandle: '', resumable: true });
    expect(client.handles()).toHaveLength(updates.length - 1);
  },
  'update/no-handle': async ({ open, clock }, add) => {
    add();
    const client = await open(resumable);
    await clock.tick(10_000);
    const updates = client
      .having('sessionResumptionUpdate')
      .map((message) => message['sessionResumptionUpdate'] as object);
    expect(updates[1]).toEqual({ resumable: true });
    expect(client.handles()).toHaveLength(updates.length - 1);
  },
  'update/withdrawn': async ({ open, clock }, add) => {
    add();
    const client = await open(resumable);
    await clock.tick(10_000);
    const updates = client
      .having('sessionResumptionUpdate')
      .map((message) => message['sessionResumptionUpdate'] as object);
    expect(updates[1]).toEqual({ newHandle: '', resumable: false });
    expect(client.handles()).toHaveLength(updates.length - 1);
  },
  'update/none': async (bench, add) => {
    add();
    const client = await bench.open(resumable);
    await stillWorks(client, bench);
    expect(client.having('sessionResumptionUpdate')).toEqual([]);
  },
  'update/not-resumable': async (bench, add) => {
    const client = await bench.open(resumable);
    const count = client.handles().length;
    add();
    await bench.clock.tick(10_000);
    expect(client.handles()).toHaveLength(count);
    expect(client.messages().at(-1)).toEqual({ sessionResumptionUpdate: {} });
    expect((await bench.open(resumable)).handles()).toEqual([]);
  },

  'usage/jump': async (bench, add) => {
    const client = await bench.open();
    const size = async (): Promise<number> => {
      await ask(client, bench);
      return client.having('usageMetadata').at(-1)?.['usageMetadata'].promptTokenCount as number;
    };
    const before = await size();
    add();
    expect((await size()) - before).toBeGreaterThanOrEqual(110_000);
    const sliding = await bench.open({ ...TEXT, contextWindowCompression: { slidingWindow: {} } });
    add();
    await stillWorks(sliding, bench);
    expect(bench.emulator.contexts().at(-1)?.compressions).toBe(1);
  },
  'usage/overflow': async ({ open, clock }, add) => {
    const client = await open();
    add();
    await clock.tick(10);
    expect(client.end).toMatchObject({ code: 1011, reason: 'Deadline expired before operation could complete.' });
  },
  'usage/fall': async (bench, add) => {
    const client = await bench.open();
    await ask(client, bench);
    add();
    await ask(client, bench);
    await ask(client, bench);
    const sizes = client.having('usageMetadata').map((message) => message['usageMetadata'].promptTokenCount as number);
    expect(sizes[1]).toBe(1);
    expect(sizes[2]).toBeGreaterThan(sizes[0] ?? 0);
  },
  'usage/missing': async (bench, add) => {
    add();
    const client = await bench.open();
    await stillWorks(client, bench);
    expect(client.having('usageMetadata')).toEqual([]);
  },
  'usage/empty': async (bench, add) => {
    add();
    const client = await bench.open();
    await stillWorks(client, bench);
    expect(client.having('usageMetadata').map((message) => message['usageMetadata'] as object)).toEqual([{}]);
  },
  'compression/never': async (bench, add) => {
    const config = {
      ...TEXT,
      contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '2000' } },
    };
    const compressions = async (): Promise<number | undefined> => {
      const client = await bench.open(config);
      for (let n = 0; n < 3; n++) await ask(client, bench, 'x'.repeat(12_000));
      return bench.emulator.contexts().at(-1)?.compressions;
    };
    expect(await compressions()).toBeGreaterThan(0);
    add();
    expect(await compressions()).toBe(0);
    expect(bench.emulator.contexts().at(-1)?.promptTokens).toBeGreaterThan(9_000);
  },
};

test('every class has a row, and every row a class', () => {
  expect(Object.keys(checks).toSorted()).toEqual(Object.keys(faultClasses).toSorted());
});

describe.each(Object.entries(checks))('%s', (name, check) => {
  test('is seen as its summary says, and logged', async () => {
    const bench = rawBench();
    await check(bench, () => void bench.emulator.faults.add(name));
    expect(bench.emulator.log.filter(({ what, detail }) => what === 'fault' && detail.endsWith(name))).not.toEqual([]);
  });
});
