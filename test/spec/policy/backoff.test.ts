/** P-…: the default backoff policy. DESIGN §4 (at once after a loss, 250 ms while the old socket may be open, full jitter). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { defaultBackoff, type BackoffContext } from '../../../src/policy/backoff.js';
import { seededRandom } from '../../../src/random.js';

const at = (changes: Partial<BackoffContext> = {}): number =>
  defaultBackoff({
    pace: 'backoff',
    attempt: 0,
    unstable: 1,
    awayMs: 0,
    oldSocketGraceMs: 5_000,
    random: seededRandom(1),
    ...changes,
  }) as number;

const always = (value: number) => ({ next: () => value });

test('P-01 a lost connection is resumed at once, unless the reason asks for time', () => {
  for (const pace of ['now', 'quick', 'backoff'] as const) expect(at({ pace })).toBe(0);
  expect(at({ pace: 'slow' })).toBeGreaterThanOrEqual(2_500);
});

test('P-02 accept then hang up: the third such connection waits, and longer each time', () => {
  expect(at({ pace: 'now', unstable: 2 })).toBe(0);
  const ceilings = [3, 4, 5, 6].map((unstable) => at({ pace: 'now', unstable, random: always(0.999) }));
  expect(ceilings).toEqual([...ceilings].sort((a, b) => a - b));
  expect(ceilings[0]).toBeGreaterThan(500);
});

test('P-03 while the old socket may be open: within 250 ms, afterwards exponential', () => {
  for (const random of [always(0), always(0.999)]) {
    const quick = at({ pace: 'quick', attempt: 4, unstable: 4, awayMs: 4_999, random });
    expect(quick).toBeGreaterThanOrEqual(25);
    expect(quick).toBeLessThanOrEqual(250);
  }
  expect(at({ pace: 'quick', attempt: 8, unstable: 8, awayMs: 5_000, random: always(0.999) })).toBeGreaterThan(20_000);
});

test('P-04 full jitter: a thousand clients that lost one server do not come back in step', () => {
  const random = seededRandom(5);
  const waits = Array.from({ length: 1_000 }, () => at({ attempt: 5, unstable: 5, random }));
  const buckets = Array.from({ length: 10 }, () => 0);
  for (const wait of waits) buckets[Math.min(9, Math.floor((wait / 16_000) * 10))]! += 1;
  for (const count of buckets) expect(count).toBeGreaterThan(50);
});

test('P-05 any refused dial waits at least 25 ms and at most two minutes, and the wait is a number', () => {
  fc.assert(
    fc.property(
      fc.record({
        pace: fc.constantFrom<BackoffContext['pace']>('now', 'quick', 'backoff', 'slow'),
        attempt: fc.integer({ min: 1, max: 10_000 }),
        extra: fc.integer({ min: 0, max: 10_000 }),
        awayMs: fc.nat(),
        seed: fc.nat(),
      }),
      ({ pace, attempt, extra, awayMs, seed }) => {
        const wait = at({
          pace,
          attempt,
          unstable: attempt + extra,
          awayMs,
          random: seededRandom(seed),
        });
        expect(wait).toBeGreaterThanOrEqual(25);
        expect(wait).toBeLessThanOrEqual(120_000);
      },
    ),
    { seed: 4 },
  );
});
