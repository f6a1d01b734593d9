/** P-…: options, their defaults and `explain`. */
import { expect, test } from 'vitest';
import { emulator } from '../../../src/emulator/index.js';
import { explain } from '../../../src/index.js';
import { optionTable } from '../../../src/optionTable.js';
import { resolveOptions } from '../../../src/options.js';

const transport = emulator();
const model = 'gemini-live-2.5-flash-preview';

test('P-10 every option is explained: value, unit, default, why and source', () => {
  const rows = explain({ transport, model, setupTimeoutMs: 3_000 });
  const names = rows.map(({ name }) => name);
  for (const { name } of optionTable) expect(names).toContain(name);
  expect(names).toEqual(expect.arrayContaining(['config.sessionResumption', 'config.contextWindowCompression']));
  for (const row of rows) {
    expect(row.why).toMatch(/\.$/);
    expect(row.source).not.toBe('');
  }
  expect(rows.find(({ name }) => name === 'setupTimeoutMs')).toMatchObject({ value: 3_000, isDefault: false });
  expect(rows.find(({ name }) => name === 'closeTimeoutMs')).toMatchObject({ isDefault: true });
});

test('P-11 explain shows that there is a handle, and never which', () => {
  const rows = explain({ transport, model, config: { sessionResumption: { handle: 'a-secret-handle' } } });
  expect(JSON.stringify(rows)).not.toContain('a-secret-handle');
  expect(rows.find(({ name }) => name === 'config.sessionResumption')?.isDefault).toBe(false);
});

test('P-12 what the app set is never overwritten, and exactly two things are added where it set nothing', () => {
  const none = resolveOptions({ transport, model });
  expect(none.config).toEqual({ sessionResumption: {}, contextWindowCompression: { slidingWindow: {} } });
  expect(none.added).toEqual(['sessionResumption: {}', 'contextWindowCompression: { slidingWindow: {} }']);
  const own = { contextWindowCompression: { triggerTokens: '30000' }, sessionResumption: {}, temperature: 0.1 };
  const some = resolveOptions({ transport, model, config: own });
  expect(some.config).toEqual(own);
  expect(some.added).toEqual([]);
  const off = resolveOptions({
    transport,
    model,
    config: { sessionResumption: false, contextWindowCompression: false },
  });
  expect(off).toMatchObject({ config: {}, added: [], resumption: false, compression: null });
});

test('P-13 the target defaults to half the trigger, the trigger to 80 % of the window', () => {
  expect(resolveOptions({ transport, model }).compression).toEqual({ triggerTokens: 102_400, targetTokens: 51_200 });
  const contextWindowCompression = { triggerTokens: '25600', slidingWindow: {} };
  expect(resolveOptions({ transport, model, config: { contextWindowCompression } }).compression).toEqual({
    triggerTokens: 25_600,
    targetTokens: 12_800,
  });
});

test('P-18 a trigger without a sliding window slides nothing, and is warned of', () => {
  const config = { contextWindowCompression: { triggerTokens: '25600' } };
  const { compression, warnings } = resolveOptions({ transport, model, config });
  expect(compression).toBeNull();
  expect(warnings).toHaveLength(1);
});

test('P-14 a target near the trigger is allowed, and warned of', () => {
  const { warnings } = resolveOptions({
    transport,
    model,
    config: { contextWindowCompression: { triggerTokens: '10000', slidingWindow: { targetTokens: '9900' } } },
  });
  expect(warnings).toHaveLength(1);
});

test('P-15 the life of a handle follows the provider', () => {
  expect(resolveOptions({ transport, model }).tuned.handleLifeMs).toBe(2 * 3_600_000);
  expect(resolveOptions({ transport: emulator({ provider: 'vertex' }), model }).tuned.handleLifeMs).toBe(
    24 * 3_600_000,
  );
  expect(resolveOptions({ transport, model, handleLifeMs: 1_000 }).tuned.handleLifeMs).toBe(1_000);
});
