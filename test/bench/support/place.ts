/**
 * Where a run takes place: on one virtual clock with the emulator in process, or over real sockets with the system's.
 *
 * Owns the clock, the transport and the emulator. Knows nothing of what is measured.
 */
import { seededRandom, type Random } from '../../../dist/src/random.js';
import { systemClock, type Clock } from '../../../dist/src/clock.js';
import { emulator, type Emulator, type EmulatorOptions } from '../../../dist/src/emulator/index.js';
import { startEmulatorServer } from '../../../dist/src/emulator/server.js';
import { webSocket } from '../../../dist/src/transport/webSocket.js';
import type { Provider, Transport } from '../../../dist/src/transport/port.js';
import { virtualClock, type VirtualClock } from '../../support/virtualClock.js';

export interface Place {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly emulator: Emulator;
  /** Turns time until `promise` settles. */
  until<T>(promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface VirtualPlace extends Place {
  readonly clock: VirtualClock;
}

export interface PlaceOptions {
  readonly provider: Provider;
  readonly random: Random;
  readonly oneWayMs: number;
  readonly jitterMs: number;
  readonly emulator: EmulatorOptions;
}

/** How much time is turned at once: progress is told, and signals are heard, in between. */
const stepMs = 10_000;

export function virtualPlace({ provider, random, oneWayMs, jitterMs, emulator: options }: PlaceOptions): VirtualPlace {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const transport = emulator({ ...options, provider, clock, random, oneWayMs, jitterMs });
  return {
    clock,
    transport,
    emulator: transport.emulator,
    async until<T>(promise: Promise<T>): Promise<T> {
      const turning = { on: true };
      const stop = () => {
        turning.on = false;
      };
      promise.then(stop, stop);
      await clock.tick(0);
      while (turning.on) await clock.tick(stepMs);
      return promise;
    },
    close: () => Promise.resolve(),
  };
}

/** The delay is the emulator server's: on frames, not on the handshakes of TCP and of the upgrade. */
export async function realPlace({ provider, random, oneWayMs, emulator: options }: PlaceOptions): Promise<Place> {
  const server = await startEmulatorServer({ ...options, provider, random, delayMs: oneWayMs });
  const { baseUrl } = server;
  const transport =
    provider === 'vertex'
      ? webSocket({ vertexai: true, project: 'bench', location: 'here', accessToken: 'bench', baseUrl })
      : webSocket({ apiKey: 'bench', baseUrl });
  return {
    clock: systemClock,
    transport,
    emulator: server.emulator,
    until: (promise) => promise,
    close: () => server.close(),
  };
}

/** Independent streams of chance from one seed: what the user does must not depend on what the server drew. */
export function randomsFrom(seed: number): Record<'server' | 'client' | 'user' | 'fate', Random> {
  const random = seededRandom(seed);
  const next = () => seededRandom(Math.floor(random.next() * 2 ** 32));
  return { server: next(), client: next(), user: next(), fate: next() };
}
