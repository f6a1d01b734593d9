/**
 * A test id that a page of docs/ names is the beginning of a test: a page cannot claim a test that is not there.
 *
 * An id stands in backticks, like `S-CONN-01` or `W-CLOSE-4`. test/checks is not read: its own tests quote ids.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './check.js';

const named = /`([A-Z]{1,6}(?:-[A-Z]+)*-\d+)`/g;

export const check: Check = {
  name: 'named-tests',
  async run({ root }) {
    const read = (pattern: string) =>
      globSync(pattern, { cwd: root }).map((file) => [file, readFileSync(join(root, file), 'utf8')] as const);
    const tests = read('test/**/*.ts')
      .filter(([file]) => !file.startsWith('test/checks'))
      .map(([, text]) => text)
      .join('\n');
    const problems: string[] = [];
    let count = 0;
    for (const [file, page] of read('docs/**/*.md')) {
      for (const id of new Set([...page.matchAll(named)].map(([, found = '']) => found))) {
        count += 1;
        if (!new RegExp(`${id}\\b`).test(tests)) problems.push(`${file} names ${id}, and no test does`);
      }
    }
    return { problems, notes: [`${count} ids`] };
  },
};
