/** A check is worth having when it can refuse: each of our own is shown a repository that is wrong in one way. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Execution, Project } from './check.js';
import { check as dependencies } from './dependencies.js';
import { check as packageShape } from './packageShape.js';
import { check as specIds } from './specIds.js';
import { check as staleCharts } from './staleCharts.js';
import { check as topLevel } from './topLevel.js';
import { check as xstateTest } from './xstateTest.js';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these files, in which a command answers as `answer` says; by default every command fails. */
function project(files: Record<string, string>, answer: (command: string) => Partial<Execution> = () => ({})): Project {
  const root = mkdtempSync(join(tmpdir(), 'lifeline-check-'));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return {
    root,
    execute: (program, args) =>
      Promise.resolve({ code: 1, stdout: '', output: '', ...answer([program, ...args].join(' ')) }),
  };
}

const json = (value: unknown) => ({ code: 0, stdout: JSON.stringify(value) });

describe('top level', () => {
  test('refuses a name that is not the customer’s', async () => {
    const listed = ['src/index.ts', 'README.md', '.gitignore', 'CHANGELOG.md', 'scripts/a.ts', 'scripts/b.ts'].join(
      '\0',
    );
    const { problems } = await topLevel.run(project({}, () => ({ code: 0, stdout: listed })));
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['CHANGELOG.md', 'scripts']);
  });

  test('reads the folder and says so where git cannot answer', async () => {
    const { problems, notes } = await topLevel.run(project({ 'src/a.ts': '', 'vite.config.ts': '' }));
    expect(problems).toHaveLength(1);
    expect(notes).toHaveLength(1);
  });
});

describe('spec ids', () => {
  const run = (page: string, tests: string) =>
    specIds.run(
      project({
        'machines/SPEC.md': page,
        'test/a.test.ts': tests,
        'docs/GUARANTEES.md': '- **G1** one',
        'test/b.test.ts': `test('G1 holds')`,
      }),
    );

  test('accepts rules and tests that agree', async () => {
    const page = '- **S-CONN-01** one\n| **S-TURN-02** | two |\n* **S-RES-03**: three\n1. **S-CTX-04** four\n';
    const tests = [
      `test('S-CONN-01 dials', () => {});`,
      `describe("S-TURN-02, S-RES-03: both", () => {});`,
      `it.each([1, 2])(\n  \`S-CTX-04 of \${n}\`, () => {});`,
      `test('S is for session', () => {});`,
    ];
    expect((await run(page, tests.join('\n'))).problems).toEqual([]);
  });

  test('refuses a rule without a test', async () => {
    const { problems } = await run('- **S-CONN-01** one\n- **S-CONN-02** two', `test('S-CONN-01 dials')`);
    expect(problems).toEqual(['machines/SPEC.md: no test has a title that begins with S-CONN-02']);
  });

  test.each([`test.skip('S-CONN-01 dials')`, `it.todo('S-CONN-01 dials')`, `test('dials: S-CONN-01')`])(
    'refuses %s as the only test of a rule',
    async (tests) => {
      expect((await run('- **S-CONN-01** one', tests)).problems).toHaveLength(1);
    },
  );

  test('refuses a test of a rule that does not exist', async () => {
    const { problems } = await run('- **S-CONN-01** one', `test('S-CONN-01 S-CONN-09 dials')`);
    expect(problems).toEqual(['test/a.test.ts: a title names S-CONN-09, which machines/SPEC.md does not define']);
  });

  test('refuses a misspelt id, a rule defined twice, and a page that is missing or empty', async () => {
    expect((await run('- **S-CONN-1** one', `test('S-CONN-1 dials')`)).problems).toHaveLength(1);
    expect((await run('- **S-CONN-01** one\n- **S-CONN-01** two', `test('S-CONN-01')`)).problems).toHaveLength(1);
    expect((await run('Nothing yet.', '')).problems).toHaveLength(1);
    expect((await specIds.run(project({}))).problems).toHaveLength(2);
  });
});

