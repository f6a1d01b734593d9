/** `npm run -s faults`: every class of faults in every state of a session, written to docs/FAULTS.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { jsonFlag, type Command } from '../../dist/src/cli/command.js';
import { progressOn, runAsProgram } from '../bench/support/command.js';
import { explain, explanations } from './explain.js';
import { runGrid } from './grid.js';
import { page } from './page.js';

const path = fileURLToPath(new URL('../../docs/FAULTS.md', import.meta.url));

const command: Command = {
  name: 'faults',
  summary: 'Take every class of faults into every state of a session, and write what became of it to docs/FAULTS.md.',
  args: [],
  flags: {
    check: { type: 'boolean', describe: 'Write nothing; say whether the page is what would be written.' },
    json: jsonFlag,
  },
  notes:
    'Virtual time, about a minute. Exits 1 when a cell has no explanation, or with --check when the page is stale.',
  async run({ flags, io }) {
    const told = progressOn(io, 'classes');
    const rows = await runGrid((_, done, of) => told(done, of));
    const found = rows.flatMap(({ cells }) => cells);
    const unexplained = found
      .filter((one) => explain(one) === -1)
      .map(({ name, state, cell }) => ({ fault: name, state: state.name, ...cell }));
    const text = page(rows);
    const isStale = !existsSync(path) || readFileSync(path, 'utf8') !== text;
    if (flags['check'] !== true && isStale) writeFileSync(path, text);
    if (flags['json'] === true) {
      const cells = found.map((one) => ({
        fault: one.name,
        state: one.state.name,
        ...one.cell,
        because: explanations[explain(one)]?.because ?? null,
      }));
      io.print(JSON.stringify({ cells, unexplained, isStale }));
    } else {
      for (const { fault, state, outcome, problems } of unexplained) {
        io.print(`unexplained: ${fault} in ${state}: ${[outcome, ...problems].join('; ')}`);
      }
      io.print(`${found.length} cells, ${unexplained.length} unexplained${isStale ? ', the page was stale' : ''}`);
    }
    return unexplained.length > 0 || (flags['check'] === true && isStale) ? 1 : 0;
  },
};

await runAsProgram(command, import.meta.url);
