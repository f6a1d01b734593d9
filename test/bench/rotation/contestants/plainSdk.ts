/**
 * @google/genai with the loop that Google's session guide describes: keep the newest handle of each
 * sessionResumptionUpdate; on goAway or a close, connect again with it. What is sent in between goes to the old session,
 * which drops it in silence.
 */
import { GoogleGenAI, Modality, type LiveServerMessage, type Session } from '@google/genai';
import { base64, compete, mimeType } from '../contestant.js';

const retryMs = 500;

let session: Session;
let handle: string | undefined;
let isOver = false;

await compete({
  async connect({ baseUrl, model }, report) {
    const ai = new GoogleGenAI({ apiKey: 'bench', httpOptions: { baseUrl, apiVersion: 'v1beta' } });
    let isReconnecting = false;
    const open = async (): Promise<void> => {
      const mine: { session?: Session } = {};
      const isCurrent = () => mine.session === undefined || mine.session === session;
      mine.session = await ai.live.connect({
        model,
        config: {
          responseModalities: [Modality.AUDIO],
          sessionResumption: handle === undefined ? {} : { handle },
          contextWindowCompression: { slidingWindow: {} },
        },
        callbacks: {
          onmessage: (message: LiveServerMessage) => {
            const { sessionResumptionUpdate: update, goAway, serverContent } = message;
            if (update?.resumable && update.newHandle) handle = update.newHandle;
            if (serverContent?.modelTurn?.parts?.some(({ inlineData }) => inlineData)) report.audio();
            if (goAway && isCurrent()) void reconnect();
          },
          onclose: () => {
            if (mine.session && isCurrent()) void reconnect();
          },
        },
      });
      session = mine.session;
    };
    const openAtLast = async (): Promise<void> => {
      try {
        await open();
      } catch {
        await new Promise((resolve) => void setTimeout(resolve, retryMs));
        if (!isOver) await openAtLast();
      }
    };
    const reconnect = async (): Promise<void> => {
      if (isReconnecting || isOver) return;
      isReconnecting = true;
      session.close();
      await openAtLast();
      isReconnecting = false;
    };
    await open();
  },
  send: (pcm) => session.sendRealtimeInput({ audio: { data: base64(pcm), mimeType } }),
  close() {
    isOver = true;
    session.close();
  },
});
