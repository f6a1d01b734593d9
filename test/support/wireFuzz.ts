/**
 * Plays mutated frames to an emulator in process, in every phase of a connection, and says what went against the rules:
 * nothing throws, nothing hangs, and each frame is taken or answered with a close code and a reason that fits one.
 *
 * Owns the referee. The emulator comes from the caller (src for the test, dist for the command); time is virtual.
 */
import { createClock } from '@sinonjs/fake-timers';
import * as fc from 'fast-check';
import type {
  EmulatorOptions,
  Peer,
  ServerConnection,
  UpgradeRefusal,
  UpgradeRequest,
} from '../../src/emulator/index.js';
import type { Clock } from '../../src/clock.js';
import type { Random } from '../../src/random.js';
import type { FrameDialect } from './validSetups.js';
import { mutatedFrame, ordinaryMessages } from './wireFrames.js';

export const paths = [
  ['developer', 'v1beta', '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent'],
  ['developer', 'v1alpha', '//ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContent'],
  ['vertex', 'v1beta1', '//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent'],
] as const;

export const phases = ['open', 'settingUp', 'active', 'generating', 'callingTools'] as const;
export type Phase = (typeof phases)[number];

export interface FuzzCase {
  readonly path: number;
  readonly phase: Phase;
  readonly frame: string | Uint8Array;
}

export const dialectOf = (path: number): FrameDialect => {
  const [provider, version] = paths[path] ?? paths[0];
  return { provider, version };
};

export const fuzzCase: fc.Arbitrary<FuzzCase> = fc
  .tuple(fc.nat(paths.length - 1), fc.constantFrom(...phases))
  .chain(([path, phase]) => mutatedFrame(dialectOf(path), phase === 'open').map((frame) => ({ path, phase, frame })));

/** What the emulator is allowed to say of a frame that it does not take (PROTOCOL.md §4). */
const codes = new Set([1007, 1008, 1011]);
const waitMs = 1_500;
const maxLog = 50;

export interface Verdict {
  readonly outcome: 'taken' | 'closed';
  readonly reason: string;
  /** null: as it should be. */
  readonly problem: string | null;
}

/** What the referee needs of an emulator, whichever build it comes from. */
export interface FuzzedEmulator {
  accept(request: UpgradeRequest, peer: Peer): ServerConnection | UpgradeRefusal;
  callTool(name: string, args: Record<string, unknown>, target: { readonly connection: number }): string[];
  contexts(): readonly { readonly heard: { upTo(): readonly { readonly head: string; readonly text: string }[] } }[];
  stop(): void;
  readonly liveConnections: number[];
  readonly log: readonly { readonly detail: string }[];
}

export type CreateEmulator = (
  options: EmulatorOptions & { readonly clock: Clock; readonly random: Random },
) => FuzzedEmulator;

interface Client {
  readonly server: ServerConnection;
  closed: { code: number; reason: string } | null;
  frames: number;
}

/** One emulator for many frames; begin a new one now and then, since it keeps a record of every connection. */
export class FuzzBench {
  readonly #clock = createClock(1_000_000);
  readonly #core: FuzzedEmulator;

  constructor(create: CreateEmulator) {
    const clock = this.#clock;
    this.#core = create({
      clock: {
        now: () => clock.now,
        setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
        clearTimeout: (id) => clock.clearTimeout(id as number),
      },
      random: { next: () => 0.5 },
      maxLog,
      maxHeardPerContext: 10,
      replyAudioSeconds: 0.4,
    });
  }

  play({ path, phase, frame }: FuzzCase): Verdict {
    try {
      return this.#play(path, phase, frame);
    } catch (error) {
      return { outcome: 'closed', reason: '', problem: `threw ${String(error)}` };
    }
  }

  /** Ends everything; whether something was left over. */
  end(): string | null {
    this.#core.stop();
    const timers = this.#clock.countTimers();
    return timers === 0 ? null : `${timers} timers left`;
  }

  #play(path: number, phase: Phase, frame: string | Uint8Array): Verdict {
    const client = this.#bringTo(path, phase);
    const before = client.frames;
    client.server.receive(frame);
    this.#clock.tick(waitMs);
    const { closed } = client;
    const problem = this.#memory() ?? (closed === null ? this.#live(client, phase, before) : fits(closed));
    client.server.gone();
    return { outcome: closed === null ? 'taken' : 'closed', reason: closed?.reason ?? '', problem };
  }

  #bringTo(path: number, phase: Phase): Client {
    const [, , url] = paths[path] ?? paths[0];
    const [, setup, , content] = ordinaryMessages(dialectOf(path));
    let client: Client | null = null;
    const server = this.#core.accept(
      { path: url, query: new URLSearchParams('key=k'), headers: {} },
      {
        send: () => void (client === null || client.frames++),
        close: (code, reason) => void (client === null || (client.closed = { code, reason })),
        reset() {},
      },
    );
    if ('status' in server) throw new Error(`refused with ${server.status}`);
    const opened: Client = { server, closed: null, frames: 0 };
    client = opened;
    if (phase === 'open') return opened;
    server.receive(JSON.stringify(setup));
    if (phase === 'settingUp') return opened;
    this.#clock.tick(500);
    if (phase === 'generating') server.receive(JSON.stringify(content));
    if (phase === 'callingTools') this.#core.callTool('look', {}, { connection: server.id });
    this.#clock.tick(10);
    if (opened.closed !== null) throw new Error(`Not ${phase}: ${opened.closed.reason}`);
    return opened;
  }

  #live({ server, closed, frames }: Client, phase: Phase, before: number): string | null {
    if (!this.#core.liveConnections.includes(server.id)) return 'neither live nor closed';
    if (phase === 'settingUp') return 'said before setupComplete, and not refused';
    if (phase === 'open') return frames > before ? null : 'a setup without an answer';
    // Still a connection that works: the next turn is answered.
    const said = frames;
    server.receive('{"realtimeInput":{"text":"still there?"}}');
    this.#clock.tick(waitMs);
    return closed === null && frames >= said ? null : 'live, but no longer answering';
  }

  #memory(): string | null {
    const { log } = this.#core;
    if (log.length > maxLog) return `${log.length} log entries`;
    if (log.some((entry) => entry.detail.length > 1_000)) return 'a long log entry';
    const heard = this.#core.contexts().at(-1)?.heard.upTo() ?? [];
    for (const { head, text } of heard) if (head.length + text.length > 2_100) return 'a long heard entry';
    return null;
  }
}

function fits({ code, reason }: { code: number; reason: string }): string | null {
  if (!codes.has(code)) return `close code ${code}`;
  const bytes = new TextEncoder().encode(reason).length;
  if (bytes === 0 || bytes > 123) return `a reason of ${bytes} bytes`;
  return reason.includes('\uFFFD') ? 'half a character' : null;
}
