/**
 * The unmodified @google/genai 3.1.0 with every option that it lets through, on both providers, over real sockets: what
 * its converters emit is taken, and arrives where the emulator reads it.
 */
import { FunctionResponseScheduling, GoogleGenAI, Modality, type LiveServerMessage } from '@google/genai';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { messageShape, type MessageShape } from '../../../src/emulator/protocol/schema/shapes.js';
import { startEmulatorServer, type EmulatorServer } from '../../../src/emulator/server.js';
import { developerConfig, vertexConfig } from './sdkConfigs.js';

let server: EmulatorServer;
beforeAll(async () => {
  server = await startEmulatorServer({ setupMs: 1, firstAudioDelayMs: 1, replyAudioSeconds: 0.1, playbackFactor: 0 });
});
beforeEach(() => {
  // The SDK warns of what is deprecated; this test uses that too.
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});
afterAll(() => server.close());

const providers = [
  {
    name: 'developer',
    model: 'gemini-3.8-live',
    ai: () => new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: server.baseUrl, apiVersion: 'v1alpha' } }),
    config: developerConfig,
    only: ['dev', 'alpha'],
  },
  {
    name: 'vertex',
    model: 'gemini-3.8-live',
    ai: () => new GoogleGenAI({ vertexai: true, apiKey: 'k', httpOptions: { baseUrl: server.baseUrl } }),
    config: vertexConfig,
    only: ['vertex', 'alpha'],
  },
] as const;

/** The SDK's connect drops it, or has another name for it. */
const notSent = new Set(['toolConfig', 'historyConfig', 'modelSelectionConfig', 'modelConfig']);

function unsent(shape: MessageShape, sent: object, only: readonly string[]): string[] {
  return [...new Set(shape.fields.values())]
    .filter((field) => field.only === null || only.includes(field.only))
    .map(({ name }) => name)
    .filter((name) => !(name in sent) && !notSent.has(name));
}

describe.each(providers)('$name', ({ ai, model, config, only }) => {
  const connect = async () => {
    const messages: LiveServerMessage[] = [];
    const ends: string[] = [];
    const session = await ai().live.connect({
      model,
      config: config(),
      callbacks: {
        onmessage: (message) => void messages.push(message),
        onclose: (event) => void ends.push(`${event.code} ${event.reason}`),
      },
    });
    return { session, messages, ends };
  };

  test('every option of connect is taken, and none is left out here', async () => {
    const { session, ends } = await connect();
    expect(ends).toEqual([]);
    const setup = server.emulator.connections.at(-1)?.setup ?? {};
    const setupShape = messageShape('Setup');
    expect(unsent(setupShape, setup, only)).toEqual([]);
    const generation = setupShape.fields.get('generationConfig')?.kind;
    if (generation?.is !== 'message') throw new Error('no message');
    expect(unsent(generation.message, setup['generationConfig'] as object, only)).toEqual([]);
    session.close();
  });

  test('every message is taken', async () => {
    const { session, ends } = await connect();
    const blob = { data: 'AAAA', mimeType: 'audio/pcm;rate=16000' };
    session.sendClientContent({
      turns: [
        { role: 'user', parts: [{ text: 'hello' }, { inlineData: { data: 'AAAA', mimeType: 'image/png' } }] },
        {
          role: 'model',
          parts: [{ functionCall: { id: '1', name: 'look', args: { at: 'x' } } }, { text: 'hm', thought: true }],
        },
        { role: 'user', parts: [{ functionResponse: { id: '1', name: 'look', response: { output: 'x' } } }] },
        {
          role: 'user',
          parts: [
            { fileData: { fileUri: 'gs://b/f', mimeType: 'video/mp4' }, videoMetadata: { fps: 1, startOffset: '1s' } },
          ],
        },
        {
          role: 'model',
          parts: [{ executableCode: { code: '1', language: 'PYTHON' as never } }, { thoughtSignature: 'AAAA' }],
        },
      ],
      turnComplete: true,
    });
    session.sendRealtimeInput({ audio: blob });
    session.sendRealtimeInput({ media: blob });
    session.sendRealtimeInput({ video: { data: 'AAAA', mimeType: 'image/jpeg' } });
    session.sendRealtimeInput({ text: 'hello' });
    session.sendRealtimeInput({ audioStreamEnd: true });
    session.sendToolResponse({
      functionResponses: [
        {
          id: 'x',
          name: 'look',
          response: { output: 'x' },
          scheduling: FunctionResponseScheduling.WHEN_IDLE,
          parts: [{ inlineData: { data: 'AAAA', mimeType: 'image/png' } }],
        },
      ],
    });
    session.sendContextUpdate({
      systemInstruction: { parts: [{ text: 'Be long.' }] },
      tools: { tools: [{ functionDeclarations: [{ name: 'late' }] }] },
    });
    const id = server.emulator.connections.length;
    const heard = () =>
      server.emulator
        .contexts()
        .at(-1)
        ?.heard.upTo()
        .map(({ kind }) => kind);
    await vi.waitFor(() => expect(ends.length + (heard()?.length ?? 0)).toBeGreaterThanOrEqual(8), { timeout: 10_000 });
    expect(ends).toEqual([]);
    expect(heard()).toEqual([
      'content',
      'audio',
      'audio',
      'video',
      'text',
      'audioStreamEnd',
      'toolResponse',
      'contextUpdate',
    ]);
    expect(server.emulator.liveConnections).toContain(id);
    session.close();
  });
});

test('authTokens.create with constraints: its mask decides what the guest may choose', async () => {
  const { ai } = providers[0];
  const create = (lockAdditionalFields?: string[]) =>
    ai().authTokens.create({
      config: {
        uses: 2,
        expireTime: new Date(Date.now() + 600_000).toISOString(),
        newSessionExpireTime: new Date(Date.now() + 60_000).toISOString(),
        liveConnectConstraints: {
          model: 'gemini-live-2.5-flash-preview',
          config: { responseModalities: [Modality.TEXT], systemInstruction: 'Be polite.' },
        },
        ...(lockAdditionalFields === undefined ? {} : { lockAdditionalFields }),
      },
    });
  const setupWith = async (token: string) => {
    const guest = new GoogleGenAI({ apiKey: token, httpOptions: { baseUrl: server.baseUrl, apiVersion: 'v1alpha' } });
    const session = await guest.live.connect({
      model: 'gemini-3.8-live',
      config: { responseModalities: [Modality.AUDIO], temperature: 1, topP: 0.5, systemInstruction: 'Be rude.' },
      callbacks: { onmessage() {} },
    });
    session.close();
    return server.emulator.connections.at(-1)?.setup;
  };
  const pinned = {
    model: 'models/gemini-live-2.5-flash-preview',
    systemInstruction: { parts: [{ text: 'Be polite.' }] },
  };
  expect(await setupWith((await create()).name ?? '')).toMatchObject({
    ...pinned,
    generationConfig: { responseModalities: ['TEXT'] },
  });
  expect((await setupWith((await create([])).name ?? ''))?.['generationConfig']).toEqual({
    responseModalities: ['TEXT'],
    temperature: 1,
    topP: 0.5,
  });
  expect((await setupWith((await create(['temperature'])).name ?? ''))?.['generationConfig']).toEqual({
    responseModalities: ['TEXT'],
    topP: 0.5,
  });
});
