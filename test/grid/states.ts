/**
 * The states in which a fault may find a session, and how a simulated user gets there.
 *
 * Owns the recipes, and checks that each arrives. Times are virtual.
 */
import type { ConnectOptions } from '../../src/index.js';
import type { EmulatorTransportOptions } from '../../src/emulator/index.js';
import { liveModel, settled, watch, world, type Simulation } from '../support/simulation.js';
import { connect } from '../../src/index.js';
import { seededRandom } from '../../src/random.js';

export interface GridState {
  /** Heads a column of docs/FAULTS.md. */
  readonly name: string;
  readonly summary: string;
  readonly model?: string;
  readonly emulator?: EmulatorTransportOptions;
  readonly options?: Partial<ConnectOptions>;
  /** Before connect() is called. */
  prepare?(sim: World): void;
  /** `fault` puts the fault in force; the recipe calls it at the moment it is about, before connect() settles or after. */
  enter(arena: Arena, fault: () => void): Promise<void>;
}

type World = ReturnType<typeof world>;

/** A session that may not be connected yet. */
export interface Arena extends World {
  /** Turns time until connect() has settled; null: it rejected. `listener` runs at once when it has not. */
  connected(listener?: (sim: Simulation) => void): Promise<Simulation | null>;
  run(ms: number): Promise<void>;
  failure(): unknown;
  /** Null until connect() has settled. */
  sim(): Simulation | null;
}

/** Frames of the user's microphone in one call; 100 ms apart, so that a grid of a thousand cells stays quick. */
export const chunkEveryMs = 100;

export function arena(state: GridState, emulatorOptions: EmulatorTransportOptions = {}): Arena {
  const made = world({ setupMs: 130, oneWayMs: 30, maxLog: 50_000, ...state.emulator, ...emulatorOptions });
  state.prepare?.(made);
  let sim: Simulation | null = null;
  let failure: unknown = null;
  let onConnected: (sim: Simulation) => void = () => {};
  const pending = connect({
    transport: made.transport,
    model: state.model ?? liveModel,
    clock: made.clock,
    random: seededRandom(11),
    ...state.options,
    config: { inputAudioTranscription: {}, outputAudioTranscription: {}, ...state.options?.config },
  }).then(
    (session) => {
      sim = watch(session, made.clock, made.transport);
      onConnected(sim);
      answerTools(sim);
      return sim;
    },
    (error: unknown) => {
      failure = error;
      return null;
    },
  );
  return {
    ...made,
    connected: (listener = () => {}) => {
      onConnected = listener;
      return settled(made.clock, pending, 200_000, 10);
    },
    run: (ms) => made.clock.tick(ms),
    failure: () => failure,
    sim: () => sim,
  };
}

/** As an app does it, after a while. */
function answerTools(sim: Simulation): void {
  sim.session.messages$.subscribe(({ toolCall }) => {
    for (const { id = '', name = '' } of toolCall?.functionCalls ?? []) {
      sim.clock.setTimeout(() => {
        if (sim.session.status.current.input === 'closed') return;
        sim.session.sendToolResponse({ functionResponses: [{ id, name, response: { output: 'found' } }] });
      }, 3_000);
    }
  });
}

/** Speaks in chunks 100 ms apart; ends early once the session takes no input. */
export async function speak(sim: Simulation, ms: number, loud = false): Promise<void> {
  for (let waited = 0; waited < ms; waited += chunkEveryMs) {
    if (sim.session.status.current.input === 'closed') return;
    await sim.speak(1, loud);
    await sim.run(chunkEveryMs - 20);
  }
}

type Entered = (sim: Simulation) => Promise<void>;

/** A state that is reached from a conversation of four seconds. */
function inConversation(enter: Entered): GridState['enter'] {
  return async (given, fault) => {
    const sim = await given.connected();
    if (sim === null) throw new Error('connect() was refused before the fault.');
    await speak(sim, 4_000);
    await enter(sim);
    fault();
  };
}

async function expectState(
  sim: Simulation,
  wanted: Partial<Record<'lifecycle' | 'turn' | 'resumability' | 'contextWindow', string>>,
): Promise<void> {
  const { current } = sim.session.status;
  for (const [key, value] of Object.entries(wanted)) {
    const got = current[key as keyof typeof current];
    if (got !== value) throw new Error(`The recipe wanted ${key} ${value} and found ${String(got)}.`);
  }
  await Promise.resolve();
}

async function fillUntil(sim: Simulation, contextWindow: 'nearLimit' | 'compressed'): Promise<void> {
  for (let turn = 0; turn < 60 && sim.session.status.current.contextWindow !== contextWindow; turn += 1) {
    sim.session.sendClientContent({ turns: 'word '.repeat(350) });
    await speak(sim, 3_000);
  }
  await expectState(sim, { lifecycle: 'active', contextWindow });
}

