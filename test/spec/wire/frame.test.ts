/** Frames in every form a socket gives them, and the message an app sees (PROTOCOL, wire; EXPECTATIONS 9, 10, 13, 25). */
import { LiveServerMessage } from '@google/genai';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { FrameData } from '../../../src/transport/port.js';
import { FrameReader, readFrame, type ReadResult } from '../../../src/wire/frame.js';
import { ServerMessage } from '../../../src/wire/serverMessage.js';

const wire = {
  serverContent: { modelTurn: { parts: [{ text: 'grüß 你 😀' }] }, turnComplete: true },
  usageMetadata: { promptTokenCount: 3 },
};
const json = JSON.stringify(wire, null, 2);
const bytes = new TextEncoder().encode(json);

/** A frame that lies somewhere inside a larger buffer, as Node's pool gives them. */
function inside(data: Uint8Array): Uint8Array {
  const around = new Uint8Array(data.length + 20).fill(0x7b);
  around.set(data, 7);
  return around.subarray(7, 7 + data.length);
}

function ok(result: ReadResult): Extract<ReadResult, { ok: true }> {
  if (!result.ok) throw new Error(result.detail);
  return result;
}

const parsed = (value: object) => ok(readFrame(JSON.stringify(value)) as ReadResult).message;

describe('readFrame', () => {
  test.each<readonly [string, FrameData, number]>([
    ['text', json, bytes.length],
    ['ArrayBuffer', bytes.buffer.slice(0), bytes.length],
    ['Uint8Array in a larger buffer', inside(bytes), bytes.length],
    ['Buffer in a pool', Buffer.from(json), bytes.length],
    ['Blob', new Blob([bytes]), bytes.length],
    ['parsed object', structuredClone(wire), 0],
  ])('W-FRAME-1 %s is read', async (_name, data, size) => {
    const result = ok(await readFrame(data));
    expect(result.bytes).toBe(size);
    expect(Object.fromEntries(Object.entries(result.message))).toEqual(wire);
    expect(Object.keys(result.message)).toEqual(Object.keys(wire));
    expect(result.message.text).toBe('grüß 你 😀');
  });

  test('W-FRAME-2 only a Blob takes a promise', () => {
    expect(readFrame(json)).not.toBeInstanceOf(Promise);
    expect(readFrame(bytes)).not.toBeInstanceOf(Promise);
    expect(readFrame(wire)).not.toBeInstanceOf(Promise);
    expect(readFrame(new Blob([bytes]))).toBeInstanceOf(Promise);
  });

  test.each<readonly [string, unknown, 'badJson' | 'notObject']>([
    ['no JSON', 'hello', 'badJson'],
    ['an empty frame', '', 'badJson'],
    ['no bytes', new Uint8Array(0), 'badJson'],
    ['cut JSON', json.slice(0, -3), 'badJson'],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0]), 'badJson'],
    ['a Blob of no JSON', new Blob(['<html>']), 'badJson'],
    ['null', 'null', 'notObject'],
    ['a string', '"text"', 'notObject'],
    ['a number', '7', 'notObject'],
    ['a list', '[{}]', 'notObject'],
    ['nothing at all', null, 'notObject'],
    ['undefined', undefined, 'notObject'],
  ])('W-FRAME-3 %s is reported, not thrown', async (_name, data, reason) => {
    expect(await readFrame(data as FrameData)).toMatchObject({ ok: false, reason });
  });

  test('W-FRAME-4 the detail shows at most 40 characters and no secret', () => {
    const secret = 'ya29.A0ARrdaM-veryLongSecretHandle';
    for (const text of [
      `{"newHandle":"${secret}"`,
      `{"a":"x\\"${secret.slice(0, 15)} y", bad`,
      `${secret} tail`,
      `<html>${'word '.repeat(200)}</html>`,
    ]) {
      const result = readFrame(text) as ReadResult;
      if (result.ok) throw new Error('read');
      expect(result.detail).not.toContain(secret.slice(0, 15));
      expect(result.detail.length).toBeLessThanOrEqual('not JSON: '.length + 40);
    }
  });

  test('W-FRAME-5 a key named __proto__ changes no prototype', () => {
    const text =
      '{"__proto__":{"polluted":1},"constructor":{"x":1},"text":"own","voiceActivity":{"type":"a","__proto__":{"polluted":2}},"usageMetadata":{"candidatesTokenCount":1,"__proto__":{"polluted":3}}}';
    const { message } = ok(readFrame(text) as ReadResult);
    expect(Object.getPrototypeOf(message)).toBe(ServerMessage.prototype);
    for (const value of [message, message.voiceActivity, message.usageMetadata, {}])
      expect(value).not.toHaveProperty('polluted');
    expect(Object.keys(message)).toEqual(['__proto__', 'constructor', 'text', 'voiceActivity', 'usageMetadata']);
    expect(message.text).toBe('own');
  });

  test("W-FRAME-6 Vertex AI's token names become the SDK's", () => {
    const details = [{ modality: 'AUDIO', tokenCount: 5 }];
    expect(
      parsed({ usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 5, candidatesTokensDetails: details } })
        .usageMetadata,
    ).toEqual({
      promptTokenCount: 1,
      responseTokenCount: 5,
      responseTokensDetails: details,
    });
    expect(parsed({ usageMetadata: {} }).usageMetadata).toEqual({});
    expect(parsed({ usageMetadata: { candidatesTokenCount: 1, responseTokenCount: 2 } }).usageMetadata).toEqual({
      responseTokenCount: 2,
    });
  });

  test('W-FRAME-7 voiceActivity has both names of its type', () => {
    expect(parsed({ voiceActivity: { type: 'ACTIVITY_START', audioOffset: '1s' } }).voiceActivity).toEqual({
      type: 'ACTIVITY_START',
      voiceActivityType: 'ACTIVITY_START',
      audioOffset: '1s',
    });
    expect(parsed({ voiceActivity: { voiceActivityType: 'ACTIVITY_END' } }).voiceActivity).toEqual({
      voiceActivityType: 'ACTIVITY_END',
    });
  });

  test('W-FRAME-8 an object given parsed stays as it was', () => {
    const given = { usageMetadata: { candidatesTokenCount: 5 }, voiceActivity: { type: 'ACTIVITY_END' } };
    const before = structuredClone(given);
    void readFrame(given);
    expect(given).toEqual(before);
  });

  test('W-FRAME-9 any text gives a result', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), (data) => {
        expect(readFrame(data)).toHaveProperty('ok');
      }),
    );
  });
});

