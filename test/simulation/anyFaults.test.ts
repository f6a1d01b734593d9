/**
 * Faults in any order, while the user keeps talking: whatever happens, nothing is lost in silence, nothing is out of
 * order, what is heard twice was reported, and the session ends up active or says why it is not (G1, G5, G6, G10).
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { closings } from '../../src/emulator/index.js';
import { simulate, type Simulation } from '../support/simulation.js';

const ends = [
  closings.aborted,
  closings.internal,
  closings.deadlineExpired,
  closings.cancelled,
  closings.outlivedGoAway,
  closings.notImplemented,
  { code: 1005, reason: '' },
  { code: 4_000, reason: 'unheard of' },
];

type Fault =
  | { readonly what: 'goAway'; readonly seconds: number }
  | { readonly what: 'rst' | 'rotate' | 'say' | 'tool' | 'text' | 'notResumable' }
  | { readonly what: 'close'; readonly which: number }
  | { readonly what: 'refuseHandle'; readonly times: number; readonly internal: boolean }
  | { readonly what: 'refuseDial'; readonly times: number; readonly status: number };

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ what: fc.constant('goAway' as const), seconds: fc.integer({ min: 0, max: 20 }) }),
  fc.constantFrom<Fault>(
    { what: 'rst' },
    { what: 'rst' },
    { what: 'rotate' },
    { what: 'say' },
    { what: 'tool' },
    { what: 'text' },
    { what: 'notResumable' },
  ),
  fc.record({ what: fc.constant('close' as const), which: fc.nat(ends.length - 1) }),
  fc.record({
    what: fc.constant('refuseHandle' as const),
    times: fc.integer({ min: 1, max: 3 }),
    internal: fc.boolean(),
  }),
  fc.record({
    what: fc.constant('refuseDial' as const),
    times: fc.integer({ min: 1, max: 2 }),
    status: fc.constantFrom(0, 500, 503),
  }),
);

function strike(sim: Simulation, order: Fault): void {
  switch (order.what) {
    case 'goAway':
      return sim.emulator.goAway({ timeLeftMs: order.seconds * 1_000 });
    case 'rst':
      return sim.emulator.cut({ how: 'rst' });
    case 'close':
      return sim.emulator.cut({ how: 'close', ...(ends[order.which] as { code: number; reason: string }) });
    case 'rotate':
      void sim.session.rotate();
      return undefined;
    case 'say':
      return sim.emulator.say('By the way.');
    case 'tool':
      return void sim.emulator.callTool('weather');
    case 'text':
      return void sim.session.sendClientContent({ turns: 'Hello there' });
    case 'notResumable':
      sim.emulator.resumable(false);
      return void sim.clock.setTimeout(() => sim.emulator.resumable(true), 3_000);
    case 'refuseHandle':
      sim.emulator.refuseHandles({ times: order.times, ...(order.internal ? closings.internal : {}) });
      return sim.emulator.cut({ how: 'rst' });
    case 'refuseDial':
      sim.emulator.refuseDials({ times: order.times, status: order.status });
      return sim.emulator.cut({ how: 'rst' });
    default:
      return order satisfies never;
  }
}

const story = fc.array(fc.record({ after: fc.integer({ min: 0, max: 120 }), fault }), { minLength: 1, maxLength: 8 });

test.each([
  { name: 'with transparent', transparent: true },
  { name: 'without transparent', transparent: false },
])('G5 G6 G10 $name', async ({ transparent }) => {
  await fc.assert(
    fc.asyncProperty(story, fc.boolean(), async (steps, overlap) => {
      const sim = await simulate(
        { ...(transparent ? { provider: 'vertex' as const } : {}), refuseWhileOldSocketOpen: !overlap, jitterMs: 20 },
        {
          rotationOrder: overlap ? 'overlap' : 'break-before-make',
          ...(transparent ? { config: { sessionResumption: { transparent: true } } } : {}),
        },
      );
      // An app answers its tool calls, after a while.
      sim.session.messages$.subscribe(({ toolCall }) => {
        for (const { id = '', name = '' } of toolCall?.functionCalls ?? []) {
          sim.clock.setTimeout(() => {
            if (sim.session.status.current.input === 'closed') return;
            sim.session.sendToolResponse({ functionResponses: [{ id, name, response: { output: 'rain' } }] });
          }, 700);
        }
      });
      for (const { after, fault: order } of steps) {
        await sim.speak(after);
        if (sim.session.status.current.lifecycle === 'failed') break;
        strike(sim, order);
      }
      await sim.speak(50);
      sim.emulator.clearFaults();
      await sim.run(300_000);
      await sim.speak(20);
      await sim.run(20_000);

      const { current } = sim.session.status;
      expect(current).toMatchObject({ lifecycle: 'active', error: null });
      const { lost, doubled, reordered } = sim.account();
      const reported = (state: string) =>
        [...sim.receipts.entries()].filter(([, { outcome }]) => outcome?.state === state).map(([n]) => n);
      expect(reported('dropped')).toEqual(expect.arrayContaining(lost));
      expect(reordered).toEqual([]);
      if (transparent) expect(doubled).toEqual([]);
      expect(sim.possiblyDoubled()).toEqual(expect.arrayContaining(doubled));
      expect(sim.receipts.every(({ outcome }) => outcome !== null)).toBe(true);
      const { accepted, delivered, replayed, sent, dropped, held, unacknowledged } = sim.session.stats.outbox;
      const given = Object.values(dropped).reduce((sum, n) => sum + n, 0);
      expect(delivered + replayed + sent + given + held + unacknowledged).toBe(accepted);
      await sim.close();
      expect(sim.emulator.liveConnections).toEqual([]);
    }),
    { numRuns: 60, seed: 20_251_121 },
  );
});
