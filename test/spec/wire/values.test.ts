/** Durations and int64 as the wire has them (PROTOCOL: accept both forms; unparsable is 0, never NaN). */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDurationMs } from '../../../src/wire/duration.js';
import { parseInt64 } from '../../../src/wire/int64.js';

describe('durations', () => {
  test.each([
    ['50s', 50_000],
    ['3.000000001s', 3_000.000001],
    ['0s', 0],
    ['0.5s', 500],
    ['30', 30_000],
    [50, 50_000],
    [0.25, 250],
    [{ seconds: 3, nanos: 500_000_000 }, 3_500],
    [{ seconds: '300' }, 300_000],
    [{ nanos: 1_000_000 }, 1],
    [{}, 0],
    ['soon', 0],
    ['', 0],
    ['s', 0],
    ['-5s', 0],
    ['1e9s', 0],
    ['5 minutes', 0],
    [-1, 0],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
    [{ seconds: 'x' }, 0],
    [{ seconds: -3, nanos: 1 }, 0],
    [null, 0],
    [undefined, 0],
    [true, 0],
    [[], 0],
  ])('W-DUR-1 %j is %d ms', (value, ms) => {
    expect(parseDurationMs(value)).toBeCloseTo(ms, 6);
  });

  test('W-DUR-2 anything gives a finite number of at least 0', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const ms = parseDurationMs(value);
        expect(Number.isFinite(ms) && ms >= 0).toBe(true);
      }),
    );
  });
});

describe('int64', () => {
  test.each([
    ['42', 42],
    [42, 42],
    ['0', 0],
    [0, 0],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['9007199254740992', null],
    ['-1', null],
    [-1, null],
    [1.5, null],
    ['1.5', null],
    ['', null],
    [' 1', null],
    ['0x10', null],
    ['1e3', null],
    [Number.NaN, null],
    [null, null],
    [undefined, null],
    [{}, null],
    [true, null],
  ])('W-INT-1 %j is %j', (value, expected) => {
    expect(parseInt64(value)).toBe(expected);
  });
});
