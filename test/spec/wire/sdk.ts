/**
 * The official SDK as an oracle: what it writes for the same parameters, without a network.
 *
 * Owns a WebSocket factory that answers every setup. Never opens a socket.
 */
import { GoogleGenAI, Live, Session, type LiveConnectConfig } from '@google/genai';
import type { Provider } from '../../../src/transport/port.js';

interface SocketCallbacks {
  onopen(): void;
  onmessage(event: { data: string }): void;
}

interface Internals {
  readonly apiClient: ConstructorParameters<typeof Live>[0];
  readonly live: { readonly auth: ConstructorParameters<typeof Live>[1] };
}

export function sdkClient(provider: Provider): GoogleGenAI {
  return provider === 'vertex'
    ? new GoogleGenAI({ vertexai: true, apiKey: 'not-a-key' })
    : new GoogleGenAI({ apiKey: 'not-a-key' });
}

/** The first frame of `live.connect`, parsed. The SDK changes the config it is given, so it gets a clone. */
export async function sdkSetup(model: string, config: LiveConnectConfig, provider: Provider): Promise<unknown> {
  const frames: string[] = [];
  const { apiClient, live } = sdkClient(provider) as unknown as Internals;
  const factory = {
    create: (_url: string, _headers: unknown, callbacks: SocketCallbacks) => ({
      connect: () => queueMicrotask(() => callbacks.onopen()),
      send: (text: string) => {
        frames.push(text);
        queueMicrotask(() => callbacks.onmessage({ data: '{"setupComplete":{}}' }));
      },
      close: () => undefined,
    }),
  };
  const sdk = new Live(apiClient, live.auth, factory);
  const warn = console.warn;
  console.warn = () => undefined; // it warns of the deprecated generationConfig
  try {
    await sdk.connect({ model, config: structuredClone(config), callbacks: { onmessage: () => undefined } });
  } finally {
    console.warn = warn;
  }
  return JSON.parse(frames[0] as string);
}

/** What a Session of the SDK writes while `use` runs, parsed. */
export function sdkWrites(provider: Provider, use: (session: Session) => void): unknown[] {
  const frames: string[] = [];
  const { apiClient } = sdkClient(provider) as unknown as Internals;
  const connection = {
    connect: () => undefined,
    send: (text: string) => void frames.push(text),
    close: () => undefined,
  };
  use(new Session(connection, apiClient));
  return frames.map((text) => JSON.parse(text) as unknown);
}
