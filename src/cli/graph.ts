/**
 * `gemini-lifeline graph`: draws the committed pictures of the statechart, or says that they are stale.
 *
 * Owns which pictures there are and where they lie. Writes nothing with `check`; prints nothing, main.ts does.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sessionMachine } from '../../machines/index.js';
import { eventsOnly, gather, part } from '../chart/gather.js';
import { toMermaid } from '../chart/mermaid.js';
import { readChart } from '../chart/model.js';
import { toSvg } from '../chart/svg.js';

export interface GraphOptions {
  /** Compare only; nothing is written. */
  readonly check: boolean;
  /** Folder to write to. @default machines/ of the package */
  readonly out?: string;
  readonly format: 'svg' | 'mermaid' | 'all';
  readonly json: boolean;
}

export interface GraphResult {
  readonly files: readonly { readonly path: string; readonly changed: boolean }[];
  /** Some file differed from what the machine is now, before this call. */
  readonly stale: boolean;
}

interface Picture {
  readonly name: string;
  readonly format: 'svg' | 'mermaid';
  readonly draw: () => Promise<string>;
}

/** An event that leads from this many states to one is a line of text in the pictures, not as many arrows. */
const manySources = 5;

const chart = readChart(sessionMachine);

const pictures: readonly Picture[] = [
  { name: 'chart.mmd', format: 'mermaid', draw: async () => toMermaid(chart) },
  {
    name: 'chart.svg',
    format: 'svg',
    draw: () =>
      toSvg(gather(chart, manySources, 'labels'), { title: 'Lifeline: the statechart of a session', labelWidth: 210 }),
  },
  {
    name: 'lifecycle.svg',
    format: 'svg',
    draw: () =>
      toSvg(gather(eventsOnly(part(chart, 'connection')), manySources, 'names'), {
        title: 'Lifeline: one session over as many connections as it takes',
        labelWidth: 150,
      }),
  },
];

export async function graph(options: GraphOptions): Promise<GraphResult> {
  const folder = options.out ?? join(packageRoot(), 'machines');
  const files: { path: string; changed: boolean }[] = [];
  for (const { name, format, draw } of pictures) {
    if (options.format !== 'all' && options.format !== format) continue;
    const path = join(folder, name);
    const drawn = await draw();
    const changed = drawn !== (await read(path));
    if (changed && !options.check) {
      await mkdir(folder, { recursive: true });
      await writeFile(path, drawn);
    }
    files.push({ path, changed });
  }
  return { files, stale: files.some(({ changed }) => changed) };
}

async function read(path: string): Promise<string | null> {
  return existsSync(path) ? readFile(path, 'utf8') : null;
}

/** Built or not, this file lies somewhere below the folder of package.json. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
