/**
 * A bare client in process that takes any frame, also what is no message. Owns no assertions.
 */
import type { LiveConnectConfig } from '@google/genai';
import { emulator, type EmulatorTransport, type EmulatorTransportOptions } from '../../../src/emulator/index.js';
import { seededRandom } from '../../../src/random.js';
import type { ConnectionEnd } from '../../../src/transport/port.js';
import { virtualClock, type VirtualClock } from '../../support/virtualClock.js';
import { flash, TEXT, type Frame } from '../support.js';

export interface RawFrame {
  readonly at: number;
  readonly data: string | Uint8Array;
  /** null: not a JSON object. */
  readonly message: Frame | null;
}

export interface RawClient {
  readonly raw: RawFrame[];
  opened: boolean;
  end: ConnectionEnd | null;
  endedAt: number;
  send(message: object): void;
  close(): void;
  buffered(): number;
  messages(): Frame[];
  handles(): string[];
  /** Messages that have this key, at the top or in serverContent. */
  having(key: string): Frame[];
}

export interface RawBench {
  readonly clock: VirtualClock;
  readonly transport: EmulatorTransport;
  readonly emulator: EmulatorTransport['emulator'];
  dial(config?: LiveConnectConfig, model?: string): RawClient;
  open(config?: LiveConnectConfig, model?: string): Promise<RawClient>;
  /** Ids, actions and comments of the faults that acted. */
  acts(): string[];
}

export const resumable: LiveConnectConfig = { ...TEXT, sessionResumption: {} };
export const from = (handle: string | undefined, more: LiveConnectConfig = TEXT): LiveConnectConfig => ({
  ...more,
  sessionResumption: { handle: handle ?? 'none' },
});

function parse(data: string | Uint8Array): Frame | null {
  try {
    const value: unknown = JSON.parse(typeof data === 'string' ? data : new TextDecoder().decode(data));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

export function rawBench(options: EmulatorTransportOptions = {}): RawBench {
  const clock = virtualClock(1_000_000);
  const transport = emulator({ clock, random: seededRandom(7), ...options });
  const dial = (config: LiveConnectConfig = TEXT, model = flash): RawClient => {
    const raw: RawFrame[] = [];
    const connection = transport.dial(
      { model, config: structuredClone(config) },
      {
        opened: () => {
          client.opened = true;
        },
        frame: (data) => {
          if (client.end !== null) throw new Error('A frame after the end.');
          const bytes = data as never;
          raw.push({ at: clock.now(), data: bytes, message: parse(bytes) });
        },
        ended: (end) => {
          if (client.end !== null) throw new Error('Ended twice.');
          client.end = end;
          client.endedAt = clock.now();
        },
      },
    );
    const messages = (): Frame[] => raw.map(({ message }) => message).filter((message) => message !== null);
    const client: RawClient = {
      raw,
      opened: false,
      end: null,
      endedAt: 0,
      send: (message) => connection.send(JSON.stringify(message)),
      close: () => connection.close(),
      buffered: () => connection.bufferedAmount,
      messages,
      handles: () =>
        messages()
          .map((message) => message['sessionResumptionUpdate']?.newHandle as string | undefined)
          .filter((handle) => handle !== undefined && handle !== '') as string[],
      having: (key) => messages().filter((message) => key in message || key in (message['serverContent'] ?? {})),
    };
    return client;
  };
  return {
    clock,
    transport,
    emulator: transport.emulator,
    dial,
    open: async (config, model) => {
      const client = dial(config, model);
      await clock.tick(200 + 10 * transport.network.oneWayMs);
      return client;
    },
    acts: () =>
      transport.emulator.log
        .filter(({ what }) => what === 'fault')
        .map(({ fault, detail, connection }) => `${connection ?? '-'} #${fault} ${detail}`),
  };
}
