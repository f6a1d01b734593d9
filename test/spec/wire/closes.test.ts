/**
 * How connections end. The rows come from closeCases.ts, not from the table under test.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lifelineErrorCodes, LifelineError } from '../../../src/errors.js';
import type { ConnectionEnd } from '../../../src/transport/port.js';
import {
  classifyEnd,
  closeCodeOf,
  isAgeLimit,
  isNetworkLoss,
  mayMeanOldSocketIsOpen,
  reasonOf,
  type CloseVerdict,
} from '../../../src/wire/closes.js';
import { closeRows, httpRows } from '../../../src/wire/closeTable.js';
import { closeCases } from './closeCases.js';

const established = { phase: 'established', handleSent: false } as const;
const resumed = { phase: 'established', handleSent: true } as const;
const dialing = { phase: 'dialing', handleSent: false } as const;
const resuming = { phase: 'dialing', handleSent: true } as const;
const situations = [established, resumed, dialing, resuming];

const close = (code: number, reason = ''): ConnectionEnd => ({ cause: 'close', code, reason });
const brief = ({ meaning, action, pace }: CloseVerdict) => `${meaning}: ${action} ${pace}`;

/** The service cuts a reason at 123 bytes. */
const cut = (reason: string) => new TextDecoder().decode(new TextEncoder().encode(reason).subarray(0, 123));

