/**
 * The unmodified @google/genai client against the emulator over real WebSockets, without anything of Lifeline.
 *
 * If the emulator strays from what Google's own client takes, it shows here. No absolute times: the machine may be slow.
 */
import {
  GoogleGenAI,
  Modality,
  Type,
  type LiveConnectConfig,
  type LiveServerMessage,
  type Session,
} from '@google/genai';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startEmulatorServer, type EmulatorServer } from '../../src/emulator/server.js';

const flash = 'gemini-live-2.5-flash-preview';
const native = 'gemini-2.5-flash-native-audio-preview-12-2025';

let server: EmulatorServer;
beforeAll(async () => {
  server = await startEmulatorServer({
    setupMs: 5,
    firstAudioDelayMs: 10,
    replyAudioSeconds: 0.4,
    playbackFactor: 0.1,
    handleEveryMs: 50,
  });
});
afterEach(() => server.emulator.clearFaults());
afterAll(() => server.close());

const developer = (): GoogleGenAI =>
  new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: server.baseUrl, apiVersion: 'v1beta' } });
const vertex = (): GoogleGenAI =>
  new GoogleGenAI({ vertexai: true, apiKey: 'k', httpOptions: { baseUrl: server.baseUrl } });

interface Talk {
  readonly session: Session;
  readonly messages: LiveServerMessage[];
  readonly closed: Promise<{ code: number; reason: string }>;
  until(what: (message: LiveServerMessage) => unknown): Promise<LiveServerMessage>;
  text(): string;
}

async function talk(ai: GoogleGenAI, model: string, config: LiveConnectConfig): Promise<Talk> {
  const messages: LiveServerMessage[] = [];
  const waiting = new Set<() => void>();
  let closing: (end: { code: number; reason: string }) => void = () => {};
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    closing = resolve;
  });
  const session = await ai.live.connect({
    model,
    config,
    callbacks: {
      onmessage: (message) => {
        messages.push(message);
        for (const look of waiting) look();
      },
      onclose: (event) => closing({ code: event.code, reason: event.reason }),
    },
  });
  let read = 0;
  return {
    session,
    messages,
    closed,
    text: () =>
      messages
        .map((message) => message.serverContent?.modelTurn?.parts?.map((part) => part.text ?? '').join('') ?? '')
        .join(''),
    until: (what) =>
      new Promise((resolve) => {
        const look = (): void => {
          while (read < messages.length) {
            const message = messages[read++];
            if (message !== undefined && what(message)) {
              waiting.delete(look);
              return resolve(message);
            }
          }
        };
        waiting.add(look);
        look();
      }),
  };
}

const turnComplete = (message: LiveServerMessage): unknown => message.serverContent?.turnComplete;

function pcmChunks(ms: number, level: number): string[] {
  return Array.from({ length: ms / 20 }, () => {
    const samples = Int16Array.from({ length: 320 }, (_, index) => Math.round(level * Math.sin(index / 5)));
    return Buffer.from(samples.buffer).toString('base64');
  });
}

describe('Developer API', () => {
  test('setup and a TEXT turn', async () => {
    const { session, until, text } = await talk(developer(), flash, { responseModalities: [Modality.TEXT] });
    session.sendClientContent({ turns: 'The code word is heron.' });
    const last = await until(turnComplete);
    expect(text()).toContain('The code word is heron.');
    expect(last.usageMetadata?.responseTokenCount).toBeGreaterThan(0);
    session.close();
  });

  test('an AUDIO turn by streamed PCM, found by automatic activity detection', async () => {
    const { session, until, messages } = await talk(developer(), native, {
      responseModalities: [Modality.AUDIO],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    });
    for (const data of [...pcmChunks(800, 8_000), ...pcmChunks(700, 0)]) {
      session.sendRealtimeInput({ audio: { data, mimeType: 'audio/pcm;rate=16000' } });
    }
    await until(turnComplete);
    const content = messages.map((message) => message.serverContent);
    expect(content.map((part) => part?.inputTranscription?.text ?? '').join('')).toContain('speech of');
    expect(content.map((part) => part?.outputTranscription?.text ?? '').join('')).toContain('Turn 1.');
    expect(messages.filter((message) => message.data !== undefined).length).toBe(4);
    session.close();
  });

  test('a tool round', async () => {
    const { session, until, text } = await talk(developer(), flash, {
      responseModalities: [Modality.TEXT],
      tools: [
        {
          functionDeclarations: [
            { name: 'find_tide', parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } } },
          ],
        },
      ],
    });
    session.sendClientContent({ turns: 'find_tide for Oslo' });
    const { toolCall } = await until((message) => message.toolCall);
    const call = toolCall?.functionCalls?.[0];
    expect(call).toMatchObject({ name: 'find_tide', args: { city: 'Oslo' } });
    session.sendToolResponse({
      functionResponses: { id: call?.id ?? '', name: 'find_tide', response: { output: 'high water' } },
    });
    await until(turnComplete);
    expect(text()).toContain('high water');
    session.close();
  });

  test('a resume with a handle remembers the first turn', async () => {
    const first = await talk(developer(), flash, { responseModalities: [Modality.TEXT], sessionResumption: {} });
    first.session.sendClientContent({ turns: 'The code word is heron.' });
    await first.until(turnComplete);
    const update = await first.until((message) => message.sessionResumptionUpdate?.resumable);
    const handle = update.sessionResumptionUpdate?.newHandle ?? '';
    // Close and setup race on two sockets, as they do against the service; a 1011 costs one more try.
    first.session.close();
    await first.closed;
    const second = await talk(developer(), flash, {
      responseModalities: [Modality.TEXT],
      sessionResumption: { handle },
    });
    second.session.sendClientContent({ turns: 'What did I say first?' });
    await second.until(turnComplete);
    expect(second.text()).toContain('heron');
    second.session.close();
  });

  test('a refused setup rejects with code and reason', async () => {
    await expect(talk(developer(), 'gemini-9', {})).rejects.toThrow(/1008.*models\/gemini-9 is not found/);
    server.emulator.refuseDials({ status: 503 });
    await expect(talk(developer(), flash, {})).rejects.toThrow(/503/);
  });

  test('goAway, and every way to be cut', async () => {
    const closing = await talk(developer(), flash, { responseModalities: [Modality.TEXT] });
    server.emulator.goAway({ timeLeftMs: 40 });
    expect((await closing.until((message) => message.goAway)).goAway?.timeLeft).toBe('0.040s');
    expect(await closing.closed).toMatchObject({ code: 1008, reason: expect.stringContaining('GoAway') });

    const reset = await talk(developer(), flash, { responseModalities: [Modality.TEXT] });
    server.emulator.cut({ how: 'rst' });
    expect(await reset.closed).toMatchObject({ code: 1006 });

    const halfOpen = await talk(developer(), flash, { responseModalities: [Modality.TEXT], sessionResumption: {} });
    server.emulator.cut({ how: 'halfOpen' });
    const count = halfOpen.messages.length;
    halfOpen.session.sendClientContent({ turns: 'anybody there?' });
    await new Promise((done) => setTimeout(done, 200));
    expect(halfOpen.messages.length).toBe(count);
  });
});

