/** Whatever a file holds, the check ends with a report: messages of the right names with anything at all in them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkRecording } from '../../../src/emulator/check/checkRecording.js';
import { linesOf, ready, setup, type Said } from './support.js';

const leaf = fc.constantFrom<unknown>(null, true, 7, '', '5s', 'x', {}, [], [null], [{}], {
  data: '?',
  mimeType: 'audio/pcm',
});
const fields = (names: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<object> =>
  fc
    .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 4 })
    .map((pairs) => Object.fromEntries(pairs) as object);

const parts = fields(['id', 'name', 'args', 'parts', 'inlineData', 'text', 'thought', 'functionDeclarations'], leaf);
const inner = fc.oneof(leaf, fc.array(parts, { maxLength: 3 }), parts);
const messages = (names: readonly string[], within: readonly string[]): fc.Arbitrary<object> =>
  fields(names, fc.oneof(leaf, fields(within, inner)));

const received = messages(
  [
    'setupComplete',
    'serverContent',
    'toolCall',
    'toolCallCancellation',
    'sessionResumptionUpdate',
    'goAway',
    'usageMetadata',
    'voiceActivity',
  ],
  [
    'modelTurn',
    'turnComplete',
    'generationComplete',
    'interrupted',
    'outputTranscription',
    'functionCalls',
    'ids',
    'newHandle',
    'timeLeft',
    'type',
  ],
);
const sent = messages(
  ['setup', 'clientContent', 'realtimeInput', 'toolResponse', 'contextUpdate'],
  [
    'model',
    'generationConfig',
    'tools',
    'turns',
    'turnComplete',
    'audio',
    'text',
    'mediaChunks',
    'activityStart',
    'functionResponses',
    'sessionResumption',
  ],
);
const said: fc.Arbitrary<Said> = fc.oneof(
  received.map((msg) => ({ dir: 'received' as const, msg })),
  sent.map((msg) => ({ dir: 'sent' as const, msg })),
);

test('a report comes of anything', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.array(said, { maxLength: 12 }), (begins, rest) => {
      const reports = checkRecording(linesOf(begins ? [setup('3.8'), ready, ...rest] : rest));
      for (const { recorded, emulated } of reports) {
        for (const { line, detail } of [...recorded.deviations, ...emulated.deviations]) {
          expect(line).toBeGreaterThan(0);
          expect(detail).not.toBe('');
        }
      }
    }),
    { numRuns: 500, seed: 11 },
  );
});
