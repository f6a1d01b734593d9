/** The examples as a reader runs them: each is a process of its own, against the build, with no key. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const run = promisify(execFile);

/** What it prints. Rejects when it exits with another code than 0, or has not ended after ten seconds. */
async function printed(example: string): Promise<string[]> {
  const { GEMINI_API_KEY: _, ...env } = process.env;
  const file = join(root, 'docs/examples', example);
  const { stdout } = await run(process.execPath, [file], { cwd: root, env, timeout: 10_000, killSignal: 'SIGKILL' });
  return stdout.trimEnd().split('\n');
}

beforeAll(() => {
  if (!existsSync(join(root, 'dist/src/index.js'))) throw new Error('There is no dist. Run "npm run build" first.');
});

describe.concurrent('docs/examples', () => {
  test('X-1 ten-lines.mjs rotates once and the model remembers, in less than five seconds', async () => {
    const startedAt = performance.now();
    expect(await printed('ten-lines.mjs')).toEqual([
      'connection 1: Turn 1. You said "My name is Ada.".',
      'connection 2: Turn 2. Your name is Ada.',
    ]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test('X-2 statechart-only.mjs takes the chart through a goAway with a WebSocket of its own', async () => {
    expect(await printed('statechart-only.mjs')).toEqual([
      'idle → connecting (connection 1)',
      'connecting → active (connection 1)',
      'active → goingAway (connection 1)',
      'goingAway → resuming (connection 2)',
      'resuming → active (connection 2)',
      'connection 2 resumed from connection 1',
      'active → closing (connection 2)',
      'closing → closed (connection 2)',
    ]);
  });

  test('X-3 genai.mjs runs against the emulator when there is no key', async () => {
    const lines = await printed('genai.mjs');
    const said = lines.filter((line) => line.startsWith('model: ')).map((line) => line.slice('model: '.length));
    expect(said.join(' ')).toBe('Turn 1. You said "Say in one sentence what a lifeline is.".');
    expect(lines).toContain('active: turn generating, handle paused');
    expect(lines.at(-1)).toBe('closed: turn quiet, handle held');
  });

  test('X-4 drop-in.mjs sees one open and one close over two connections', async () => {
    expect(await printed('drop-in.mjs')).toEqual([
      'open',
      'Turn 1. You said "My name is Ada.".',
      'Turn 2. First you said "My name is Ada.".',
      'Turn 3. Your name is Ada.',
      'closed with 1000 after 2 connections',
    ]);
  });
});
