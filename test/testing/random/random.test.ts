/** Random sessions: one number is one run, a planted bug is found and made small, and what failed once stays mended. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { faultClasses } from '../../../src/emulator/index.js';
import { parseTrace } from '../../../src/trace/index.js';
import { campaign } from '../../../src/testing/random/campaign.js';
import { readSeed, seedText, type Command, type Plan } from '../../../src/testing/random/command.js';
import { planOf } from '../../../src/testing/random/generate.js';
import { numberedAudio, readNumber } from '../../../src/testing/random/audio.js';
import { regressions } from '../../../src/testing/random/regressions.js';
import { runPlan, type RunOptions } from '../../../src/testing/random/run.js';
import { shrink } from '../../../src/testing/random/shrink.js';
import { tellStory, testFile } from '../../../src/testing/random/story.js';
import { relations } from './relations.js';

describe('seeds', () => {
  test('one number gives the same run, byte for byte', async () => {
    const [first, again] = [await tellStory(planOf('random', 12)), await tellStory(planOf('random', 12))];
    expect(again.trace).toBe(first.trace);
    expect(again.report.hash).toBe(first.report.hash);
    expect((await runPlan(planOf('random', 12))).hash).toBe(first.report.hash);
    expect((await runPlan(planOf('random', 13))).hash).not.toBe(first.report.hash);
  });

  test('a campaign is the same for the same seed', async () => {
    const run = () => campaign({ kind: 'random', seed: 3, steps: 600, stopAt: 'never' });
    const [first, again] = [await run(), await run()];
    expect(again.hash).toBe(first.hash);
    expect(first.failures).toEqual([]);
  });

  test('a seed is written as it is read', () => {
    for (const text of ['0', '17', 'soak-4294967295']) expect(seedText(readSeed(text) as Plan)).toBe(text);
    for (const text of ['', 'x', '-1', '4294967296', 'soak-']) expect(readSeed(text)).toBeNull();
  });

  test('plans reach every command and every class of faults', () => {
    const commands = Array.from({ length: 2_000 }, (_, seed) => planOf('random', seed).commands).flat();
    expect(new Set(commands.map(({ do: name }) => name)).size).toBe(18);
    const faults = new Set(commands.flatMap((one) => (one.do === 'fault' ? [one.name] : [])));
    expect([...faults].toSorted()).toEqual(Object.keys(faultClasses).toSorted());
  });

  test('a frame of 16 bytes carries its number', () => {
    for (const n of [0, 1, 15, 16, 70_000, 2 ** 32 - 1]) {
      for (const loud of [false, true]) expect(readNumber(numberedAudio(n, loud).data)).toBe(n);
    }
    expect(Buffer.from(numberedAudio(7, false).data, 'base64')).toHaveLength(16);
  });
});

test.each(regressions)('$name', async ({ kind, seed }) => {
  expect((await runPlan(planOf(kind, seed))).violation).toBeNull();
});

/** Without faults of its own, so that what is found is what was planted. */
function longPlan(seed: number): Plan {
  const { setting, ...plan } = planOf('random', seed);
  return { ...plan, setting: { ...setting, before: [], resumption: true, transparent: false, overlap: false } };
}

interface Planted {
  readonly what: string;
  readonly rules: readonly string[];
  readonly plant: NonNullable<RunOptions['plant']>;
}

const planted: readonly Planted[] = [
  {
    what: 'a handle that is not dropped after it was refused',
    rules: ['S-CONN-16', 'G7'],
    plant: (inner) => {
      let first: string | undefined;
      return {
        ...inner,
        dial: (request, observer) => {
          first ??= request.config.sessionResumption?.handle;
          const config = { ...request.config, sessionResumption: first === undefined ? {} : { handle: first } };
          return inner.dial({ ...request, config }, observer);
        },
      };
    },
  },
  {
    what: 'a timer that is left after close()',
    rules: ['G3'],
    plant: (inner, clock) => ({
      ...inner,
      dial: (request, observer) => {
        const isSecond = request.config.sessionResumption?.handle !== undefined;
        if (isSecond) clock.setTimeout(() => {}, 86_400_000);
        return inner.dial(request, observer);
      },
    }),
  },
  {
    what: 'input that is written twice after a resume',
    rules: ['G5', 'G6'],
    plant: (inner) => ({
      ...inner,
      dial: (request, observer) => {
        const connection = inner.dial(request, observer);
        if (request.config.sessionResumption?.handle === undefined) return connection;
        return {
          get bufferedAmount() {
            return connection.bufferedAmount;
          },
          close: () => connection.close(),
          send: (text) => {
            connection.send(text);
            connection.send(text);
          },
        };
      },
    }),
  },
];

describe('a planted bug', () => {
  test.each(planted)('$what is found, and made small', async ({ rules, plant }) => {
    let found: { plan: Plan; id: string } | null = null;
    for (let seed = 0; seed < 60 && found === null; seed += 1) {
      const plan = longPlan(seed);
      const { violation } = await runPlan(plan, { plant });
      if (violation === null) continue;
      expect(rules).toContain(violation.id);
      const small = await shrink(plan, violation, { plant, maxRuns: 150 });
      found = { plan: small.plan, id: small.violation.id };
    }
    expect(found).not.toBeNull();
    const { plan, id } = found as unknown as { plan: Plan; id: string };
    expect(plan.commands.length).toBeLessThanOrEqual(10);
    const story = await tellStory(plan, { plant });
    const trace = parseTrace(story.trace);
    expect(trace).toMatchObject({ ok: true, truncated: false });
    const [last] = story.trace.trimEnd().split('\n').slice(-1);
    expect(JSON.parse(last ?? '')).toMatchObject({ type: 'violation', id, step: story.report.violation?.step });
    expect(story.text).toContain(`${id} is broken at step`);
    expect(story.text).toContain('dial 1');
    // The same plan is well without the bug.
    expect((await runPlan(plan)).violation).toBeNull();
    expect(testFile(plan, id)).toContain(JSON.stringify(plan.setting.model));
  });
});

describe('relations that need no oracle', () => {
  test.each(Object.entries(relations))('%s', async (_, holds) => {
    for (const seed of [1, 2, 3]) await holds(seed);
  });
});

test('close() after any prefix leaves no timer and no socket', async () => {
  const { commands, ...plan } = longPlan(5);
  for (let length = 0; length <= Math.min(commands.length, 30); length += 3) {
    const prefix: Command[] = [...commands.slice(0, length), { do: 'close' }];
    const { violation, checked } = await runPlan({ ...plan, commands: prefix });
    expect(violation).toBeNull();
    expect(checked['G3']).toBeGreaterThan(0);
  }
});

test('the words of the regressions are rules', () => {
  const pages = ['machines/SPEC.md', 'docs/GUARANTEES.md'].map((page) => readFileSync(page, 'utf8')).join();
  for (const { name } of regressions) expect(pages).toContain(`**${name.split(':')[0]}**`);
});
