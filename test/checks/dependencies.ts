/**
 * docs/decisions/0001-dependencies.md and package.json name the same packages, as the same kind, each with a reason.
 * Development versions are exact: an update is a change somebody made.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check } from './check.js';

const page = 'docs/decisions/0001-dependencies.md';

const kinds = {
  dependencies: 'runtime',
  optionalDependencies: 'optional',
  peerDependencies: 'peer',
  devDependencies: 'development',
} as const;

type Manifest = { readonly [Field in keyof typeof kinds]?: Readonly<Record<string, string>> };

export const check: Check = {
  name: 'dependencies',
  async run({ root }) {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
    const inPackage = new Set<string>();
    const problems: string[] = [];
    for (const [field, kind] of Object.entries(kinds) as [keyof typeof kinds, string][]) {
      for (const [name, version] of Object.entries(manifest[field] ?? {})) {
        inPackage.add(`${name} (${kind})`);
        if (kind === 'development' && !/^\d+\.\d+\.\d+/.test(version)) {
          problems.push(`package.json: ${name} is ${version}; a development version is exact`);
        }
      }
    }

    const onPage = new Set<string>();
    for (const line of readFileSync(join(root, page), 'utf8').split('\n')) {
      const row = /^\|\s*`([^`]+)`\s*\|([^|]*)\|([^|]*)\|/.exec(line);
      if (row === null) continue;
      const [, name = '', kindsOfRow = '', reason = ''] = row;
      if (reason.trim() === '') problems.push(`${page}: ${name} has no reason`);
      for (const kind of kindsOfRow.split(',')) {
        const entry = `${name} (${kind.trim()})`;
        if (onPage.has(entry)) problems.push(`${page}: ${entry} is named twice`);
        onPage.add(entry);
      }
    }

    for (const entry of inPackage) {
      if (!onPage.has(entry)) problems.push(`${page} does not name ${entry}; add a row with the reason`);
    }
    for (const entry of onPage) {
      if (!inPackage.has(entry)) problems.push(`package.json does not have ${entry}; remove it from ${page}`);
    }
    return { problems };
  },
};
