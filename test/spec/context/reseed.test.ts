/** C-…: what a fresh session is told, and the record it is made of. Forms: PROTOCOL §1 (3.1+ take clientContent at the start only). */
import type { LiveConnectConfig } from '@google/genai';
import { describe, expect, test } from 'vitest';
import {
  generationOf,
  reseedConfig,
  reseedMessage,
  takesClientContentInMidSession,
} from '../../../src/context/reseed.js';
import { Reseeder } from '../../../src/context/reseeder.js';
import { TurnRecorder } from '../../../src/context/turns.js';
import { systemClock } from '../../../src/clock.js';

const turns = [
  { role: 'user', text: 'Hello' },
  { role: 'model', text: 'Hi' },
] as const;

describe('the form', () => {
  test.each([
    ['gemini-live-2.5-flash-preview', 2.5, true],
    ['gemini-2.0-flash-live-001', 2, true],
    ['gemini-2.5-flash-native-audio-preview-12-2025', 2.5, true],
    ['models/gemini-2.5-flash-native-audio-preview-12-2025', 2.5, true],
    ['publishers/google/models/gemini-live-2.5-flash', 2.5, true],
    ['gemini-3.1-flash-live-preview', 3.1, false],
    ['gemini-3.8-live', 3.8, false],
    ['projects/p/locations/l/publishers/google/models/gemini-3.8-live', 3.8, false],
    ['gemini-10.0-live', 10, false],
    ['my-tuned-model', null, true],
  ])('C-01 %s is of generation %s and takes clientContent in mid-session: %s', (model, generation, takes) => {
    expect(generationOf(model)).toBe(generation);
    expect(takesClientContentInMidSession(model)).toBe(takes);
  });

  test('C-02 before 3.1: one clientContent, with the turn left open so that nothing is answered', () => {
    expect(JSON.parse(reseedMessage('gemini-live-2.5-flash-preview', turns) ?? '')).toEqual({
      clientContent: {
        turns: [
          { role: 'user', parts: [{ text: 'Hello' }] },
          { role: 'model', parts: [{ text: 'Hi' }] },
        ],
        turnComplete: false,
      },
    });
    expect(reseedMessage('gemini-3.8-live', turns)).toBeNull();
    expect(reseedMessage('gemini-live-2.5-flash-preview', [])).toBeNull();
  });

  test.each([
    ['none', undefined, ''],
    ['text', 'Be brief.', 'Be brief.'],
    ['a content', { parts: [{ text: 'Be' }, { text: 'brief.' }] }, 'Be|brief.'],
    ['parts', [{ text: 'Be' }, 'brief.'], 'Be|brief.'],
  ])('C-03 from 3.1 on: behind the instruction of the app (%s)', (_, systemInstruction, kept) => {
    const config: LiveConnectConfig = systemInstruction === undefined ? {} : { systemInstruction };
    reseedConfig('gemini-3.8-live', turns, config);
    const { parts } = config.systemInstruction as { parts: { text: string }[] };
    expect(
      parts
        .slice(0, -1)
        .map(({ text }) => text)
        .join('|'),
    ).toBe(kept);
    expect(parts.at(-1)?.text).toContain('user: Hello\nmodel: Hi');
  });

  test('C-03 nothing is added to an older model, and nothing where there is nothing', () => {
    const config = {};
    reseedConfig('gemini-live-2.5-flash-preview', turns, config);
    reseedConfig('gemini-3.8-live', [], config);
    expect(config).toEqual({});
  });

  test('C-04 what was prepared is handed over once; a later setup of the same session says it again', async () => {
    const reseeder = new Reseeder({
      model: 'gemini-3.8-live',
      clock: systemClock,
      summarize: undefined,
      timeoutMs: 10,
      onSummaryFailed: () => {},
    });
    const instructionOf = (isFresh: boolean) => {
      const config: { systemInstruction?: unknown } = {};
      reseeder.addTo(config as never, isFresh);
      return JSON.stringify(config.systemInstruction ?? null);
    };
    expect(instructionOf(true)).toBe('null');
    expect(await reseeder.prepare(turns)).toEqual({ restores: true });
    expect(instructionOf(true)).toContain('Hello');
    reseeder.take();
    expect(instructionOf(true)).toBe('null');
    expect(instructionOf(false)).toContain('Hello');
    expect(await reseeder.prepare([])).toEqual({ restores: false });
    reseeder.take();
    expect(instructionOf(false)).toBe('null');
  });
});

describe('the record', () => {
  test('C-05 pieces of one turn are one turn; a closed one is not continued', () => {
    const recorder = new TurnRecorder(1_000);
    recorder.add('user', 'How');
    recorder.add('user', ' are you?');
    recorder.add('model', 'Fine.');
    recorder.closeTurn();
    recorder.add('model', 'And you?');
    recorder.add('user', '');
    expect(recorder.read()).toEqual([
      { role: 'user', text: 'How are you?' },
      { role: 'model', text: 'Fine.' },
      { role: 'model', text: 'And you?' },
    ]);
  });

  test('C-06 what was written and what was heard are not one sentence', () => {
    const recorder = new TurnRecorder(1_000);
    recorder.add('user', 'Written', 1);
    recorder.add('user', 'heard');
    expect(recorder.read().map(({ text }) => text)).toEqual(['Written', 'heard']);
  });

  test('C-07 what will be replayed is left out', () => {
    const recorder = new TurnRecorder(1_000);
    recorder.add('user', 'One', 1);
    recorder.add('model', 'Answer');
    recorder.add('user', 'Two', 2);
    expect(recorder.read((send) => send === 2).map(({ text }) => text)).toEqual(['One', 'Answer']);
  });

  test.each([0, 10, 100])('C-08 bounded to %d characters, the newest, whoever speaks', (most) => {
    const recorder = new TurnRecorder(most);
    for (let n = 0; n < 500; n += 1) {
      recorder.add('user', `word ${n} `);
      if (n % 7 === 0) recorder.add('model', 'yes');
      const text = recorder
        .read()
        .map((turn) => turn.text)
        .join('');
      expect(text.length).toBeLessThanOrEqual(most);
    }
    for (let n = 0; n < 500; n += 1) recorder.add('model', 'endless ');
    const text = recorder
      .read()
      .map((turn) => turn.text)
      .join('');
    expect(text.length).toBeLessThanOrEqual(most);
    if (most > 0) expect('endless '.repeat(500).endsWith(text)).toBe(true);
  });
});
