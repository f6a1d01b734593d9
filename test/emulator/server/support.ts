/** A bare WebSocket client and a bare HTTP client of an emulator server. Owns no assertions. */
import { request as httpRequest } from 'node:http';
import { WebSocket } from 'ws';
import type { EmulatorServer } from '../../../src/emulator/server.js';

type Listening = Pick<EmulatorServer, 'baseUrl' | 'port'>;

const developer = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
export const setup = { setup: { model: 'models/gemini-live-2.5-flash-preview', sessionResumption: {} } };

// oxlint-disable-next-line typescript/no-explicit-any -- JSON is read by whatever key a test looks for
export type Json = any;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Json;
  readonly text: string;
}

export interface Asked {
  readonly body?: unknown;
  /** As it is, without a content type of its own. */
  readonly raw?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Not fetch: that one lets nobody set Host and Origin. */
export function ask(server: Listening, method: string, path: string, asked: Asked = {}): Promise<Answer> {
  const text = asked.raw ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body));
  const headers = { ...(asked.body !== undefined && { 'content-type': 'application/json' }), ...asked.headers };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: server.port, method, path, headers }, (response) => {
      let got = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (got += chunk));
      response.on('end', () => {
        const isJson = String(response.headers['content-type']).startsWith('application/json');
        const body: Json = isJson && got !== '' ? JSON.parse(got) : null;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, text: got });
      });
    });
    request.on('error', reject);
    request.end(text);
  });
}

export interface Client {
  readonly socket: WebSocket;
  readonly frames: Json[];
  readonly closed: Promise<{ code: number; reason: string }>;
  send(message: object): void;
}

/** Open and set up. */
export async function connect(server: Listening, key = 'secret-key-1'): Promise<Client> {
  const socket = new WebSocket(`${server.baseUrl.replace('http', 'ws')}${developer}?key=${key}`);
  const frames: Json[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  socket.on('error', () => {});
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => socket.send(JSON.stringify(setup)));
    socket.once('close', (code) => reject(new Error(`Closed with ${code} before setupComplete.`)));
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      frames.push(JSON.parse(data.toString('utf8')));
      resolve();
    });
  });
  return { socket, frames, closed, send: (message) => socket.send(JSON.stringify(message)) };
}
