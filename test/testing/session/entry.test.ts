/** TK-…: the kits can be imported anywhere: without a test runner, and in a browser. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

test('TK-1 importing the kits loads no node: module, no ws, no runner and no SDK', () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const imported = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    const source = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
    for (const [, specifier = ''] of source.matchAll(/^(?:import|export) (?!type )[^;]*? from '([^']+)';/gm)) {
      if (!specifier.startsWith('.')) packages.add(specifier);
      else imported(new URL(specifier.replace(/\.js$/, '.ts'), `file:///${file}`).pathname.slice(1));
    }
  };
  for (const name of ['session/testTransport', 'session/conformance', 'session/describeSession', 'virtualClock']) {
    imported(`src/testing/${name}.ts`);
  }
  expect(seen).toContain('src/emulator/emulator.ts');
  expect(seen).not.toContain('src/emulator/server.ts');
  expect([...packages].filter((name) => /^(node:|ws$|vitest|@google)/.test(name))).toEqual([]);
});
