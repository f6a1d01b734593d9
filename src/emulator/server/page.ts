/**
 * Serves the page: its HTML and style as they stand in `src`, its scripts as the build left them in `dist`.
 *
 * Owns the list of files and the headers that keep the page to itself: nothing from elsewhere is loaded, nothing inline
 * runs, and no other page may frame it. Both folders are in the package.
 */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { HttpProblem, replyText } from './http.js';

/** This file is `src/emulator/server/page.ts`, or the same below `dist`. */
const root = new URL(import.meta.url.includes('/dist/src/emulator/') ? '../../../../' : '../../../', import.meta.url);
const folder = 'src/emulator/server/page/';

const files: Readonly<Record<string, { readonly type: string; readonly from: string }>> = {
  'index.html': { type: 'text/html', from: folder },
  'style.css': { type: 'text/css', from: folder },
  ...Object.fromEntries(
    ['main', 'api', 'element', 'connections', 'faults', 'log', 'options'].map((name) => [
      `${name}.js`,
      { type: 'text/javascript', from: `dist/${folder}` },
    ]),
  ),
};

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

export function servePage(response: ServerResponse, name: string): void {
  const file = Object.hasOwn(files, name) ? files[name] : undefined;
  if (file === undefined) throw new HttpProblem(404, 'The page has no such file. It is at /emulator/.');
  replyText(response, file.type, read(name, file.from), headers);
}

function read(name: string, from: string): string {
  try {
    return readFileSync(new URL(`${from}${name}`, root), 'utf8');
  } catch {
    throw new HttpProblem(503, `The file ${name} of the page is not there. Run "npm run build" first.`);
  }
}
