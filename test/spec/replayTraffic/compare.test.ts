import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare } from '../../../src/cli/replayTraffic/compare.js';
import { received, recordingOf, said, setupComplete, words } from './support.js';

const clone = (value: unknown): object[] => JSON.parse(JSON.stringify(value)) as object[];

function framesOf(...lines: readonly object[]) {
  return recordingOf(setupComplete, ...lines).frames;
}

const messagesOf = (frames: ReturnType<typeof framesOf>) =>
  clone(frames.flatMap(({ message }) => (message ? [message] : [])));

describe('compare', () => {
  test('RT-20 the same is no difference, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 8 }), (messages) => {
        const frames = framesOf(...messages.map((message) => received(message)));
        expect(compare(frames, messagesOf(frames))).toEqual({ differences: [], renamed: 0 });
      }),
    );
  });

  test('RT-21 any one leaf, key or message that is changed, added or left out is a difference', () => {
    const message = {
      serverContent: { modelTurn: { parts: [{ text: 'a' }, { inlineData: { data: 'AAAA' } }] }, interrupted: true },
      extra: null,
    };
    const spoilt: readonly ((copy: typeof message) => unknown)[] = [
      (copy) => (copy.serverContent.modelTurn.parts[0] = { text: 'b' }),
      (copy) => copy.serverContent.modelTurn.parts.pop(),
      (copy) => copy.serverContent.modelTurn.parts.push({ text: 'c' }),
      (copy) => copy.serverContent.modelTurn.parts.reverse(),
      (copy) => Reflect.deleteProperty(copy.serverContent, 'interrupted'),
      (copy) => Reflect.set(copy.serverContent, 'interrupted', 'true'),
      (copy) => Reflect.deleteProperty(copy, 'extra'),
      (copy) => Reflect.set(copy, 'extra', undefined),
      (copy) => Reflect.set(copy, 'more', 0),
      (copy) => Reflect.set(copy, 'extra', {}),
      (copy) => Reflect.set(copy, 'serverContent', []),
    ];
    const frames = framesOf(received(message));
    for (const spoil of spoilt) {
      const delivered = messagesOf(frames);
      spoil(delivered[1] as typeof message);
      expect({ spoil: spoil.toString(), found: compare(frames, delivered).differences.length > 0 }).toMatchObject({
        found: true,
      });
    }
  });

  test('RT-22 says where and what', () => {
    const frames = framesOf(said('one'), said('two'));
    const delivered = messagesOf(frames);
    delivered[2] = { serverContent: { outputTranscription: { text: 'too' } } };
    expect(compare(frames, delivered).differences).toEqual([
      'line 3, message 3: serverContent.outputTranscription.text is "too" instead of "two"',
    ]);
  });

  test('RT-23 tells a missing, an extra and a misplaced message from one that differs', () => {
    const frames = framesOf(...words(6));
    const all = messagesOf(frames);
    expect(compare(frames, all.toSpliced(3, 1)).differences).toEqual([
      '7 messages were recorded, 6 delivered',
      'line 4 was not delivered: {"serverContent":{"outputTranscription":{"text":"word 2"}}}',
    ]);
    expect(compare(frames, all.toSpliced(3, 0, { odd: 1 })).differences).toEqual([
      '7 messages were recorded, 8 delivered',
      'message 4 is in no line of the file at this place: {"odd":1}',
    ]);
    const [a, b, c, ...rest] = all as [object, object, object, ...object[]];
    expect(compare(frames, [a, c, b, ...rest]).differences.length).toBe(2);
    expect(compare(frames, []).differences.length).toBe(8);
  });

  test('RT-24 a long list of differences is cut and counted', () => {
    const frames = framesOf(...words(40));
    const { differences } = compare(frames, []);
    expect(differences.length).toBe(11);
    expect(differences.at(-1)).toBe('and 32 more');
  });

  test('RT-25 what is no message must not come', () => {
    const frames = framesOf(received(null), said('a'));
    expect(compare(frames, messagesOf(frames)).differences).toEqual([]);
    expect(compare(frames, [...messagesOf(frames), {}]).differences.length).toBe(2);
  });

  test("RT-26 the SDK's names for two fields are counted, with the recorded value alone", () => {
    const frames = framesOf(
      received({ usageMetadata: { candidatesTokenCount: 3, promptTokenCount: 4 } }),
      received({ voiceActivity: { type: 'ACTIVITY_START' } }),
    );
    const [first] = messagesOf(frames) as [object];
    const usage = { usageMetadata: { responseTokenCount: 3, promptTokenCount: 4 } };
    const activity = { voiceActivity: { type: 'ACTIVITY_START', voiceActivityType: 'ACTIVITY_START' } };
    expect(compare(frames, [first, usage, activity])).toEqual({ differences: [], renamed: 2 });
    expect(compare(frames, messagesOf(frames)).differences).toEqual([]);
    const wrong = { voiceActivity: { type: 'ACTIVITY_START', voiceActivityType: 'ACTIVITY_END' } };
    expect(
      compare(frames, [first, { usageMetadata: { responseTokenCount: 4, promptTokenCount: 4 } }, wrong]).differences
        .length,
    ).toBe(2);
    expect(compare(frames, [first, { usageMetadata: { promptTokenCount: 4 } }, activity]).differences.length).toBe(1);
  });
});
