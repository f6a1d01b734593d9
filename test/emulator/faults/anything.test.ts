/** Whatever is planned: nothing throws, every client is left in a state that it can leave, and no timer stays behind. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultClasses, type Fault, type FaultMatch } from '../../../src/emulator/index.js';
import { actionRules } from '../../../src/emulator/faults/actions.js';
import { quiet, speech, userText } from '../support.js';
import { from, rawBench, resumable } from './support.js';

/** Fields of the actions, small enough for a short run. */
const values: Record<string, fc.Arbitrary<unknown>> = {
  status: fc.constantFrom(0, 401, 503),
  bytesPerSecond: fc.constantFrom(0.5, 100, 50_000),
  code: fc.constantFrom(1000, 1008, 4999),
  reason: fc.constantFrom('', 'ü'.repeat(100)),
  midFrame: fc.boolean(),
  direction: fc.constantFrom('up', 'down'),
  ms: fc.constantFrom(0, 1, 700),
  copies: fc.constantFrom(2, 5),
  set: fc.constantFrom({}, { setupComplete: null }, { 'serverContent.turnComplete': 7, 'a.0.b': 1 }),
  parts: fc.constantFrom(2, 7),
  message: fc.constantFrom({}, { setupComplete: {} }, { goAway: { timeLeft: '1s' } }),
  data: fc.constantFrom('', '{', '{}'),
  bytes: fc.constantFrom(0, 10),
  text: fc.boolean(),
  timeLeftMs: fc.constantFrom(0, 300),
  timeLeft: fc.constantFrom(null, 'x', '1s'),
  thenClose: fc.boolean(),
  when: fc.constantFrom('beforeSetupComplete', 'afterSetupComplete'),
  on: fc.boolean(),
  tokens: fc.constantFrom(1, 1_000_000),
};
const kinds = ['setupComplete', 'modelTurn', 'turnComplete', 'sessionResumptionUpdate', 'content', 'audio', 'nothing'];

const planned: fc.Arbitrary<Fault> = fc.constantFrom(...Object.entries(actionRules)).chain(([name, rule]) => {
  const fields = Object.keys(rule.fields).map((field) => [field, values[field] ?? fc.constant(undefined)] as const);
  return fc
    .record({
      action: fc.record(
        { do: fc.constant(name), ...Object.fromEntries(fields) },
        { requiredKeys: ['do', ...(rule.required ?? [])] as 'do'[] },
      ),
      times: fc.constantFrom(0, 1, 2),
      at: fc.constantFrom(...rule.moments),
      kind: fc.constantFrom(...kinds),
      nth: fc.constantFrom(1, 2),
      afterMs: fc.constantFrom(0, 1, 400),
      picky: fc.boolean(),
    })
    .map(({ action, times, at, kind, nth, afterMs, picky }) => {
      const onMessage = at === 'clientMessage' || at === 'serverMessage';
      const match: FaultMatch = {
        at,
        ...(onMessage && picky ? { kind, nth } : {}),
        ...(rule.on === undefined && rule.moments.length > 1 ? { afterMs } : {}),
      };
      return { action, times, match } as Fault;
    });
});
const named = fc.constantFrom(...Object.keys(faultClasses));

test('any faults, added at any time, over dials, turns and resumes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.oneof(planned, named), fc.nat(6)), { minLength: 1, maxLength: 6 }),
      async (faults) => {
        const { clock, dial, emulator } = rawBench({ jitterMs: 3 });
        const step = async (n: number, ms: number): Promise<void> => {
          for (const [fault, at] of faults) if (at === n) emulator.faults.add(fault);
          await clock.tick(ms);
        };
        const clients = [];
        let handle: string | undefined;
        for (let round = 0; round < 2; round++) {
          await step(3 * round, 1);
          const client = dial(handle === undefined ? resumable : from(handle, resumable));
          clients.push(client);
          await step(3 * round + 1, 400);
          client.send(userText('hello'));
          client.send(speech(200));
          await step(3 * round + 2, 600);
          client.send(quiet(700));
          await clock.tick(4_000);
          handle = client.handles().at(-1);
          client.close();
          await clock.tick(round === 0 ? 10 : 40_000);
        }
        for (const client of clients) expect(client.end).not.toBeNull();
        // With faults out of the way it is as good as new.
        emulator.faults.clear();
        emulator.resumable(true);
        const last = dial(resumable);
        await clock.tick(1_000);
        expect(last).toMatchObject({ opened: true, end: null });
        expect(last.handles().length).toBeGreaterThan(0);
        emulator.stop();
        last.close();
        await clock.tick(40_000);
        expect(clock.countTimers()).toBe(0);
      },
    ),
    { numRuns: 150, seed: 4 },
  );
});
