/** Activity detection over real PCM: rates, noise, clicks, the setup's limits; and the voice that answers are made of. */
import {
  ActivityHandling,
  EndSensitivity,
  StartSensitivity,
  TurnCoverage,
  type AutomaticActivityDetection,
  type LiveConnectConfig,
} from '@google/genai';
import { describe, expect, test } from 'vitest';
import { spokenMs, voice } from '../../../src/emulator/model/voice.js';
import { seededRandom } from '../../../src/random.js';
import type { EmulatorTransportOptions } from '../../../src/emulator/index.js';
import { AUDIO, type Client } from '../support.js';
import { latest, nameOf, native, openModel, transcribed } from './support.js';

/** One sample for a time in seconds, from -1 to 1. */
type Wave = (seconds: number) => number;

const random = seededRandom(3);
const noise: Wave = () => 2 * random.next() - 1;
const silence: Wave = () => 0;
/** A vowel: harmonics of 120 Hz, louder and softer four times a second. */
const vowel: Wave = (t) =>
  (0.7 + 0.3 * Math.sin(2 * Math.PI * 4 * t)) *
  [1, 2, 3, 4, 5, 6].reduce((sum, harmonic) => sum + Math.sin(2 * Math.PI * 120 * harmonic * t) / (2 * harmonic), 0);
const mixed =
  (a: Wave, b: Wave, share: number): Wave =>
  (t) =>
    a(t) + share * b(t);

function audio(wave: Wave, ms: number, level: number, rate = 16_000, type = `audio/pcm;rate=${rate}`): object {
  const samples = Int16Array.from({ length: Math.round((rate * ms) / 1_000) }, (_, at) => level * wave(at / rate));
  const data = Buffer.from(samples.buffer).toString('base64');
  return { realtimeInput: { audio: { data, mimeType: type } } };
}

const edges = (client: Client): { type: string; audioOffset: string }[] =>
  client.frames.map((frame) => frame['voiceActivity']).filter((found) => found !== undefined);
const seconds = (offset: string | undefined): number => Number.parseFloat(offset ?? 'NaN');

const listening = (detection: AutomaticActivityDetection): LiveConnectConfig => ({
  ...transcribed,
  realtimeInputConfig: { automaticActivityDetection: detection },
});

/** What 3.8 reports of these messages, sent one after the other. */
async function hearAll(
  messages: object[],
  config: LiveConnectConfig = transcribed,
  options: EmulatorTransportOptions = {},
): Promise<Client> {
  const { client, clock } = await openModel(latest, config, options);
  for (const message of messages) client.send(message);
  await clock.tick(50);
  return client;
}

const spoken = (rate = 16_000): object[] => [
  audio(silence, 600, 0, rate),
  audio(vowel, 1_000, 9_000, rate),
  audio(silence, 700, 0, rate),
];

describe('rates', () => {
  test.each([8_000, 11_025, 16_000, 24_000, 44_100, 48_000])('%i Hz', async (rate) => {
    const [start, end, ...more] = edges(await hearAll(spoken(rate)));
    expect(more).toEqual([]);
    expect([start?.type, end?.type]).toEqual(['ACTIVITY_START', 'ACTIVITY_END']);
    expect(Math.abs(seconds(start?.audioOffset) - 0.6)).toBeLessThanOrEqual(0.05);
    // 500 ms of silence end it.
    expect(Math.abs(seconds(end?.audioOffset) - 2.1)).toBeLessThanOrEqual(0.05);
  });

  test('a type without a rate is 16 kHz; a rate may change between messages', async () => {
    const plain = [audio(silence, 600, 0, 16_000, 'audio/pcm'), audio(vowel, 400, 9_000, 16_000, 'audio/pcm')];
    expect(seconds(edges(await hearAll(plain))[0]?.audioOffset)).toBeCloseTo(0.6, 1);
    const changed = [audio(silence, 600, 0, 48_000), audio(vowel, 400, 9_000, 8_000)];
    expect(seconds(edges(await hearAll(changed))[0]?.audioOffset)).toBeCloseTo(0.6, 1);
  });

  test('the size of the messages makes no difference', async () => {
    const cut = (ms: number): object[] =>
      Array.from({ length: Math.floor(2_300 / ms) }, (_, index) => {
        const from = index * ms;
        const wave: Wave = (t) => (from >= 600 && from < 1_600 ? vowel(t + from / 1_000) : 0);
        return audio(wave, ms, 9_000);
      });
    const [coarse, fine, odd] = await Promise.all([hearAll(cut(100)), hearAll(cut(20)), hearAll(cut(7))]);
    expect(edges(fine)).toEqual(edges(coarse));
    expect(edges(odd)).toHaveLength(2);
  });
});

