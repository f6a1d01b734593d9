/**
 * goAway in every state of the turn × with and without a handle × from a server that goes on or falls silent × with and
 * without an index. The user's microphone runs all the time. Each cell: nothing lost, nothing out of order, nothing twice
 * without a word, and the next connection is set up before timeLeft is over (G8). Then what a planned swap costs.
 */
import { describe, expect, test } from 'vitest';
import type { ConnectOptions } from '../../src/index.js';
import type { EmulatorTransportOptions } from '../../src/emulator/index.js';
import type { TurnState } from '../../machines/index.js';
import { simulate, type Simulation } from '../support/simulation.js';

const timeLeftMs = 20_000;
/** At most a fifth of timeLeft is kept for the swap. */
const earliestDeadlineMs = timeLeftMs * 0.8 - 1_000;
const setupMs = 130;

/** When the session leaves: soon (a quiet moment comes, with or without a wait for a handle), or at the deadline. */
type Leaves = 'soon' | 'deadline';

interface Moment {
  /** Needs a model that reports voice activity. */
  readonly voiceActivity?: boolean;
  /** Brings the session into the state; the microphone is silent but for what this speaks. */
  enter(sim: Simulation): Promise<void>;
  /** What goes on after the goAway. */
  goOn(sim: Simulation): Promise<void>;
  /** With a handle. Without one there is nothing to resume with until the deadline. */
  readonly leaves: Leaves;
  readonly leavesWhenSilent: Leaves;
}

const listen = (sim: Simulation) => sim.speak(1_150);

const moments: Readonly<Record<TurnState, Moment>> = {
  quiet: { enter: (sim) => sim.speak(100), goOn: listen, leaves: 'soon', leavesWhenSilent: 'soon' },
  composing: {
    async enter(sim) {
      await sim.speak(100);
      sim.session.sendClientContent({ turns: 'Once upon a time', turnComplete: false });
      await sim.speak(10);
    },
    goOn: listen,
    leaves: 'deadline',
    leavesWhenSilent: 'deadline',
  },
  userSpeaking: {
    voiceActivity: true,
    async enter(sim) {
      await sim.speak(100);
      await sim.speak(40, true);
    },
    async goOn(sim) {
      await sim.speak(60, true);
      await sim.speak(1_090);
    },
    leaves: 'soon',
    // The model said that the user began to speak; a server that fell silent never says when that ended.
    leavesWhenSilent: 'deadline',
  },
  generating: {
    async enter(sim) {
      await sim.speak(100);
      sim.emulator.say('A long story');
      await sim.speak(25);
    },
    goOn: listen,
    leaves: 'soon',
    leavesWhenSilent: 'deadline',
  },
  playing: {
    async enter(sim) {
      await sim.speak(100);
      sim.emulator.say('A long story');
      await sim.speak(60);
    },
    goOn: listen,
    leaves: 'soon',
    leavesWhenSilent: 'deadline',
  },
  callingTools: {
    async enter(sim) {
      await sim.speak(100);
      sim.emulator.callTool('lookUp');
      await sim.speak(20);
    },
    async goOn(sim) {
      await sim.speak(50);
      answerCalls(sim);
      await sim.speak(1_100);
    },
    leaves: 'soon',
    leavesWhenSilent: 'deadline',
  },
};

const asked = new WeakMap<Simulation, string[]>();

function answerCalls(sim: Simulation): void {
  for (const id of asked.get(sim) ?? []) {
    sim.session.sendToolResponse({ functionResponses: [{ id, name: 'lookUp', response: { output: 'found' } }] });
  }
}

const modes: readonly { name: string; emulator: EmulatorTransportOptions; options: Partial<ConnectOptions> }[] = [
  { name: 'without an index', emulator: {}, options: {} },
  {
    name: 'transparent',
    emulator: { provider: 'vertex' },
    options: { config: { sessionResumption: { transparent: true } } },
  },
];

const cells = (Object.keys(moments) as TurnState[]).flatMap((turn) =>
  [true, false].flatMap((handle) =>
    [false, true].map((silent) => ({
      turn,
      handle,
      silent,
      leaves: handle ? moments[turn][silent ? 'leavesWhenSilent' : 'leaves'] : ('deadline' as const),
    })),
  ),
);

