/** This library, over its own socket (warm or cold) or over the SDK's. */
import { GoogleGenAI } from '@google/genai';
import { connect, type LiveSession, type Receipt } from '../../../../dist/src/index.js';
import { genai } from '../../../../dist/src/transport/genai.js';
import type { Transport } from '../../../../dist/src/transport/port.js';
import { webSocket } from '../../../../dist/src/transport/webSocket.js';
import { base64, compete, mimeType } from '../contestant.js';

const kind = process.argv[3] ?? 'warm';

function transportTo(baseUrl: string): Transport {
  if (kind === 'genai') return genai(new GoogleGenAI({ apiKey: 'bench', httpOptions: { baseUrl } }));
  const { warm, ...cold } = webSocket({ apiKey: 'bench', baseUrl });
  return kind === 'warm' ? { ...cold, warm } : cold;
}

let session: LiveSession;
const receipts = new Map<number, Receipt>();

await compete({
  async connect({ baseUrl, model, stableAfterMs }, report) {
    session = await connect({ transport: transportTo(baseUrl), model, stableAfterMs });
    session.messages$.subscribe(({ serverContent }) => {
      if (serverContent?.modelTurn?.parts?.some(({ inlineData }) => inlineData)) report.audio();
    });
    session.events$.subscribe((event) => {
      if (event.type === 'failed') report.ended(event.error.code);
    });
  },
  send: (pcm, n) => void receipts.set(n, session.sendRealtimeInput({ audio: { data: base64(pcm), mimeType } })),
  possiblyDoubled: () =>
    [...receipts].filter(([, { outcome }]) => outcome?.state === 'replayed' && outcome.possibleDouble).map(([n]) => n),
  close: () => session.close(),
});
