/** TT-…: the named behaviours of TestTransport, each by what the real session does about it, on one virtual clock. */
import { describe, expect, test } from 'vitest';
import { FaultError, OptionError } from '../../../src/emulator/index.js';
import { connect, type LiveSession } from '../../../src/index.js';
import {
  accepts,
  closesAfter,
  cutsAfter,
  dropsHandle,
  goAwayAfter,
  goesHalfOpenAfter,
  goesSilentAfterGoAway,
  inSequence,
  issuesNoHandles,
  losesContext,
  neverAnswers,
  neverUpgrades,
  refuses,
  refusesUpgrade,
  sendsAfter,
  testTransport,
  together,
  unreachable,
  withFaults,
  type Behaviour,
  type TestTransport,
} from '../../../src/testing/index.js';
import { seededRandom } from '../../../src/random.js';
import { settled } from '../../support/simulation.js';
import { virtualClock, type VirtualClock } from '../../support/virtualClock.js';

const model = 'gemini-live-2.5-flash-preview';
const config = { responseModalities: ['TEXT' as const] };

function service(behaviour?: Behaviour): {
  clock: VirtualClock;
  transport: TestTransport;
  start: () => Promise<LiveSession>;
} {
  const clock = virtualClock(1_000_000);
  const transport = testTransport(behaviour, { clock, random: seededRandom(7) });
  const start = () =>
    settled(
      clock,
      connect({ transport, model, config, clock, random: seededRandom(11), setupTimeoutMs: 1_000 }),
      600_000,
      10,
    );
  return { clock, transport, start };
}

const ends = ({ dials }: TestTransport) =>
  dials.map(({ end }) => (end?.cause === 'close' ? end.code : (end?.cause ?? null)));

describe('behaviours at a dial', () => {
  test.each([
    ['refusesUpgrade', refusesUpgrade(503), 'http'],
    ['unreachable', unreachable(), 'unreachable'],
    ['refuses', refuses(1011, 'Internal error encountered.'), 1011],
    ['neverAnswers', neverAnswers(), 1006],
    ['neverUpgrades', neverUpgrades(), 1006],
  ])('TT-1 one dial meets %s, the next does not', async (_name, behaviour, end) => {
    const { transport, start, clock } = service(inSequence(behaviour, accepts()));
    const session = await start();
    // A close that nobody answers takes its time.
    await clock.tick(31_000);
    const [first, second] = ends(transport);
    expect([1005, end]).toContain(first);
    expect(transport.dials).toHaveLength(2);
    expect(second).toBeNull();
    expect(session.status.current.lifecycle).toBe('active');
    await settled(clock, session.close(), 10_000);
  });

  test('TT-2 a sequence goes on to its last behaviour, whatever was refused before', async () => {
    const { transport, start } = service(
      inSequence(refusesUpgrade(429), unreachable(), refuses(1011), refusesUpgrade(), accepts()),
    );
    const session = await start();
    expect(ends(transport).slice(0, 4)).toEqual(['http', 'unreachable', 1011, 'http']);
    expect(session.setupComplete).toBeDefined();
    expect(transport.behaviour).toContain('refusesUpgrade(429)');
  });

  test('TT-3 the last behaviour is that of every further dial, also when it ends the session', async () => {
    const { transport, start } = service(inSequence(refusesUpgrade(503), refuses(1007, 'API key not valid.')));
    await expect(start()).rejects.toMatchObject({ code: 'authentication' });
    expect(ends(transport)).toEqual(['http', 1007]);
    const alone = service(refusesUpgrade(503));
    await expect(alone.start()).rejects.toMatchObject({ name: 'LifelineError' });
    expect(alone.transport.dials.length).toBeGreaterThan(3);
    expect(ends(alone.transport).every((end) => end === 'http')).toBe(true);
  });
});