describe('what is not speech', () => {
  test('a hum, hiss and crackle under the threshold', async () => {
    const client = await hearAll([
      audio(noise, 3_000, 700),
      audio(vowel, 3_000, 300),
      audio((t) => (Math.floor(t * 100) % 50 === 0 ? noise(t) : 0), 3_000, 20_000),
    ]);
    expect(edges(client)).toEqual([]);
  });

  test.each([2, 5, 12])('a click of %i ms, at any place', async (ms) => {
    for (const at of [100, 105, 111, 118]) {
      const click: Wave = (t) => (t >= at / 1_000 && t < (at + ms) / 1_000 ? noise(t) : 0);
      expect(edges(await hearAll([audio(click, 400, 30_000)]))).toEqual([]);
    }
  });

  test('a click after long speech is none either', async () => {
    const click: Wave = (t) => (t < 0.012 ? noise(t) : 0);
    const client = await hearAll([
      audio(vowel, 3_000, 9_000),
      audio(silence, 600, 0),
      audio(click, 100, 30_000),
      audio(silence, 700, 0),
    ]);
    expect(edges(client)).toHaveLength(2);
  });

  test('speech over noise begins and ends all the same', async () => {
    const client = await hearAll([
      audio(noise, 600, 500),
      audio(mixed(vowel, noise, 0.05), 1_000, 9_000),
      audio(noise, 700, 500),
    ]);
    expect(edges(client).map((edge) => edge.type)).toEqual(['ACTIVITY_START', 'ACTIVITY_END']);
  });

  test('a pause within a sentence does not end it', async () => {
    const client = await hearAll([
      audio(vowel, 600, 9_000),
      audio(silence, 400, 0),
      audio(vowel, 600, 9_000),
      audio(silence, 600, 0),
    ]);
    expect(edges(client)).toHaveLength(2);
  });
});

