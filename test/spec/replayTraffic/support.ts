/** Recordings of our own making, a folder to put them in, and a middleman that spoils what passes through it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket, WebSocketServer } from 'ws';
import { readRecording, type Recording } from '../../../src/cli/replayTraffic/recording.js';

type Line = object | string;

export const received = (msg: unknown, t?: number): object => ({
  dir: 'received',
  msg,
  ...(t === undefined ? {} : { t }),
});
export const sent = (msg: unknown, t?: number): object => ({ dir: 'sent', msg, ...(t === undefined ? {} : { t }) });

export const setup = sent({
  setup: { model: 'models/some-live', generationConfig: { responseModalities: ['AUDIO'] } },
});
export const setupComplete = received({ setupComplete: {} });
export const handle = (value: string) => received({ sessionResumptionUpdate: { newHandle: value, resumable: true } });
export const said = (text: string, t?: number) => received({ serverContent: { outputTranscription: { text } } }, t);
export const turnComplete = received({
  serverContent: { turnComplete: true },
  usageMetadata: { promptTokenCount: 12 },
});
export const words = (count: number) => Array.from({ length: count }, (_, index) => said(`word ${index}`));

export function jsonl(...lines: readonly Line[]): string {
  return lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
}

export function recordingOf(...lines: readonly Line[]): Recording {
  const read = readRecording(jsonl(...lines));
  if (!read.ok) throw new Error(read.reason);
  return read.recording;
}

export function reasonOf(text: string): string | null {
  const read = readRecording(text);
  return read.ok ? null : read.reason;
}

export function folderOf(files: Readonly<Record<string, string>>): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'lifeline-recordings-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return { dir, remove: () => rmSync(dir, { recursive: true }) };
}

/** Passes on what `spoil` makes of each server frame: none, the frame, several. A ping waits for the client behind it. */
export async function middleman(target: string, spoil: (text: string, index: number) => readonly string[]) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (client, request) => {
    const upstream = new WebSocket(`${target.replace('http', 'ws')}${request.url ?? '/'}`, { autoPong: false });
    let index = 0;
    upstream.on('message', (data: Buffer) => {
      for (const text of spoil(data.toString('utf8'), index)) client.send(Buffer.from(text));
      index += 1;
    });
    upstream.on('ping', () => client.ping());
    client.on('pong', () => upstream.pong());
    client.on('message', (data: Buffer) => {
      if (upstream.readyState === WebSocket.OPEN) upstream.send(data.toString('utf8'));
      else upstream.once('open', () => upstream.send(data.toString('utf8')));
    });
    client.on('close', () => upstream.close());
    upstream.on('close', () => client.close());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
