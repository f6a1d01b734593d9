/**
 * From one number to one plan: the setting, the commands that may be drawn, and the commands.
 *
 *   seed ─▶ profile (setting, way in, a random subset of commands and faults) ─▶ commands, drawn by fast-check
 *
 * Owns the weights and the ways into frontier states. Pure: the same seed gives the same plan, whatever ran before.
 */
import fc from 'fast-check';
import { faultClasses } from '../../emulator/faults/catalogue.js';
import { seededRandom, type Random } from '../../random.js';
import type { Command, CommandName, Plan, PlanKind, Setting } from './command.js';

export interface Profile {
  readonly setting: Setting;
  readonly wayIn: string;
  readonly kinds: readonly CommandName[];
  readonly faults: readonly string[];
}

const faultNames = Object.keys(faultClasses);

/** How often each is drawn where it may be drawn. */
const weights: Readonly<Record<CommandName, number>> = {
  wait: 10,
  talk: 7,
  fault: 7,
  say: 4,
  speak: 3,
  text: 3,
  goAway: 3,
  content: 3,
  callTool: 3,
  answerTools: 3,
  clear: 3,
  rotate: 2,
  network: 2,
  update: 2,
  sleep: 1,
  streamEnd: 1,
  resumeSession: 1,
  close: 1,
};

/** Random runs begin with one of these: states that a short random walk seldom reaches. */
export const waysIn: Readonly<Record<string, readonly Command[]>> = {
  'at once': [],
  quiet: [{ do: 'talk', seconds: 4 }],
  composing: [
    { do: 'wait', ms: 2_000 },
    { do: 'content', complete: false, words: 3 },
  ],
  'user speaking': [{ do: 'speak', chunks: 40, loud: true }],
  generating: [
    { do: 'talk', seconds: 2 },
    { do: 'say', words: 20 },
    { do: 'wait', ms: 500 },
  ],
  playing: [
    { do: 'talk', seconds: 2 },
    { do: 'say', words: 12 },
    { do: 'wait', ms: 1_600 },
  ],
  'calling tools': [{ do: 'talk', seconds: 2 }, { do: 'callTool' }, { do: 'wait', ms: 300 }],
  draining: [
    { do: 'talk', seconds: 2 },
    { do: 'say', words: 40 },
    { do: 'wait', ms: 300 },
    { do: 'goAway', ms: 12_000 },
  ],
  holding: [
    { do: 'talk', seconds: 2 },
    { do: 'speak', chunks: 5, loud: false },
    { do: 'goAway', ms: 12_000 },
    { do: 'wait', ms: 80 },
  ],
  resuming: [
    { do: 'talk', seconds: 3 },
    { do: 'fault', name: 'stream/rst' },
    { do: 'wait', ms: 40 },
  ],
  'backing off': [
    { do: 'talk', seconds: 3 },
    { do: 'fault', name: 'dial/http-503' },
    { do: 'fault', name: 'stream/rst' },
    { do: 'wait', ms: 300 },
  ],
  reseeding: [
    { do: 'talk', seconds: 3 },
    { do: 'fault', name: 'handle/refused-always' },
    { do: 'fault', name: 'stream/rst' },
    { do: 'wait', ms: 700 },
  ],
  full: [
    { do: 'content', complete: true, words: 3_500 },
    { do: 'wait', ms: 9_000 },
  ],
};

const models = ['gemini-live-2.5-flash-preview', 'gemini-live-2.5-flash-preview', 'gemini-3.8-live'] as const;

export function profileOf(kind: PlanKind, seed: number): Profile {
  const random = seededRandom(seed ^ (kind === 'soak' ? 0x50a6 : 0x1f1e));
  const chance = (share: number): boolean => random.next() < share;
  const transparent = chance(0.3);
  const overlap = chance(0.3);
  const isRandom = kind === 'random';
  const setting: Setting = {
    model: pick(random, models),
    transparent,
    resumption: transparent || !isRandom || chance(0.92),
    overlap,
    smallWindow: chance(0.25),
    singleUseHandles: chance(0.15),
    oneWayMs: pick(random, [1, 5, 30, 60]),
    jitterMs: chance(0.5) ? 0 : 8,
    answerAfterMs: chance(0.7) ? pick(random, [0, 700, 3_000]) : null,
    connectionLifetimeMs: isRandom && chance(0.3) ? 30_000 + Math.floor(random.next() * 90_000) : null,
    before: isRandom && chance(0.15) ? [pick(random, faultNames)] : [],
  };
  const keep = 0.3 + random.next() * 0.6;
  const always: readonly CommandName[] = ['wait', 'talk'];
  const rarely: readonly CommandName[] = ['close', 'resumeSession'];
  const kinds = (Object.keys(weights) as CommandName[]).filter((name) => {
    const drawn = random.next();
    if (always.includes(name)) return true;
    if (rarely.includes(name)) return isRandom && drawn < 0.2;
    return drawn < (isRandom ? keep : 0.9);
  });
  const many = Math.floor(random.next() * random.next() * 20) + 1;
  const faults = Array.from({ length: many }, () => pick(random, faultNames));
  const wayIn = isRandom ? pick(random, Object.keys(waysIn)) : 'at once';
  return { setting, wayIn, kinds, faults: [...new Set([...faults, ...(chance(0.5) ? ['stream/rst'] : [])])] };
}

