/**
 * The files that the emulator is told to read: scripts and faults, JSON both.
 *
 * Owns how an error of a file is said: its name, what is wrong, one thing to do; always exit code 2.
 */
import { readFileSync } from 'node:fs';
import { faultClasses } from '../../emulator/faults/catalogue.js';
import type { Fault } from '../../emulator/faults/fault.js';
import { FaultError, readFaults } from '../../emulator/faults/readFaults.js';
import type { EmulatorScript } from '../../emulator/model/script.js';
import { readScript, ScriptError } from '../../emulator/model/scriptReader.js';
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
  return within(text, () => readFaults(jsonOf(text)));
}

function jsonOf(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem =
      code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : 'cannot be read';
    throw new UsageError(`${file}: ${problem}. Name a JSON file; --list-faults lists the faults that have a name.`);
  }
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