describe('dependencies', () => {
  const run = (manifest: object, ...rows: string[]) =>
    dependencies.run(
      project({ 'package.json': JSON.stringify(manifest), 'docs/decisions/0001-dependencies.md': rows.join('\n') }),
    );

  test('accepts a page that names the same packages as the same kinds', async () => {
    const manifest = {
      dependencies: { rxjs: '^7.8.2' },
      peerDependencies: { a: '>=1' },
      devDependencies: { a: '1.0.0' },
    };
    expect(
      (await run(manifest, '| `rxjs` | runtime | why | x |', '| `a` | peer, development | why |')).problems,
    ).toEqual([]);
  });

  test('refuses a difference in either direction', async () => {
    expect((await run({ dependencies: { rxjs: '^7' } })).problems).toHaveLength(1);
    expect((await run({}, '| `rxjs` | runtime | why |')).problems).toHaveLength(1);
    expect((await run({ devDependencies: { rxjs: '7.8.2' } }, '| `rxjs` | runtime | why |')).problems).toHaveLength(2);
  });

  test('refuses a row without a reason, a row twice, and a development version that is a range', async () => {
    const manifest = { devDependencies: { rxjs: '7.8.2' } };
    const row = '| `rxjs` | development | why |';
    expect((await run(manifest, '| `rxjs` | development |  |')).problems).toHaveLength(1);
    expect((await run(manifest, row, row)).problems).toHaveLength(1);
    expect((await run({ devDependencies: { rxjs: '^7.8.2' } }, row)).problems).toHaveLength(1);
  });
});

describe('@xstate/test', () => {
  const known = {
    checkedOn: '2026-11-21',
    latest: '0.5.1',
    peer: '^4.29.0',
    versions: { '1.0.0-beta.5': '^5.5.1' },
  };
  const run = (answer: (command: string) => Partial<Execution>, committed: object = known) =>
    xstateTest.run(project({ 'test/checks/xstate-test.json': JSON.stringify(committed) }, answer));
  const registry = (peer: string, versions: readonly string[] = ['0.5.1', '1.0.0-beta.5']) =>
    json({ version: '0.5.1', versions, peerDependencies: { xstate: peer } });

  test('accepts the state of today', async () => {
    expect((await run(() => registry('^4.29.0'))).problems).toEqual([]);
  });

  test.each(['^5.0.0', '^4.29.0 || ^5.0.0', '5', '>=4.29.0', '*'])('refuses a release for xstate %s', async (peer) => {
    expect((await run(() => registry(peer))).problems).toHaveLength(1);
  });

  test.each(['>=4 <5', '^4.5.0', '~4.55', '4.x'])('accepts a release for xstate %s', async (peer) => {
    expect((await run(() => registry(peer))).problems).toEqual([]);
  });

  test('refuses a new version for XState 5 that no tag points at', async () => {
    const answer = (command: string) =>
      command.includes('@2.0.0-beta.1') ? json('^5.30.0') : registry('^4.29.0', ['1.0.0-beta.5', '2.0.0-beta.1']);
    expect((await run(answer)).problems).toHaveLength(1);
  });

  test('offline: says so by name, and still refuses what was committed', async () => {
    const offline = () => ({ code: 1, output: 'npm error code ENOTFOUND\n' });
    const { problems, notes } = await run(offline);
    expect(problems).toEqual([]);
    expect(notes).toEqual(['not run: asking the registry (ENOTFOUND); the answer of 2026-11-21 stands']);
    expect((await run(offline, { ...known, peer: '^5.0.0' })).problems).toHaveLength(1);
  });
});

test('stale charts: refuses when graph --check does', async () => {
  expect((await staleCharts.run(project({}, () => ({ code: 0 })))).problems).toEqual([]);
  expect((await staleCharts.run(project({}, () => ({ output: 'chart.mmd is stale' })))).problems[0]).toContain(
    'is stale',
  );
});

test('package: refuses output whose source is gone, and what publint or attw refuses', async () => {
  const files = ['dist/src/kept.js', 'dist/src/gone.js'].map((path) => ({ path }));
  const packed = json([{ filename: 'p.tgz', files }]);
  const { problems } = await packageShape.run(
    project({ 'src/kept.ts': '' }, (command) => (command.startsWith('npm pack') ? packed : {})),
  );
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['dist/src/gone.js', 'publint', 'attw']);
});
