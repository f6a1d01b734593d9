/**
 * The benchmarks themselves, at a small size: the sum of what they check is the claim of README and docs, so they have to
 * run and to notice.
 */
import { describe, expect, test } from 'vitest';
import { rotate, type RotateOptions } from './rotateRun.js';
import { soak } from './soakRun.js';

const small: RotateOptions = {
  count: 20,
  transparent: false,
  cuts: false,
  real: false,
  seed: 3,
  oneWayMs: 60,
  jitterMs: 0,
  setupMs: 130,
  handleEveryMs: 1_500,
  timeLeftMs: 50_000,
};

describe.each([false, true])('transparent %s', (transparent) => {
  test('R-1 20 planned rotations: nothing lost, doubled or out of order', async () => {
    const report = await rotate({ ...small, transparent });
    expect(report).toMatchObject({ ok: true, problems: [], handOffs: 20, planned: 20, connections: 21, lineages: 1 });
    expect(report).toMatchObject({ lost: 0, doubled: 0, reordered: 0, unreported: 0, forgotten: 0 });
    expect(report.heard).toBe(report.sent);
    expect(report.modelTurns).toBeGreaterThan(0);
    expect(report.gapMs?.count).toBe(20);
  });

  test('R-2 20 cuts: nothing lost or out of order, and every double is reported', async () => {
    const report = await rotate({ ...small, cuts: true, transparent });
    expect(report).toMatchObject({
      ok: true,
      problems: [],
      handOffs: 20,
      planned: 0,
      lost: 0,
      reordered: 0,
      unreported: 0,
    });
    expect(report.doubled).toBeLessThanOrEqual(transparent ? 0 : report.possiblyDoubled);
  });
});

test('R-3 the same seed gives the same run', async () => {
  const [one, two] = [await rotate({ ...small, count: 5 }), await rotate({ ...small, count: 5 })];
  const figures = (report: typeof one) => ({ ...report, wallMs: 0, machine: null });
  expect(figures(two)).toEqual(figures(one));
});

test('R-4 a link that the session has misjudged is noticed: the verdict is not always ok', async () => {
  const report = await rotate({ ...small, cuts: true, jitterMs: 400 });
  expect(report.ok).toBe(false);
  expect(report.lost).toBeGreaterThan(0);
});

test('R-5 an hour of rotations, cuts, tool calls and barge-ins leaves nothing behind', async () => {
  const report = await soak({ hours: 1, seed: 3, oneWayMs: 60 });
  expect(report).toMatchObject({ ok: true, problems: [], lost: 0, reordered: 0, openReceipts: 0 });
  expect(report).toMatchObject({ maxSocketsAtRest: 1, socketsLeft: 0, timersLeft: 0 });
  expect(Math.min(...Object.values(report.orders), report.rotations, report.cutResumes)).toBeGreaterThan(10);
});
