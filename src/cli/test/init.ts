/**
 * `gemini-lifeline test --init`: an example to begin with, a small machine with an actor and a timer, and its test.
 *
 * Owns the files of the example. Never overwrites one.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../command.js';

const machine = `import { assign, fromPromise, setup } from 'xstate';

/** A door that opens with a code: three wrong ones and it stays shut; nobody who enters, and it locks again. */
export const door = setup({
  actors: { checkCode: fromPromise(async () => ({ isRight: true })) },
  guards: {
    isRight: ({ event }) => event.output?.isRight === true,
    isLastTry: ({ context }) => context.tries >= 3,
  },
  actions: { countTry: assign({ tries: ({ context }) => context.tries + 1 }) },
  delays: { open: 5_000, patience: 10_000 },
}).createMachine({
  id: 'door',
  context: { tries: 0 },
  initial: 'locked',
  states: {
    locked: {
      always: { target: 'shut', guard: 'isLastTry' },
      on: { code: 'checking' },
    },
    checking: {
      entry: 'countTry',
      invoke: {
        src: 'checkCode',
        onDone: [{ target: 'open', guard: 'isRight' }, { target: 'locked' }],
        onError: 'locked',
      },
      after: { patience: 'locked' },
    },
    open: {
      on: { enter: 'entered' },
      after: { open: 'locked' },
    },
    entered: { type: 'final' },
    shut: { type: 'final' },
  },
});

/** What the actor may answer: one branch for each. */
export const outputs = { checkCode: [{ isRight: true }, { isRight: false }] };
`;

const test = `import { test } from 'node:test';
import { assertCoverage, formatCoverage, testMachine } from 'gemini-lifeline/testing';
import { door, outputs } from './door.mjs';

test('every transition of the door, and every guard both ways', async () => {
  const { report } = await testMachine(door, { outputs });
  console.log(formatCoverage(report));
  assertCoverage(report, { states: 1, transitions: 1, transitionPairs: 0.95, guards: 1 });
});
`;

const files = { 'door.mjs': machine, 'door.test.mjs': test } as const;

/** Paths of the files written. Throws before it writes anything when one of them is there already. */
export async function writeExample(folder: string): Promise<readonly string[]> {
  const paths = Object.keys(files).map((name) => join(folder, name));
  const taken = paths.find((path) => existsSync(path));
  if (taken !== undefined)
    throw new UsageError(`${taken} is there already, and nothing is overwritten. Name another folder.`);
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { flag: 'wx' });
  return paths;
}
