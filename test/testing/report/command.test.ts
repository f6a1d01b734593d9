/** `gemini-lifeline test`: a machine of one's own, thresholds, files, the example, and words for wrong calls. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { runCommand, UsageError } from '../../../src/cli/command.js';
import { testCommand } from '../../../src/cli/test/command.js';
import { loadMachine } from '../../../src/cli/test/loadMachine.js';
import { readRequirements } from '../../../src/cli/test/requirements.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lifeline-test-'));
// What an installed package finds beside it.
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const lines: string[] = [];
  const io = { print: (line: string) => void lines.push(line), note: () => {}, isTerminal: false };
  const code = await runCommand(testCommand, argv, io);
  return { code, out: lines.join('\n') };
}

test('--init writes a machine and its test, which passes; a second time it refuses', async () => {
  const dir = join(folder, 'example');
  expect((await run('--init', dir)).code).toBe(0);
  const door = join(dir, 'door.mjs');
  const { code, out } = await run(door, '--json', '--min', 'states=1,events=1,transitions=1,pairs=0.95,guards=1');
  expect(JSON.parse(out)).toMatchObject({ ok: true, machine: 'door', problems: [], missed: {} });
  expect(code).toBe(0);
  expect(readFileSync(join(dir, 'door.test.mjs'), 'utf8')).toContain("from 'gemini-lifeline/testing'");
  const before = readFileSync(door, 'utf8');
  await expect(run('--init', dir)).rejects.toThrow(/is there already/);
  expect(readFileSync(door, 'utf8')).toBe(before);
});

const bulb = `import { createMachine } from 'xstate';
export const bulb = createMachine({ id: 'bulb', initial: 'off', states: {
  off: { on: { press: [{ target: 'on', guard: ({ event }) => event.hard === true }] } }, on: {},
} });
`;

test('what is missing fails by --min, is named, and comes with a hint; without --min it is only told', async () => {
  const file = join(folder, 'bulb.mjs');
  writeFileSync(file, bulb);
  const report = await run(`${file}#bulb`);
  expect(report).toMatchObject({ code: 0 });
  expect(report.out).toContain('bulb.off press #0');
  expect(report.out).toContain('hint: Events were sent without a payload');
  const junit = join(folder, 'r.xml');
  const html = join(folder, 'r.html');
  const strict = await run(file, '--min', 'transitions=1', '--junit', junit, '--html', html);
  expect(strict.code).toBe(1);
  expect(strict.out).toContain('transitions: 0.0 % covered, 100 % wanted; missing:');
  expect(readFileSync(junit, 'utf8')).toContain('<failure message="not covered"/>');
  expect(readFileSync(html, 'utf8')).toContain('<rect class="state uncovered"');
  writeFileSync(
    join(folder, 'hard.mjs'),
    `${bulb}export const events = [{ type: 'press' }, { type: 'press', hard: true }];\n`,
  );
  expect((await run(join(folder, 'hard.mjs'), '--min', 'transitions=1,guards=1')).code).toBe(0);
});

test('wrong calls name their cause', async () => {
  const file = join(folder, 'two.mjs');
  writeFileSync(file, `${bulb}export const other = () => bulb;\nexport const third = bulb;\n`);
  await expect(run(join(folder, 'none.mjs'))).rejects.toThrow(/There is no file/);
  await expect(run(file)).rejects.toThrow(/several machines \(bulb, third\)/);
  await expect(run(`${file}#lamp`)).rejects.toThrow(/no machine named lamp/);
  expect((await run(`${file}#other`)).code).toBe(0);
  await expect(run(file, '--min', 'beauty=1')).rejects.toBeInstanceOf(UsageError);
  await expect(run(file, '--min', 'pairs=95')).rejects.toThrow(/from 0 to 1/);
  const typed = join(folder, 'typed.ts');
  writeFileSync(typed, 'export {};\n');
  await expect(loadMachine(typed, '20.19.0')).rejects.toThrow(/needs Node 24/);
});

test('every rule of the specification is claimed by a test, as spec-ids reads them', () => {
  const requirements = readRequirements(root);
  expect(Object.keys(requirements ?? {}).length).toBeGreaterThan(40);
  expect(Object.values(requirements ?? {})).not.toContain(false);
  expect(readRequirements(folder)).toBeNull();
  expect(existsSync(join(root, 'machines/SPEC.md'))).toBe(true);
});
