/** Whatever a client sends, the emulator takes it or says why not: mutated and generated frames, in every phase. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createEmulator } from '../../../src/emulator/index.js';
import { messageShape } from '../../../src/emulator/protocol/schema/shapes.js';
import { startEmulatorServer } from '../../../src/emulator/server.js';
import { seededRandom } from '../../../src/random.js';
import { validSetup } from '../../support/validSetups.js';
import { mutatedFrame } from '../../support/wireFrames.js';
import { dialectOf, fuzzCase, FuzzBench, paths, phases } from '../../support/wireFuzz.js';

describe('mutated frames', () => {
  test('are taken or refused with a reason, in each phase', () => {
    const bench = new FuzzBench(createEmulator);
    const seen = new Set<string>();
    fc.assert(
      fc.property(fuzzCase, (frame) => {
        const verdict = bench.play(frame);
        seen.add(`${frame.phase} ${verdict.outcome}`);
        expect(verdict.problem).toBeNull();
      }),
      { numRuns: 3_000, seed: 4 },
    );
    expect(bench.end()).toBeNull();
    // Both outcomes were met wherever both are possible: a run that only ever refuses would prove little.
    const possible = phases.flatMap((phase) => [
      `${phase} closed`,
      ...(phase === 'settingUp' ? [] : [`${phase} taken`]),
    ]);
    expect([...seen].sort()).toEqual(possible.sort());
  });

  test('over a real socket: each is answered, and the next client is served', async () => {
    await using server = await startEmulatorServer({ setupMs: 1, firstAudioDelayMs: 1 });
    const frames = fc.sample(mutatedFrame(dialectOf(0), true), { numRuns: 60, seed: 9 });
    const outcomes = await Promise.all(frames.map((frame) => dialAndSend(server.port, frame)));
    for (const { code, bytes } of outcomes) {
      expect([1005, 1006, 1007, 1008, 1011]).toContain(code);
      expect(bytes).toBeLessThanOrEqual(123);
    }
    expect(outcomes.some(({ code }) => code === 1007)).toBe(true);
    expect(outcomes.some(({ answered }) => answered)).toBe(true);
    expect((await dialAndSend(server.port, setupText)).answered).toBe(true);
  });
});

const setupText = '{"setup":{"model":"models/gemini-live-2.5-flash-preview"}}';

function dialAndSend(port: number, frame: string | Uint8Array) {
  const [, , path] = paths[0];
  return new Promise<{ code: number; bytes: number; answered: boolean }>((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}?key=k`);
    let answered = false;
    socket.on('open', () => socket.send(frame));
    socket.on('message', () => {
      answered = true;
      socket.close();
    });
    socket.on('error', reject);
    socket.on('close', (code, reason) => resolve({ code, bytes: reason.length, answered }));
  });
}

test.each(paths)('%s %s: a setup that the tables allow is never refused', (provider, version, path) => {
  const core = createEmulator({ clock: { now: () => 0, setTimeout: () => 0, clearTimeout() {} } });
  const model =
    provider === 'vertex' ? 'publishers/google/models/gemini-live-2.5-flash' : 'models/gemini-live-2.5-flash-preview';
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const setup = validSetup(messageShape('Setup'), seededRandom(seed), { provider, version }, model);
      const refused: string[] = [];
      const server = core.accept(
        { path, query: new URLSearchParams('key=k'), headers: {} },
        { send() {}, reset() {}, close: (_, reason) => void refused.push(reason) },
      );
      if ('status' in server) throw new Error('refused');
      server.receive(JSON.stringify({ setup }));
      expect(refused).toEqual([]);
      expect(core.connections[server.id - 1]?.session).not.toBeNull();
      server.gone();
    }),
    { numRuns: 400, seed: 5 },
  );
});
