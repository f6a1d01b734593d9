/** docs/OPTIONS.md is what `gemini-lifeline options --markdown` prints now. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './check.js';

export const check: Check = {
  name: 'options-page',
  async run({ root, execute }) {
    const { code, stdout, output } = await execute('node', ['dist/src/cli/main.js', 'options', '--markdown']);
    if (code !== 0) return { problems: [output] };
    const page = readFileSync(join(root, 'docs/OPTIONS.md'), 'utf8');
    return { problems: page === stdout ? [] : ['docs/OPTIONS.md is stale. Run: npm run docs'] };
  },
};
