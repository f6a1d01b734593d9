/**
 * A bare client of the in-process emulator on a virtual clock. Owns no assertions.
 */
import { Modality, type LiveConnectConfig } from '@google/genai';
import {
  emulator,
  stampAudio,
  type EmulatorTransport,
  type EmulatorTransportOptions,
} from '../../src/emulator/index.js';
import { seededRandom } from '../../src/random.js';
import type { ConnectionEnd } from '../../src/transport/port.js';
import { virtualClock, type VirtualClock } from '../support/virtualClock.js';

export const flash = 'gemini-live-2.5-flash-preview';
export const TEXT = { responseModalities: [Modality.TEXT] } satisfies LiveConnectConfig;
export const AUDIO = { responseModalities: [Modality.AUDIO] } satisfies LiveConnectConfig;

// oxlint-disable-next-line typescript/no-explicit-any -- frames are read by whatever key a test looks for
export type Frame = Record<string, any>;

export interface Client {
  readonly frames: Frame[];
  /** Frames with their arrival time. */
  readonly times: number[];
  opened: boolean;
  end: ConnectionEnd | null;
  send(message: object): void;
  /** Text as it is, without JSON. */
  write(text: string): void;
  close(): void;
  buffered(): number;
  /** Handles received, oldest first. */
  handles(): string[];
  /** All text of the answers. */
  text(): string;
  /** Names of what came, in order; resumption updates left out. */
  story(): string[];
}

export interface Bench {
  readonly clock: VirtualClock;
  readonly transport: EmulatorTransport;
  dial(config?: LiveConnectConfig, model?: string): Client;
  /** Dials and waits until it is set up. */
  open(config?: LiveConnectConfig, model?: string): Promise<Client>;
}

function nameOf(frame: Frame): string[] {
  const content = Object.entries(frame['serverContent'] ?? {}).map(([key, value]) =>
    key === 'modelTurn' ? ((value as Frame)['parts'][0].text === undefined ? 'audio' : 'text') : key,
  );
  return [...content, ...Object.keys(frame).filter((key) => key !== 'serverContent')];
}

export function bench(options: EmulatorTransportOptions = {}): Bench {
  const clock = virtualClock(1_000_000);
  const transport = emulator({ clock, random: seededRandom(7), ...options });
  const dial = (config: LiveConnectConfig = TEXT, model = flash): Client => {
    const client = {
      frames: [] as Frame[],
      times: [] as number[],
      opened: false,
      end: null as ConnectionEnd | null,
    };
    const connection = transport.dial(
      { model, config: structuredClone(config) },
      {
        opened: () => {
          client.opened = true;
        },
        frame: (data) => {
          if (client.end !== null) throw new Error('A frame after the end.');
          client.frames.push(JSON.parse(new TextDecoder().decode(data as Uint8Array)) as Frame);
          client.times.push(clock.now());
        },
        ended: (end) => {
          if (client.end !== null) throw new Error('Ended twice.');
          client.end = end;
        },
      },
    );
    return Object.assign(client, {
      send: (message: object) => connection.send(JSON.stringify(message)),
      write: (text: string) => connection.send(text),
      close: () => connection.close(),
      buffered: () => connection.bufferedAmount,
      handles: () =>
        client.frames
          .map((frame) => frame['sessionResumptionUpdate']?.newHandle as string | undefined)
          .filter((handle) => handle !== undefined && handle !== '') as string[],
      text: () =>
        client.frames
          .flatMap((frame) => (frame['serverContent']?.modelTurn?.parts ?? []) as Frame[])
          .map((part) => (part['text'] as string | undefined) ?? '')
          .join(''),
      story: () =>
        client.frames.flatMap(nameOf).filter((name) => name !== 'sessionResumptionUpdate' && name !== 'usageMetadata'),
    });
  };
  return {
    clock,
    transport,
    dial,
    open: async (config, model) => {
      const client = dial(config, model);
      await clock.tick(200 + 10 * transport.network.oneWayMs);
      return client;
    },
  };
}

export const userText = (text: string, turnComplete = true): object => ({
  clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete },
});

/** `ms` of 16 kHz PCM: a tone of amplitude `level`, stamped with `n` when given. */
export function pcm(ms: number, level: number, n?: number): object {
  const samples = new Int16Array(16 * ms);
  for (let index = 0; index < samples.length; index++) samples[index] = Math.round(level * Math.sin(index / 5));
  if (n !== undefined) stampAudio(samples, n);
  const data = Buffer.from(samples.buffer).toString('base64');
  return { realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } };
}

export const speech = (ms: number, n?: number): object => pcm(ms, 8_000, n);
export const quiet = (ms: number, n?: number): object => pcm(ms, 0, n);
