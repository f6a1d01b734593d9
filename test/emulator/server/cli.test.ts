/** `gemini-lifeline emulator`: wrong calls in process, the server as a program of its own (needs a build). */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, UsageError } from '../../../src/cli/command.js';
import { emulatorCommand } from '../../../src/cli/emulator/command.js';
import { defaultSettings } from '../../../src/emulator/options.js';

const program = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url));
const certFile = fileURLToPath(new URL('tls/testOnlyCertificate.pem', import.meta.url));
const keyFile = fileURLToPath(new URL('tls/testOnlyKey.pem', import.meta.url));
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
    [['--proxy', 'http://localhost:1', '--option', 'maxLog=5'], /--option is the emulator's own/],
    [['--proxy', 'http://localhost:1', '--speed', '2'], /--speed is the emulator's own/],
    [['--faults', 'handle/forgoten'], /neither a fault nor a file handle\/forgoten.*handle\/forgotten/],
    [['--tls-cert', certFile], /--tls-key too/],
    [['--tls-key', keyFile], /--tls-cert too/],
    [['--tls-cert', 'no-such.pem', '--tls-key', keyFile], /--tls-cert no-such\.pem: there is no such file/],
    [['--tls-cert', certFile, '--tls-key', '/'], /--tls-key \/: it is a folder/],
    [['--tls-cert', keyFile, '--tls-key', keyFile], /--tls-cert .*: This is no certificate/],
    [['--tls-cert', certFile, '--tls-key', certFile], /--tls-key .*: This is no private key/],
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
  const { child, first } = await started(...args, '--option', 'maxLog=7', '--option', 'thoughts=true');
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
  expect(await interrupted(child)).toBe(0);
});

test('with TLS, and as a proxy: one line of JSON, a page, and how to trust it', async () => {
  const tls = ['--tls-cert', certFile, '--tls-key', keyFile];
  const server = await started(...tls);
  expect(server.first).toMatch(/^https:\/\/127\.0\.0\.1:\d+\n$/);
  const proxy = await started('--json', '--proxy', server.first.trim());
  const { baseUrl, page, target } = JSON.parse(proxy.first) as Record<string, string>;
  expect({ page, target }).toEqual({ page: `${baseUrl}/emulator/`, target: server.first.trim() });
  expect(await (await fetch(`${baseUrl}/emulator/state`)).json()).toMatchObject({ target, connections: [] });
  expect(await interrupted(proxy.child)).toBe(0);
  expect(await interrupted(server.child)).toBe(0);
  expect(server.notes()).toContain(`NODE_EXTRA_CA_CERTS=${certFile}`);
  expect(server.notes()).toContain(`SSL_CERT_FILE=${certFile}`);
  expect(proxy.notes()).toBe('');
});

async function started(...args: string[]) {
  const child = spawn(process.execPath, [program, 'emulator', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let notes = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (notes += text));
  const first = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').once('data', resolve);
    child.once('exit', (code) => reject(new Error(`Ended with ${code}: ${notes} Run "npm run build" first.`)));
  });
  return { child, first, notes: () => notes };
}

function interrupted(child: ChildProcess): Promise<unknown> {
  child.kill('SIGINT');
  return new Promise((resolve) => child.once('close', resolve));
}
