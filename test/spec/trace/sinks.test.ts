import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fileSink } from '../../../src/trace/file.js';
import { parseTrace, splitTraces } from '../../../src/trace/format.js';
import { ringSink } from '../../../src/trace/ring.js';
import { recordedSession } from './support.js';

describe('ringSink', () => {
  test('TR-70 keeps the header and the newest records', () => {
    const ring = ringSink(3);
    const { recorder } = recordedSession({ sink: ring });
    for (let i = 1; i <= 8; i += 1) recorder.outbox({ accepted: i });
    const parsed = parseTrace(ring.text());
    expect(parsed).toMatchObject({ ok: true });
    if (parsed.ok) {
      expect(
        parsed.records.map((record) => (record.type === 'outbox' ? record.counts['accepted'] : record.type)),
      ).toEqual(['header', 6, 7, 8]);
    }
    expect(ring.dropped).toBe(5);
  });

  test('TR-71 before it is full it has everything, and empty it is an empty text', () => {
    const ring = ringSink(3);
    expect(ring.text()).toBe('');
    const { recorder } = recordedSession({ sink: ring });
    recorder.outbox({ accepted: 1 });
    expect(ring.text().trimEnd().split('\n').length).toBe(2);
    expect(ring.dropped).toBe(0);
  });

  test('TR-72 refuses a capacity that is none', () => {
    expect(() => ringSink(0)).toThrow(RangeError);
    expect(() => ringSink(1.5)).toThrow(RangeError);
  });
});

describe('fileSink', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lifeline-trace-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('TR-73 has each record in the file when the call returns', () => {
    const path = join(folder, 'a.jsonl');
    const sink = fileSink(path);
    const { recorder } = recordedSession({ sink });
    recorder.outbox({ accepted: 1 });
    expect(parseTrace(readFileSync(path, 'utf8'))).toMatchObject({ ok: true, truncated: false });
    sink.close();
    sink.close();
    sink('{}');
    expect(readFileSync(path, 'utf8')).not.toContain('{}');
  });

  test('TR-74 appends after a crash in the middle of a line, and both sessions can be read', () => {
    const path = join(folder, 'b.jsonl');
    const before = fileSink(path);
    recordedSession({ sink: before });
    before.close();
    appendFileSync(path, '{"n":3,"at":17,"ty');
    const after = fileSink(path);
    recordedSession({ sink: after });
    after.close();
    const traces = splitTraces(readFileSync(path, 'utf8')).map(parseTrace);
    expect(traces).toMatchObject([
      { ok: true, truncated: true },
      { ok: true, truncated: false },
    ]);
  });

  test('TR-75 throws where the file cannot be opened', () => {
    expect(() => fileSink(join(folder, 'none', 'c.jsonl'))).toThrow('ENOENT');
  });
});
