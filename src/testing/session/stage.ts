/**
 * Where one story plays: a Live API, the app under test, numbered audio, and time that passes.
 *
 * Owns the two ways of time (sockets: the system's; in process: virtual) and the account. Tells no story.
 */
import { systemClock } from '../../clock.js';
import type { Emulator } from '../../emulator/emulator.js';
import { encodeBase64 } from '../../emulator/model/pcm.js';
import type { Account } from '../../emulator/record/lineage.js';
import { readStamp, stampAudio } from '../../emulator/record/watermark.js';
import { emulator as inProcess } from '../../emulator/transport.js';
import { seededRandom } from '../../random.js';
import { webSocket } from '../../transport/webSocket.js';
import type { Place, RunningSession, SessionAdapter, StoryOptions } from './adapter.js';
import { KitError, pause } from './namedCase.js';
import { virtualClock } from '../virtualClock.js';

/** Quick to set up and to answer; updates with handles often, so that a story over real sockets is short. */
const quick = { setupMs: 5, firstAudioDelayMs: 5, textPieceMs: 1, playbackFactor: 0, handleEveryMs: 100 } as const;
/** Of the service's own jitter: the same in every run. */
const seed = 7;
const apiKey = 'key-of-the-kit';
const model = 'gemini-live-2.5-flash-preview';
const chunkMs = 20;
const defaultPatienceMs = 30_000;
const samples = 320;

interface Scene {
  readonly emulator: Emulator;
  readonly place: Place;
  pass(ms: number): Promise<void>;
  end(): Promise<void>;
}

export class Stage {
  readonly #scene: Scene;
  readonly #patienceMs: number;
  readonly #app: RunningSession;
  #spoken = 0;

  static async set(adapter: SessionAdapter, options: StoryOptions): Promise<Stage> {
    const scene = options.over === 'process' ? sceneInProcess() : await sceneOverSockets();
    try {
      return new Stage(scene, await started(adapter, scene, options.patienceMs ?? defaultPatienceMs), options);
    } catch (error) {
      await scene.end();
      throw error;
    }
  }

  private constructor(scene: Scene, app: RunningSession, { patienceMs = defaultPatienceMs }: StoryOptions) {
    this.#scene = scene;
    this.#app = app;
    this.#patienceMs = patienceMs;
  }

  get emulator(): Emulator {
    return this.#scene.emulator;
  }

  get app(): RunningSession {
    return this.#app;
  }

  /** Connections that were set up, oldest first. */
  get ready(): Emulator['connections'] {
    return this.emulator.connections.filter(({ readyAt }) => readyAt !== null);
  }

  /** Upgrades that were asked for, granted or not. */
  get dials(): number {
    return this.emulator.log.filter(({ what }) => what === 'accepted' || what === 'upgradeRefused').length;
  }

  pass(ms: number): Promise<void> {
    return this.#scene.pass(ms);
  }

  /** Numbered silence, a chunk every 20 ms, until `isSo`; then `more` chunks. */
  async speakUntil(isSo: () => boolean, what: string, more = 0): Promise<void> {
    for (let waitedMs = 0; !isSo(); waitedMs += chunkMs) {
      if (waitedMs > this.#patienceMs) throw this.#impatient(what);
      await this.speak(1);
    }
    await this.speak(more);
  }

  async speak(chunks: number): Promise<void> {
    for (let i = 0; i < chunks; i += 1) {
      this.#app.sendAudio({ data: numbered(this.#spoken), mimeType: 'audio/pcm;rate=16000' });
      this.#spoken += 1;
      await this.pass(chunkMs);
    }
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let waitedMs = 0; !isSo(); waitedMs += chunkMs) {
      if (waitedMs > this.#patienceMs) throw this.#impatient(what);
      await this.pass(chunkMs);
    }
  }

  /** Says something, and waits for the app to hear the answer. */
  async talk(text: string): Promise<void> {
    const before = this.#app.heard().length;
    this.#app.sendText(text);
    await this.until(() => this.#app.heard().length > before, `the app to hear an answer to "${text}"`);
  }

  /** What the model knows of what was spoken; waits a little for what is still on its way. */
  async account(): Promise<Account<number>> {
    const read = (): Account<number> =>
      this.emulator.account(
        (heard) => (heard.kind === 'audio' ? readStamp(heard.head) : null),
        Array.from({ length: this.#spoken }, (_, n) => n),
      );
    for (let waitedMs = 0; read().lost.length > 0 && waitedMs < 1_000; waitedMs += chunkMs) await this.pass(chunkMs);
    return read();
  }

  /** Stops the app, in time that passes. */
  async stop(): Promise<void> {
    await settled(Promise.resolve(this.#app.stop()), this.#scene, this.#patienceMs, 'stop() to resolve');
  }

  /** Whatever happened, nothing stays behind. */
  async clear(): Promise<void> {
    await this.stop().catch(() => {});
    await this.#scene.end();
  }

  #impatient(what: string): KitError {
    return impatient(what, this.#patienceMs, this.emulator);
  }
}

async function started(adapter: SessionAdapter, scene: Scene, patienceMs: number): Promise<RunningSession> {
  return settled(Promise.resolve(adapter.start(scene.place)), scene, patienceMs, 'start() to resolve');
}

async function settled<T>(promise: Promise<T>, scene: Scene, patienceMs: number, what: string): Promise<T> {
  const state = { isOver: false };
  const over = (): void => void (state.isOver = true);
  promise.then(over, over);
  for (let waitedMs = 0; ; waitedMs += chunkMs) {
    await scene.pass(state.isOver ? 0 : waitedMs === 0 ? 1 : chunkMs);
    if (state.isOver) return promise;
    if (waitedMs > patienceMs) throw impatient(what, patienceMs, scene.emulator);
  }
}

function impatient(what: string, ms: number, { log }: Emulator): KitError {
  const last = log.slice(-6).map(({ connection, what: event, detail }) => {
    const of = connection === null ? '' : ` #${connection}`;
    return event === 'accepted' ? `${event}${of}` : `${event}${of} ${detail}`.trim();
  });
  return new KitError(`Waited ${ms} ms for ${what}. The service last saw: ${last.join(' · ') || 'nothing'}.`);
}

function numbered(n: number): string {
  const bytes = new Uint8Array(samples * 2);
  stampAudio(bytes, n);
  return encodeBase64(bytes);
}

function sceneInProcess(): Scene {
  const clock = virtualClock(1_000_000);
  const transport = inProcess({ ...quick, clock, random: seededRandom(seed) });
  return {
    emulator: transport.emulator,
    place: { baseUrl: '', apiKey, transport, clock, model },
    pass: (ms) => clock.tick(ms),
    end: async () => transport.emulator.stop(),
  };
}

async function sceneOverSockets(): Promise<Scene> {
  // Node only; not loaded before it is asked for, so that this entry can be imported in a browser.
  const { startEmulatorServer } = await import('../../emulator/server.js');
  const { emulator, baseUrl, close } = await startEmulatorServer({
    ...quick,
    random: seededRandom(seed),
    control: false,
  });
  const transport = webSocket({ apiKey, baseUrl, proxy: false });
  return { emulator, place: { baseUrl, apiKey, transport, clock: systemClock, model }, pass: pause, end: close };
}
