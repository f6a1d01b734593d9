/**
 * What the tests of `webSocket()` share: one dial with everything it heard, and the key that must never show.
 */
import type { LiveConnectConfig } from '@google/genai';
import { expect, vi } from 'vitest';
import type { Connection, ConnectionEnd, FrameData, Transport, WarmSocket } from '../../../src/transport/port.js';
import type { LiveStub } from '../../support/liveStub.js';

export const key = 'AKeyThatMustNeverShow-0123456789';
export const model = 'gemini-live-2.5-flash-preview';
export const turn = '{"clientContent":{"turnComplete":true}}';

export interface DialOptions {
  readonly config?: LiveConnectConfig;
  readonly warm?: WarmSocket;
}

/** One dial and everything its observer heard, in order. */
export class Heard {
  readonly log: (['opened'] | ['frame', FrameData] | ['ended', ConnectionEnd])[] = [];
  readonly connection: Connection;

  constructor(transport: Transport, { config = {}, warm }: DialOptions = {}) {
    this.connection = transport.dial(
      { model, config, warm },
      {
        opened: () => this.log.push(['opened']),
        frame: (data) => this.log.push(['frame', data]),
        ended: (end) => this.log.push(['ended', end]),
      },
    );
    expect(this.log).toEqual([]);
  }

  get frames(): FrameData[] {
    return this.log.flatMap((entry) => (entry[0] === 'frame' ? [entry[1]] : []));
  }

  get messages(): unknown[] {
    return this.frames.map((data) => JSON.parse(textOf(data)) as unknown);
  }

  async framesCome(count: number): Promise<void> {
    await soon(() => expect(this.frames.length).toBe(count));
  }

  /** The one end, and that it was the last thing heard and the only one, with time for a second to show. */
  async end(): Promise<ConnectionEnd> {
    await soon(() => expect(this.log.at(-1)?.[0]).toBe('ended'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const ends = this.log.filter(([what]) => what === 'ended');
    expect(ends.length).toBe(1);
    expect(this.log.at(-1)?.[0]).toBe('ended');
    return ends[0]?.[1] as ConnectionEnd;
  }

  async closed(): Promise<ConnectionEnd> {
    this.connection.close();
    return await this.end();
  }
}

export async function soon(expectation: () => void): Promise<void> {
  await vi.waitFor(expectation, { timeout: 5_000, interval: 5 });
}

export async function noSocketIsLeft(stub: LiveStub): Promise<void> {
  await soon(() => expect(stub.openSockets).toBe(0));
}

export function textOf(data: FrameData | undefined): string {
  return typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer);
}
