/**
 * One act of the demo: a session through the official SDK to the local Live API, a recording spoken into it, and three
 * connections ended under it. What the model heard is asked from the emulator, not from us.
 *
 * Owns the sequence of faults and the account. Prints through `Stage` only.
 */
import type { GoogleGenAI, Modality } from '@google/genai';
import { systemClock } from '../../clock.js';
import { connect, type LifelineEvent, type LiveSession, type Receipt, type SessionStatus } from '../../index.js';
import { startEmulatorServer, type EmulatorServer } from '../../emulator/server.js';
import { readStamp } from '../../emulator/index.js';
import { genai } from '../../transport/genai.js';
import type { TraceSink } from '../../trace/format.js';
import { microphone } from './microphone.js';

export interface ActOptions {
  /** Vertex AI's path with transparent resumption, or the Developer API's without. */
  readonly transparent: boolean;
  readonly samples: Int16Array;
  readonly stage: Stage;
  readonly sdk: { readonly GoogleGenAI: typeof GoogleGenAI; readonly Modality: typeof Modality };
  readonly trace: TraceSink | undefined;
}

/** Where the act is shown. */
export interface Stage {
  fault(atMs: number, text: string): void;
  event(atMs: number, event: LifelineEvent): void;
  lifecycle(atMs: number, status: SessionStatus): void;
  progress(share: number, session: LiveSession): void;
}

export interface Account {
  /** Connections that were set up, and the sessions they belong to. */
  readonly connections: number;
  readonly sessions: number;
  readonly rotations: number;
  readonly sent: number;
  readonly heard: number;
  /** In no context of the model. */
  readonly lost: number;
  /** Twice within one context. */
  readonly doubled: number;
  /** Of those, the ones that the session had not reported as possible. */
  readonly unreported: number;
  /** Said again to a fresh context after a reseed. */
  readonly reheard: number;
  readonly compressions: number;
  readonly reseeds: number;
  readonly gapsMs: readonly number[];
  readonly heldMs: readonly number[];
  /** Every state that was visited. */
  readonly states: readonly string[];
}

export const demoModel = 'gemini-live-2.5-flash-preview';

/** Where in the recording the connection is cut, and where it is cut and the handle refused. */
const cutAt = 0.32;
const refuseAt = 0.6;
/** If the model has not answered by then, the goAway comes all the same. */
const goAwayAt = 0.25;

/**
 * The smallest window the service allows, nearly filled by a diary that the model is given first, and audio that counts
 * four times as much as it does there: so a short talk is enough to see the window slide.
 */
const demoTriggerTokens = 5_000;
const demoTokensPerSecond = 100;
const diary = Array.from(
  { length: 195 },
  (_, day) => `Garden diary, day ${day + 1}: sun in the morning, rain towards evening, ${day % 7} apples picked. `,
).join('');

export async function playAct(options: ActOptions): Promise<Account> {
  const server = await startEmulatorServer({ tokensPerSecondAudio: demoTokensPerSecond, replyAudioSeconds: 1.2 });
  try {
    return await play(options, server);
  } finally {
    await server.close();
  }
}

