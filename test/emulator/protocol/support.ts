/** A socket without a client library on a virtual clock: any path, any frame. Owns no assertions. */
import { createEmulator, isRefusal, type Emulator, type EmulatorOptions } from '../../../src/emulator/index.js';
import { seededRandom } from '../../../src/random.js';
import { virtualClock, type VirtualClock } from '../../support/virtualClock.js';

export const developerPath = (version = 'v1beta'): string =>
  `/ws/google.ai.generativelanguage.${version}.GenerativeService.BidiGenerateContent`;
export const constrainedPath = `${developerPath('v1alpha')}Constrained`;
export const vertexPath = '/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent';
export const firebaseDeveloperPath = '/ws/google.firebase.vertexai.v1beta.GenerativeService/BidiGenerateContent';
export const firebaseVertexPath =
  '/ws/google.firebase.vertexai.v1beta.LlmBidiService/BidiGenerateContent/locations/us-central1';

export const flash = 'gemini-live-2.5-flash-preview';
export const modelOf: Record<string, string> = {
  [developerPath()]: `models/${flash}`,
  [vertexPath]: `publishers/google/models/${flash}`,
  [firebaseDeveloperPath]: `projects/p/models/${flash}`,
  [firebaseVertexPath]: `projects/p/locations/us-central1/publishers/google/models/${flash}`,
};

// oxlint-disable-next-line typescript/no-explicit-any -- frames are read by whatever key a test looks for
type Frame = Record<string, any>;

export interface RawClient {
  /** The HTTP status, when the upgrade was refused. */
  readonly status: number | 'never' | null;
  closed: { code: number; reason: string } | null;
  readonly frames: Frame[];
  send(message: unknown): void;
  gone(): void;
}

export interface RawBench {
  readonly clock: VirtualClock;
  readonly core: Emulator;
  dial(path?: string, query?: string, headers?: Record<string, string>): RawClient;
  /** Dials, sends the setup and waits for what comes of it. */
  setUp(setup: object, path?: string, query?: string): Promise<RawClient>;
}

export function rawBench(options: EmulatorOptions = {}): RawBench {
  const clock = virtualClock(1_800_000_000_000);
  const core = createEmulator({ clock, random: seededRandom(3), ...options });
  const dial: RawBench['dial'] = (path = developerPath(), query = 'key=k', headers = {}) => {
    const client = { closed: null as RawClient['closed'], frames: [] as Frame[] };
    const answer = core.accept(
      { path, query: new URLSearchParams(query), headers },
      {
        send: (data) => {
          const text = typeof data === 'string' ? data : new TextDecoder().decode(data);
          client.frames.push(JSON.parse(text) as Frame);
        },
        close: (code, reason) => {
          client.closed = { code, reason };
        },
        reset() {},
      },
    );
    if (isRefusal(answer)) return Object.assign(client, { status: answer.status, send() {}, gone() {} });
    return Object.assign(client, {
      status: null,
      send: (message: unknown) => answer.receive(typeof message === 'string' ? message : JSON.stringify(message)),
      gone: () => answer.gone(),
    });
  };
  return {
    clock,
    core,
    dial,
    setUp: async (setup, path, query) => {
      const client = dial(path, query);
      client.send({ setup });
      await clock.tick(300);
      return client;
    },
  };
}
