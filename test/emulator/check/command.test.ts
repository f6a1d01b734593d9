/** emulator-check as a command: what is read, what is printed, how it ends. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runCommand, UsageError } from '../../../src/cli/command.js';
import type { CheckReport } from '../../../src/cli/emulatorCheck.js';
import { emulatorCheckCommand } from '../../../src/cli/emulatorCheckCommand.js';
import { emulatorRules } from '../../../src/emulator/check/emulatorRules.js';
import { grammar } from '../../../src/emulator/check/grammar.js';
import { ask, audio, complete, generated, ready, setup, type Said } from './support.js';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

function folder(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'emulator-check-'));
  undo.push(() => rmSync(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

const jsonl = (...said: readonly Said[]): string => said.map((line) => `${JSON.stringify(line)}\n`).join('');

async function run(...argv: string[]): Promise<{ code: number; printed: string[] }> {
  const printed: string[] = [];
  const io = { print: (line: string) => void printed.push(line), note: () => {}, isTerminal: false };
  return { code: await runCommand(emulatorCheckCommand, argv, io), printed };
}

const native = setup('2.5-native');
const good = jsonl(native, ready, ask, audio, generated, complete);
const bad = jsonl(native, ready, ask, audio, complete);

test('a good folder: a line for each file, exit code 0', async () => {
  const { code, printed } = await run(folder({ 'a.jsonl': good, 'b.jsonl': good, 'a.meta.json': '{}' }));
  expect(code).toBe(0);
  expect(printed.filter((line) => line.startsWith('ok'))).toHaveLength(2);
  expect(printed.at(-1)).toBe('2 passed, 0 failed');
});

test('a refusal names the rule and the line, exit code 1', async () => {
  const { code, printed } = await run(folder({ 'a.jsonl': bad, 'b.jsonl': good }));
  expect(code).toBe(1);
  expect(printed[0]).toMatch(/^refused {5}a\.jsonl/);
  expect(printed[1]).toContain('recording, line 5: turn/generation-complete-first');
  expect(printed.at(-1)).toBe('1 passed, 1 failed');
});

test('a deviation is a rule, never a file name', async () => {
  const report = async (name: string): Promise<unknown> =>
    (JSON.parse((await run(folder({ [name]: bad }), '--json')).printed[0] ?? '') as CheckReport).files[0]?.sessions;
  expect(await report('one.jsonl')).toEqual(await report('another.jsonl'));
});

test('--json is one object with everything in it', async () => {
  const { code, printed } = await run(folder({ 'a.jsonl': bad, 'b.jsonl': 'no json\n', 'c.jsonl': good }), '--json');
  expect(code).toBe(1);
  expect(printed).toHaveLength(1);
  const report = JSON.parse(printed[0] ?? '') as CheckReport;
  expect(report).toMatchObject({ ok: 1, refused: 1, unreadable: 1 });
  expect(report.files[0]?.sessions[0]?.recorded.deviations).toMatchObject([
    { rule: 'turn/generation-complete-first', line: 5 },
  ]);
  expect(report.files[1]?.problem).toBe('line 1 is not JSON');
});

test('files that cannot be read are named, and count', async () => {
  const dir = folder({ 'empty.jsonl': '', 'sent.jsonl': jsonl(native, ask) });
  mkdirSync(join(dir, 'folder.jsonl'));
  const { code, printed } = await run(dir);
  expect(code).toBe(1);
  expect(printed.map((line) => line.split(':')[0])).toEqual([
    'unreadable  empty.jsonl',
    'unreadable  folder.jsonl',
    'unreadable  sent.jsonl',
    '0 passed, 3 failed',
  ]);
});

test('a half line at the end is left out and noted', async () => {
  const { code, printed } = await run(folder({ 'a.jsonl': `${good}{"dir":"rec` }));
  expect(code).toBe(0);
  expect(printed.join()).toContain('line 7 is cut off');
});

test('--rules prints every rule with its source, and needs no folder', async () => {
  const { code, printed } = await run('--rules');
  expect(code).toBe(0);
  const heading = printed.indexOf("Of the emulator's half alone:");
  expect(heading).toBeGreaterThan(printed.indexOf(grammar.at(-1)?.id ?? ''));
  for (const { id } of emulatorRules) expect(printed.indexOf(id)).toBeGreaterThan(heading);
  for (const { id, source } of [...grammar, ...emulatorRules]) {
    expect(printed).toContain(id);
    expect(printed).toContain(`  source: ${source}`);
  }
  expect(JSON.parse((await run('--rules', '--json')).printed[0] ?? '')).toMatchObject({
    rules: { length: grammar.length },
    emulatorRules: [
      { id: 'emulator/takes-what-the-service-took' },
      { id: 'emulator/answers-what-the-service-answered' },
    ],
  });
});

test('wrong calls', async () => {
  await expect(run()).rejects.toThrow(UsageError);
  await expect(run('a', 'b')).rejects.toThrow(UsageError);
  await expect(run('--rules', 'a')).rejects.toThrow(UsageError);
  await expect(run(join(tmpdir(), 'there-is-no-such-folder'))).rejects.toThrow('There is no folder');
  await expect(run(folder({ 'a.txt': good }))).rejects.toThrow('There is no *.jsonl file');
});
