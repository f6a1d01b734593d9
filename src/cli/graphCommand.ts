/** `gemini-lifeline graph`: flags and words around graph.ts. */
import { relative } from 'node:path';
import { jsonFlag, UsageError, type Command } from './command.js';
import { graph, type GraphOptions } from './graph.js';

const formats = ['svg', 'mermaid', 'all'] as const;

export const graphCommand: Command = {
  name: 'graph',
  summary: 'Draw the session statechart as Mermaid and SVG.',
  args: [],
  flags: {
    check: { type: 'boolean', describe: 'Write nothing; exit 1 when a picture is not what the statechart is now.' },
    out: { type: 'string', value: 'DIR', describe: 'Folder to write to, instead of machines/ of the package.' },
    format: { type: 'string', value: 'FORMAT', describe: `One of ${formats.join(', ')}.`, fallback: 'all' },
    json: jsonFlag,
  },
  async run({ flags, io }) {
    const format = formats.find((name) => name === flags['format']);
    if (!format) throw new UsageError(`--format is one of ${formats.join(', ')}.`);
    const options: GraphOptions = {
      check: flags['check'] === true,
      format,
      json: flags['json'] === true,
      ...(typeof flags['out'] === 'string' ? { out: flags['out'] } : {}),
    };
    const result = await graph(options);
    if (options.json) {
      io.print(JSON.stringify(result));
    } else {
      for (const { path, changed } of result.files) {
        const state = changed ? (options.check ? 'stale' : 'written') : 'up to date';
        io.print(`${state.padEnd(10)}  ${relative(process.cwd(), path)}`);
      }
    }
    return options.check && result.stale ? 1 : 0;
  },
};