export function planOf(kind: PlanKind, seed: number): Plan {
  const profile = profileOf(kind, seed);
  const commands = kind === 'random' ? randomCommands(profile, seed) : soakCommands(profile, seed);
  return { kind, seed, setting: profile.setting, commands: [...(waysIn[profile.wayIn] ?? []), ...commands] };
}

function randomCommands({ kinds, faults }: Profile, seed: number): readonly Command[] {
  const options = kinds.map((name) => ({ weight: weights[name], arbitrary: commandArbitraries(faults)[name] }));
  const list = fc.array(fc.oneof(...options), { minLength: 30, maxLength: 140, size: 'max' });
  return fc.sample(list, { seed: seed | 0, numRuns: 1 })[0] ?? [];
}

/** One simulated hour: a frame of audio each second, and something else every half minute on average. */
function soakCommands({ kinds, faults }: Profile, seed: number): readonly Command[] {
  const random = seededRandom(seed);
  const events = kinds.filter((name) => !['wait', 'talk', 'sleep', 'close', 'resumeSession', 'network'].includes(name));
  const options = events.map((name) => ({ weight: weights[name], arbitrary: commandArbitraries(faults)[name] }));
  const drawn = fc.sample(fc.oneof(...options, { weight: 1, arbitrary: commandArbitraries(faults).clear }), {
    seed: seed | 0,
    numRuns: 200,
  });
  const commands: Command[] = [];
  let left = 3_600;
  for (const event of drawn) {
    const seconds = Math.min(left, 1 + Math.floor(-Math.log(1 - random.next()) * 30));
    if (seconds <= 0) break;
    commands.push({ do: 'talk', seconds }, event);
    left -= seconds;
  }
  if (left > 0) commands.push({ do: 'talk', seconds: left });
  return commands;
}

/** All of them are records of plain values, so that fast-check can make smaller what it did not draw itself. */
function commandArbitraries(faults: readonly string[], longestTalk = 60): Record<CommandName, fc.Arbitrary<Command>> {
  const plain = <const T extends CommandName>(name: T) => fc.record({ do: fc.constant(name) });
  return {
    wait: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.oneof(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 6_000 }),
        fc.integer({ min: 0, max: 40_000 }),
      ),
    }),
    sleep: fc.record({ do: fc.constant('sleep' as const), ms: fc.integer({ min: 1_000, max: 900_000 }) }),
    talk: fc.record({
      do: fc.constant('talk' as const),
      seconds: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1, max: longestTalk }) },
      ),
    }),
    speak: fc.record({
      do: fc.constant('speak' as const),
      chunks: fc.integer({ min: 1, max: 60 }),
      loud: fc.boolean(),
    }),
    text: plain('text'),
    content: fc.record({
      do: fc.constant('content' as const),
      complete: fc.boolean(),
      words: fc.constantFrom(2, 300, 3_500),
    }),
    streamEnd: plain('streamEnd'),
    answerTools: plain('answerTools'),
    rotate: plain('rotate'),
    resumeSession: fc.record({ do: fc.constant('resumeSession' as const), known: fc.boolean() }),
    close: plain('close'),
    network: fc.record({ do: fc.constant('network' as const), online: fc.boolean() }),
    say: fc.record({ do: fc.constant('say' as const), words: fc.integer({ min: 1, max: 60 }) }),
    callTool: plain('callTool'),
    goAway: fc.record({
      do: fc.constant('goAway' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: 60_000 })),
    }),
    update: fc.record({
      do: fc.constant('update' as const),
      form: fc.constantFrom('newest' as const, 'empty' as const, 'withdrawn' as const),
    }),
    fault: fc.record({ do: fc.constant('fault' as const), name: fc.constantFrom(...faults) }),
    clear: plain('clear'),
  };
}

/** Every command there is: for making a list smaller, whoever wrote it. */
export function anyCommands(): fc.Arbitrary<Command[]> {
  return fc.array(fc.oneof(...Object.values(commandArbitraries(faultNames, 3_600))), { size: 'max' });
}

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random.next() * list.length)] as T;
}