async function play({ transparent, samples, stage, sdk, trace }: ActOptions, server: EmulatorServer): Promise<Account> {
  const clock = systemClock;
  const startedAtMs = clock.now();
  const elapsed = () => clock.now() - startedAtMs;
  const ai = new sdk.GoogleGenAI({
    apiKey: 'demo',
    ...(transparent ? { vertexai: true } : {}),
    httpOptions: { baseUrl: server.baseUrl },
  });
  const states = new Set<string>(['connecting']);
  let reseeds = 0;
  const session = await connect({
    transport: genai(ai),
    model: demoModel,
    config: {
      responseModalities: [sdk.Modality.AUDIO],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
      contextWindowCompression: { triggerTokens: String(demoTriggerTokens), slidingWindow: {} },
      ...(transparent ? { sessionResumption: { transparent: true } } : {}),
    },
    ...(trace ? { trace } : {}),
  });
  const watch = (status: SessionStatus) => {
    states.add(status.lifecycle).add(status.contextWindow);
    stage.lifecycle(elapsed(), status);
  };
  watch(session.status.current);
  session.status.subscribe(watch);
  session.events$.subscribe((event) => {
    if (event.type === 'resumed' && event.outcome === 'reseeded') reseeds += 1;
    // In a quiet moment the session is through the state before anyone can look.
    if (event.type === 'rotating') states.add('goingAway');
    stage.event(elapsed(), event);
  });

  const faults = new Faults(server, session, (text) => stage.fault(elapsed(), text));
  session.sendClientContent({ turns: `Before we talk, read my diary. ${diary}` });
  await next(session, 'turnComplete');

  const mic = microphone(samples, clock);
  const receipts = await mic.play(
    (audio) => session.sendRealtimeInput({ audio }),
    (share) => {
      faults.at(share);
      stage.progress(share, session);
    },
  );
  session.sendRealtimeInput({ audioStreamEnd: true });
  await settled(receipts);
  const stats = session.stats;
  await session.close();
  const heard = server.emulator.account(
    ({ kind, head }) => (kind === 'audio' ? readStamp(head) : null),
    receipts.keys(),
  );
  return {
    connections: stats.connections,
    sessions: 1,
    rotations: stats.rotations,
    sent: receipts.length,
    heard: heard.heard,
    lost: heard.lost.length,
    doubled: heard.doubled.length,
    unreported: heard.doubled.filter((n) => !mayBeDoubled(receipts[n])).length,
    reheard: heard.reheard.length,
    compressions: stats.compressions,
    reseeds,
    gapsMs: stats.handOffs.map(({ gapMs }) => gapMs),
    heldMs: stats.handOffs.map(({ heldMs }) => heldMs),
    states: [...states],
  };
}

function next(session: LiveSession, type: LifelineEvent['type']): Promise<void> {
  return new Promise((resolve) => {
    const subscription = session.events$.subscribe({
      next: (event) => {
        if (event.type !== type) return;
        subscription.unsubscribe();
        resolve();
      },
      complete: resolve,
    });
  });
}

function mayBeDoubled(receipt: Receipt | undefined): boolean {
  return receipt?.outcome?.state === 'replayed' && receipt.outcome.possibleDouble;
}

/** Every receipt has its outcome, or the newest handles had long enough to bring it. */
async function settled(receipts: readonly Receipt[]): Promise<void> {
  const patience = new Promise<void>((resolve) => systemClock.setTimeout(resolve, 8_000));
  await Promise.race([Promise.all(receipts.map(({ settled: outcome }) => outcome)), patience]);
}

/** The three ends, each once, at its place in the recording. */
class Faults {
  readonly #server: EmulatorServer;
  readonly #session: LiveSession;
  readonly #tell: (text: string) => void;
  #done = 0;

  constructor(server: EmulatorServer, session: LiveSession, tell: (text: string) => void) {
    this.#server = server;
    this.#session = session;
    this.#tell = tell;
  }

  at(share: number): void {
    const { emulator } = this.#server;
    const { turn } = this.#session.status.current;
    const isAnswering = turn === 'generating' || turn === 'playing';
    if (this.#done === 0 && (isAnswering || share >= goAwayAt)) {
      this.#done = 1;
      this.#tell('the server sends goAway: 5 s left');
      emulator.goAway({ timeLeftMs: 5_000 });
    } else if (this.#done === 1 && share >= cutAt) {
      this.#done = 2;
      this.#tell('the network is cut, without notice, in mid-sentence');
      emulator.cut({ how: 'rst' });
    } else if (this.#done === 2 && share >= refuseAt) {
      this.#done = 3;
      this.#tell('cut again, and the server refuses the handle');
      emulator.refuseHandles({ times: 2 });
      emulator.cut({ how: 'rst' });
    }
  }
}
