import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTrace, splitTraces } from '../../../src/trace/format.js';
import { recordedSession } from './support.js';

function sample(): string {
  const session = recordedSession();
  session.actor.start();
  session.actor.send({ type: 'connect' });
  session.recorder.frame('in', 1, 'setupComplete', 20);
  session.recorder.end('closed');
  return session.text();
}

function problemOf(text: string) {
  const parsed = parseTrace(text);
  return parsed.ok ? null : parsed.problem;
}

describe('parseTrace', () => {
  test('TR-60 reads what the recorder wrote, with and without a last line break', () => {
    const text = sample();
    expect(parseTrace(text)).toMatchObject({ ok: true, truncated: false, skipped: 0 });
    expect(parseTrace(text.trimEnd())).toEqual(parseTrace(text));
    expect(parseTrace(text.replaceAll('\n', '\r\n'))).toEqual(parseTrace(text));
  });

  test('TR-61 takes a file whose last line was cut off anywhere', () => {
    const text = sample();
    const start = text.lastIndexOf('\n', text.length - 2) + 1;
    const whole = parseTrace(text);
    for (let cut = start + 1; cut < text.length - 1; cut += 1) {
      const parsed = parseTrace(text.slice(0, cut));
      expect(parsed).toMatchObject({ ok: true, truncated: true });
      if (parsed.ok && whole.ok) expect(parsed.records).toEqual(whole.records.slice(0, -1));
    }
  });

  test('TR-62 names a broken line in the middle', () => {
    const lines = sample().trimEnd().split('\n');
    lines[2] = '{"n":1,';
    expect(problemOf(lines.join('\n'))).toMatchObject({ code: 'badRecord', line: 3 });
    lines[2] = '{"n":1,"at":5,"type":"guard","name":"x"}';
    expect(problemOf(lines.join('\n'))).toMatchObject({
      code: 'badRecord',
      line: 3,
      message: expect.stringContaining('answer') as string,
    });
  });

  test('TR-63 refuses a newer major version in words, and takes a newer minor one', () => {
    const text = sample();
    expect(problemOf(text.replace('"version":1,', '"version":2,'))).toMatchObject({
      code: 'newerVersion',
      line: 1,
      message: expect.stringContaining('newer gemini-lifeline') as string,
    });
    expect(parseTrace(text.replace('"version":1,', '"version":1.4,"colour":"red",'))).toMatchObject({ ok: true });
    expect(problemOf(text.replace('"version":1,', '"version":"one",'))).toMatchObject({ code: 'notATrace' });
  });

  test('TR-64 skips and counts record types it does not know, and keeps fields it does not know', () => {
    const [head = '', ...rest] = sample().trimEnd().split('\n');
    const text = [
      head,
      '{"n":0,"at":0,"type":"weather","sky":"blue"}',
      '{"n":0,"at":0,"type":"guard","name":"hasHandle","answer":true,"tookMs":3}',
      ...rest,
    ].join('\n');
    const parsed = parseTrace(text);
    expect(parsed).toMatchObject({ ok: true, skipped: 1 });
    if (parsed.ok) expect(parsed.records[1]).toMatchObject({ tookMs: 3 });
  });

  test('TR-65 refuses what is no trace', () => {
    expect(problemOf('')).toMatchObject({ code: 'empty', line: 1 });
    expect(problemOf('\n\n')).toMatchObject({ code: 'empty' });
    expect(problemOf('{"a":1}')).toMatchObject({ code: 'notATrace', line: 1 });
    expect(problemOf('not json')).toMatchObject({ code: 'notATrace', line: 1 });
    expect(problemOf('[]\n{}')).toMatchObject({ code: 'notATrace', line: 1 });
  });

  test('TR-66 two sessions in one file are taken apart, the first one cut off by a crash', () => {
    const text = sample();
    const both = `${text.trimEnd().slice(0, -10)}\n${text}`;
    expect(problemOf(both)?.code).toBe('badRecord');
    expect(problemOf(`${text}${text}`)).toMatchObject({
      code: 'severalSessions',
      line: text.trimEnd().split('\n').length + 1,
    });
    const [first = '', second = ''] = splitTraces(both);
    expect(parseTrace(first)).toMatchObject({ ok: true, truncated: true });
    expect(parseTrace(second)).toEqual(parseTrace(text));
  });

  test('TR-67 never throws', () => {
    const text = sample();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.nat(text.length), (noise, at) => {
        parseTrace(noise);
        parseTrace(text.slice(0, at) + noise + text.slice(at));
        splitTraces(text.slice(0, at) + noise);
      }),
    );
  });
});
