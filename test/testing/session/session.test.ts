/** TS-…: the lifecycle stories pass on Lifeline, over sockets and in process, and fail on apps that deserve it. */
import { describe, expect, test } from 'vitest';
import type { Account } from '../../../src/emulator/index.js';
import { describeSession, KitError, sessionStories, virtualClock } from '../../../src/testing/index.js';
import { homeMade, onConnect, onDropIn, type Faults } from './embeddings.js';

const accounts = new Map<string, Account<number>>();

describeSession(onConnect, {
  name: 'TS-1 connect() in process',
  over: 'process',
  describe,
  test,
  report: (story, account) => accounts.set(story, account),
});
describe.concurrent('over sockets', () => {
  describeSession(onConnect, { name: 'TS-2 connect()', describe, test });
  describeSession(onDropIn, { name: 'TS-3 the drop-in', describe, test });
});

test('TS-4 every story reports its account, and speech was heard in each', () => {
  const names = sessionStories(onConnect).map(({ name }) => name);
  expect([...accounts.keys()]).toEqual(names);
  const spoken = [...accounts.values()].filter(({ heard }) => heard >= 10);
  expect(spoken).toHaveLength(names.length - 1);
});

/** The stories that fail, with what they say. */
async function failures(faults: Faults): Promise<Record<string, string>> {
  const cases = sessionStories(homeMade(faults), { over: 'process', patienceMs: 5_000 });
  const outcomes = await Promise.allSettled(cases.map(({ run }) => run()));
  const failed = cases.flatMap(({ name }, n) => {
    const outcome = outcomes[n];
    if (outcome?.status !== 'rejected') return [];
    expect(outcome.reason).toBeInstanceOf(KitError);
    return [[name.split(':')[0] ?? '', String(outcome.reason)]];
  });
  return Object.fromEntries(failed) as Record<string, string>;
}

test('TS-5 an app that ignores goAway is told that it did not leave', async () => {
  const { 'a goAway': said, ...rest } = await failures({ ignoresGoAway: true });
  expect(said).toContain('the app did not leave after goAway');
  expect(rest['it is answered, and the model hears all that is said']).toBeUndefined();
});

test('TS-6 an app that holds nothing back is told which chunks the model missed', async () => {
  const said = await failures({});
  expect(said['a goAway']).toMatch(/lost [1-9]\d*, doubled 0, reordered 0\. lost: \d/);
  expect(said['a cut without notice']).toMatch(/lost [1-9]/);
  expect(said['a half-open link']).toContain('Waited 5000 ms for a connection that resumes');
  expect(said['stop() leaves nothing open, and nothing comes after it']).toBeUndefined();
});

test.each([
  [
    'never reconnects',
    { neverReconnects: true },
    'a cut without notice',
    'Waited 5000 ms for a connection that resumes',
  ],
  ['forgets its handles', { forgetsHandles: true }, 'a cut without notice', 'a connection that resumes'],
  [
    'stays open',
    { staysOpen: true },
    'stop() leaves nothing open, and nothing comes after it',
    'the last connection to be closed by stop()',
  ],
  [
    'dials after stop()',
    { dialsAfterStop: true },
    'stop() leaves nothing open, and nothing comes after it',
    'After stop() it dialled',
  ],
] as const)('TS-7 an app that %s fails', async (_name, faults, story, said) => {
  expect((await failures(faults))[story]).toContain(said);
});

test('TS-8 limits decide how much may be missed', async () => {
  const [, goAway] = sessionStories(homeMade(), { over: 'process', limits: { lost: 50, doubled: 50 } });
  await goAway?.run();
});

test('TS-9 without a runner it says what to pass', () => {
  expect(() => describeSession(onConnect)).toThrow(/Pass those of your test runner/);
});

test('TS-10 the virtual clock fires timers in order, and promises settle in between', async () => {
  const clock = virtualClock(100);
  const log: string[] = [];
  const at = (ms: number, word: string) => clock.setTimeout(() => log.push(`${word} ${clock.now()}`), ms);
  at(20, 'second');
  at(10, 'first');
  clock.clearTimeout(at(15, 'never'));
  clock.setTimeout(() => void Promise.resolve().then(() => at(5, 'from a promise')), 10);
  await clock.tick(19);
  expect(log).toEqual(['first 110', 'from a promise 115']);
  await clock.tick(1);
  expect(log.at(-1)).toBe('second 120');
  expect(clock.now()).toBe(120);
});