describe('classifyEnd', () => {
  test.each(closeCases)('%s %i %j', (_id, code, reason, whenEstablished, whenDialing, whenResuming) => {
    for (const text of [reason, cut(reason)]) {
      expect(brief(classifyEnd(close(code, text), established))).toBe(whenEstablished);
      expect(brief(classifyEnd(close(code, text), resumed))).toBe(whenEstablished);
      expect(brief(classifyEnd(close(code, text), dialing))).toBe(whenDialing);
      expect(brief(classifyEnd(close(code, text), resuming))).toBe(whenResuming);
    }
  });

  test.each([
    [1008, 'Connection aborted because the client failed…', 'overranGoAway'],
    [1011, 'Deadline expired before operation could comp\uFFFD', 'ageLimit'],
    [1011, 'You exceeded your current quota…', 'quota'],
    [1011, 'Your project has exceeded its...', 'billing'],
    [1007, 'API key not valid…', 'apiKeyInvalid'],
    [1008, 'The opera…', 'unknown'],
    [1008, '…', 'unknown'],
    [1008, 'Connection aborted', 'unknown'],
  ])('W-CLOSE-21 %i %j, shortened by an ellipsis', (code, reason, meaning) => {
    expect(classifyEnd(close(code, reason), established).meaning).toBe(meaning);
  });

  test('W-CLOSE-22 the recorded 123 bytes of the overrun goAway are recognised', () => {
    const recorded =
      'Connection aborted because the client failed to close the connection after receiving a GoAway signal once the session durat';
    expect(recorded).toHaveLength(123);
    expect(classifyEnd(close(1008, recorded), resumed)).toMatchObject({ meaning: 'overranGoAway', action: 'resume' });
  });

  test('W-CLOSE-23 letters count as recorded', () => {
    expect(classifyEnd(close(1008, 'the operation was aborted.'), established).meaning).toBe('unknown');
  });

  test('W-CLOSE-24 content is refused by a 1007 of an established connection only', () => {
    for (const [code, reason] of closeCases.map((row) => [row[1], row[2]] as const)) {
      for (const situation of situations) {
        const { refusedContent, meaning } = classifyEnd(close(code, reason), situation);
        expect(refusedContent).toBe(meaning === 'contentRefused');
        if (refusedContent) expect([code, situation.phase]).toEqual([1007, 'established']);
      }
    }
  });

  test.each([
    [401, 'unauthorized: fatal now', 'authentication'],
    [403, 'unauthorized: fatal now', 'authentication'],
    [404, 'notFound: fatal now', 'modelNotFound'],
    [429, 'tooManyRequests: retry slow', 'quota'],
    [503, 'unavailable: retry slow', 'dialBudgetSpent'],
    [500, 'serverTrouble: retry backoff', 'dialBudgetSpent'],
    [502, 'serverTrouble: retry backoff', 'dialBudgetSpent'],
    [200, 'unknown: retry backoff', 'dialBudgetSpent'],
    [400, 'unknown: retry backoff', 'dialBudgetSpent'],
    [Number.NaN, 'unknown: retry backoff', 'dialBudgetSpent'],
  ])('W-CLOSE-25 HTTP %d', (status, expected, error) => {
    for (const situation of [dialing, resuming]) {
      expect(brief(classifyEnd({ cause: 'http', status }, situation))).toBe(expected);
      expect(classifyEnd({ cause: 'http', status }, situation).error).toBe(error);
    }
  });

  test('W-CLOSE-26 a socket that never opened is tried again', () => {
    for (const situation of [dialing, resuming]) {
      expect(classifyEnd({ cause: 'unreachable', detail: 'ECONNREFUSED' }, situation)).toEqual({
        meaning: 'network',
        action: 'retry',
        pace: 'backoff',
        refusedContent: false,
        error: 'unreachable',
      });
    }
  });

  test('W-CLOSE-27 parameters that were refused are not tried again', () => {
    expect(classifyEnd({ cause: 'rejected', error: new Error('x') }, dialing)).toMatchObject({
      meaning: 'clientRejected',
      action: 'fatal',
      error: 'clientRejected',
    });
    const ours = new LifelineError('invalidOptions', 'x', { phase: 'options' });
    expect(classifyEnd({ cause: 'rejected', error: ours }, dialing)).toMatchObject({
      meaning: 'clientRejected',
      action: 'fatal',
      error: 'invalidOptions',
    });
  });

  test('W-CLOSE-28 any end has a verdict', () => {
    const seen = fc.constantFrom(...closeCases.map((row) => row[2]));
    const reason = fc.oneof(
      fc.string({ unit: 'binary' }),
      seen,
      seen.chain((text) => fc.nat(text.length).map((length) => text.slice(0, length))),
    );
    const code = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1000, 1001, 1005, 1006, 1007, 1008, 1011));
    const end: fc.Arbitrary<ConnectionEnd> = fc.oneof(
      fc.record({ cause: fc.constant('close' as const), code, reason }),
      fc.record({ cause: fc.constant('http' as const), status: fc.oneof(fc.integer(), fc.double()) }),
      fc.record({ cause: fc.constant('unreachable' as const), detail: fc.string() }),
      fc.record({ cause: fc.constant('rejected' as const), error: fc.constant(new Error('x')) }),
    );
    const actions = ['resume', 'retry', 'newToken', 'dropHandle', 'fatal'];
    fc.assert(
      fc.property(end, fc.constantFrom(...situations), (ended, situation) => {
        const verdict = classifyEnd(ended, situation);
        expect(actions).toContain(verdict.action);
        expect(lifelineErrorCodes).toContain(verdict.error);
        // Only a refused resume may cost the handle.
        if (verdict.action === 'dropHandle') expect(situation).toBe(resuming);
        if (ended.cause === 'close' && ended.code === 1011) expect(verdict.action).not.toBe('dropHandle');
      }),
      { numRuns: 2_000 },
    );
  });

  test('W-CLOSE-29 a reason that is no string, and a cause nobody knows, have one too', () => {
    expect(
      classifyEnd({ cause: 'close', code: 1011, reason: undefined } as unknown as ConnectionEnd, established).meaning,
    ).toBe('serverTrouble');
    expect(classifyEnd({ cause: 'new' } as unknown as ConnectionEnd, dialing).meaning).toBe('unknown');
  });

  test('W-CLOSE-30 predicates for what other code asks', () => {
    expect(mayMeanOldSocketIsOpen(classifyEnd(close(1011, 'Internal error encountered.'), resuming))).toBe(true);
    expect(mayMeanOldSocketIsOpen(classifyEnd(close(1011, 'Internal error encountered.'), established))).toBe(false);
    expect(isNetworkLoss(classifyEnd(close(1006), established))).toBe(true);
    expect(isAgeLimit(classifyEnd(close(1000, 'The operation was cancelled.'), established))).toBe(true);
    expect(isAgeLimit(classifyEnd(close(1000), established))).toBe(false);
    expect([closeCodeOf(close(1008, 'x')), closeCodeOf({ cause: 'http', status: 401 })]).toEqual([1008, null]);
    expect(
      [
        close(1008, 'x'),
        { cause: 'http', status: 401 },
        { cause: 'unreachable', detail: 'd' },
        { cause: 'rejected', error: new Error('e') },
      ].map((end) => reasonOf(end as ConnectionEnd)),
    ).toEqual(['x', 'HTTP 401', 'd', 'e']);
  });

  test('W-CLOSE-31 every row of the table says where it is known from, and is short enough for a cut reason', () => {
    for (const row of [...closeRows, ...httpRows]) expect(['recorded', 'documented']).toContain(row.source);
    for (const reason of closeRows.flatMap((row) => row.reasons)) {
      const text = typeof reason === 'string' ? reason : `${reason.starts ?? ''}${reason.contains}`;
      expect(new TextEncoder().encode(text).length).toBeLessThan(123);
    }
  });
});
