/**
 * @pipecat-ai/gemini-live-websocket-transport under PipecatClient. It is made for browsers: here its microphone and
 * speaker are a media manager of ours, and its fixed address is dialled on the local server by another
 * globalThis.WebSocket. It passes on no words of an answer: those are read from the emulator's memory.
 */
import { audioTurn, newest, textTurn } from '../conversation.js';
import { Ears } from '../ears.js';
import { assert, hold, pause, until } from '../frame.js';

function dialLocally(baseUrl) {
  const Native = globalThis.WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(url, protocols) {
      const { pathname, search } = new URL(url);
      super(`${baseUrl.replace(/^http/, 'ws')}${pathname}${search}`, protocols);
    }
  };
}

/** Takes chunks of 24 kHz, the rate that the transport writes on everything. */
class Media {
  heard;
  send = () => {};

  constructor(ears) {
    this.heard = ears;
  }

  setUserAudioCallback(send) {
    this.send = send;
  }

  setClientOptions() {}
  async initialize() {}
  async connect() {}
  async disconnect() {}
  async userStartedSpeaking() {
    this.heard.interruptions += 1;
  }

  bufferBotAudio(audio) {
    this.heard.audio += audio.byteLength;
  }

  enableMic() {}
  enableCam() {}
  tracks() {
    return { local: {} };
  }

  get isMicEnabled() {
    return true;
  }

  get isCamEnabled() {
    return false;
  }
}

await hold(async (stage) => {
  dialLocally(stage.baseUrl);
  // What a browser has and Node has not.
  globalThis.window = globalThis;
  globalThis.FileReader = class {
    readAsText(blob) {
      void blob.text().then((text) => {
        this.result = text;
        this.onload?.({ target: this });
      });
    }
  };
  const { PipecatClient } = await import('@pipecat-ai/client-js');
  const { GeminiLiveWebsocketTransport } = await import('@pipecat-ai/gemini-live-websocket-transport');
  await stage.part('PipecatClient', async () => {
    const ears = new Ears();
    const media = new Media(ears);
    const states = [];
    const transport = new GeminiLiveWebsocketTransport(
      { api_key: 'any', settings: { response_modalities: ['AUDIO'], temperature: 0.5 } },
      media,
    );
    const client = new PipecatClient({
      transport,
      enableMic: true,
      callbacks: {
        onTransportStateChanged: (state) => states.push(state),
        onBotStoppedSpeaking: async () => {
          ears.said += await stage.emulator.lastAnswer();
          ears.turns += 1;
        },
      },
    });
    await client.initDevices();
    await client.connect();
    const voice = {
      say: (text) =>
        transport.sendMessage({
          type: 'append-to-context',
          data: { role: 'user', content: text, run_immediately: true },
        }),
      // 16 kHz to 24 kHz: two samples become three.
      stream: (pcm) =>
        media.send(Int16Array.from({ length: (pcm.length * 3) / 2 }, (_, n) => pcm[Math.floor((n * 2) / 3)]).buffer),
    };
    const conversation = { stage, ears, voice };
    await textTurn(conversation, { spoken: true });
    await audioTurn(conversation, { transcribed: false });
    await stage.check('speech over the answer interrupts it', async () => {
      ears.forget();
      voice.say('Tell me something long, and do not stop before the end of it, please.');
      await until('the first piece of the answer', () => ears.audio > 0);
      await audioTurn(conversation, { transcribed: false });
    });
    await stage.check(
      'after a goAway and the end of the connection it is in its error state, and does not come back',
      async () => {
        const before = await newest(stage);
        await stage.emulator.goAway({ timeLeftMs: 300 });
        await until('its error state', () => states.includes('error') || states.includes('disconnected'));
        await pause(1_500);
        const later = (await stage.emulator.connections()).filter(({ id, isReady }) => id > before && isReady);
        assert(later.length === 0, `it set up ${later.length} more`);
      },
    );
  });
  stage.atRotation(
    'ignores goAway and handles; when the connection ends it reports an error and stays away: the app starts anew',
  );
});
