/** docs/FAULTS.md is what every class of faults makes of a session now, and no cell of it is unexplained. */
import type { Check } from './check.js';

export const check: Check = {
  name: 'faults-page',
  async run({ execute }) {
    const args = ['--import', './test/bench/typescript.mjs', 'test/grid/run.ts', '--check'];
    const { code, output } = await execute('node', args);
    return {
      problems:
        code === 0 ? [] : [`${output}\ndocs/FAULTS.md is stale, or a cell has no explanation. Run: npm run faults`],
    };
  },
};
