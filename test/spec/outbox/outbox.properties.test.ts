/** The outbox under any history: what must hold after every step (DESIGN §5, G5, G6, G9). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Receipt, ReceiptOutcome } from '../../../src/outbox/receipt.js';
import type { ClientMessage } from '../../../src/wire/clientMessage.js';
import { audio, box, exact, fresh, message, resumed, toolResponse, video } from './support.js';

type Step =
  | { readonly do: 'send'; readonly what: string }
  | { readonly do: 'open' }
  | { readonly do: 'close' }
  | { readonly do: 'tick'; readonly ms: number }
  | { readonly do: 'attach'; readonly how: string; readonly opens: boolean }
  | { readonly do: 'ack'; readonly share: number; readonly byIndex: boolean };

const kinds = [
  'audio',
  'audio',
  'audio',
  'video',
  'text',
  'content',
  'toolResponse',
  'activityStart',
  'activityEnd',
  'audioStreamEnd',
  'contextUpdate',
];
const attachments = ['resumed', 'exact', 'fresh', 'late', 'refused', 'calls unknown', 'no content'];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...kinds).map((what) => ({ do: 'send', what }) as const) },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ do: 'open' }, { do: 'close' }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 4_000 }).map((ms) => ({ do: 'tick', ms }) as const) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('attach' as const),
      how: fc.constantFrom(...attachments),
      opens: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('ack' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      byIndex: fc.boolean(),
    }),
  },
);

const limits = { maxAudioMs: 400, maxBytes: 4_000, maxControlItems: 5 };

function made(what: string): ClientMessage {
  switch (what) {
    case 'audio':
      return audio(20, 150);
    case 'video':
      return video();
    case 'toolResponse':
      return toolResponse('call');
    case 'content':
      return message('content', { userText: 'Hi', turnComplete: true });
    default:
      return message(what as ClientMessage['kind']);
  }
}

function rulesOf(how: string, handleReceivedAtMs: number) {
  const base = { ...resumed, handleReceivedAtMs, replayAudioMs: 5_000 };
  switch (how) {
    case 'exact':
      return { ...exact, replayAudioMs: 5_000 };
    case 'fresh':
      return fresh;
    case 'late':
      return { ...base, late: true };
    case 'refused':
      return { ...base, refusedContent: true };
    case 'calls unknown':
      return { ...base, knowsCall: () => false };
    case 'no content':
      return { ...base, takesContent: false };
    default:
      return base;
  }
}

test('O-ACC O-ORD O-BND O-ACT hold for any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const bench = box({ limits });
      const { outbox, clock } = bench;
      const receipts: Receipt[] = [];
      const outcomes = new Map<Receipt, ReceiptOutcome>();
      const order = new Map<string, number>();
      const kindOf = new Map<string, string>();
      bench.connect();

      const check = () => {
        for (const receipt of receipts) {
          const known = outcomes.get(receipt);
          // Once, and never another one.
          if (known) expect(receipt.outcome).toBe(known);
          else if (receipt.outcome) outcomes.set(receipt, receipt.outcome);
        }
        const { accepted, delivered, replayed, sent, dropped, held, unacknowledged, bytes } = outbox.counts;
        const given = Object.values(dropped).reduce((sum, n) => sum + n, 0);
        expect(accepted).toBe(receipts.length);
        expect(delivered + replayed + sent + given + held + unacknowledged).toBe(accepted);
        const openOnes = receipts.filter(({ outcome }) => outcome === null).length;
        expect(held + unacknowledged).toBe(openOnes);
        expect(bytes).toBeGreaterThanOrEqual(0);
        expect(bytes).toBeLessThanOrEqual(limits.maxBytes);
        if (openOnes === 0) expect(bytes).toBe(0);
      };

      for (const one of steps) {
        if (one.do === 'send') {
          const what = made(one.what);
          order.set(what.text, receipts.length);
          kindOf.set(what.text, what.kind);
          receipts.push(outbox.accept(what));
        } else if (one.do === 'open') outbox.open();
        else if (one.do === 'close') outbox.close();
        else if (one.do === 'tick') await clock.tick(one.ms);
        else if (one.do === 'attach') {
          outbox.close();
          const report = bench.connect(rulesOf(one.how, clock.now() - 50), one.opens);
          expect(report.possiblyDoubled).toBeLessThanOrEqual(report.replayed);
        } else {
          const index = Math.floor(one.share * bench.wire().length);
          outbox.acknowledge(
            {
              epoch: bench.epoch,
              receivedAtMs: clock.now(),
              index: one.byIndex ? index : null,
              unsentSinceMs: Infinity,
            },
            100,
          );
        }
        check();
      }
      outbox.end();
      check();
      expect(receipts.filter(({ outcome }) => outcome === null)).toEqual([]);

      for (const wire of bench.wires.values()) {
        // On one connection nothing is written twice, and in the order of the calls; tool responses may go first.
        expect(new Set(wire).size).toBe(wire.length);
        const plain = wire.filter((text) => kindOf.get(text) !== 'toolResponse' && order.has(text));
        const rest = plain
          .filter((text) => kindOf.get(text) !== 'activityStart')
          .map((text) => order.get(text) as number);
        expect(rest).toEqual([...rest].sort((a, b) => a - b));
        let open: boolean | null = null;
        let hasMedia = false;
        for (const text of wire) {
          const kind = kindOf.get(text);
          if (kind === 'activityStart') [open, hasMedia] = [true, false];
          if (kind === 'audio' || kind === 'video') hasMedia = true;
          if (kind === 'activityEnd' && open) {
            expect(hasMedia).toBe(true);
            open = false;
          }
        }
      }
    }),
    { numRuns: 300, seed: 20_251_121 },
  );
});
