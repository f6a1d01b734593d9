/**
 * Runs a Python client and passes on what it says. Any python3 of the machine that can import what the client needs will
 * do; a client that finds nothing to import ends with 3, and is then not run.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { hold, notRun } from '../frame.js';

const [, , , script, missing, atRotation] = process.argv;
const interpreters = ['python3', '/usr/bin/python3'];
const nothingToImport = 3;

function run(python, stage) {
  const file = fileURLToPath(new URL(`../python/${script}`, import.meta.url));
  const child = spawn(python, ['-B', file, stage.baseUrl], { stdio: ['pipe', 'pipe', 'inherit'] });
  const take = async ({ check, failure, order, argument }) => {
    if (order === undefined) {
      await stage.part('', () =>
        stage.check(check, () => {
          if (failure !== null) throw new Error(failure);
        }),
      );
    } else {
      const value = await stage.emulator[order](argument);
      child.stdin.write(`${JSON.stringify({ value })}\n`);
    }
  };
  let taken = Promise.resolve();
  createInterface({ input: child.stdout }).on('line', (line) => {
    taken = taken.then(() => take(JSON.parse(line)));
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve(nothingToImport));
    child.on('close', (code) => void taken.then(() => resolve(code)));
  });
}

await hold(async (stage) => {
  let code = nothingToImport;
  for (const python of interpreters) {
    code = await run(python, stage);
    if (code !== nothingToImport) break;
  }
  if (code === nothingToImport) return notRun(missing);
  await stage.check('its process ends with 0', () => {
    if (code !== 0) throw new Error(`it ended with ${code}`);
  });
  stage.atRotation(atRotation);
});
