/** `gemini-lifeline emulator`: wrong calls in process, the server as a program of its own (needs a build). */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, UsageError } from '../../../src/cli/command.js';
import { emulatorCommand } from '../../../src/cli/emulator/command.js';
import { defaultSettings } from '../../../src/emulator/options.js';

const program = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lifeline-emulator-'));
  writeFileSync(join(folder, 'broken.json'), '{"turns": [}');
  writeFileSync(join(folder, 'script.json'), '{"turns": [{"steps": [{"shout": "x"}]}]}');
  writeFileSync(join(folder, 'good.json'), '{"turns": [{"steps": [{"say": "scripted words"}]}]}');
  writeFileSync(join(folder, 'faults.json'), '[{"action": {"do": "sulk"}}]');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(...argv: string[]): Promise<string[]> {
  const lines: string[] = [];
  const io = { print: (line: string) => void lines.push(line), note: () => {}, isTerminal: false };
  expect(await runCommand(emulatorCommand, argv, io)).toBe(0);
  return lines;
}

describe('wrong calls', () => {
  test.each([
    [['--setup', 'soon'], /--setup: .*setupMs takes a number/],
    [['--setup', ''], /--setup: .*setupMs takes a number/],
    [['--connection-lifetime', '0'], /--connection-lifetime: .*1 to/],
    [['--option', 'setupMs'], /name=value/],
    [['--option', 'nonsense=1'], /no option nonsense/],
    [['--option', 'thoughts=perhaps'], /thoughts takes true or false/],
    [['--profile', '9.9'], /profile takes "2\.5"/],
    [['--speed', '0'], /--speed takes/],
    [['--faults', 'no-such-file.json'], /no-such-file\.json: there is no such file/],
    [['--proxy', 'nonsense'], /--proxy: .*base URL/],
    [['--proxy', 'http://localhost:1', '--setup', '5'], /--setup is the emulator's own/],
    [['--proxy', 'http://localhost:1', '--faults', 'resumption/unknown-no-such'], /no such file/],
    [['extra'], /takes no arguments/],
  ])('%j', async (argv, words) => {
    await expect(run(...argv)).rejects.toThrow(UsageError);
    await expect(run(...argv)).rejects.toThrow(words);
  });

  test('a file is named, with what is wrong in it and where', async () => {
    const at = (name: string): string => join(folder, name);
    await expect(run('--script', at('broken.json'))).rejects.toThrow(/broken\.json: it is not JSON/);
    await expect(run('--script', at('script.json'))).rejects.toThrow(/script\.json: Script, turn 1, step 1/);
    await expect(run('--script', folder)).rejects.toThrow(/it is a folder/);
    await expect(run('--faults', at('faults.json'))).rejects.toThrow(/faults\.json: /);
  });
});

test('lists every option and every fault, for people and as JSON', async () => {
  const names = Object.keys(defaultSettings);
  expect((await run('--list-options')).map((line) => line.trim().split(/\s/)[0])).toEqual(
    expect.arrayContaining(names),
  );
  const { options } = JSON.parse((await run('--list-options', '--json'))[0] ?? '') as { options: { name: string }[] };
  expect(options.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  expect((await run('--list-faults')).length).toBeGreaterThan(5);
});

test('serves: base URL, options, script and faults from the command line; Ctrl-C ends it', async () => {
  const args = ['--json', '--setup', '5', '--speed', '2', '--script', join(folder, 'good.json')];
  const child = spawn(
    process.execPath,
    [program, 'emulator', ...args, '--option', 'maxLog=7', '--option', 'thoughts=true'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const first = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve);
    child.stderr.setEncoding('utf8').once('data', (text: string) => reject(new Error(text)));
    child.once('exit', (code) => reject(new Error(`Ended with ${code}. Run "npm run build" first.`)));
  });
  const { baseUrl, page } = JSON.parse(first) as { baseUrl: string; page: string };
  expect(page).toBe(`${baseUrl}/emulator/`);
  const read = async (path: string) =>
    (await (await fetch(`${baseUrl}/emulator/${path}`)).json()) as Record<string, never>;
  expect(await read('state')).toMatchObject({ speed: 2, connections: [] });
  expect((await read('options'))['options']).toMatchObject({
    setupMs: { value: 5 },
    maxLog: { value: 7 },
    thoughts: { value: true },
    script: { value: { turns: [{ steps: [{ say: 'scripted words' }] }] } },
  });
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
});