export const gridStates: readonly GridState[] = [
  {
    name: 'connecting',
    summary: 'the first dial is on its way',
    enter: async ({ run }, fault) => {
      fault();
      await run(1);
    },
  },
  {
    name: 'connecting, backing off',
    summary: 'the first dial was refused with 503, the second has not begun',
    prepare: ({ emulator }) => emulator.refuseDials({ status: 503 }),
    enter: async ({ run }, fault) => {
      await run(250);
      fault();
    },
  },
  {
    name: 'no handle yet',
    summary: 'active, before the first handle',
    emulator: { handleEveryMs: 600_000 },
    prepare: ({ emulator }) => emulator.resumable(false),
    enter: inConversation(async (sim) => {
      await expectState(sim, { lifecycle: 'active', resumability: 'none' });
      sim.clock.setTimeout(() => sim.emulator.resumable(true), 20_000);
    }),
  },
  {
    name: 'resumption off',
    summary: 'active, the app has switched resumption off: there will never be a handle',
    options: { config: { sessionResumption: false } },
    enter: inConversation((sim) => expectState(sim, { lifecycle: 'active', resumability: 'off' })),
  },
  {
    name: 'quiet',
    summary: 'active, nobody speaks',
    enter: inConversation((sim) => expectState(sim, { lifecycle: 'active', turn: 'quiet', resumability: 'held' })),
  },
  {
    name: 'composing',
    summary: "active, the client's turn is open (turnComplete: false)",
    enter: inConversation(async (sim) => {
      sim.session.sendClientContent({ turns: 'Once upon a time', turnComplete: false });
      await speak(sim, 200);
      await expectState(sim, { lifecycle: 'active', turn: 'composing' });
    }),
  },
  {
    name: 'user speaking',
    summary: 'active, the user is in the middle of a sentence',
    model: 'gemini-3.8-live',
    enter: inConversation(async (sim) => {
      await speak(sim, 1_000, true);
      await expectState(sim, { lifecycle: 'active', turn: 'userSpeaking' });
    }),
  },
  {
    name: 'generating',
    summary: 'active, the model answers; not resumable',
    enter: inConversation(async (sim) => {
      sim.emulator.say('A long story');
      await speak(sim, 500);
      await expectState(sim, { lifecycle: 'active', turn: 'generating' });
    }),
  },
  {
    name: 'playing',
    summary: 'active, between generationComplete and turnComplete',
    enter: inConversation(async (sim) => {
      sim.emulator.say('A long story');
      await speak(sim, 1_200);
      await expectState(sim, { lifecycle: 'active', turn: 'playing' });
    }),
  },
  {
    name: 'calling tools',
    summary: 'active, a function call waits for its result; not resumable',
    enter: inConversation(async (sim) => {
      sim.emulator.callTool('lookUp');
      await speak(sim, 300);
      await expectState(sim, { lifecycle: 'active', turn: 'callingTools', resumability: 'paused' });
    }),
  },
  {
    name: 'going away, draining',
    summary: 'goAway came while the model answers',
    enter: inConversation(async (sim) => {
      sim.emulator.say('A long story');
      await speak(sim, 300);
      sim.emulator.goAway({ timeLeftMs: 12_000 });
      await speak(sim, 200);
      await expectState(sim, { lifecycle: 'goingAway', turn: 'generating' });
    }),
  },
  {
    name: 'going away, holding',
    summary: 'goAway came, the uplink is frozen until a handle covers it',
    emulator: { handleEveryMs: 2_500 },
    enter: inConversation(async (sim) => {
      sim.emulator.goAway({ timeLeftMs: 12_000 });
      await sim.run(100);
      await expectState(sim, { lifecycle: 'goingAway', turn: 'quiet' });
    }),
  },
  {
    name: 'going away, overlapping',
    summary: 'goAway came, and with `rotationOrder: overlap` the successor is dialled beside the old connection',
    emulator: { refuseWhileOldSocketOpen: false },
    options: { rotationOrder: 'overlap' },
    enter: inConversation(async (sim) => {
      sim.emulator.goAway({ timeLeftMs: 12_000 });
      for (let waited = 0; waited < 5_000 && sim.session.status.current.connection === 1; waited += 10)
        await sim.run(10);
      await expectState(sim, { lifecycle: 'goingAway' });
    }),
  },
  {
    name: 'resuming',
    summary: 'a cut; the dial with the handle is on its way',
    enter: inConversation(async (sim) => {
      sim.emulator.cut({ how: 'rst' });
      await sim.run(40);
      await expectState(sim, { lifecycle: 'resuming' });
    }),
  },
  {
    name: 'resuming, backing off',
    summary: 'a cut, and the first resume was refused with 503',
    enter: inConversation(async (sim) => {
      sim.emulator.refuseDials({ status: 503, times: 2 });
      sim.emulator.cut({ how: 'rst' });
      await sim.run(300);
      await expectState(sim, { lifecycle: 'resuming' });
    }),
  },
  {
    name: 'reseeding',
    summary: 'the handle was refused twice; the fresh connection is on its way',
    enter: inConversation(async (sim) => {
      sim.emulator.refuseHandles({ times: 2 });
      sim.emulator.cut({ how: 'rst' });
      for (let waited = 0; waited < 10_000 && sim.session.status.current.lifecycle !== 'connecting'; waited += 10)
        await sim.run(10);
      await expectState(sim, { lifecycle: 'connecting' });
    }),
  },
  {
    name: 'near the limit',
    summary: 'active, the next turns will fill the context',
    options: {
      config: { contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '2500' } } },
    },
    emulator: { basePromptTokens: 1_000 },
    enter: inConversation((sim) => fillUntil(sim, 'nearLimit')),
  },
  {
    name: 'compressed',
    summary: 'active, the window has slid once',
    options: {
      config: { contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '2500' } } },
    },
    emulator: { basePromptTokens: 1_000 },
    enter: inConversation((sim) => fillUntil(sim, 'compressed')),
  },
  {
    name: 'closing',
    summary: 'the app has called close()',
    enter: inConversation(async (sim) => {
      void sim.session.close();
      await sim.run(1);
      await expectState(sim, { lifecycle: 'closing' });
    }),
  },
];
