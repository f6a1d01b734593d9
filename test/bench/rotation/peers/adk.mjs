/** @google/adk: `runLive` of its in-memory runner with a LiveRequestQueue, resumption asked for in the run config. */
import { Gemini, InMemoryRunner, LiveRequestQueue, LlmAgent, LogLevel, setLogLevel } from '@google/adk';
import { setDefaultBaseUrls } from '@google/genai';
import { base64, compete } from '../contestant.js';

setLogLevel?.(LogLevel.ERROR);
const queue = new LiveRequestQueue();
const abort = new AbortController();

await compete({
  async connect({ baseUrl, model }, report) {
    setDefaultBaseUrls({ geminiUrl: baseUrl });
    const agent = new LlmAgent({ name: 'bench', model: new Gemini({ model, apiKey: 'bench' }), instruction: 'Listen.' });
    const runner = new InMemoryRunner({ agent, appName: 'bench' });
    const { id } = await runner.sessionService.createSession({ appName: 'bench', userId: 'bench' });
    const events = runner.runLive({
      userId: 'bench',
      sessionId: id,
      liveRequestQueue: queue,
      abortSignal: abort.signal,
      runConfig: { responseModalities: ['AUDIO'], sessionResumption: {} },
    });
    const first = Promise.withResolvers();
    const listen = async () => {
      for await (const event of events) {
        first.resolve();
        if (event.content?.parts?.some(({ inlineData }) => inlineData)) report.audio();
      }
    };
    listen().then(
      () => report.ended('runLive returned'),
      (error) => report.ended(`runLive threw: ${error.message}`),
    );
    // The first handle is its first event.
    await Promise.race([first.promise, new Promise((resolve) => setTimeout(resolve, 5_000))]);
  },
  send: (pcm) => queue.sendRealtime({ data: base64(pcm), mimeType: 'audio/pcm;rate=16000' }),
  close: () => abort.abort(),
});
