/**
 * wscat: the one-liner of docs/CLIENTS.md, and the same conversation typed line by line.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ears } from '../ears.js';
import { assert, hold, until } from '../frame.js';
import { firstWords, remembers } from '../conversation.js';

const program = join(dirname(createRequire(import.meta.url).resolve('wscat/package.json')), 'bin/wscat');
const model = 'models/gemini-live-2.5-flash-preview';
const setup = (resumption) =>
  JSON.stringify({
    setup: { model, generationConfig: { responseModalities: ['TEXT'] }, sessionResumption: resumption },
  });
const turn = (text) =>
  JSON.stringify({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } });

function wscat(url, ...options) {
  const child = spawn(process.execPath, [program, '-c', url, ...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => {
    output += piece;
  });
  return { child, output: () => output, type: (line) => child.stdin.write(`${line}\n`) };
}

await hold(async (stage) => {
  const url = `${stage.baseUrl.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any`;
  await stage.part('one line', async () => {
    const { child, output } = wscat(url, '-w', '1', '-x', setup({}));
    await stage.check('-x with a setup shows setupComplete and a handle', async () => {
      await until('setupComplete', () => /setupComplete/.test(output()) && /newHandle/.test(output()));
    });
    child.kill();
  });
  await stage.part('line by line', async () => {
    const newHandle = (output) => [...output.matchAll(/"newHandle":\s*"([^"]+)"/g)].at(-1)?.[1];
    const first = wscat(url);
    await until('a connection', async () => (await stage.emulator.connections()).length > 1);
    first.type(setup({}));
    await until('setupComplete', () => /setupComplete/.test(first.output()));
    first.type(turn(firstWords));
    await stage.check('a turn typed is answered', () =>
      until('the answer', () => /Ada/.test(first.output()) && /turnComplete/.test(first.output())),
    );
    await stage.emulator.goAway({ timeLeftMs: 2_000 });
    await stage.check('the goAway is shown', () => until('goAway', () => /goAway/.test(first.output())));
    const before = (await stage.emulator.connections()).at(-1).id;
    const handle = newHandle(first.output());
    first.child.kill();
    await until('its end', async () => !(await stage.emulator.connections()).at(-1).isOpen);
    const second = wscat(url);
    await until('a connection', async () => (await stage.emulator.connections()).at(-1).id > before);
    second.type(setup({ handle }));
    await until('setupComplete', () => /setupComplete/.test(second.output()));
    const ears = new Ears();
    const look = setInterval(() => {
      ears.said = [...second.output().matchAll(/"text": ("(?:[^"\\]|\\.)*")/g)]
        .map(([, text]) => JSON.parse(text))
        .join('');
      ears.turns = /turnComplete/.test(second.output()) ? 1 : 0;
    }, 20);
    await remembers({ stage, ears, voice: { say: (text) => second.type(turn(text)) } }, before);
    clearInterval(look);
    second.child.kill();
    assert(handle, 'no handle');
  });
  stage.atRotation('nothing of its own: the handle is copied from what it shows into the next setup');
});