test('Vertex AI: sessionId, candidates counted, transparent indexes', async () => {
  const { session, until, messages } = await talk(vertex(), 'gemini-live-2.5-flash', {
    responseModalities: [Modality.TEXT],
    sessionResumption: { transparent: true },
  });
  expect(session.setupComplete?.sessionId).toMatch(/.+/);
  session.sendClientContent({ turns: 'hello' });
  const last = await until(turnComplete);
  // The client maps candidatesTokenCount to this name.
  expect(last.usageMetadata?.responseTokenCount).toBeGreaterThan(0);
  await until((message) => message.sessionResumptionUpdate?.lastConsumedClientMessageIndex === '1');
  expect(messages.some((message) => message.sessionResumptionUpdate?.lastConsumedClientMessageIndex === '0')).toBe(
    true,
  );
  session.close();
});

test('an ephemeral token is minted and opens a session', async () => {
  const ai = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: server.baseUrl, apiVersion: 'v1alpha' } });
  const token = await ai.authTokens.create({ config: { uses: 1 } });
  expect(token.name).toMatch(/^auth_tokens\//);
  const guest = new GoogleGenAI({
    apiKey: token.name ?? '',
    httpOptions: { baseUrl: server.baseUrl, apiVersion: 'v1alpha' },
  });
  const { session, until } = await talk(guest, flash, { responseModalities: [Modality.TEXT] });
  session.sendClientContent({ turns: 'hello' });
  await until(turnComplete);
  session.close();
  await expect(talk(guest, flash, {})).rejects.toThrow(/Token has been used too many times/);
});

test('only loopback pages may connect; frames are binary', async () => {
  const url = `${server.baseUrl.replace('http', 'ws')}/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k`;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const socket = new WebSocket(url, { headers: { origin: 'https://example.com' } });
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode);
      socket.terminate();
    });
    socket.on('open', () => reject(new Error('opened')));
    socket.on('error', () => {});
  });
  expect(status).toBe(403);
  const binary = await new Promise<boolean>((resolve) => {
    const socket = new WebSocket(url, { headers: { origin: 'http://localhost:5173' } });
    socket.on('open', () => socket.send(JSON.stringify({ setup: { model: `models/${flash}` } })));
    socket.on('message', (_, isBinary) => {
      resolve(isBinary);
      socket.close();
    });
  });
  expect(binary).toBe(true);
});

describe('a resume on a warm second socket', () => {
  const url = (): string =>
    `${server.baseUrl.replace('http', 'ws')}//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=k`;
  const opened = async (): Promise<WebSocket> => {
    const socket = new WebSocket(url());
    await new Promise((done) => socket.on('open', done));
    return socket;
  };
  const setup = (handle?: string): string =>
    JSON.stringify({ setup: { model: `models/${flash}`, sessionResumption: { handle } } });
  const handleOf = (socket: WebSocket): Promise<string> =>
    new Promise((resolve) => {
      socket.on('message', (data: Buffer) => {
        const found = /"newHandle": "([^"]+)"/.exec(data.toString());
        if (found?.[1] !== undefined) resolve(found[1]);
      });
    });
  const outcome = (socket: WebSocket): Promise<string | number> =>
    new Promise((resolve) => {
      socket.on('message', () => resolve('accepted'));
      socket.on('close', resolve);
    });

  // The old socket has not finished its closing handshake when the setup arrives: its close frame is enough.
  test.each([0, 15])('is accepted once the close frame is here (delay %i ms)', async (delayMs) => {
    server.setDelay(delayMs);
    const old = await opened();
    const next = await opened();
    old.send(setup());
    const handle = await handleOf(old);
    old.close();
    // Two connections race; the test is about what happens when the close frame wins.
    await new Promise((done) => setTimeout(done, 10));
    next.send(setup(handle));
    expect(await outcome(next)).toBe('accepted');
    next.close();
    server.setDelay(0);
  });

  test('is refused with 1011 while nobody has closed the old one', async () => {
    const old = await opened();
    const next = await opened();
    old.send(setup());
    next.send(setup(await handleOf(old)));
    expect(await outcome(next)).toBe(1011);
    old.close();
  });
});
