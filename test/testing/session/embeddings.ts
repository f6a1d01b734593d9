/**
 * Apps for the lifecycle stories: two on Lifeline, and one of its own that can be told to do its work badly.
 *
 * Owns the embeddings. No expectations live here.
 */
import { GoogleGenAI, Modality, type LiveServerMessage } from '@google/genai';
import { connect, lifeline, type LiveSession } from '../../../src/index.js';
import type { RunningSession, SessionAdapter } from '../../../src/testing/index.js';
import type { Connection } from '../../../src/transport/port.js';

const config = { responseModalities: [Modality.TEXT] };
/**
 * Short, so that the stories over sockets are. The ambiguity is an upper bound of the round trip on a machine that is
 * busy with other tests, and below the 25 chunks that a cut may double.
 */
const quick = { unansweredAfterMs: 1_000, backoff: () => 50, handleAmbiguityMs: 400 } as const;

function running(session: LiveSession, heard: () => string): RunningSession {
  return {
    sendAudio: (audio) => void session.sendRealtimeInput({ audio }),
    sendText: (turns) => void session.sendClientContent({ turns }),
    heard,
    status() {
      const { socket, input } = session.status.current;
      return input === 'closed' ? 'ended' : socket;
    },
    stop: () => session.close(),
  };
}

export const onConnect: SessionAdapter = {
  async start({ transport, clock, model }) {
    const session = await connect({ transport, clock, model, config, ...quick });
    let heard = '';
    session.messages$.subscribe(({ text }) => void (heard += text ?? ''));
    return running(session, () => heard);
  },
};

export const onDropIn: SessionAdapter = {
  async start({ baseUrl, apiKey, model }) {
    const ai = new GoogleGenAI({ apiKey, httpOptions: { baseUrl } });
    let heard = '';
    const onmessage = ({ text }: LiveServerMessage): void => void (heard += text ?? '');
    const session = await lifeline(ai).live.connect({ model, config, ...quick, callbacks: { onmessage } });
    return running(session, () => heard);
  },
};

export interface Faults {
  readonly ignoresGoAway?: boolean;
  readonly neverReconnects?: boolean;
  readonly forgetsHandles?: boolean;
  readonly staysOpen?: boolean;
  readonly dialsAfterStop?: boolean;
}

/** A session of one's own: resumes on goAway and on a close, and holds nothing back for a connection to come. */
export function homeMade(faults: Faults = {}): SessionAdapter {
  return {
    async start({ transport, clock, model }) {
      let connection: Connection | null = null;
      let handle: string | undefined;
      let heard = '';
      let state: 'up' | 'down' | 'ended' = 'down';
      const dial = (): void => {
        const resumed = faults.forgetsHandles === true ? undefined : handle;
        const sessionResumption = resumed === undefined ? {} : { handle: resumed };
        let isDone = false;
        const next = (delayMs: number): void => {
          if (isDone) return;
          isDone = true;
          if (state === 'ended' && faults.dialsAfterStop !== true) return;
          if (faults.neverReconnects === true) return;
          if (state === 'up') state = 'down';
          clock.setTimeout(dial, delayMs);
        };
        const mine = transport.dial(
          { model, config: { ...config, sessionResumption } },
          {
            opened: () => {},
            frame(data) {
              if (isDone) return;
              const bytes = data as Uint8Array;
              const message = JSON.parse(
                typeof data === 'string' ? data : new TextDecoder().decode(bytes),
              ) as LiveServerMessage;
              const { setupComplete, sessionResumptionUpdate, goAway, serverContent } = message;
              if (setupComplete) state = 'up';
              handle = sessionResumptionUpdate?.newHandle || handle;
              for (const { text } of serverContent?.modelTurn?.parts ?? []) heard += text ?? '';
              if (!goAway || faults.ignoresGoAway === true) return;
              mine.close();
              next(50);
            },
            ended(end) {
              if (end.cause === 'close' && end.code === 1008 && state === 'down') handle = undefined;
              next(100);
            },
          },
        );
        connection = mine;
      };
      dial();
      await new Promise<void>((resolve) => {
        const look = (): void => void (state === 'up' ? resolve() : clock.setTimeout(look, 5));
        look();
      });
      const send = (message: object): void => {
        if (state === 'up') connection?.send(JSON.stringify(message));
      };
      return {
        sendAudio: (audio) => send({ realtimeInput: { audio } }),
        sendText: (text) =>
          send({ clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } }),
        heard: () => heard,
        status: () => state,
        stop() {
          state = 'ended';
          if (faults.staysOpen !== true) connection?.close();
        },
      };
    },
  };
}
