/**
 * Many sessions that talk and listen at once, fifty frames a second each way, and how late the frames are.
 *
 * Owns the schedule and the account. A frame's lateness is against the session's own beat: its first frame, or whichever
 * came soonest, sets the beat. The same clock reads both, and the reader's own delays count against the server.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EmulatorServerOptions } from '../../../dist/src/emulator/server.js';
import type { ServerFigures } from './protocol.js';
import { clientFrame, RawClient } from './rawClient.js';
import { startServer } from './serverHandle.js';

export const frameMs = 20;
/** Before the load is measured: compilers warm up and the heap finds its size, as in a server that has run for a while. */
const settleMs = 8_000;
const warmUpMs = 6_000;

export interface TalkOptions {
  readonly sessions: number;
  readonly seconds: number;
  readonly profileTo?: string | null;
}

export interface TalkReport {
  readonly sessions: number;
  readonly seconds: number;
  /** Frames a second, over all sessions. */
  readonly framesDown: number;
  readonly framesUp: number;
  /** Frames of audio that never came. */
  readonly missing: number;
  /** Age of a frame when it arrived, after its due time. */
  readonly lateP50Ms: number;
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
  /** The 99th percentile of the last third over that of the first: above 1 it falls behind more and more. */
  readonly growth: number;
  /** Client frames that the server had not read, at the worst look, as a time. */
  readonly unreadMs: number;
  readonly serverCpu: number;
  readonly serverLoopP99Ms: number;
  readonly generatorCpu: number;
  readonly generatorLoopP99Ms: number;
  readonly keepsUp: boolean;
}

const setup = clientFrame({
  setup: { model: 'models/gemini-live-2.5-flash-preview', generationConfig: { responseModalities: ['AUDIO'] } },
});

/** 20 ms of a quiet microphone: heard and looked at like speech, and no speech. */
const audio = clientFrame({
  realtimeInput: {
    audio: {
      data: Buffer.from(new Int16Array(320).map((_, n) => Math.round(100 * Math.sin(n))).buffer).toString('base64'),
      mimeType: 'audio/pcm;rate=16000',
    },
  },
});

const question = clientFrame({
  clientContent: { turns: [{ role: 'user', parts: [{ text: 'Tell me a long story.' }] }], turnComplete: true },
});

export async function talk({ sessions, seconds, profileTo = null }: TalkOptions): Promise<TalkReport> {
  const frames = Math.ceil((seconds * 1_000 + settleMs) / frameMs);
  const options: EmulatorServerOptions = {
    setupMs: 0,
    replyChunkMs: frameMs,
    generationPace: 1,
    replyAudioSeconds: (frames * frameMs) / 1_000,
    maxHeardPerContext: 1_000,
  };
  const server = await startServer(options, profileTo);
  const arrivals = Array.from({ length: sessions }, () => ({ times: new Float64Array(frames + 1), count: 0 }));
  const clients: RawClient[] = [];
  try {
    for (const arrival of arrivals) {
      clients.push(
        await RawClient.open(server.port, setup, (at) => {
          arrival.times[arrival.count] = at;
          arrival.count = Math.min(arrival.count + 1, frames);
        }),
      );
    }
    // Spread over the beat, as callers are.
    for (const [n, client] of clients.entries()) {
      client.write(question);
      if (n % Math.ceil(sessions / frameMs) === 0) await sleep(1);
    }
    await server.measure();
    await speak(clients, warmUpMs / 1_000);
    const loop = monitorEventLoopDelay({ resolution: 1 });
    const before = await server.measure();
    loop.enable();
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    const sent = await speak(clients, seconds);
    const elapsedMs = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    const figures = await server.measure();
    const unread = Math.max(0, sent - (figures.heard - before.heard));
    if (clients.some(({ isOver }) => isOver)) throw new Error('The server hung up on a session.');
    return {
      sessions,
      seconds,
      ...lateness(arrivals, startedAt, startedAt + elapsedMs),
      framesUp: Math.round((sent / elapsedMs) * 1_000),
      unreadMs: round((unread / (sessions * 50)) * 1_000),
      ...serverShare(figures),
      generatorCpu: round((user + system) / 1_000 / elapsedMs),
      generatorLoopP99Ms: round(loop.percentile(99) / 1e6),
    };
  } finally {
    for (const client of clients) client.end();
    server.stop();
  }
}

/** Each client says a frame each 20 ms, each in its own place within them. The number of frames written. */
async function speak(clients: readonly RawClient[], seconds: number): Promise<number> {
  const startedAt = performance.now();
  const due = clients.map((_, n) => startedAt + (n / clients.length) * frameMs);
  const endsAt = startedAt + seconds * 1_000;
  let sent = 0;
  for (let now = startedAt; now < endsAt; now = performance.now()) {
    for (const [n, client] of clients.entries()) {
      while ((due[n] ?? endsAt) <= now) {
        client.write(audio);
        sent += 1;
        due[n] = (due[n] ?? 0) + frameMs;
      }
    }
    await sleep(1);
  }
  return sent;
}

interface Arrivals {
  readonly times: Float64Array;
  readonly count: number;
}

type Late = Pick<TalkReport, 'framesDown' | 'missing' | 'lateP50Ms' | 'lateP99Ms' | 'lateMaxMs' | 'growth' | 'keepsUp'>;

function lateness(arrivals: readonly Arrivals[], from: number, to: number): Late {
  const late: number[] = [];
  const [early, last]: [number[], number[]] = [[], []];
  let expected = 0;
  for (const { times, count } of arrivals) {
    let beat = Infinity;
    for (let n = 0; n < count; n += 1) beat = Math.min(beat, (times[n] ?? 0) - n * frameMs);
    // Due while the load was on, and with the time to arrive.
    for (let n = 0; beat + n * frameMs < to - frameMs; n += 1) {
      const dueAt = beat + n * frameMs;
      if (dueAt < from) continue;
      expected += 1;
      if (n >= count) continue;
      const lateMs = (times[n] ?? 0) - dueAt;
      late.push(lateMs);
      if (dueAt < from + (to - from) / 3) early.push(lateMs);
      else if (dueAt > to - (to - from) / 3) last.push(lateMs);
    }
  }
  const p99 = percentile(late, 0.99);
  const missing = expected - late.length;
  return {
    framesDown: Math.round((late.length / (to - from)) * 1_000),
    missing,
    lateP50Ms: percentile(late, 0.5),
    lateP99Ms: p99,
    lateMaxMs: percentile(late, 1),
    growth: round(percentile(last, 0.99) / Math.max(0.1, percentile(early, 0.99))),
    keepsUp: missing === 0 && p99 < frameMs,
  };
}

function serverShare({ cpu, loopP99Ms }: ServerFigures): Pick<TalkReport, 'serverCpu' | 'serverLoopP99Ms'> {
  return { serverCpu: round(cpu), serverLoopP99Ms: round(loopP99Ms) };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
