/**
 * Two runs that must look the same to a user, although something differs: no model of the session is needed for that.
 *
 * Owns the pairs, and what "the same" means: the words and audio of the service, the fate of every send, and what the
 * model heard.
 */
import { expect } from 'vitest';
import { readNumber } from '../../../src/testing/random/audio.js';
import type { Command, Plan } from '../../../src/testing/random/command.js';
import { planOf } from '../../../src/testing/random/generate.js';
import { runPlan, type RunWatcher } from '../../../src/testing/random/run.js';
import type { World } from '../../../src/testing/random/world.js';

interface Seen {
  readonly said: readonly string[];
  readonly heard: readonly number[];
  readonly lost: readonly number[];
  readonly hash: string;
}

const nothing = (): void => {};

async function look(seed: number, commands: readonly Command[]): Promise<Seen> {
  const { setting } = planOf('random', seed);
  const plan: Plan = {
    kind: 'random',
    seed,
    setting: {
      ...setting,
      model: 'gemini-live-2.5-flash-preview',
      before: [],
      resumption: true,
      transparent: true,
      overlap: false,
      smallWindow: false,
      connectionLifetimeMs: null,
      answerAfterMs: 300,
      jitterMs: 0,
    },
    commands,
  };
  const said: string[] = [];
  let world: World | null = null;
  const watch: RunWatcher = {
    begins: (begun) => {
      world = begun;
      void begun.connected.then((session) => {
        session.messages$.subscribe(({ serverContent }) => {
          for (const { inlineData } of serverContent?.modelTurn?.parts ?? [])
            said.push(`audio ${inlineData?.data?.length}`);
          if (serverContent?.outputTranscription?.text) said.push(serverContent.outputTranscription.text);
          if (serverContent?.turnComplete) said.push('turnComplete');
        });
      });
    },
    line: nothing,
    step: nothing,
    dialled: nothing,
    wrote: nothing,
    received: nothing,
    closed: nothing,
    ended: nothing,
  };
  const { violation, hash } = await runPlan(plan, { watch });
  expect(violation).toBeNull();
  const { emulator } = world as unknown as World;
  const heard = emulator
    .surviving()
    .flatMap((messages) => messages.flatMap(({ kind, head }) => (kind === 'audio' ? [readNumber(head)] : [])));
  const most = Math.max(...heard);
  const lost = Array.from({ length: most }, (_, n) => n).filter((n) => !heard.includes(n));
  return { said, heard, lost, hash };
}

const before: readonly Command[] = [
  { do: 'talk', seconds: 3 },
  { do: 'say', words: 5 },
  { do: 'talk', seconds: 6 },
];
const after: readonly Command[] = [
  { do: 'talk', seconds: 5 },
  { do: 'say', words: 7 },
  { do: 'talk', seconds: 7 },
];

/** `what` happens while the session is idle and could be resumed. */
async function changesNothing(seed: number, what: readonly Command[]): Promise<void> {
  const withIt = await look(seed, [...before, ...what, ...after]);
  const without = await look(seed, [...before, ...after]);
  expect(withIt.said).toEqual(without.said);
  expect(withIt.heard).toEqual(without.heard);
  expect(withIt.lost).toEqual([]);
}

export const relations: Readonly<Record<string, (seed: number) => Promise<void>>> = {
  'a cut while idle and resumable changes nothing that the user sees': (seed) =>
    changesNothing(seed, [{ do: 'fault', name: 'stream/rst' }]),
  'a goAway answered in time is no goAway': (seed) => changesNothing(seed, [{ do: 'goAway', ms: 20_000 }]),
  'a duplicate update is a no-op': (seed) =>
    changesNothing(seed, [
      { do: 'update', form: 'newest' },
      { do: 'update', form: 'newest' },
    ]),
  'splitting a delay in two changes nothing at all': async (seed) => {
    const whole = await look(seed, [...before, { do: 'wait', ms: 5_000 }, ...after]);
    const split = await look(seed, [...before, { do: 'wait', ms: 1_234 }, { do: 'wait', ms: 3_766 }, ...after]);
    expect(split).toEqual(whole);
  },
};
