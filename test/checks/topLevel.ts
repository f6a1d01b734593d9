/**
 * The top level of the repository is the customer's: only these names, and dot files. What git ignores is not looked at.
 */
import { readdirSync } from 'node:fs';
import type { Check } from './check.js';

const allowed = new Set([
  'src',
  'machines',
  'test',
  'docs',
  'package.json',
  'tsconfig.json',
  'README.md',
  'LICENSE',
  'package-lock.json',
]);

export const check: Check = {
  name: 'top-level',
  async run({ root, execute }) {
    const notes: string[] = [];
    let names: string[];
    const listed = await execute('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
    });
    if (listed.code === 0) {
      names = listed.stdout.split('\0').map((path) => path.split('/', 1)[0] ?? '');
    } else {
      notes.push('git could not list the files; the folder itself was read, without node_modules, dist and coverage');
      names = readdirSync(root).filter((name) => !['node_modules', 'dist', 'coverage'].includes(name));
    }
    const foreign = [...new Set(names)].filter((name) => name !== '' && !name.startsWith('.') && !allowed.has(name));
    return {
      problems: foreign.map(
        (name) => `${name} is not allowed at the top level; move it to src, machines, test or docs`,
      ),
      notes,
    };
  },
};
