import { GoogleGenAI } from '@google/genai';
import { afterEach, describe, expect, test } from 'vitest';
import { exitCodeOf, replayTraffic, type TrafficReport } from '../../../src/cli/replayTraffic.js';
import { replayFile } from '../../../src/cli/replayTraffic/replayFile.js';
import {
  folderOf,
  handle,
  jsonl,
  middleman,
  received,
  recordingOf,
  said,
  sent,
  setup,
  setupComplete,
  turnComplete,
  words,
} from './support.js';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function folder(files: Readonly<Record<string, string>>): string {
  const { dir, remove } = folderOf(files);
  undo.push(remove);
  return dir;
}

async function replay(
  files: Readonly<Record<string, string>>,
  options: { json?: boolean; atOnce?: boolean; speed?: number } = {},
) {
  const printed: string[] = [];
  const { json = false, atOnce = true, ...rest } = options;
  const report = await replayTraffic({
    dir: folder(files),
    json,
    atOnce,
    ...rest,
    print: (line) => void printed.push(line),
  });
  return { report, printed, exitCode: exitCodeOf(report) };
}

/** One recording, by way of someone who spoils what the server says. */
async function spoilt(lines: readonly object[], spoil: (text: string, index: number) => readonly string[]) {
  return replayFile(recordingOf(...lines), {
    speed: Infinity,
    async createClient(target) {
      const between = await middleman(target, spoil);
      undo.push(between.stop);
      return new GoogleGenAI({ apiKey: 'none', vertexai: false, httpOptions: { baseUrl: between.url } });
    },
  });
}

const client = (baseUrl: string) => new GoogleGenAI({ apiKey: 'none', vertexai: false, httpOptions: { baseUrl } });
const alone = (...lines: readonly object[]) =>
  replayFile(recordingOf(...lines), { speed: Infinity, createClient: client });

describe('replay-traffic', () => {
  test('RT-30 replays a folder: what passes, what fails, what is no recording, each by name', async () => {
    const { report, printed, exitCode } = await replay({
      'a-talk.jsonl': jsonl(setup, setupComplete, handle('h'), ...words(20), turnComplete),
      'b-refused.jsonl': jsonl(setup, received({ error: 1 }), setupComplete),
      'c-other.jsonl': jsonl({ kind: 'something else' }),
      'c.meta.json': '{}',
      'd-headless.jsonl': jsonl(said('a'), turnComplete),
    });
    expect(report.files.map(({ file, outcome }) => [file, outcome])).toEqual([
      ['a-talk.jsonl', 'passed'],
      ['b-refused.jsonl', 'failed'],
      ['c-other.jsonl', 'skipped'],
      ['d-headless.jsonl', 'passed'],
    ]);
    expect(report).toMatchObject({ passed: 2, failed: 1, skipped: 1 });
    expect(exitCode).toBe(1);
    const text = printed.join('\n');
    expect(text).toMatch(/passed {3}a-talk\.jsonl: 23 messages/);
    expect(text).toMatch(/skipped {2}c-other\.jsonl: line 1 has no dir/);
    expect(text).toMatch(/no setupComplete was received in it: one was put in front/);
    expect(printed.at(-1)).toBe('2 passed, 1 failed, 1 skipped');
  });

  test('RT-31 with json prints nothing; the report is plain data', async () => {
    const { report, printed, exitCode } = await replay(
      { 'a.jsonl': jsonl(setup, setupComplete, said('a')) },
      { json: true },
    );
    expect(printed).toEqual([]);
    expect(JSON.parse(JSON.stringify(report)) as TrafficReport).toEqual(report);
    expect(report.files[0]).toMatchObject({
      file: 'a.jsonl',
      outcome: 'passed',
      frames: 2,
      delivered: 2,
      problems: [],
    });
    expect(exitCode).toBe(0);
  });

  test('RT-32 a folder of which nothing could be compared is not good', async () => {
    expect((await replay({ 'a.jsonl': '' })).exitCode).toBe(1);
    await expect(replay({ 'a.txt': '' })).rejects.toThrow('no *.jsonl file');
    await expect(replayTraffic({ dir: '/nowhere/at/all', json: false, atOnce: true, print: () => {} })).rejects.toThrow(
      'no folder',
    );
    await expect(replay({ 'a.jsonl': '' }, { speed: 0 })).rejects.toThrow('speed');
  });

  test('RT-33 serves at the recorded times, faster with a speed, at once when asked', async () => {
    const timed = jsonl(
      sent({ setup: {} }, 10),
      received({ setupComplete: {} }, 10.1),
      said('a', 10.3),
      said('b', 10.6),
    );
    const took = async (options: { atOnce?: boolean; speed?: number }) => {
      const { report } = await replay({ 'a.jsonl': timed }, options);
      expect(report).toMatchObject({ passed: 1, failed: 0 });
      return report.files[0] as TrafficReport['files'][number];
    };
    const asRecorded = await took({ atOnce: false });
    expect(asRecorded.timed).toBe(true);
    expect(asRecorded.seconds).toBeGreaterThanOrEqual(0.59);
    const faster = await took({ atOnce: false, speed: 3 });
    expect(faster.seconds).toBeGreaterThanOrEqual(0.19);
    expect(faster.seconds).toBeLessThan(asRecorded.seconds);
    const atOnce = await took({});
    expect(atOnce.timed).toBe(false);
  });

  test('RT-34 thousands of frames arrive', async () => {
    expect(await alone(setup, setupComplete, ...words(12_000))).toMatchObject({ delivered: 12_001, differences: [] });
  });
});

