/**
 * A spec page and the tests name the same ids: every rule has a test, and no test names a rule that is not there.
 *
 * A rule is written `**ID**` at the start of a list item or of a table row. A test claims it with a title that begins
 * with the id, written out: `test('S-CONN-01 …')`. Several ids may begin one title. A skipped or todo test claims
 * nothing. test/checks is not read: its own tests quote titles.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './check.js';

interface Family {
  readonly page: string;
  /** The form of a right id. */
  readonly id: RegExp;
  /** What a person may have meant as an id of this family; refused when it is not one. */
  readonly like: RegExp;
}

const families: readonly Family[] = [
  { page: 'machines/SPEC.md', id: /^S-[A-Z]+-\d\d$/, like: /^S-[A-Za-z]+-?\d*/ },
  { page: 'docs/GUARANTEES.md', id: /^G\d+$/, like: /^G\d+$/ },
];

const definition = /^\s*(?:[-*+]\s+|\d+[.)]\s+|\|\s*)\*\*([^*\s]+)\*\*/gm;
const title = /\b(?:test|it|describe)((?:\s*\.\s*\w+(?:\([^)]*\))?)*)\s*\(\s*(['"`])((?:\\.|(?!\2).)*)\2/gs;

/** The words a title begins with, up to the first that is not an id of the family. */
function claimed(text: string, { like }: Family): string[] {
  const ids: string[] = [];
  for (const word of text.split(/[\s,;:/+&]+/)) {
    if (!like.test(word)) break;
    ids.push(word);
  }
  return ids;
}

function compare(family: Family, page: string, tests: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const rules = new Set<string>();
  for (const [, id = ''] of page.matchAll(definition)) {
    if (!family.like.test(id)) continue;
    if (!family.id.test(id)) problems.push(`${family.page}: ${id} does not have the form ${family.id.source}`);
    else if (rules.has(id)) problems.push(`${family.page}: ${id} is defined twice`);
    rules.add(id);
  }
  if (rules.size === 0)
    problems.push(`${family.page} defines no rule (**ID** at the start of a list item or table row)`);

  const tested = new Set<string>();
  for (const [file, text] of tests) {
    for (const [, modifiers = '', , words = ''] of text.matchAll(title)) {
      const counts = !/\.\s*(?:skip|todo)\b/.test(modifiers);
      for (const id of claimed(words, family)) {
        if (counts) tested.add(id);
        if (!rules.has(id)) problems.push(`${file}: a title names ${id}, which ${family.page} does not define`);
      }
    }
  }
  for (const id of rules) {
    if (!tested.has(id)) problems.push(`${family.page}: no test has a title that begins with ${id}`);
  }
  return problems;
}

export const check: Check = {
  name: 'spec-ids',
  async run({ root }) {
    const paths = globSync('test/**/*.test.ts', { cwd: root }).filter(
      (path) => !path.startsWith(join('test', 'checks')),
    );
    const tests = new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
    const problems = families.flatMap((family) => {
      const page = join(root, family.page);
      return existsSync(page) ? compare(family, readFileSync(page, 'utf8'), tests) : [`${family.page} does not exist`];
    });
    return { problems };
  },
};
