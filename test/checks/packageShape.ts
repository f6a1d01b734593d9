/**
 * The tarball as npm would publish it: publint, and the types of every entry resolve for ESM (attw). It holds no output
 * of a source file that is gone. Needs a build.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from './check.js';

export const check: Check = {
  name: 'package',
  async run({ root, execute }) {
    const folder = mkdtempSync(join(tmpdir(), 'lifeline-package-'));
    try {
      const packed = await execute('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
      if (packed.code !== 0) return { problems: [`npm pack (exit ${packed.code})\n${packed.output.trim()}`] };
      const [contents] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
      const tarball = join(folder, contents.filename);

      const problems: string[] = [];
      for (const { path } of contents.files) {
        const source = /^dist\/(.*)\.js$/.exec(path)?.[1];
        if (source === undefined || existsSync(join(root, `${source}.ts`)) || existsSync(join(root, `${source}.tsx`)))
          continue;
        problems.push(`${path} has no source any more; delete dist and build again`);
      }
      for (const [program, ...args] of [
        ['publint', 'run', tarball, '--strict'],
        ['attw', tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'],
      ] as const) {
        const { code, output } = await execute(program, args, { cwd: root });
        if (code !== 0) problems.push(`${program} (exit ${code})\n${output.trim()}`);
      }
      return { problems };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