describe('a recording with a goAway', () => {
  test('RT-40 is delivered to its end, over as many connections as the session takes', async () => {
    const lines = [
      setup,
      setupComplete,
      handle('h1'),
      ...words(5),
      turnComplete,
      received({ goAway: { timeLeft: '50s' } }),
      handle('h2'),
      ...words(30),
      turnComplete,
    ];
    expect(await alone(...lines)).toMatchObject({ delivered: 41, differences: [] });
  });

  test('RT-41 that leaves no time, without a handle, or again and again, is too', async () => {
    const goAway = received({ goAway: {} });
    const left = await alone(setup, setupComplete, goAway, ...words(200));
    expect(left).toMatchObject({ delivered: 202, differences: [] });
    expect(left.connections).toBeGreaterThan(1);
    expect(
      await alone(
        setup,
        setupComplete,
        handle('h1'),
        goAway,
        handle('h2'),
        ...words(9),
        goAway,
        handle('h3'),
        ...words(9),
        goAway,
      ),
    ).toMatchObject({
      delivered: 25,
      differences: [],
    });
  });

  test('RT-42 does not wait for the times behind it', async () => {
    const startedAt = performance.now();
    const result = await replayFile(
      recordingOf(
        sent({ setup: {} }, 0),
        received({ setupComplete: {} }, 0),
        received({ goAway: { timeLeft: '50s' } }, 0.1),
        said('a', 30),
        said('b', 60),
      ),
      { speed: 1, createClient: client },
    );
    expect(result).toMatchObject({ delivered: 4, differences: [] });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe('a difference is found', () => {
  const lines = [setup, setupComplete, ...words(10), turnComplete];

  test('RT-50 when nothing is spoilt there is none', async () => {
    expect((await spoilt(lines, (text) => [text])).differences).toEqual([]);
  });

  test('RT-51 a frame that gets lost, also behind a goAway', async () => {
    const without4 = (text: string, index: number) => (index === 4 ? [] : [text]);
    expect((await spoilt(lines, without4)).differences).toEqual([
      '12 messages were recorded, 11 delivered',
      'line 6 was not delivered: {"serverContent":{"outputTranscription":{"text":"word 3"}}}',
    ]);
    const leaving = [setup, setupComplete, received({ goAway: { timeLeft: '50s' } }), ...words(10)];
    expect((await spoilt(leaving, without4)).differences).toEqual([
      '12 messages were recorded, 11 delivered',
      'line 6 was not delivered: {"serverContent":{"outputTranscription":{"text":"word 2"}}}',
    ]);
  });

  test('RT-52 a value that changes, a key that goes, a key that comes', async () => {
    const change = await spoilt(lines, (text) => [text.replace('word 7', 'sword 7')]);
    expect(change.differences).toEqual([expect.stringContaining('text is "sword 7" instead of "word 7"')]);
    const gone = await spoilt(lines, (text) => [text.replace('"usageMetadata"', '"other"')]);
    expect(gone.differences.join()).toMatch(/usageMetadata is missing.*other was not recorded/);
  });

  test('RT-53 two frames in the wrong order, and one twice', async () => {
    let held: string[] = [];
    const swapped = await spoilt(lines, (text, index) => {
      if (index !== 3) return [text, ...held.splice(0)];
      held = [text];
      return [];
    });
    expect(swapped.delivered).toBe(12);
    expect(swapped.differences.length).toBeGreaterThan(0);
    const twice = await spoilt(lines, (text, index) => (index === 5 ? [text, text] : [text]));
    expect(twice.differences).toContain('12 messages were recorded, 13 delivered');
  });

  test('RT-54 a session that never gets through', async () => {
    const refused = await spoilt(lines, () => ['{"error":1}']);
    expect(refused.delivered).toBe(0);
    expect(refused.differences.length).toBeGreaterThan(1);
  });
});
