/**
 * @livekit/agents-plugin-google: its RealtimeSession, as an agent drives it. It cuts audio anew into chunks of 50 ms, so
 * the numbered chunks are 50 ms long here and stay whole. No AgentSession around it: what that adds is a new session
 * after an error, and the conversation is then a new one.
 */
import { initializeLogger } from '@livekit/agents';
import * as google from '@livekit/agents-plugin-google';
import { AudioFrame } from '@livekit/rtc-node';
import { compete } from '../../bench/rotation/contestant.js';

initializeLogger({ pretty: false, level: 'silent' });
let session;

await compete({
  chunkMs: 50,
  async connect({ baseUrl, model }, report) {
    session = new google.realtime.RealtimeModel({ apiKey: 'bench', model, httpOptions: { baseUrl } }).session();
    session.on('error', ({ error, recoverable }) => {
      if (recoverable === false) report.ended(`error: ${error?.message ?? error}`);
    });
    // The first piece of an answer makes a generation; its audio comes with it.
    session.on('generation_created', () => report.audio());
    // A frame before the socket is open waits in its queue, and so does one in a swap.
    for (let n = 0; n < 100 && !session.activeSession; n += 1) await new Promise((resolve) => setTimeout(resolve, 50));
    if (!session.activeSession) throw new Error('not connected within 5 s');
  },
  send: (pcm) => session.pushAudio(new AudioFrame(pcm, 16_000, 1, pcm.length)),
  close: () => session.close(),
});
