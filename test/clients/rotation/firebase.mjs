/**
 * firebase: LiveGenerativeModel with its own resumeSession, called on goingAwayNotice and when receive() ends, as its
 * guide says; another try after 500 ms where that throws. Its address is fixed in its code, so it is given a WebSocket
 * that dials the local server instead, and writes the path and the model's name as the emulator reads them.
 */
import { initializeApp } from 'firebase/app';
import { getAI, getLiveGenerativeModel, GoogleAIBackend, ResponseModality } from 'firebase/ai';
import { base64, compete } from '../../bench/rotation/contestant.js';

const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
let session;
let handle;
let isOver = false;

function dialLocally(baseUrl) {
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(url) {
      const address = new URL(path, baseUrl.replace(/^http/, 'ws'));
      address.search = new URL(url).search;
      super(address);
    }

    send(text) {
      super.send(text.startsWith('{"setup"') ? text.replace(/"projects\/[^"]*\/models\//, '"models/') : text);
    }
  };
}

await compete({
  async connect({ baseUrl, model }, report) {
    dialLocally(baseUrl);
    const app = initializeApp({ apiKey: 'bench', projectId: 'bench', appId: 'bench' });
    const live = getLiveGenerativeModel(getAI(app, { backend: new GoogleAIBackend() }), {
      model,
      generationConfig: { responseModalities: [ResponseModality.AUDIO], contextWindowCompression: { slidingWindow: {} } },
    });
    session = await live.connect({});
    let isResuming = false;
    const resume = async () => {
      if (isResuming || isOver) return;
      isResuming = true;
      for (;;) {
        try {
          await session.resumeSession(handle === undefined ? {} : { handle });
          break;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 500));
        }
      }
      isResuming = false;
      void listen();
    };
    const listen = async () => {
      try {
        for await (const message of session.receive()) {
          if (message.type === 'sessionResumptionUpdate' && message.newHandle) handle = message.newHandle;
          if (message.type === 'serverContent' && message.modelTurn?.parts?.some((part) => part.inlineData)) report.audio();
          if (message.type === 'goingAwayNotice') void resume();
        }
      } catch {
        // A socket that went away ends the loop either way.
      }
      void resume();
    };
    void listen();
  },
  // Rejects while there is no socket: lost, as it would be to an app that does not queue.
  send: (pcm) => void session.sendAudioRealtime({ data: base64(pcm), mimeType: 'audio/pcm;rate=16000' }).catch(() => {}),
  close() {
    isOver = true;
    return session.close();
  },
});
