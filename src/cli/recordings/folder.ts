/**
 * Finds recordings: the `*.jsonl` files of a folder, or one such file. Reads none of them.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** In the order of their names. @throws when there is no such folder, or no recording in it. */
export async function recordingsIn(dir: string): Promise<readonly string[]> {
  const found = await stat(dir).catch(() => null);
  if (found === null) throw new Error(`There is no folder ${dir}.`);
  const folder = found.isDirectory() ? dir : dirname(dir);
  const names = found.isDirectory() ? await readdir(dir) : [basename(dir)];
  const recordings = names.filter((name) => name.endsWith('.jsonl')).sort();
  if (recordings.length === 0) throw new Error(`There is no *.jsonl file in ${dir}.`);
  return recordings.map((name) => join(folder, name));
}
