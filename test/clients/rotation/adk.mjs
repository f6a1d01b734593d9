/**
 * @google/adk: `runLive` of its in-memory runner with a LiveRequestQueue. It reconnects by itself on goAway, five times
 * in all; when it returns or throws it is called again with the newest handle of its events
 * (`liveSessionResumptionHandle`), after 100 ms. Its run config has no sessionResumption, so handles come only from
 * models that send them unasked.
 */
import { Gemini, InMemoryRunner, LiveRequestQueue, LlmAgent, LogLevel, setLogLevel } from '@google/adk';
import { setDefaultBaseUrls } from '@google/genai';
import { base64, compete } from '../../bench/rotation/contestant.js';

setLogLevel?.(LogLevel.ERROR);
const queue = new LiveRequestQueue();
const abort = new AbortController();

await compete({
  async connect({ baseUrl, model }, report) {
    setDefaultBaseUrls({ geminiUrl: baseUrl });
    const agent = new LlmAgent({ name: 'bench', model: new Gemini({ model, apiKey: 'bench' }), instruction: 'Listen.' });
    const runner = new InMemoryRunner({ agent, appName: 'bench' });
    const { id } = await runner.sessionService.createSession({ appName: 'bench', userId: 'bench' });
    const first = Promise.withResolvers();
    let handle;
    const listen = async () => {
      const events = runner.runLive({
        userId: 'bench',
        sessionId: id,
        liveRequestQueue: queue,
        abortSignal: abort.signal,
        runConfig: { responseModalities: ['AUDIO'] },
        liveSessionResumptionHandle: handle,
      });
      for await (const event of events) {
        first.resolve();
        handle = event.liveSessionResumptionUpdate?.newHandle || handle;
        if (event.content?.parts?.some(({ inlineData }) => inlineData)) report.audio();
      }
    };
    const run = async () => {
      while (!abort.signal.aborted) {
        await listen().catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    void run();
    // The first handle is its first event.
    await Promise.race([first.promise, new Promise((resolve) => setTimeout(resolve, 5_000))]);
  },
  send: (pcm) => queue.sendRealtime({ data: base64(pcm), mimeType: 'audio/pcm;rate=16000' }),
  close: () => abort.abort(),
});
