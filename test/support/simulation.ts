/**
 * A whole session on one virtual clock: the real session, the real emulator in process, numbered audio.
 *
 * Owns the set-up and the account of what the model heard. No test names and no expectations live here.
 */
import { seededRandom } from '../../src/random.js';
import { connect, type ConnectOptions, type LifelineEvent, type LiveSession, type Receipt } from '../../src/index.js';
import {
  emulator,
  readStamp,
  stampAudio,
  type Account,
  type EmulatorTransport,
  type EmulatorTransportOptions,
} from '../../src/emulator/index.js';
import { virtualClock, type VirtualClock } from './virtualClock.js';

export interface Simulation {
  readonly clock: VirtualClock;
  readonly transport: EmulatorTransport;
  readonly emulator: EmulatorTransport['emulator'];
  readonly session: LiveSession;
  readonly events: LifelineEvent[];
  readonly states: string[];
  /** Receipt of each numbered chunk: `receipts[n]` belongs to chunk n. */
  readonly receipts: Receipt[];
  /** Sends `count` numbered chunks of 20 ms, one every 20 ms; `loud` is speech for the activity detection. */
  speak(count: number, loud?: boolean): Promise<void>;
  sentChunks(): number;
  account(): Account<number>;
  /** Chunks whose receipts say that the model may have heard them twice. */
  possiblyDoubled(): number[];
  run(ms: number): Promise<void>;
  eventsOf<T extends LifelineEvent['type']>(type: T): Extract<LifelineEvent, { type: T }>[];
  /** When each dial reached the server, in milliseconds since the start of the simulation. */
  dialTimes(): number[];
  close(): Promise<void>;
}

export const liveModel = 'gemini-live-2.5-flash-preview';
export const startMs = 1_000_000;

/** Turns time until `promise` settles; throws when it has not by `withinMs`: a promise that can hang is a bug. */
export async function settled<T>(clock: VirtualClock, promise: Promise<T>, withinMs: number, stepMs = 50): Promise<T> {
  const state = { isSettled: false };
  const watched = promise.catch(() => {}).then(() => Object.assign(state, { isSettled: true }));
  await clock.tick(0);
  for (let waited = 0; !state.isSettled && waited < withinMs; waited += stepMs) await clock.tick(stepMs);
  if (state.isSettled) await watched;
  else throw new Error(`Not settled after ${withinMs} ms.`);
  return promise;
}

/** The world of a simulation before anyone connects. */
export function world(emulatorOptions: EmulatorTransportOptions = {}) {
  const clock = virtualClock(startMs);
  const fixed = { random: seededRandom(7), oneWayMs: 5, replyAudioSeconds: 2 };
  const transport = emulator({ clock, ...fixed, ...emulatorOptions });
  return { clock, transport, emulator: transport.emulator };
}

/** `prepare` runs before the first dial. */
export async function simulate(
  emulatorOptions: EmulatorTransportOptions = {},
  options: Partial<ConnectOptions> = {},
  prepare: (emulator: EmulatorTransport['emulator']) => void = () => {},
): Promise<Simulation> {
  const { clock, transport } = world(emulatorOptions);
  prepare(transport.emulator);
  const pending = connect({ transport, model: liveModel, clock, random: seededRandom(11), ...options });
  const session = await settled(clock, pending, 20_000, 10);
  return watch(session, clock, transport);
}

export function watch(session: LiveSession, clock: VirtualClock, transport: EmulatorTransport): Simulation {
  const events: LifelineEvent[] = [];
  const states: string[] = [session.status.current.lifecycle];
  session.events$.subscribe((event) => events.push(event));
  session.status.subscribe(({ lifecycle }) => {
    if (states.at(-1) !== lifecycle) states.push(lifecycle);
  });
  const receipts: Receipt[] = [];
  return {
    clock,
    transport,
    emulator: transport.emulator,
    session,
    events,
    states,
    receipts,
    async speak(count, loud = false) {
      for (let i = 0; i < count; i += 1) {
        receipts.push(session.sendRealtimeInput({ audio: numberedChunk(receipts.length, loud) }));
        await clock.tick(20);
      }
    },
    sentChunks: () => receipts.length,
    account: () =>
      transport.emulator.account((heard) => (heard.kind === 'audio' ? readStamp(heard.head) : null), receipts.keys()),
    possiblyDoubled: () =>
      [...receipts.entries()]
        .filter(([, { outcome }]) => outcome?.state === 'replayed' && outcome.possibleDouble)
        .map(([n]) => n),
    run: (ms) => clock.tick(ms),
    eventsOf: <T extends LifelineEvent['type']>(type: T) =>
      events.filter((event): event is Extract<LifelineEvent, { type: T }> => event.type === type),
    dialTimes: () =>
      transport.emulator.log
        .filter(({ what }) => what === 'accepted' || what === 'upgradeRefused')
        .map(({ at }) => at - startMs),
    close: () => settled(clock, session.close(), 10_000),
  };
}

/** 20 ms at 16 kHz whose first samples carry `n`. */
export function numberedChunk(n: number, loud = false): { data: string; mimeType: string } {
  const pcm = new Int16Array(320);
  if (loud) for (let i = 0; i < pcm.length; i += 1) pcm[i] = Math.round(8000 * Math.sin(i / 3));
  stampAudio(pcm, n);
  return { data: Buffer.from(pcm.buffer).toString('base64'), mimeType: 'audio/pcm;rate=16000' };
}
