/**
 * A whole session on one virtual clock: the real session, the real emulator in process, numbered audio.
 *
 * Owns the set-up and the account of what the model heard. No test names live here.
 */
import { seededRandom } from '../../src/random.js';
import { connect, type ConnectOptions, type LifelineEvent, type LiveSession } from '../../src/index.js';
import { emulator, readStamp, stampAudio, type EmulatorTransport, type EmulatorTransportOptions } from '../../src/emulator/index.js';
import { virtualClock, type VirtualClock } from './virtualClock.js';

export interface Simulation {
  readonly clock: VirtualClock;
  readonly transport: EmulatorTransport;
  readonly session: LiveSession;
  readonly events: LifelineEvent[];
  readonly states: string[];
  /** Sends `count` numbered chunks of 20 ms, one every 20 ms; `loud` is speech for the activity detection. */
  speak(count: number, loud?: boolean): Promise<void>;
  sentChunks(): number;
  account(): { lost: unknown[]; doubled: unknown[]; reheard: unknown[]; reordered: unknown };
  run(ms: number): Promise<void>;
}

export const liveModel = 'gemini-live-2.5-flash-preview';

export async function simulate(
  emulatorOptions: EmulatorTransportOptions = {},
  options: Partial<ConnectOptions> = {},
): Promise<Simulation> {
  const clock = virtualClock(1_000_000);
  const random = seededRandom(7);
  const transport = emulator({ clock, random, oneWayMs: 5, ...emulatorOptions });
  const pending = connect({ transport, model: liveModel, clock, random: seededRandom(11), ...options });
  // Looked at below; until then a rejection is not unhandled.
  pending.catch(() => {});
  for (let waited = 0; waited < 40; waited += 1) await clock.tick(50);
  const session = await pending;
  const events: LifelineEvent[] = [];
  const states: string[] = [session.status.current.lifecycle];
  session.events$.subscribe((event) => events.push(event));
  session.status.subscribe(({ lifecycle }) => {
    if (states.at(-1) !== lifecycle) states.push(lifecycle);
  });
  let sent = 0;
  return {
    clock,
    transport,
    session,
    events,
    states,
    async speak(count, loud = false) {
      for (let i = 0; i < count; i += 1) {
        session.sendRealtimeInput({ audio: numberedChunk(sent, loud) });
        sent += 1;
        await clock.tick(20);
      }
    },
    sentChunks: () => sent,
    account: () =>
      transport.emulator.account(
        (heard) => (heard.kind === 'audio' ? readStamp(heard.head) : null),
        Array.from({ length: sent }, (_, n) => n),
      ),
    run: (ms) => clock.tick(ms),
  };
}

/** 20 ms at 16 kHz whose first samples carry `n`. */
export function numberedChunk(n: number, loud = false): { data: string; mimeType: string } {
  const pcm = new Int16Array(320);
  if (loud) for (let i = 0; i < pcm.length; i += 1) pcm[i] = Math.round(8000 * Math.sin(i / 3));
  stampAudio(pcm, n);
  return { data: Buffer.from(pcm.buffer).toString('base64'), mimeType: 'audio/pcm;rate=16000' };
}
