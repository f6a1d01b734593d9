/**
 * The packed package works in an empty project: every entry can be imported, with and without @google/genai, the command
 * starts, and the ten lines of docs/examples run. On Node 24 of this project and on the machine's own Node.
 *
 * Needs a build, and the npm registry or a filled npm cache.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Check } from './check.js';

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const script = 'docs/examples/ten-lines.mjs';

const importAll = `
let failed = false;
for (const entry of process.argv.slice(1)) {
  const attributes = entry.endsWith('.json') ? { with: { type: 'json' } } : {};
  try {
    await import(entry, attributes);
  } catch (error) {
    failed = true;
    console.error(entry + ': ' + error);
  }
}
process.exitCode = failed ? 1 : 0;
`;

/** The environment a person has outside this project: neither its node_modules/.bin nor what npm run adds. */
function machineEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_(package|lifecycle)_|^npm_config_local_prefix$|^INIT_CWD$|^NODE_/.test(name)) continue;
    env[name] = value;
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  env['PATH'] = folders.filter((folder) => !/node_modules\/\.bin|node-gyp-bin/.test(folder)).join(delimiter);
  return env;
}

export const check: Check = {
  name: 'packed',
  async run({ root, execute }) {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
    const entries = Object.keys(manifest.exports).map((entry) => manifest.name + entry.slice(1));
    const env = machineEnvironment();
    const folder = mkdtempSync(join(tmpdir(), 'lifeline-packed-'));
    const cwd = join(folder, 'empty-project');
    const problems: string[] = [];
    const notes: string[] = [];

    const must = async (what: string, program: string, ...args: string[]): Promise<boolean> => {
      const { code, output } = await execute(program, args, { cwd, env, timeoutMs: 180_000 });
      if (code !== 0) problems.push(`${what} (exit ${code})\n${output.trim()}`);
      return code === 0;
    };
    const install = (...specs: string[]) =>
      must(`npm install ${specs.join(' ')}`, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', ...specs);

    try {
      const packed = await execute('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
      if (packed.code !== 0) return { problems: [`npm pack (exit ${packed.code})\n${packed.output.trim()}`] };
      const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }];
      mkdirSync(cwd);
      writeFileSync(join(cwd, 'package.json'), '{ "name": "empty-project", "private": true, "type": "module" }\n');

      const nodes = [{ name: `Node ${process.versions.node}`, path: process.execPath }];
      const own = await execute('node', ['--print', 'process.execPath + " " + process.versions.node'], { env });
      const [path = '', version = ''] = own.stdout.trim().split(' ');
      if (own.code !== 0) notes.push("not run: the machine's own Node (there is none in PATH)");
      else if (path === process.execPath)
        notes.push(`not run: the machine's own Node (it is the project's ${version})`);
      else nodes.push({ name: `the machine's Node ${version}`, path });

      if (!(await install(join(folder, filename)))) return { problems, notes };
      if (existsSync(join(cwd, 'node_modules/@google/genai'))) {
        problems.push('@google/genai came with the package; it must be an optional peer');
      }
      for (const node of nodes) {
        const what = `import of every entry without @google/genai, ${node.name}`;
        await must(what, node.path, '--input-type=module', '--eval', importAll, ...entries);
      }
      await must('npx gemini-lifeline --help', 'npx', '--no-install', 'gemini-lifeline', '--help');

      if (!existsSync(join(root, script))) problems.push(`${script} does not exist; it is what a new user runs first`);
      else {
        copyFileSync(join(root, script), join(cwd, 'ten-lines.mjs'));
        for (const node of nodes) await must(`${script}, ${node.name}`, node.path, 'ten-lines.mjs');
      }

      if (await install(`@google/genai@${manifest.devDependencies['@google/genai']}`)) {
        for (const node of nodes) {
          const what = `import of every entry with @google/genai, ${node.name}`;
          await must(what, node.path, '--input-type=module', '--eval', importAll, ...entries);
        }
      }
      notes.push(`ran on ${nodes.map((node) => node.name).join(' and ')}: ${entries.join(', ')}`);
      return { problems, notes };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
