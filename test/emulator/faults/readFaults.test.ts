/** Faults as data: what is accepted, and what an error says. The plan: ids, order and counts. */
import { describe, expect, test } from 'vitest';
import { FaultPlan } from '../../../src/emulator/faults/plan.js';
import { FaultError, readFaults } from '../../../src/emulator/faults/readFaults.js';

describe('readFaults accepts', () => {
  test('one fault, a list, {faults}, names and uses of the catalogue, mixed', () => {
    const rst = { action: { do: 'rst' }, times: 2, comment: 'gone' };
    expect(readFaults(rst)).toEqual([rst]);
    const faults = readFaults({
      faults: [rst, 'stream/half-open', { use: 'stream/half-open', match: { at: 'ready', afterMs: 5 }, times: 0 }],
    });
    expect(faults).toHaveLength(3);
    expect(faults[1]?.action).toEqual({ do: 'halfOpen' });
    expect(faults[2]).toMatchObject({ match: { at: 'ready', afterMs: 5 }, action: { do: 'halfOpen' }, times: 0 });
    expect(readFaults([])).toEqual([]);
  });

  test('a copy: what is changed later changes nothing', () => {
    const given = { action: { do: 'edit', set: { 'a.b': 1 } } };
    const [fault] = readFaults(given);
    given.action.set['a.b'] = 2;
    expect(fault?.action).toEqual({ do: 'edit', set: { 'a.b': 1 } });
  });
});

describe('readFaults refuses, and says which fault, which field and what it takes', () => {
  const cases: [unknown, RegExp][] = [
    [null, /^The fault takes an object with an action, or a name of the catalogue, got null/],
    [[{ action: { do: 'rst' } }, 7], /^Fault 2 takes an object with an action/],
    [{}, /action takes an object with "do", got nothing/],
    [{ action: {} }, /action\.do takes one of refuse, stall,/],
    [{ action: { do: 'explode' } }, /action\.do takes one of .*, got "explode"/],
    [{ action: { do: '__proto__' } }, /action\.do takes one of/],
    [{ action: { do: 'fin', how: 1 } }, /unknown field action\.how; known here: no fields/],
    [{ action: { do: 'refuse', status: 200 } }, /action\.status takes 0 or an HTTP status from 300 to 599, got 200/],
    [{ action: { do: 'close', code: 1006 } }, /action\.code takes a close code that may be sent/],
    [{ action: { do: 'mute' } }, /action\.direction is missing; it takes "up" or "down"/],
    [{ action: { do: 'mute', direction: 'both' } }, /action\.direction takes "up" or "down", got "both"/],
    [{ action: { do: 'trickle', bytesPerSecond: 0 } }, /bytesPerSecond takes a number above 0/],
    [{ action: { do: 'delay', ms: 2 ** 31 } }, /action\.ms takes a whole number from 0 to 2147483647/],
    [{ action: { do: 'rst' }, times: -1, comment: 'x' }, /^The fault \("x"\): times takes a whole number from 0/],
    [{ action: { do: 'rst' }, colour: 1 }, /unknown field colour; known here: match, times, comment/],
    [{ action: { do: 'rst' }, match: { when: 1 } }, /unknown field match\.when/],
    [{ action: { do: 'rst' }, match: { nth: 0, at: 'serverMessage' } }, /match\.nth takes a whole number from 1/],
    [{ action: { do: 'rst' }, match: { at: 'later' } }, /match\.at takes "dial", "setup"/],
    [{ action: { do: 'stall' }, match: { at: 'ready' } }, /stall cannot act at "ready"\. Let match\.at be "dial"/],
    [{ action: { do: 'drop' }, match: { afterMs: 1 } }, /match\.afterMs does not fit drop/],
    [{ action: { do: 'rst' }, match: { kind: 'audio' } }, /match\.kind needs match\.at/],
    [{ action: { do: 'refuse' }, match: { model: 'm' } }, /match\.model is not known at "dial"/],
    [{ action: { do: 'refuse' }, match: { connection: 1 } }, /match\.connection is not known before the upgrade/],
    ['stream/nothing', /names the class "stream\/nothing", .* Take one of .*stream\/half-open/],
    [{ use: 'stream/half-open', action: {} }, /unknown field action/],
    [{ faults: 3 }, /faults takes a list, got 3/],
    [Array.from({ length: 1_001 }, () => 'stream/half-open'), /At most 1000 faults at once/],
  ];
  test.each(cases)('%j', (data, words) => {
    expect(() => readFaults(data)).toThrow(FaultError);
    expect(() => readFaults(data)).toThrow(words);
  });
});

describe('the plan', () => {
  test('ids go on, order is kept, what is spent stays listed but is not in force', () => {
    const plan = new FaultPlan();
    const ids = plan.add([{ action: { do: 'refuse' } }, { action: { do: 'stall' }, times: 0 }]);
    expect(ids).toEqual([1, 2]);
    const [first] = plan.at('dial');
    if (first === undefined) throw new Error('not in force');
    plan.use(first);
    expect(plan.at('dial').map(({ id }) => id)).toEqual([2]);
    expect(plan.list().map(({ id, acted }) => [id, acted])).toEqual([
      [1, 1],
      [2, 0],
    ]);
    expect(plan.remove(1)).toBe(true);
    expect(plan.remove(1)).toBe(false);
    plan.clear();
    expect(plan.list()).toEqual([]);
    expect(plan.at('dial')).toEqual([]);
    expect(plan.add('stream/half-open')).toEqual([3]);
  });

  test('without limit stays in force; a thousand spent ones are not all kept', () => {
    const plan = new FaultPlan();
    plan.add({ action: { do: 'refuse' }, times: 0 });
    for (let n = 0; n < 1_000; n++) {
      plan.add({ action: { do: 'rst' }, match: { at: 'ready' } });
      for (const active of plan.at('ready')) plan.use(active);
      for (const active of plan.at('dial')) plan.use(active);
    }
    expect(plan.at('dial')).toHaveLength(1);
    expect(plan.list().length).toBeLessThanOrEqual(201);
  });

  test('one bad fault in a list: none is added', () => {
    const plan = new FaultPlan();
    expect(() => plan.add([{ action: { do: 'rst' } }, 'no/such'])).toThrow(FaultError);
    expect(plan.list()).toEqual([]);
  });
});
