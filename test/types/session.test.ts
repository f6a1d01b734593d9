/**
 * What compiles and what must not: the check is `tsc -p test/tsconfig.json` (an unused @ts-expect-error is an error,
 * too). Nothing here is called; at run time there is only left that it loads.
 */
import { type GoogleGenAI, type LiveCallbacks, type LiveServerMessage, Modality, type Session } from '@google/genai';
import type { Observable } from 'rxjs';
import { expectTypeOf, test } from 'vitest';
import { emulator } from '../../src/emulator/index.js';
import { connect, lifeline, type LifelineEvent, type LiveSession, type Receipt } from '../../src/index.js';
import { genai } from '../../src/transport/genai.js';

declare const ai: GoogleGenAI;
declare const session: LiveSession;
declare const callbacks: LiveCallbacks;
const model = 'gemini-live-2.5-flash-preview';
const transport = emulator();

/** An app's function that takes the SDK's session. */
declare function takesSession(given: Session): void;
declare function takesPublicSession(given: Pick<Session, keyof Session>): void;

/** One function body for both clients: adopting the library is one changed line. */
async function writtenForTheSdk(live: Pick<GoogleGenAI['live'], 'connect'>): Promise<string> {
  const answered: LiveServerMessage[] = [];
  const connected = await live.connect({
    model,
    callbacks: {
      onopen: () => {},
      onmessage: (message: LiveServerMessage) => void answered.push(message),
      onerror: (event: ErrorEvent) => void event.message,
      onclose: (event: CloseEvent) => void event.reason,
    },
    config: { responseModalities: [Modality.TEXT], sessionResumption: { handle: 'h' } },
  });
  connected.sendClientContent({ turns: 'Hello', turnComplete: true });
  connected.sendRealtimeInput({ audio: { data: 'AA==', mimeType: 'audio/pcm;rate=16000' } });
  connected.sendToolResponse({ functionResponses: { id: 'a', name: 'f', response: {} } });
  connected.close();
  const { newHandle } = answered[0]?.sessionResumptionUpdate ?? {};
  return newHandle ?? '';
}

async function rightTypes(): Promise<void> {
  await writtenForTheSdk(ai.live);
  await writtenForTheSdk(lifeline(ai).live);

  takesPublicSession(session);
  const dropIn = await lifeline(ai).live.connect({ model, callbacks });
  takesSession(dropIn);
  void dropIn.rotate();

  // Google's guide passes null for a new session.
  await lifeline(ai).live.connect({ model, callbacks, config: { sessionResumption: { handle: null } } });
  await connect({ transport: genai(ai), model, config: { sessionResumption: false, contextWindowCompression: false } });
  await connect({
    transport,
    model,
    signal: new AbortController().signal,
    summarize: async (turns) => turns.map(({ text }) => text).join(),
  });

  const receipt: Receipt = session.sendRealtimeInput({ text: 'x' });
  const outcome = await receipt.settled;
  if (outcome.state === 'dropped') outcome.reason satisfies string;
  for await (const message of session) message satisfies LiveServerMessage;
  for await (const turn of session.turns()) turn satisfies LiveServerMessage[];
  session.messages$ satisfies Observable<LiveServerMessage>;
  session.events$ satisfies Observable<LifelineEvent>;
  session.status.current.context satisfies 'original' | 'restored' | 'reseeded' | 'lost';
  session.status.subscribe(({ input }) => input satisfies 'flowing' | 'held' | 'closed') satisfies () => void;
  session.handle?.value satisfies string | undefined;
  await using held = session;
  held.id satisfies string;
}

async function wrongTypes(): Promise<void> {
  // @ts-expect-error a transport is required
  await connect({ model });
  // @ts-expect-error a model is required
  await connect({ transport });
  // @ts-expect-error there is no such option
  await connect({ transport, model, reconnect: true });
  // @ts-expect-error a number of milliseconds
  await connect({ transport, model, setupTimeoutMs: '5s' });
  // @ts-expect-error one of three words
  await connect({ transport, model, afterExpiry: 'retry' });
  // @ts-expect-error one of two words
  await connect({ transport, model, rotationOrder: 'make-before-break' });
  // @ts-expect-error false or an object
  await connect({ transport, model, config: { sessionResumption: true } });
  // @ts-expect-error false or an object
  await connect({ transport, model, config: { contextWindowCompression: true } });
  // @ts-expect-error a field of the Live API
  await connect({ transport, model, config: { responseModality: Modality.TEXT } });
  // @ts-expect-error the drop-in brings its own transport
  await lifeline(ai).live.connect({ model, callbacks, transport });
  // @ts-expect-error the SDK requires callbacks, and so does the drop-in
  await lifeline(ai).live.connect({ model });
  // @ts-expect-error the handle is a secret with a value, and no string itself
  session.handle satisfies string | null;
  // @ts-expect-error as the SDK has it
  session.sendClientContent({ turn: 'x' });
  // @ts-expect-error a handle is required
  await session.resumeSession({});
  // @ts-expect-error receipts are read, and not settled by the app
  session.sendRealtimeInput({ text: 'x' }).outcome = { state: 'sent' };
  // @ts-expect-error the public status is read-only
  session.status.current.lifecycle = 'active';
}

test('D-10 an app written for the SDK compiles unchanged', () => {
  expectTypeOf<LiveSession>().toExtend<Pick<Session, keyof Session>>();
  expectTypeOf(rightTypes).returns.resolves.toBeVoid();
});

test('D-11 wrong options do not compile', () => {
  expectTypeOf(wrongTypes).returns.resolves.toBeVoid();
});
