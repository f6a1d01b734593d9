/**
 * Installs the clients of others, once, into test/clients/node_modules: for `clients`, and for the bench of rotations.
 *
 * Owns the call of npm and what is said when it fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Io } from '../../dist/src/cli/command.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Null, or why it could not. */
export function installClients(io: Io): string | null {
  if (existsSync(`${folder}/node_modules/.package-lock.json`)) return null;
  io.note('Installing the clients, about 800 MB, once …');
  const { status, stderr } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: folder,
    // Under `npm run -s` it would inherit the silence, and not say why it failed.
    env: { ...process.env, npm_config_loglevel: 'error' },
    timeout: 300_000,
    encoding: 'utf8',
  });
  if (status === 0) return null;
  const why = stderr.split('\n').filter((line) => /^npm error \S/.test(line) && !line.startsWith('npm error code'));
  return `npm ci failed: ${why[0]?.replace('npm error ', '') ?? 'it did not end in time'}`;
}
