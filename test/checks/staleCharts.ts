/** The committed charts are those of the machine as it is: `gemini-lifeline graph --check` says so. Needs a build. */
import type { Check } from './check.js';

export const check: Check = {
  name: 'stale-charts',
  async run({ root, execute }) {
    const { code, output } = await execute('node', ['dist/src/cli/main.js', 'graph', '--check'], { cwd: root });
    if (code === 0) return { problems: [] };
    return {
      problems: [
        `gemini-lifeline graph --check (exit ${code}); npm run lifeline -- graph writes them anew\n${output.trim()}`,
      ],
    };
  },
};
