/** Any script against any user: nothing throws, and what comes out is in an order that clients can rely on. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EmulatorScript, ScriptStep } from '../../../src/emulator/index.js';
import { AUDIO, bench, quiet, speech, type Client } from '../support.js';
import { callsOf, halfCascade, latest, nameOf, native, results, text, third } from './support.js';

const call = fc.record({ name: fc.constantFrom('f', 'g'), nonBlocking: fc.boolean() }, { requiredKeys: ['name'] });
const step: fc.Arbitrary<ScriptStep> = fc.oneof(
  fc.constant({ think: 'Hm.' }),
  fc.record({ say: fc.constantFrom('Yes.', 'A somewhat longer answer than that.', '') }),
  fc.record({ call: fc.oneof(call, fc.array(call, { minLength: 1, maxLength: 3 })) }),
  fc.record({ waitMs: fc.integer({ min: 0, max: 3_000 }) }),
  fc.constant<ScriptStep>({ awaitResults: true }),
  fc.record({ turnComplete: fc.oneof(fc.constant(true as const), fc.record({ inProgress: fc.boolean() })) }),
  fc.constant<ScriptStep>({ interrupted: true }),
  fc.constant<ScriptStep>({ cancelCalls: true }),
  fc.constant({ transcribe: 'words' }),
  fc.constant<ScriptStep>({ silent: true }),
);
const script: fc.Arbitrary<EmulatorScript> = fc.record({
  turns: fc.array(
    fc.record({
      when: fc.constantFrom({}, { audio: true }, { start: true as const }, { result: true as const }),
      steps: fc.array(step, { maxLength: 6 }),
      repeat: fc.constantFrom(1, 'always' as const),
    }),
    { maxLength: 4 },
  ),
});
const act = fc.record({
  what: fc.constantFrom('write', 'speak', 'pause', 'streamEnd', 'answer', 'answerLast', 'wait'),
  thenMs: fc.integer({ min: 0, max: 4_000 }),
  scheduling: fc.constantFrom('INTERRUPT', 'WHEN_IDLE', 'SILENT', undefined),
});

function send(client: Client, what: string, scheduling: string | undefined): void {
  const calls = callsOf(client);
  const answered = what === 'answer' ? calls : calls.slice(-1);
  switch (what) {
    case 'write':
      return client.send(text('hello'));
    case 'speak':
      return client.send(speech(200));
    case 'pause':
      return client.send(quiet(600));
    case 'streamEnd':
      return client.send({ realtimeInput: { audioStreamEnd: true } });
    case 'wait':
      return;
    default:
      client.send(results(...answered.map(({ id, name }) => ({ id, name, response: {}, scheduling }))));
  }
}

/** What is wrong with the order of these frames. */
function faults(names: readonly string[]): string[] {
  const found: string[] = [];
  let generated = false;
  let output = false;
  for (const [index, name] of names.entries()) {
    const next = names[index + 1] ?? '';
    if (name === 'interrupted' && next !== 'turnComplete') found.push('interrupted without turnComplete');
    if (name === 'generationComplete') {
      if (generated) found.push('generationComplete twice');
      generated = true;
    }
    if (/audio|text|thought|toolCall$/.test(name)) {
      if (generated) found.push('output after generationComplete');
      output = true;
    }
    if (name.startsWith('turnComplete')) {
      if (!generated && names[index - 1] !== 'interrupted') found.push('turnComplete without an end');
      generated = false;
      output = false;
    }
    if (name === 'sessionResumptionUpdate' && output) found.push('a handle within a turn');
  }
  return found;
}

test('any script, any user, every family', async () => {
  await fc.assert(
    fc.asyncProperty(
      script,
      fc.array(act, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(native, halfCascade, third, latest),
      async (given, acts, model) => {
        const { open, clock, transport } = bench({ script: given, resumableWhilePlaying: false });
        const client = await open(AUDIO, model);
        for (const { what, thenMs, scheduling } of acts) {
          send(client, what, scheduling);
          await clock.tick(thenMs);
        }
        await clock.tick(60_000);
        expect(client.end).toBeNull();
        // 3.1 sends a handle between results and answer; that one is in its own test.
        const names = client.frames.map(nameOf).filter((name) => model !== third || !name.includes('Update'));
        expect(faults(names)).toEqual([]);
        const ids = callsOf(client).map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        transport.emulator.stop();
      },
    ),
    { numRuns: 150, seed: 5 },
  );
});
