/**
 * The files that the emulator is told to read: scripts and faults, JSON both, and a certificate with its key.
 *
 * Owns how an error of a file is said: its name, what is wrong, one thing to do; always exit code 2.
 */
import { existsSync, readFileSync } from 'node:fs';
import { faultClasses } from '../../emulator/faults/catalogue.js';
import type { Fault } from '../../emulator/faults/fault.js';
import { FaultError, readFaults } from '../../emulator/faults/readFaults.js';
import type { EmulatorScript } from '../../emulator/model/script.js';
import { readScript, ScriptError } from '../../emulator/model/scriptReader.js';
import { checkTls, TlsError, type TlsOptions } from '../../emulator/server.js';
import { UsageError } from '../command.js';

/** @throws UsageError */
export function scriptFrom(file: string): EmulatorScript {
  return within(file, () => readScript(jsonOf(file)));
}

/**
 * A file, or names of the catalogue with commas between.
 *
 * @throws UsageError
 */
export function faultsFrom(text: string): Fault[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => Object.hasOwn(faultClasses, name))) return within('--faults', () => readFaults(names));
  const [name = ''] = names;
  if (/^[a-z]+\/[a-z\d-]+$/.test(name) && !existsSync(text)) {
    throw new UsageError(`--faults: there is neither a fault nor a file ${name}. ${alike(name)}`);
  }
  return within(text, () => readFaults(jsonOf(text)));
}

/**
 * Null without the two flags.
 *
 * @throws UsageError
 */
export function tlsFrom(certFile: unknown, keyFile: unknown): TlsOptions | null {
  if (typeof certFile !== 'string' && typeof keyFile !== 'string') return null;
  if (typeof certFile !== 'string' || typeof keyFile !== 'string') {
    const missing = typeof certFile === 'string' ? '--tls-key' : '--tls-cert';
    throw new UsageError(`--tls-cert and --tls-key go together. Give ${missing} too.`);
  }
  const read = (flag: string, file: string): string =>
    textOf(file, 'Name a PEM file; --help says how to make one.', `${flag} `);
  const tls: TlsOptions = { cert: read('--tls-cert', certFile), key: read('--tls-key', keyFile) };
  try {
    checkTls(tls);
  } catch (error) {
    if (!(error instanceof TlsError)) throw error;
    const where = error.part === 'cert' ? `--tls-cert ${certFile}` : `--tls-key ${keyFile}`;
    throw new UsageError(`${where}: ${error.message}`);
  }
  return tls;
}

/** Those of the same group, else those that share a word. */
function alike(name: string): string {
  const [group = '', rest = ''] = name.split('/', 2);
  const all = Object.keys(faultClasses);
  const words = rest.split('-').filter((word) => word.length > 2);
  const near = [
    ...all.filter((other) => other.startsWith(`${group}/`)),
    ...all.filter((other) => words.some((word) => other.includes(word))),
  ];
  return near.length === 0
    ? '--list-faults lists them all.'
    : `There are ${[...new Set(near)].slice(0, 12).join(', ')}.`;
}

function textOf(file: string, advice: string, flag = ''): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : code === 'EACCES'
            ? 'you may not read it'
            : 'cannot be read';
    throw new UsageError(`${flag}${file}: ${problem}. ${advice}`);
  }
}

function jsonOf(file: string): unknown {
  const text = textOf(file, 'Name a JSON file; --list-faults lists the faults that have a name.');
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const where = /position \d+(?: \(line \d+ column \d+\))?/.exec(String(error))?.[0];
    throw new UsageError(
      `${file}: it is not JSON${where === undefined ? '' : ` at ${where}`}. Check quotes and commas there.`,
    );
  }
}

function within<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ScriptError || error instanceof FaultError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}
