/**
 * `npm run check [-- --json] [-- NAME…]`: runs every part, one line each, and ends with `N passed, N failed`.
 *
 * Owns the list of parts and their order. A part that fails never stops the next one. With names it runs only those and
 * says how many it left out. Exit code 1 when a part failed, 2 when a name is unknown.
 */
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Check, ExecuteOptions, Execution, Project } from './check.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Checks of our own, one file each, in the order they run. `package`, `size` and below need the output of `types`. */
const files = [
  'topLevel',
  'specIds',
  'namedTests',
  'dependencies',
  'xstateTest',
  'staleCharts',
  'optionsPage',
  'faultsPage',
  'packageShape',
  'packed',
] as const;

const project: Project = { root, execute };

function execute(program: string, args: readonly string[], options: ExecuteOptions = {}): Promise<Execution> {
  return new Promise((resolve) => {
    const PATH = [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
    const child = spawn(program, args, {
      cwd: options.cwd ?? root,
      env: { NO_COLOR: '1', ...(options.env ?? { ...process.env, PATH }) },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 300_000,
      killSignal: 'SIGKILL',
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', (error) => resolve({ code: -1, stdout, output: `${output}${error.message}\n` }));
    child.on('close', (code, signal) => {
      if (code !== null) return resolve({ code, stdout, output });
      resolve({ code: -1, stdout, output: `${output}${program} was stopped by ${signal}: it ran out of time\n` });
    });
  });
}

/** A part that is one or more commands, each of which must exit with 0. */
function commands(name: string, ...list: readonly (readonly [string, ...string[]])[]): Check {
  return {
    name,
    async run({ execute }) {
      const problems: string[] = [];
      for (const [program, ...args] of list) {
        const { code, output } = await execute(program, args);
        if (code !== 0) problems.push(`${[program, ...args].join(' ')} (exit ${code})\n${output.trim()}`);
      }
      return { problems };
    },
  };
}

async function load(file: string): Promise<Check> {
  const module = (await import(new URL(`./${file}.ts`, import.meta.url).href)) as { check: Check };
  return module.check;
}

const complete: Check = {
  name: 'checks',
  async run() {
    const known = new Set<string>([...files, 'run', 'check']);
    const forgotten = readdirSync(join(root, 'test/checks'))
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => name.slice(0, -'.ts'.length))
      .filter((name) => !known.has(name));
    return { problems: forgotten.map((name) => `test/checks/${name}.ts is not in the list of run.ts`) };
  },
};

const { values, positionals } = parseArgs({ options: { json: { type: 'boolean' } }, allowPositionals: true });
const all: readonly Check[] = [
  commands('types', ['tsc', '-b'], ['tsc', '-p', 'test/tsconfig.json']),
  commands('lint', [
    'oxlint',
    '--type-aware',
    '--deny-warnings',
    '--report-unused-disable-directives',
    '--format=unix',
  ]),
  commands('format', ['biome', 'format', '--colors=off', '.']),
  commands('unused', ['knip', '--no-progress']),
  commands('size', ['size-limit']),
  complete,
  ...(await Promise.all(files.map(load))),
];

const unknown = positionals.filter((name) => !all.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`No check is called ${unknown.join(', ')}. There are: ${all.map((check) => check.name).join(', ')}.`);
  process.exit(2);
}

const chosen = positionals.length === 0 ? all : all.filter((check) => positionals.includes(check.name));
const width = Math.max(...all.map((check) => check.name.length));
const results = [];
for (const check of chosen) {
  const startedAt = performance.now();
  const report = await check.run(project).catch((error: unknown) => ({
    problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  }));
  const ms = Math.round(performance.now() - startedAt);
  const notes = 'notes' in report ? (report.notes ?? []) : [];
  const ok = report.problems.length === 0;
  results.push({ name: check.name, ok, ms, problems: report.problems, notes });
  if (values.json) continue;
  console.log(`${check.name.padEnd(width)}  ${ok ? 'ok    ' : 'failed'}  ${(ms / 1000).toFixed(1)} s`);
  for (const line of [...report.problems, ...notes].flatMap((text) => text.split('\n'))) console.log(`    ${line}`);
}

const passed = results.filter((result) => result.ok).length;
const failed = results.length - passed;
const notRun = all.filter((check) => !chosen.includes(check)).map((check) => check.name);
if (values.json) {
  console.log(JSON.stringify({ passed, failed, notRun, parts: results }, null, 2));
} else {
  if (notRun.length > 0) console.log(`not run: ${notRun.join(', ')}`);
  console.log(`${passed} passed, ${failed} failed`);
}
process.exitCode = failed === 0 ? 0 : 1;