describe.each(modes)('goAway, $name', (mode) => {
  test.each(cells)('G5 G8 in $turn, handle $handle, silent $silent: leaves $leaves', async (cell) => {
    const moment = moments[cell.turn];
    const sim = await simulate(
      { oneWayMs: 60, setupMs, silentAfterGoAway: cell.silent, ...mode.emulator },
      { ...mode.options, ...(moment.voiceActivity ? { model: 'gemini-3.8-live' } : {}), unansweredAfterMs: null },
      (emulator) => emulator.resumable(cell.handle),
    );
    asked.set(sim, []);
    sim.session.messages$.subscribe(({ toolCall }) => {
      for (const { id } of toolCall?.functionCalls ?? []) asked.get(sim)?.push(id ?? '');
    });
    await moment.enter(sim);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', turn: cell.turn });
    expect(sim.session.handle === null).toBe(!cell.handle);

    const at = sim.clock.now();
    sim.emulator.goAway({ timeLeftMs });
    await moment.goOn(sim);
    sim.emulator.resumable(true);
    sim.emulator.configure({ silentAfterGoAway: false });
    await sim.run(6_000);

    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', error: null });
    const [old, next] = sim.emulator.connections.filter(({ readyAt }) => readyAt !== null);
    expect(old?.endedBy).toBe('client');
    const tookMs = (next?.readyAt ?? Infinity) - at;
    expect(tookMs).toBeLessThan(timeLeftMs);
    if (cell.leaves === 'deadline') expect(tookMs).toBeGreaterThan(earliestDeadlineMs);
    else expect(tookMs).toBeLessThan(earliestDeadlineMs);
    expect(sim.eventsOf('rotating')).toMatchObject([{ atDeadline: cell.leaves === 'deadline' }]);
    expect(next?.resumedFrom).toBe(cell.handle ? old?.id : null);

    const { lost, doubled, reordered } = sim.account();
    expect({ lost, reordered }).toEqual({ lost: [], reordered: [] });
    expect(sim.possiblyDoubled()).toEqual(expect.arrayContaining(doubled));
    const isExact = mode.name === 'transparent' || (cell.leaves === 'soon' && !cell.silent);
    if (isExact) expect(doubled).toEqual([]);
    expect(sim.receipts.filter(({ outcome }) => outcome === null)).toEqual([]);
    await sim.close();
  });
});

/** Speaks until the hand-off is done, and a handle after it. */
async function rotateOnce(sim: Simulation, justBefore = () => {}): Promise<{ gapMs: number; planned: boolean }> {
  await sim.speak(130);
  justBefore();
  await sim.speak(20);
  sim.emulator.goAway({ timeLeftMs });
  await sim.speak(250);
  await sim.run(4_000);
  const [handOff, ...more] = sim.session.stats.handOffs;
  expect(more).toEqual([]);
  const { lost, doubled, reordered } = sim.account();
  expect({ lost, doubled, reordered }).toEqual({ lost: [], doubled: [], reordered: [] });
  return handOff ?? { gapMs: Infinity, planned: false };
}

const links = [10, 60, 150];

test.each(links)(
  'G8 a planned swap to a warm successor costs one round trip and a setup, %i ms each way',
  async (oneWayMs) => {
    const sim = await simulate({ oneWayMs, setupMs });
    const { gapMs, planned } = await rotateOnce(sim);
    expect(planned).toBe(true);
    expect(gapMs).toBeLessThanOrEqual(1.15 * (2 * oneWayMs + setupMs));
    await sim.close();
  },
);

const transparent = { config: { sessionResumption: { transparent: true } } };

test.each(links)('G8 the same with an index, when the model was speaking, %i ms each way', async (oneWayMs) => {
  const sim = await simulate({ oneWayMs, setupMs, provider: 'vertex' }, transparent);
  const { gapMs } = await rotateOnce(sim, () => sim.emulator.say('A long story'));
  expect(gapMs).toBeLessThanOrEqual(1.15 * (2 * oneWayMs + setupMs));
  await sim.close();
});

// The swap follows the goAway at once, while the successor's socket is still being opened: three round trips more.
test('G8 the same with an index, in a quiet moment', async () => {
  const sim = await simulate({ oneWayMs: 60, setupMs, provider: 'vertex' }, transparent);
  const { gapMs } = await rotateOnce(sim);
  expect(gapMs).toBeLessThanOrEqual(1.15 * (2 * 60 + setupMs));
  await sim.close();
});

test.each(links)('G8 an overlap has no gap, %i ms each way', async (oneWayMs) => {
  const sim = await simulate({ oneWayMs, setupMs, refuseWhileOldSocketOpen: false }, { rotationOrder: 'overlap' });
  const { gapMs, planned } = await rotateOnce(sim);
  expect({ gapMs, planned }).toEqual({ gapMs: 0, planned: true });
  await sim.close();
});

// The close of the old connection and the setup of the next go out together, on two connections: with jitter the setup
// comes first now and then, is refused with 1011, and is dialled again without an early socket. Nothing is lost.
test.fails('known limit: with 20 ms of jitter each of ten swaps costs at most half as much again', async () => {
  const sim = await simulate({ oneWayMs: 60, jitterMs: 20, setupMs });
  for (let n = 0; n < 10; n += 1) {
    await sim.speak(600);
    sim.emulator.goAway({ timeLeftMs });
    await sim.speak(200);
  }
  const gaps = sim.session.stats.handOffs.map(({ gapMs }) => gapMs);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(1.5 * (2 * 60 + setupMs));
  await sim.close();
});