describe('the setup’s limits', () => {
  test('prefixPaddingMs: shorter speech is none', async () => {
    const short = [audio(vowel, 150, 9_000), audio(silence, 600, 0)];
    expect(edges(await hearAll(short))).toHaveLength(2);
    expect(edges(await hearAll(short, listening({ prefixPaddingMs: 300 })))).toHaveLength(0);
    const long = [audio(vowel, 450, 9_000), audio(silence, 600, 0)];
    expect(edges(await hearAll(long, listening({ prefixPaddingMs: 300 })))).toHaveLength(2);
  });

  test('silenceDurationMs: how much silence ends it', async () => {
    const client = await hearAll(spoken(), listening({ silenceDurationMs: 200 }));
    expect(Math.abs(seconds(edges(client)[1]?.audioOffset) - 1.8)).toBeLessThanOrEqual(0.05);
    expect(edges(await hearAll(spoken(), listening({ silenceDurationMs: 900 })))).toHaveLength(1);
  });

  test('start sensitivity LOW takes louder speech, end sensitivity LOW more silence', async () => {
    const faint = [audio(vowel, 800, 1_500), audio(silence, 700, 0)];
    const start = (startOfSpeechSensitivity: StartSensitivity) => listening({ startOfSpeechSensitivity });
    expect(edges(await hearAll(faint, start(StartSensitivity.START_SENSITIVITY_HIGH)))).toHaveLength(2);
    expect(edges(await hearAll(faint, start(StartSensitivity.START_SENSITIVITY_LOW)))).toHaveLength(0);
    const end = (endOfSpeechSensitivity: EndSensitivity) => listening({ endOfSpeechSensitivity });
    expect(edges(await hearAll(spoken(), end(EndSensitivity.END_SENSITIVITY_HIGH)))).toHaveLength(2);
    expect(edges(await hearAll(spoken(), end(EndSensitivity.END_SENSITIVITY_LOW)))).toHaveLength(1);
  });

  test('unset sensitivities are HIGH on the Developer API and LOW on Vertex', async () => {
    expect(edges(await hearAll(spoken()))).toHaveLength(2);
    expect(edges(await hearAll(spoken(), transcribed, { provider: 'vertex' }))).toHaveLength(1);
  });

  test('turnCoverage: whether silence and video outside speech are in the turn', async () => {
    const sizes: number[] = [];
    const video = { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/jpeg' } } };
    for (const turnCoverage of [
      TurnCoverage.TURN_INCLUDES_ALL_INPUT,
      TurnCoverage.TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO,
      TurnCoverage.TURN_INCLUDES_ONLY_ACTIVITY,
    ]) {
      const { client, clock } = await openModel(native, { ...AUDIO, realtimeInputConfig: { turnCoverage } });
      for (const message of [video, audio(silence, 4_000, 0), audio(vowel, 1_000, 9_000), audio(silence, 600, 0)]) {
        client.send(message);
      }
      await clock.tick(8_000);
      sizes.push(client.frames.at(-1)?.['usageMetadata'].promptTokenCount);
    }
    const [all, allVideo, only] = sizes as [number, number, number];
    // 4 s of silence at 25 tokens a second, one frame of 258.
    expect(all - allVideo).toBe(100);
    expect(allVideo - only).toBe(258);
  });

  test('NO_INTERRUPTION: speech leaves the answer alone', async () => {
    const realtimeInputConfig = { activityHandling: ActivityHandling.NO_INTERRUPTION };
    const { client, clock } = await openModel(native, { ...AUDIO, realtimeInputConfig }, { replyAudioSeconds: 3 });
    client.send({ realtimeInput: { text: 'go' } });
    await clock.tick(1_000);
    client.send(audio(vowel, 500, 9_000));
    await clock.tick(500);
    expect(client.frames.map(nameOf)).not.toContain('interrupted');
  });

  test('audioStreamEnd ends speech without silence, and says nothing when nobody spoke', async () => {
    const streamEnd = { realtimeInput: { audioStreamEnd: true } };
    expect(edges(await hearAll([audio(silence, 500, 0), streamEnd]))).toEqual([]);
    expect(edges(await hearAll([audio(vowel, 500, 9_000), streamEnd])).map((edge) => edge.type)).toEqual([
      'ACTIVITY_START',
      'ACTIVITY_END',
    ]);
  });

  test('disabled: only the client says when somebody speaks', async () => {
    const { client, clock } = await openModel(native, { ...listening({ disabled: true }) });
    client.send(audio(vowel, 800, 9_000));
    client.send(audio(silence, 800, 0));
    await clock.tick(3_000);
    expect(client.frames).toHaveLength(1);
    for (const message of [{ activityStart: {} }, { activityEnd: {} }]) {
      client.send({ realtimeInput: message });
      if ('activityStart' in message) client.send(audio(silence, 500, 0));
    }
    await clock.tick(8_000);
    expect(client.frames.map(nameOf).at(-1)).toBe('turnComplete');
  });
});

describe('the voice', () => {
  const sentence = 'The tide is high at noon, and low again at six.';
  const pcm = (from: number, ms: number, words = sentence): Int16Array => {
    const bytes = Buffer.from(voice(words, from, ms), 'base64');
    return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };

  test('is as long as the text: 15 characters a second, 24 kHz', () => {
    expect(spokenMs('x'.repeat(30))).toBe(2_000);
    expect(pcm(0, spokenMs(sentence))).toHaveLength(24 * spokenMs(sentence));
  });

  test('in pieces it is the same as in one', () => {
    const whole = voice(sentence, 0, 2_000);
    for (const ms of [20, 40, 100, 137]) {
      let joined = '';
      for (let at = 0; at < 2_000; at += ms) joined += voice(sentence, at, Math.min(ms, 2_000 - at));
      expect(joined).toBe(whole);
    }
  });

  test('depends on the text, pauses where there are no letters, never clips', () => {
    expect(voice(sentence, 0, 1_000)).not.toBe(voice('Something else entirely.', 0, 1_000));
    expect(pcm(0, 600, '         ').every((sample) => sample === 0)).toBe(true);
    expect(Math.max(...pcm(0, 3_000).map(Math.abs))).toBeLessThan(20_000);
  });

  test('is heard as speech by the detector, and lies where speech lies: under 4 kHz', async () => {
    const samples = pcm(0, spokenMs(sentence));
    const data = Buffer.from(samples.buffer).toString('base64');
    const client = await hearAll([
      { realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=24000' } } },
      audio(silence, 600, 0, 24_000),
    ]);
    expect(edges(client).map((edge) => edge.type)).toEqual(['ACTIVITY_START', 'ACTIVITY_END']);
    // The difference of neighbours doubles what is high: white noise would give 2.
    let power = 0;
    let steps = 0;
    for (let at = 1; at < samples.length; at++) {
      power += (samples[at] ?? 0) ** 2;
      steps += ((samples[at] ?? 0) - (samples[at - 1] ?? 0)) ** 2;
    }
    expect(steps / power).toBeLessThan(0.5);
  });

  test('a spoken answer is as long as its text, unless told otherwise', async () => {
    const lengthOf = async (options: EmulatorTransportOptions, words: string): Promise<number> => {
      const { client, clock } = await openModel(native, AUDIO, options);
      client.send({ realtimeInput: { text: words } });
      await clock.tick(30_000);
      return client.frames
        .flatMap((frame) => frame['serverContent']?.modelTurn?.parts ?? [])
        .reduce((sum, part) => sum + Buffer.from((part.inlineData?.data as string) ?? '', 'base64').length / 48, 0);
    };
    const words = 'how long will this take';
    expect(await lengthOf({}, words)).toBe(spokenMs(`Turn 1. You said "${words}".`));
    expect(await lengthOf({ replyAudioSeconds: 1.25 }, words)).toBe(1_250);
  });
});