describe('behaviours of a connection', () => {
  const cases: [string, Behaviour, number][] = [
    ['closesAfter', closesAfter(500, 1011, 'x'), 1011],
    ['cutsAfter', cutsAfter(500), 1006],
    ['goAwayAfter', goAwayAfter(500, 1_000), 1005],
    ['goesSilentAfterGoAway', together(goAwayAfter(500, 1_000), goesSilentAfterGoAway()), 1005],
  ];
  test.each(cases)('TT-4 %s: the session goes on with the handle on the next', async (_name, behaviour, end) => {
    const { transport, start, clock } = service(inSequence(behaviour, accepts()));
    const session = await start();
    await clock.tick(5_000);
    expect(ends(transport)).toEqual([end, null]);
    expect(transport.dials[0]?.handle).toBeNull();
    expect(transport.dials[1]?.handle).toEqual(expect.any(String));
    expect(session.stats.connections).toBe(2);
    await settled(clock, session.close(), 10_000);
  });

  test('TT-5 goesSilentAfterGoAway lets the goAway pass and nothing behind it', async () => {
    const silent = async (behaviour: Behaviour): Promise<number> => {
      const { transport, clock } = service(behaviour);
      let frames = 0;
      const observer = { opened: () => {}, frame: () => (frames += 1), ended: () => {} };
      transport.dial({ model, config: { sessionResumption: {} } }, observer);
      await clock.tick(500);
      const before = frames;
      await clock.tick(500);
      return frames - before;
    };
    expect(await silent(goAwayAfter(100, 10_000))).toBeGreaterThan(5);
    expect(await silent(together(goAwayAfter(100, 10_000), goesSilentAfterGoAway()))).toBe(0);
  });

  test('TT-6 goesHalfOpenAfter leaves a socket that looks open', async () => {
    const { transport, start, clock } = service(inSequence(goesHalfOpenAfter(200), accepts()));
    const session = await start();
    for (let second = 0; second < 20; second += 1) {
      session.sendRealtimeInput({ text: 'Still there?' });
      await clock.tick(1_000);
    }
    expect(transport.dials).toHaveLength(2);
    expect(session.status.current.lifecycle).toBe('active');
    await settled(clock, session.close(), 10_000);
  });

  test('TT-7 dropsHandle refuses the handle and then takes the fresh session', async () => {
    const { transport, start, clock } = service(
      inSequence(cutsAfter(500), dropsHandle(), dropsHandle(), dropsHandle()),
    );
    const session = await start();
    await clock.tick(5_000);
    expect(ends(transport)).toEqual([1006, 1008, 1008, null]);
    expect(transport.dials.map(({ handle }) => handle !== null)).toEqual([false, true, true, false]);
    await settled(clock, session.close(), 10_000);
  });

  test('TT-8 losesContext accepts the handle, and the model knows nothing', async () => {
    const { transport, start, clock } = service(inSequence(cutsAfter(1_000), losesContext()));
    const session = await start();
    session.sendClientContent({ turns: 'My name is Ada.' });
    await clock.tick(4_000);
    const [, second] = transport.emulator.contexts();
    expect(transport.dials[1]?.handle).not.toBeNull();
    expect(second?.turns).toEqual([]);
    await settled(clock, session.close(), 10_000);
  });

  test('TT-9 issuesNoHandles, sendsAfter and withFaults do what they say', async () => {
    const { transport, start, clock } = service(
      together(
        issuesNoHandles(),
        sendsAfter(100, { usageMetadata: { totalTokenCount: 77 } }),
        withFaults({ match: { at: 'ready', afterMs: 1_000 }, action: { do: 'close', code: 1011 } }),
      ),
    );
    const session = await start();
    const totals: (number | undefined)[] = [];
    session.messages$.subscribe(
      ({ usageMetadata }) => void (usageMetadata && totals.push(usageMetadata.totalTokenCount)),
    );
    await clock.tick(500);
    expect(session.handle).toBeNull();
    expect(totals).toEqual([77]);
    await clock.tick(1_000);
    expect(ends(transport)[0]).toBe(1011);
    await settled(clock, session.close(), 10_000);
  });
});

describe('the record', () => {
  test('TT-10 has what was dialled and sent, and how it ended', async () => {
    const { transport, start, clock } = service();
    const session = await start();
    session.sendClientContent({ turns: 'Hello.' });
    await clock.tick(100);
    expect(transport.dials).toMatchObject([{ dial: 1, model, handle: null, opened: true, closed: false, end: null }]);
    expect(transport.dials[0]?.config).toMatchObject(config);
    expect(transport.sent).toMatchObject([{ clientContent: { turnComplete: true } }]);
    await settled(clock, session.close(), 10_000);
    expect(transport.dials).toMatchObject([{ closed: true, end: { cause: 'close' } }]);
    expect(transport.dials[0]?.frames).toBeGreaterThan(1);
  });

  test('TT-11 keeps the newest 1,000 dials and withdraws old faults', async () => {
    const { transport, clock } = service(refuses(1011));
    const observer = { opened: () => {}, frame: () => {}, ended: () => {} };
    for (let n = 0; n < 1_100; n += 1) {
      transport.dial({ model, config: {} }, observer);
      if (n % 100 === 0) await clock.tick(10);
    }
    await clock.tick(100);
    expect(transport.dials).toHaveLength(1_000);
    expect(transport.dials.at(-1)).toMatchObject({ dial: 1_100, end: { cause: 'close', code: 1011 } });
    expect(transport.emulator.faults.list().length).toBeLessThan(400);
  });
});

test('TT-12 what cannot work is refused where it was written, by name', () => {
  expect(() => inSequence()).toThrow(FaultError);
  expect(() => refuses(1005)).toThrow(/code/);
  expect(() => refusesUpgrade(200)).toThrow(/status/);
  expect(() => cutsAfter(-1)).toThrow(/afterMs/);
  expect(() => testTransport(accepts(), { setupMs: -1 })).toThrow(OptionError);
});
