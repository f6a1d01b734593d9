/**
 * The demo on the live service, with GEMINI_API_KEY: the same recording, one rotation asked for by ourselves.
 *
 * Owns what can be known without an emulator: receipts say what a handle of the service covers.
 */
import type { GoogleGenAI, Modality } from '@google/genai';
import { systemClock } from '../../clock.js';
import { connect } from '../../index.js';
import { genai } from '../../transport/genai.js';
import type { Io } from '../command.js';
import { demoModel } from './act.js';
import { microphone } from './microphone.js';
import { stageOn } from './show.js';

export interface RealAccount {
  readonly connections: number;
  readonly rotations: number;
  readonly sent: number;
  readonly covered: number;
  readonly gapsMs: readonly number[];
  readonly heldMs: readonly number[];
}

export async function playReal(
  apiKey: string,
  samples: Int16Array,
  sdk: { readonly GoogleGenAI: typeof GoogleGenAI; readonly Modality: typeof Modality },
  io: Io,
): Promise<RealAccount> {
  const stage = stageOn(io);
  const startedAtMs = systemClock.now();
  const elapsed = () => systemClock.now() - startedAtMs;
  const session = await connect({
    transport: genai(new sdk.GoogleGenAI({ apiKey })),
    model: process.env['GEMINI_LIVE_MODEL'] ?? demoModel,
    config: { responseModalities: [sdk.Modality.AUDIO], inputAudioTranscription: {}, outputAudioTranscription: {} },
  });
  session.status.subscribe((status) => stage.lifecycle(elapsed(), status));
  session.events$.subscribe((event) => stage.event(elapsed(), event));
  let hasRotated = false;
  const receipts = await microphone(samples, systemClock).play(
    (audio) => session.sendRealtimeInput({ audio }),
    (share) => {
      stage.progress(share, session);
      if (hasRotated || share < 0.5) return;
      hasRotated = true;
      stage.fault(elapsed(), 'a rotation is asked for');
      void session.rotate();
    },
  );
  session.sendRealtimeInput({ audioStreamEnd: true });
  await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 5_000));
  const { connections, rotations, handOffs } = session.stats;
  const covered = receipts.filter(
    ({ outcome }) => outcome?.state === 'delivered' || outcome?.state === 'replayed',
  ).length;
  await session.close();
  return {
    connections,
    rotations,
    sent: receipts.length,
    covered,
    gapsMs: handOffs.map(({ gapMs }) => gapMs),
    heldMs: handOffs.map(({ heldMs }) => heldMs),
  };
}