describe('text and data', () => {
  const base64 = (...values: number[]) => Buffer.from(values).toString('base64');
  const turns: readonly (readonly [string, object])[] = [
    ['nothing', {}],
    ['no parts', { serverContent: { modelTurn: {} } }],
    ['one text', { serverContent: { modelTurn: { parts: [{ text: 'a' }] } } }],
    ['empty text', { serverContent: { modelTurn: { parts: [{ text: '' }] } } }],
    [
      'texts and a thought',
      {
        serverContent: {
          modelTurn: { parts: [{ text: 'a' }, { text: 'hm', thought: true }, { text: 'b', thought: false }] },
        },
      },
    ],
    ['a thought alone', { serverContent: { modelTurn: { parts: [{ text: 'hm', thought: true }] } } }],
    [
      'one chunk',
      { serverContent: { modelTurn: { parts: [{ inlineData: { data: base64(1, 2), mimeType: 'audio/pcm' } }] } } },
    ],
    [
      'chunks whose ends do not meet',
      {
        serverContent: {
          modelTurn: {
            parts: [{ inlineData: { data: base64(1) } }, { inlineData: { data: base64(2, 255) } }, { text: 'x' }],
          },
        },
      },
    ],
    ['an empty chunk', { serverContent: { modelTurn: { parts: [{ inlineData: { data: '' } }] } } }],
  ];

  test.each(turns)('W-FRAME-10 %s: as in the SDK, without a warning', (_name, value) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const theirs = Object.assign(new LiveServerMessage(), value);
    const [text, data] = [theirs.text, theirs.data];
    warn.mockClear();
    const ours = parsed(value);
    expect([ours.text, ours.data]).toEqual([text, data]);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test('W-FRAME-11 odd parts give what can be read, and never throw', () => {
    for (const parts of [[null, 'x', { text: 5 }, { text: 'a', inlineData: 'x' }], 'parts', null]) {
      const message = parsed({ serverContent: { modelTurn: { parts } } });
      expect(message.text).toBe(Array.isArray(parts) ? 'a' : undefined);
      expect(message.data).toBeUndefined();
    }
    expect(
      parsed({
        serverContent: { modelTurn: { parts: [{ inlineData: { data: '!' } }, { inlineData: { data: '?' } }] } },
      }).data,
    ).toBeUndefined();
    expect(
      parsed({
        serverContent: { modelTurn: { parts: [{ inlineData: { data: '-_8=' } }, { inlineData: { data: 'AA==' } }] } },
      }).data,
    ).toBe('+/8A');
  });
});

describe('FrameReader', () => {
  /** A Blob that is read when the test says so. */
  class SlowBlob extends Blob {
    release: () => void = () => undefined;
    readonly #gate = new Promise<void>((resolve) => (this.release = resolve));
    override async text(): Promise<string> {
      await this.#gate;
      return super.text();
    }
  }

  const frame = (n: number) => `{"n":${n}}`;
  const numberOf = (result: ReadResult) => (ok(result).message as unknown as { n: number }).n;

  test('W-FRAME-12 without a Blob every frame is delivered at once', () => {
    const seen: number[] = [];
    const reader = new FrameReader((result) => seen.push(numberOf(result)));
    reader.read(frame(1));
    reader.read(Buffer.from(frame(2)));
    expect(seen).toEqual([1, 2]);
  });

  test('W-FRAME-13 no frame overtakes a Blob', async () => {
    const seen: number[] = [];
    const reader = new FrameReader((result) => seen.push(numberOf(result)));
    const first = new SlowBlob([frame(1)]);
    const third = new SlowBlob([frame(3)]);
    reader.read(first);
    reader.read(frame(2));
    reader.read(third);
    reader.read(Buffer.from(frame(4)));
    third.release();
    await vi.waitFor(() => expect(seen).toEqual([]));
    first.release();
    await vi.waitFor(() => expect(seen).toEqual([1, 2, 3, 4]));
    reader.read(frame(5));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test('W-FRAME-14 a callback that throws is reported, and the frames behind it come', async () => {
    const seen: number[] = [];
    const errors: unknown[] = [];
    const reader = new FrameReader(
      (result) => {
        const n = numberOf(result);
        if (n % 2 === 1) throw new Error(`threw at ${n}`);
        seen.push(n);
      },
      (error) => errors.push((error as Error).message),
    );
    for (const data of [frame(1), frame(2), new Blob([frame(3)]), frame(4)]) reader.read(data);
    await vi.waitFor(() => expect(seen).toEqual([2, 4]));
    expect(errors).toEqual(['threw at 1', 'threw at 3']);
  });

  test('W-FRAME-15 without onError, or with one that throws, nothing escapes', async () => {
    for (const onError of [
      undefined,
      () => {
        throw new Error('again');
      },
    ]) {
      let calls = 0;
      const reader = new FrameReader(() => {
        calls += 1;
        throw new Error('first');
      }, onError);
      expect(() => reader.read(frame(1))).not.toThrow();
      reader.read(new Blob([frame(2)]));
      reader.read(frame(3));
      await vi.waitFor(() => expect(calls).toBe(3));
    }
  });

  test('W-FRAME-16 a frame that comes out of a callback waits for its turn', () => {
    const seen: number[] = [];
    const reader = new FrameReader((result) => {
      const n = numberOf(result);
      if (n === 1) reader.read(frame(2));
      seen.push(n);
    });
    reader.read(frame(1));
    expect(seen).toEqual([1, 2]);
  });

  test('W-FRAME-17 a Blob that cannot be read is a bad frame, in its place', async () => {
    const seen: boolean[] = [];
    const reader = new FrameReader((result) => seen.push(result.ok));
    const broken = new Blob(['{}']);
    broken.text = () => Promise.reject(new Error('gone'));
    reader.read(broken);
    reader.read(frame(2));
    await vi.waitFor(() => expect(seen).toEqual([false, true]));
  });
});
