/**
 * Finds the machine that `gemini-lifeline test FILE#NAME` means, and what the module exports beside it.
 *
 * Owns the words for what can go wrong on the way. Runs the module, as importing does; nothing else.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import type { MachineTestOptions } from '../../testing/testMachine.js';
import { UsageError } from '../command.js';

export interface LoadedMachine {
  readonly name: string;
  readonly machine: AnyStateMachine;
  readonly options: MachineTestOptions;
}

/** Exports of the module that say how to test its machine. */
const settings = ['input', 'inputs', 'events', 'alphabet', 'outputs', 'limit', 'unreachable', 'requirements'] as const;

export async function loadMachine(target: string, nodeVersion = process.versions.node): Promise<LoadedMachine> {
  const [file, wanted] = splitTarget(target);
  const path = resolve(file);
  if (!existsSync(path)) throw new UsageError(`There is no file ${file}.`);
  if (/\.[cm]?ts$/.test(path) && !stripsTypes(nodeVersion)) {
    throw new UsageError(
      `Node ${nodeVersion} cannot read ${file}: it needs Node 24 or later for TypeScript. Compile it and name the .js file.`,
    );
  }
  const module = await importModule(path, file);
  const machines = Object.entries(module).flatMap(([name, value]) => {
    const machine = name === wanted || isMachine(value) ? machineFrom(value) : null;
    return machine ? [{ name, machine }] : [];
  });
  const found = wanted === undefined ? machines : machines.filter(({ name }) => name === wanted);
  const [first, ...others] = found;
  const names = machines.map(({ name }) => name).join(', ');
  if (!first) {
    const has = names ? `It exports ${names}.` : 'Export a machine made with createMachine or setup().createMachine.';
    throw new UsageError(`${file} exports no machine${wanted === undefined ? '' : ` named ${wanted}`}. ${has}`);
  }
  if (others.length > 0)
    throw new UsageError(`${file} exports several machines (${names}); say which: ${file}#${first.name}.`);
  const given: MachineTestOptions = Object.fromEntries(
    settings.filter((name) => name in module).map((name) => [name, module[name]]),
  );
  return { ...first, options: given };
}

function splitTarget(target: string): readonly [string, string | undefined] {
  const at = target.lastIndexOf('#');
  return at < 0 ? [target, undefined] : [target.slice(0, at), target.slice(at + 1)];
}

/** From Node 22.18 and 23.6 on types are stripped without a flag; 24 always. */
function stripsTypes(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
}

async function importModule(path: string, file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new Error(`${file} cannot be imported: ${reason}`, { cause: error });
  }
}

/** A function without parameters may make the machine. */
function machineFrom(value: unknown): AnyStateMachine | null {
  const made: unknown = typeof value === 'function' && value.length === 0 ? (value as () => unknown)() : value;
  return isMachine(made) ? made : null;
}

/** Not `instanceof`: the module may have another copy of XState. */
function isMachine(value: unknown): value is AnyStateMachine {
  return typeof value === 'object' && value !== null && 'root' in value && 'getInitialSnapshot' in value;
}
