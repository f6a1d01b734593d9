/**
 * The setup on the wire: `webSocket()` and the official SDK dial the same server with the same config.
 *
 * Differences, each with a test: `historyConfig` is sent here and dropped by the SDK (T-WS-42); what is refused is
 * refused before a socket is made (T-WS-41). Those of the frame alone are in test/spec/wire/setup.test.ts.
 */
import { GoogleGenAI, type LiveConnectConfig } from '@google/genai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { LifelineError } from '../../../src/errors.js';
import type { Provider } from '../../../src/transport/port.js';
import { webSocket, type WebSocketTransport } from '../../../src/transport/webSocket.js';
import { beyondTheSdk } from '../../../src/transport/webSocket/setupText.js';
import { acceptsSetup, type LiveStub, liveStub } from '../../support/liveStub.js';
import { refusedConfigs, setupCases } from '../wire/setupCases.js';
import { Heard, key, model } from './webSocketSupport.js';

let stub: LiveStub;

beforeAll(async () => {
  stub = await liveStub(acceptsSetup());
  vi.spyOn(console, 'warn').mockImplementation(() => {}); // the SDK warns of the deprecated generationConfig
});

afterAll(async () => {
  vi.restoreAllMocks();
  await stub[Symbol.asyncDispose]();
});

const project = 'a-project';
const location = 'us-central1';

function ours(provider: Provider): WebSocketTransport {
  const { baseUrl } = stub;
  return provider === 'vertex'
    ? webSocket({ vertexai: true, project, location, accessToken: 'token', baseUrl })
    : webSocket({ apiKey: key, baseUrl });
}

function theirs(provider: Provider): GoogleGenAI {
  const httpOptions = { baseUrl: stub.baseUrl };
  if (provider === 'developer') return new GoogleGenAI({ apiKey: key, httpOptions });
  const ai = new GoogleGenAI({ vertexai: true, project, location, httpOptions });
  // The SDK would fetch an access token from Google.
  const auth = {
    addAuthHeaders: (headers: Headers) => Promise.resolve(headers.append('Authorization', 'Bearer token')),
  };
  Object.assign(ai.live, { auth });
  return ai;
}

type Asked = { readonly setup: unknown; readonly path: string; readonly authorization: string | undefined };

function lastAsked(count: number): Asked {
  expect(stub.received.length).toBe(count + 1);
  const [path = ''] = (stub.urls.at(-1) ?? '').split('?');
  // The SDK writes two slashes after a bare origin.
  return {
    setup: stub.received.at(-1),
    path: path.replace('//', '/'),
    authorization: stub.headers.at(-1)?.authorization,
  };
}

async function askedByUs(config: LiveConnectConfig, name: string, provider: Provider): Promise<Asked> {
  const count = stub.received.length;
  const heard = new Heard(
    { ...ours(provider), dial: (request, observer) => ours(provider).dial({ ...request, model: name }, observer) },
    { config: structuredClone(config) },
  );
  await heard.framesCome(1);
  const asked = lastAsked(count);
  await heard.closed();
  return asked;
}

async function askedByThem(config: LiveConnectConfig, name: string, provider: Provider): Promise<Asked> {
  const count = stub.received.length;
  const session = await theirs(provider).live.connect({
    model: name,
    config: structuredClone(config),
    callbacks: { onmessage: () => {} },
  });
  const asked = lastAsked(count);
  session.close();
  return asked;
}

describe('the setup', () => {
  test.each([...setupCases('developer'), ...setupCases('vertex')])(
    'T-WS-40 %s: %s goes out as with the SDK',
    async (provider, _name, config, name) => {
      const expected = await askedByThem(config, name, provider);
      const asked = await askedByUs(config, name, provider);
      const added = Object.fromEntries(
        Object.entries(config).filter(([field]) => beyondTheSdk.some((f) => f === field)),
      );
      const { setup } = expected.setup as { setup: object };
      expect(asked.setup).toEqual({ setup: { ...setup, ...added } });
      expect(asked.authorization).toBe(expected.authorization);
      // @google/genai 3.1.0 dials v1 unless told otherwise; v1beta is what serves Live.
      expect(asked.path).toBe(expected.path.replace('.v1.', '.v1beta.'));
    },
  );

  test.each(refusedConfigs)(
    'T-WS-41 %s: %s is refused here without a socket, by the SDK with one',
    async (provider, _name, config, path) => {
      const count = stub.urls.length;
      const end = await new Heard(ours(provider), { config: structuredClone(config) }).end();
      expect(end).toMatchObject({ cause: 'rejected', error: { code: 'invalidOptions' } });
      const { error } = end as { error: Error };
      expect(error).toBeInstanceOf(LifelineError);
      expect(error.message).toContain(path);
      expect(stub.urls.length).toBe(count);
    },
  );

  test.each(['developer', 'vertex'] as const)(
    'T-WS-42 %s: historyConfig is sent, which the SDK drops',
    async (provider) => {
      const historyConfig = { initialHistoryInClientContent: true };
      const config = { historyConfig } as LiveConnectConfig;
      const { setup: theirSetup } = (await askedByThem(config, model, provider)).setup as { setup: object };
      expect(theirSetup).not.toHaveProperty('historyConfig');
      expect((await askedByUs(config, model, provider)).setup).toEqual({ setup: { ...theirSetup, historyConfig } });
      const without = { historyConfig: null } as LiveConnectConfig;
      expect((await askedByUs(without, model, provider)).setup).toEqual({ setup: theirSetup });
    },
  );

  test('T-WS-43 callable tools are asked for their declarations, in order, as the SDK does it', async () => {
    const asked: string[] = [];
    const callable = (name: string, delayMs: number) => ({
      tool: async () => {
        await new Promise((resolve) => setTimeout(resolve, delayMs));
        asked.push(name);
        return { functionDeclarations: [{ name }] };
      },
      callTool: () => Promise.resolve([]),
    });
    const config: LiveConnectConfig = { tools: [callable('slow', 10), { googleSearch: {} }, callable('quick', 0)] };
    const count = stub.received.length;
    const heard = new Heard(ours('developer'), { config });
    await heard.framesCome(1);
    expect(lastAsked(count).setup).toMatchObject({
      setup: {
        tools: [
          { functionDeclarations: [{ name: 'slow' }] },
          { googleSearch: {} },
          { functionDeclarations: [{ name: 'quick' }] },
        ],
      },
    });
    expect(asked).toEqual(['slow', 'quick']);
    expect(config.tools?.[0]).toHaveProperty('callTool');
    await heard.closed();
    const session = await theirs('developer').live.connect({ model, config, callbacks: { onmessage: () => {} } });
    session.close();
    expect(stub.received.at(-1)).toEqual(stub.received.at(-2));
  });
});
