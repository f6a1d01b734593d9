/** `soak` and `replay` as a person calls them: what they print, and how they end. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCommand, UsageError, type Command } from '../../../src/cli/command.js';
import { replaySeedCommand } from '../../../src/cli/replaySeedCommand.js';
import { soakCommand } from '../../../src/cli/soakCommand.js';
import { parseTrace } from '../../../src/trace/index.js';

async function call(command: Command, ...argv: string[]) {
  const lines: string[] = [];
  const io = { print: (line: string) => void lines.push(line), note: () => {}, isTerminal: false };
  const code = await runCommand(command, argv, io);
  return { code, text: lines.join('\n') };
}

test('soak prints its figures, and the same seed gives the same hash', async () => {
  const [first, again] = [
    await call(soakCommand, '--hours', '0.5', '--seed', '4', '--json'),
    await call(soakCommand, '--hours', '0.5', '--seed', '4', '--json'),
  ];
  const report = JSON.parse(first.text) as Record<string, unknown>;
  expect(first.code).toBe(0);
  expect(report).toMatchObject({ ok: true, seed: 4, failures: [] });
  for (const name of ['virtualHours', 'steps', 'faults', 'checked', 'hoursPerWallSecond', 'transitions']) {
    expect(report).toHaveProperty(name);
  }
  expect(report['hash']).toBe((JSON.parse(again.text) as { hash: string }).hash);
});

test('soak --steps runs short sessions; hours and steps exclude each other', async () => {
  const { code, text } = await call(soakCommand, '--steps', '60', '--seed', '4');
  expect(code).toBe(0);
  expect(text).toMatch(/broken +no rule/);
  await expect(call(soakCommand, '--steps', '9', '--hours', '1')).rejects.toThrow(UsageError);
});

test('replay tells the story of a seed, writes its trace and a test', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifeline-replay-'));
  try {
    const [trace, file] = [join(folder, 'trace.jsonl'), join(folder, 'seed.test.mjs')];
    const { code, text } = await call(replaySeedCommand, '496', '--trace', trace, '--test', file);
    expect(code).toBe(0);
    expect(text).toMatch(/app +session +server/);
    expect(text).toContain('No rule is broken.');
    const parsed = parseTrace(readFileSync(trace, 'utf8'));
    expect(parsed.ok && parsed.skipped).toBeGreaterThan(10);
    expect(readFileSync(file, 'utf8')).toContain('"seed": 496');
  } finally {
    rmSync(folder, { recursive: true });
  }
  await expect(call(replaySeedCommand, 'seventeen')).rejects.toThrow(UsageError);
});
