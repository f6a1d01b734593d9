/**
 * The rules of machines/SPEC.md, and which of them a test claims by beginning its title with the id.
 *
 * Owns the reading, by the rules of `npm run check -- spec-ids`. The published package has the page and not the tests:
 * then there is nothing to say about it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const definition = /^\s*[-*+]\s+\*\*(S-[A-Z]+-\d\d)\*\*/gm;
const title = /\b(?:test|it|describe)((?:\s*\.\s*\w+(?:\([^)]*\))?)*)\s*\(\s*(['"`])((?:\\.|(?!\2).)*)\2/gs;

/** Null when the tests are not there to be read. */
export function readRequirements(root: string): Readonly<Record<string, boolean>> | null {
  const page = join(root, 'machines', 'SPEC.md');
  if (!existsSync(page) || !existsSync(join(root, 'test', 'spec'))) return null;
  const claimed = new Set<string>();
  for (const path of readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })) {
    // The tests of the checks quote titles.
    if (!path.endsWith('.test.ts') || path.startsWith('checks')) continue;
    for (const [, modifiers = '', , words = ''] of readFileSync(join(root, 'test', path), 'utf8').matchAll(title)) {
      if (/\.\s*(?:skip|todo)\b/.test(modifiers)) continue;
      for (const word of words.split(/[\s,;:/+&]+/)) {
        if (!word.startsWith('S-')) break;
        claimed.add(word);
      }
    }
  }
  const ids = [...readFileSync(page, 'utf8').matchAll(definition)].map(([, id = '']) => id);
  return Object.fromEntries(ids.map((id) => [id, claimed.has(id)]));
}
