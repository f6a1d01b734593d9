/** Bad scripts: which turn, which step, which field, and what to do. */
import { expect, test } from 'vitest';
import { createEmulator, readScript, ScriptError } from '../../../src/emulator/index.js';

const steps = (...list: unknown[]): unknown => ({ turns: [{ steps: list }] });

const bad: [string, unknown, { turn?: number; step?: number; field: string }][] = [
  ['no object', 5, { field: '' }],
  ['no turns', {}, { field: 'turns' }],
  ['turns is no list', { turns: {} }, { field: 'turns' }],
  ['a misspelt field above', { turns: [], turn: [] }, { field: 'turn' }],
  ['otherwise is a word', { turns: [], otherwise: 'quiet' }, { field: 'otherwise' }],
  ['otherwise has a bad step', { turns: [], otherwise: [{ say: 1 }] }, { step: 1, field: 'say' }],
  ['no steps', { turns: [{ when: {} }] }, { turn: 1, field: 'steps' }],
  ['a misspelt condition', { turns: [{ when: { txt: 'a' }, steps: [] }] }, { turn: 1, field: 'when.txt' }],
  ['an open bracket', { turns: [{ when: { matches: '(' }, steps: [] }] }, { turn: 1, field: 'when.matches' }],
  ...['(a+)+', 'x(?:a|\\w*)*y', '([a-z]+?)*', '(?<word>\\p{L}+){2,}'].map(
    (matches): [string, unknown, { turn: number; field: string }] => [
      `repetitions of repetitions: ${matches}`,
      { turns: [{ when: { matches }, steps: [] }] },
      { turn: 1, field: 'when.matches' },
    ],
  ),
  [
    'an endless expression',
    { turns: [{ when: { matches: 'a'.repeat(2_001) }, steps: [] }] },
    { turn: 1, field: 'when.matches' },
  ],
  ['turn zero', { turns: [{ when: { turn: 0 }, steps: [] }] }, { turn: 1, field: 'when.turn' }],
  ['start and text', { turns: [{ when: { start: true, text: 'a' }, steps: [] }] }, { turn: 1, field: 'when.text' }],
  [
    'result and audio',
    { turns: [{ when: { result: true, audio: true }, steps: [] }] },
    { turn: 1, field: 'when.audio' },
  ],
  ['repeat half', { turns: [{ steps: [], repeat: 0.5 }] }, { turn: 1, field: 'repeat' }],
  ['an empty step', steps({ say: 'a' }, {}), { turn: 1, step: 2, field: '' }],
  ['a step of two', steps({ say: 'a', waitMs: 5 }), { turn: 1, step: 1, field: 'waitMs' }],
  ['an unknown step', steps({ shout: 'a' }), { turn: 1, step: 1, field: 'shout' }],
  ['a step named like a method', steps({ toString: 'a' }), { turn: 1, step: 1, field: 'toString' }],
  ['say a number', steps({ say: 5 }), { turn: 1, step: 1, field: 'say' }],
  ['say without text', steps({ say: { pace: 1 } }), { turn: 1, step: 1, field: 'say.text' }],
  ['say too long', steps({ say: 'a'.repeat(20_001) }), { turn: 1, step: 1, field: 'say' }],
  ['a negative pace', steps({ say: { text: 'a', pace: -1 } }), { turn: 1, step: 1, field: 'say.pace' }],
  ['a wait that is no number', steps({ waitMs: Number.NaN }), { turn: 1, step: 1, field: 'waitMs' }],
  ['no call', steps({ call: [] }), { turn: 1, step: 1, field: 'call' }],
  ['a call without a name', steps({ call: [{ name: 'f' }, {}] }), { turn: 1, step: 1, field: 'call[1].name' }],
  ['args as a list', steps({ call: { name: 'f', args: [] } }), { turn: 1, step: 1, field: 'call.args' }],
  ['awaitResults false', steps({ awaitResults: false }), { turn: 1, step: 1, field: 'awaitResults' }],
  ['code 1006', steps({ close: { code: 1006 } }), { turn: 1, step: 1, field: 'close.code' }],
  ['code 2000', steps({ close: { code: 2000 } }), { turn: 1, step: 1, field: 'close.code' }],
  ['goAway without a time', steps({ goAway: {} }), { turn: 1, step: 1, field: 'goAway.timeLeftMs' }],
  ['send text', steps({ send: '{}' }), { turn: 1, step: 1, field: 'send' }],
  ['a big integer', steps({ send: { n: 1n } }), { field: '' }],
];

test.each(bad)('%s', (_, data, { turn = null, step = null, field }) => {
  let error: unknown;
  try {
    readScript(data);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(ScriptError);
  expect(error).toMatchObject({ name: 'ScriptError', turn, step, field });
  const { message } = error as ScriptError;
  if (turn !== null) expect(message).toContain(`turn ${turn}`);
  if (step !== null) expect(message).toContain(`step ${step}`);
  expect(message).toContain(field);
  // The problem, then one thing to do.
  expect(message).toMatch(/\. [A-Z].*\.$/);
  expect(message.length).toBeLessThan(400);
});

test('the option is read too, at the start and while running', () => {
  const script = { turns: [{ steps: [{ shout: 'a' }] }] } as never;
  expect(() => createEmulator({ script })).toThrow(ScriptError);
  const emulator = createEmulator();
  expect(() => emulator.configure({ script })).toThrow(ScriptError);
  expect(emulator.settings.script).toBeNull();
});

test.each(['(?:\\w+ )*ticket', '(\\d{2}-){3}', '\\(a+\\)+', '[(a+)]+', '(a|b)+', 'weather|rain.*today', '(?:a+)?'])(
  'an expression that is none of those: %s',
  (matches) => {
    expect(() => readScript({ turns: [{ when: { matches }, steps: [] }] })).not.toThrow();
  },
);
