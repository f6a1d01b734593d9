/**
 * Where a random run takes place: the real session and the emulator in process on one virtual clock, with a tap
 * between them.
 *
 * Owns what each setting means in options. Performs nothing and judges nothing.
 */
import { connect } from '../../connect.js';
import { emulator, type EmulatorTransport } from '../../emulator/index.js';
import type { Network } from '../../health/network.js';
import type { LiveSession } from '../../liveSession.js';
import { seededRandom } from '../../random.js';
import type { TraceSink } from '../../trace/format.js';
import type { Transport } from '../../transport/port.js';
import { CountedClock, virtualClock } from './clock.js';
import type { VirtualClock } from '../virtualClock.js';
import type { Setting } from './command.js';
import { Oracle } from './oracle.js';
import { tapped, type TapListener } from './tap.js';

export const startMs = 1_000_000;

export interface WorldOptions {
  readonly seed: number;
  readonly setting: Setting;
  readonly trace: TraceSink;
  /** Put between the session and the tap: where a test plants what the oracle should find. */
  readonly plant?: ((transport: Transport, clock: CountedClock) => Transport) | undefined;
  /** Hears what the oracle hears, after it. */
  readonly also?: TapListener | undefined;
}

export interface World {
  readonly clock: VirtualClock;
  readonly emulator: EmulatorTransport['emulator'];
  readonly oracle: Oracle;
  readonly connected: Promise<LiveSession>;
  setOnline(online: boolean): void;
}

export function createWorld({ seed, setting, trace, plant, also }: WorldOptions): World {
  const clock = virtualClock(startMs);
  const own = new CountedClock(clock);
  const random = seededRandom(seed);
  const streams = [
    seededRandom(Math.floor(random.next() * 2 ** 32)),
    seededRandom(Math.floor(random.next() * 2 ** 32)),
  ];
  const server = emulator({
    clock,
    random: streams[0] ?? random,
    provider: setting.transparent ? 'vertex' : 'developer',
    oneWayMs: setting.oneWayMs,
    jitterMs: setting.jitterMs,
    replyAudioSeconds: 2,
    refuseWhileOldSocketOpen: !setting.overlap,
    singleUseHandles: setting.singleUseHandles,
    ...(setting.connectionLifetimeMs === null
      ? {}
      : { connectionLifetimeMs: setting.connectionLifetimeMs, goAwayBeforeEndMs: 10_000 }),
  });
  const oracle = new Oracle(clock, own, setting);
  const tap = tapped(server, clock, also === undefined ? oracle.wire : both(oracle.wire, also));
  const listeners = new Set<(online: boolean) => void>();
  const network: Network = {
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  for (const name of setting.before) server.emulator.faults.add(name);
  const connected = connect({
    transport: plant?.(tap, own) ?? tap,
    model: setting.model,
    clock: own,
    random: streams[1] ?? random,
    network,
    trace,
    rotationOrder: setting.overlap ? 'overlap' : 'break-before-make',
    config: {
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      ...(setting.resumption ? {} : { sessionResumption: false }),
      ...(setting.transparent ? { sessionResumption: { transparent: true } } : {}),
      ...(setting.smallWindow
        ? { contextWindowCompression: { triggerTokens: '5000', slidingWindow: { targetTokens: '2500' } } }
        : {}),
    },
  });
  return {
    clock,
    emulator: server.emulator,
    oracle,
    connected,
    setOnline: (online) => listeners.forEach((listener) => listener(online)),
  };
}

function both(first: TapListener, second: TapListener): TapListener {
  return {
    dialled(dial) {
      first.dialled(dial);
      second.dialled(dial);
    },
    wrote(dial, text) {
      first.wrote(dial, text);
      second.wrote(dial, text);
    },
    received(dial, message) {
      first.received(dial, message);
      second.received(dial, message);
    },
    closed(dial) {
      first.closed(dial);
      second.closed(dial);
    },
    ended(dial) {
      first.ended(dial);
      second.ended(dial);
    },
  };
}
