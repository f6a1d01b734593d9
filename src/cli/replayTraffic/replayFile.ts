/**
 * Replays one recording: a server for it, a real client (this library on the official SDK), and the comparison.
 *
 * Owns the life of both and the time limit. Everything the session is asked for is what an app would ask for; only the
 * bounds that a long recording would meet are widened. Never throws: what goes wrong is a difference.
 */
import type { GoogleGenAI } from '@google/genai';
import { systemClock, type TimerId } from '../../clock.js';
import { connect, type LiveSession } from '../../index.js';
import { genai } from '../../transport/genai.js';
import { compare } from './compare.js';
import { count } from '../recordings/lines.js';
import type { Recording } from './recording.js';
import { isGreeting, RecordingServer } from './server.js';

export interface ReplayOptions {
  readonly speed: number;
  /** Makes a client of the SDK that talks to `baseUrl`. */
  createClient(baseUrl: string): GoogleGenAI | Promise<GoogleGenAI>;
}

export interface Replayed {
  readonly delivered: number;
  /** Connections the session used; more than 1 after a goAway. */
  readonly connections: number;
  readonly differences: readonly string[];
  readonly notes: readonly string[];
}

/** On top of the time the recording itself takes. */
const patienceMs = 30_000;

export async function replayFile(recording: Recording, options: ReplayOptions): Promise<Replayed> {
  const { frames } = recording;
  // Two views of one session: callbacks say at once what has arrived, the iterator is what most apps read.
  const heard: object[] = [];
  const delivered: object[] = [];
  const failures: string[] = [];
  let session: LiveSession | null = null;
  const server = await RecordingServer.start({ frames, speed: options.speed, countDelivered: () => heard.length });
  const lastMs = frames.at(-1)?.dueMs ?? 0;
  const limit = timeLimit(lastMs / options.speed + patienceMs);
  try {
    session = await connect({
      transport: genai(await options.createClient(server.url)),
      model: recording.model,
      config: recording.config,
      callbacks: { onmessage: (message) => void (isGreeting(message) || heard.push(message)) },
      passthrough: true,
      signal: limit.signal,
      // The whole recording may come before the reader's first turn, and a setupComplete as late as it was recorded.
      maxQueuedMessages: frames.length + 1_000,
      setupTimeoutMs: lastMs + patienceMs,
    });
    const reading = read(session, delivered);
    await Promise.race([server.served, reading]);
    const { lifecycle, error } = session.status.current;
    if (limit.signal.aborted) failures.push(`it was not delivered in ${Math.round(limit.ms / 1_000)} s`);
    else if (lifecycle === 'failed' || lifecycle === 'closed')
      failures.push(`the session ended: ${error?.message ?? lifecycle}`);
    await session.close();
    await reading;
    if (heard.some((message, index) => message !== delivered[index]) || heard.length !== delivered.length) {
      failures.push(
        `onmessage was called with ${heard.length} messages, the iterator gave ${delivered.length}, and they differ`,
      );
    }
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
  } finally {
    limit.clear();
    await server.stop();
  }
  const { differences, renamed } = compare(frames, delivered);
  const notes = [...recording.notes];
  if (renamed > 0) notes.push(`${count(renamed, 'field')} under the SDK's name`);
  if (server.connections > 1) {
    const again = server.repeated === 0 ? '' : `, ${count(server.repeated, 'frame')} not yet read served again`;
    notes.push(`${server.connections} connections${again}`);
  }
  return {
    delivered: delivered.length,
    connections: server.connections,
    differences: [...failures, ...differences],
    notes,
  };
}

async function read(session: LiveSession, into: object[]): Promise<void> {
  for await (const message of session) if (!isGreeting(message)) into.push(message);
}

function timeLimit(ms: number): { readonly signal: AbortSignal; readonly ms: number; clear(): void } {
  const controller = new AbortController();
  const timer: TimerId = systemClock.setTimeout(() => controller.abort(), ms);
  return { signal: controller.signal, ms, clear: () => systemClock.clearTimeout(timer) };
}
