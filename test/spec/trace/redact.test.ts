import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SessionEvent } from '../../../machines/index.js';
import { recordedSession } from './support.js';

/** Never a word of the library, whatever fast-check makes of it. */
const secret = fc
  .string({
    minLength: 1,
    maxLength: 40,
    unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_./+='.split('')),
  })
  .map((text) => `zq7${text}`);

/** Any JSON with the secret in its strings and keys, and keys of the allow list in between. */
const planted = (hidden: string) =>
  fc.letrec((tie) => ({
    leaf: fc.oneof(fc.constant(hidden), fc.constant(`x ${hidden} y`), fc.integer(), fc.boolean(), fc.constant(null)),
    key: fc.oneof(
      fc.constant(hidden),
      fc.constantFrom(
        'type',
        'reason',
        'meaning',
        'model',
        'callIds',
        'end',
        'handle',
        'error',
        'output',
        'text',
        'args',
        'newHandle',
      ),
    ),
    value: fc.oneof({ maxDepth: 4 }, tie('leaf'), fc.array(tie('value'), { maxLength: 4 }), tie('object')),
    object: fc.dictionary(tie('key') as fc.Arbitrary<string>, tie('value'), { maxKeys: 5 }),
  })).object as fc.Arbitrary<object>;

const planting = secret.chain((hidden) => fc.record({ hidden: fc.constant(hidden), value: planted(hidden) }));

describe('redaction', () => {
  test('TR-50 a secret in any string or key of an event, frame, status or outbox never shows up', () => {
    fc.assert(
      fc.property(planting, ({ hidden, value }) => {
        const session = recordedSession();
        session.actor.start();
        session.actor.send({ ...value, type: 'connect' });
        session.actor.send({ ...value, type: hidden } as unknown as SessionEvent);
        session.actor.send({
          explicitlyNot: false,
          coversInput: false,
          handle: null,
          ...value,
          type: 'server.resumptionUpdate',
        });
        session.recorder.frame('in', 1, Object.keys(value).join(','), 5, value);
        session.recorder.frame('in', 1, 'serverContent', 5, { serverContent: value });
        session.recorder.frame('out', 1, hidden, 5, value);
        session.recorder.public(value);
        session.recorder.status(value);
        session.recorder.outbox(value);
        session.recorder.onGuard(hidden, true);
        session.recorder.end(hidden);
        expect(session.text().toLowerCase()).not.toContain(hidden);
        expect(session.records().length).toBeGreaterThan(8);
      }),
      { numRuns: 300 },
    );
  });

  test('TR-51 numbers under keys that are not on the list are left out and counted', () => {
    const { recorder, of } = recordedSession();
    recorder.public({ type: 'closed', pin: 1_234, args: { pin: 1_234 } });
    expect(of('public')[0]?.event).toEqual({ type: 'closed', omitted: 2 });
  });

  test('TR-52 text and bytes become their length', () => {
    const { recorder, of } = recordedSession();
    recorder.public({
      type: 'dropped',
      reason: 'what the server said',
      meaning: new Uint8Array(7),
      callIds: ['a', 'bc'],
    });
    expect(of('public')[0]?.event).toEqual({
      type: 'dropped',
      reason: { redacted: 20 },
      meaning: { redacted: 7 },
      callIds: [{ redacted: 1 }, { redacted: 2 }],
    });
  });

  test('TR-53 cycles and crowds end', () => {
    const { recorder, lines } = recordedSession();
    const cycle: Record<string, unknown> = { type: 'closed' };
    cycle['end'] = cycle;
    recorder.public(cycle);
    recorder.public({ type: 'closed', callIds: Array.from({ length: 100_000 }, () => 'x') });
    expect(lines.length).toBe(3);
    expect(lines.every((line) => line.length < 20_000)).toBe(true);
  });

  test('TR-54 reveal writes everything, and says so in the header', () => {
    const session = recordedSession({ reveal: true });
    session.recorder.frame('in', 1, 'toolCall', 9, {
      toolCall: { functionCalls: [{ id: 'c', args: { pin: 1_234n, bytes: new Uint8Array(3) } }] },
    });
    session.recorder.public({ type: 'dropped', reason: 'what the server said' });
    expect(session.of('header')[0]?.redacted).toBe(false);
    expect(session.of('frame')[0]?.message).toEqual({
      toolCall: { functionCalls: [{ id: 'c', args: { pin: '1234', bytes: { bytes: 3 } } }] },
    });
    expect(session.of('public')[0]?.event['reason']).toBe('what the server said');
  });

  test('TR-55 a redacted frame is never read beyond its names', () => {
    const { recorder, of } = recordedSession();
    const audio = Object.defineProperty({}, 'modelTurn', {
      enumerable: true,
      get: () => {
        throw new Error('the payload was read');
      },
    });
    recorder.frame('in', 1, 'serverContent', 5, { serverContent: audio });
    expect(of('frame')[0]?.kind).toBe('serverContent.modelTurn');
    expect(recorder.failures).toBe(0);
  });
});
