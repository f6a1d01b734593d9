/**
 * The faults in front of any other server, the real one included: a WebSocket proxy on this machine.
 *
 *   client ⇄ SocketPeer · link (faults) · TargetSide ⇄ target
 *
 * Owns the listening server and the dial of the target. Listens on loopback unless a host is given, and then takes no
 * page of another origin and no other host name. Queries and headers, where keys are, never reach the log.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock, type Clock } from '../../clock.js';
import { FaultEngine } from '../faults/engine.js';
import type { FaultInput } from '../faults/fault.js';
import type { FaultPlan } from '../faults/plan.js';
import { readAddress } from '../protocol/address.js';
import { EventLog, type EmulatorEvent } from '../record/eventLog.js';
import { refuse, SocketPeer, turnAway, whenArrived, type Sockets } from './socket.js';
import { TargetSide } from './target.js';

export interface FaultProxyOptions {
  /** Base URL of the server behind, such as `https://generativelanguage.googleapis.com`; http(s) or ws(s). */
  readonly target: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. Anything else lets other machines in. */
  readonly host?: string;
  /** In force from the start. */
  readonly faults?: FaultInput;
  /** Added to every frame, each way, and to the handshake. Default 0. */
  readonly delayMs?: number;
  /** For the target's answer to a dial. Default 30,000. */
  readonly dialTimeoutMs?: number;
  /** The target learns this long after a half-open fault that the client is gone. Default 2,000. */
  readonly halfOpenNoticedMs?: number;
  /** Largest message in bytes, either way. Default 64 MiB. */
  readonly maxPayload?: number;
  /** Entries of the event log. Default 2,000. */
  readonly maxLog?: number;
  readonly clock?: Clock;
}

export interface FaultProxy {
  /** For `httpOptions.baseUrl` of @google/genai. */
  readonly baseUrl: string;
  readonly port: number;
  readonly faults: FaultPlan;
  /** What happened, oldest first. */
  readonly log: readonly EmulatorEvent[];
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const loopbackOrigin = /^https?:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;
const loopbackHost = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;
/** Of one connection, or of the first server only. */
const ownHeaders = /^(?:host|connection|upgrade|keep-alive|te|trailer|transfer-encoding|proxy-.*|sec-websocket-.*)$/;

/** @throws TypeError when `target` is no base URL; FaultError when a fault cannot be carried out by a proxy */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new Proxying(options);
  if (options.faults !== undefined) proxy.engine.plan.add(options.faults);
  const { host = '127.0.0.1' } = options;
  const port = await proxy.listen(options.port ?? 0, host);
  const close = (): Promise<void> => proxy.close();
  return {
    baseUrl: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    faults: proxy.engine.plan,
    log: proxy.log.entries,
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Proxying {
  readonly engine: FaultEngine;
  readonly log = new EventLog(() => this.#options.maxLog ?? 2_000);
  readonly #options: FaultProxyOptions;
  readonly #target: URL;
  readonly #shell: Sockets;
  readonly #server = createServer((request, response) => this.#passHttp(request, response));
  readonly #open = new Set<Socket>();
  readonly #targets = new Set<WebSocket>();
  readonly #loopbackOnly: boolean;
  #lastId = 0;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#target = readTarget(options.target);
    const { clock = systemClock, maxPayload = 64 * 1024 * 1024, delayMs = 0, host = '127.0.0.1' } = options;
    this.#loopbackOnly = loopbackHost.test(host.includes(':') ? `[${host}]` : host);
    // Pings are the target's to answer.
    const sockets = new WebSocketServer({ noServer: true, maxPayload, autoPong: false });
    this.#shell = { sockets, clock, delayMs: () => delayMs };
    this.engine = new FaultEngine({
      clock,
      sessions: null,
      log: (connection, what, detail, fault) => this.#note(connection, what, detail, fault),
    });
    this.#server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (!this.#trusts(request)) return refuse(socket, 403);
      whenArrived(this.#shell, socket as Socket, () => this.#upgrade(request, socket as Socket, head));
    });
  }

  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  async close(): Promise<void> {
    this.engine.stop();
    for (const target of this.#targets) target.terminate();
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const id = ++this.#lastId;
    const provider = readAddress(pathOf(request))?.provider ?? 'developer';
    const answer = this.engine.dial(id, provider);
    if (answer.kind !== 'accepted') return turnAway(socket, answer.kind === 'stalled' ? 'never' : answer.status);
    const { maxPayload = 64 * 1024 * 1024, dialTimeoutMs = 30_000, halfOpenNoticedMs = 2_000 } = this.#options;
    const url = this.#urlOf(request);
    url.protocol = url.protocol.replace('http', 'ws');
    const protocols = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    const target = new WebSocket(url, protocols, {
      headers: this.#headersOf(request),
      perMessageDeflate: false,
      handshakeTimeout: dialTimeoutMs,
      autoPong: false,
      maxPayload,
    });
    this.#targets.add(target);
    target.once('close', () => this.#targets.delete(target));
    const failed = (status: number, why: string): void => {
      this.#note(id, 'upgradeRefused', why);
      turnAway(socket, status);
    };
    target.once('unexpected-response', (_request, response) => {
      failed(response.statusCode ?? 502, `${response.statusCode} by the target`);
      response.destroy();
      this.#targets.delete(target);
    });
    const unreachable = (error: NodeJS.ErrnoException): void => failed(0, `target: ${error.code ?? 'no answer'}`);
    target.once('error', unreachable);
    target.once('open', () => {
      target.off('error', unreachable);
      target.on('error', () => {});
      if (socket.destroyed) return target.terminate();
      this.#note(id, 'accepted', pathOf(request));
      const peer = new SocketPeer(this.#shell);
      const link = this.engine.open(id, provider, peer, answer);
      const { clock } = this.#shell;
      const log = (what: string, detail: string): void => this.#note(id, what, detail);
      link.attach(new TargetSide({ target, link, peer, provider, clock, halfOpenNoticedMs, log }));
      peer.open(request, socket, head, link);
    });
  }

  /** Plain requests, such as those for ephemeral tokens, go through as they are. */
  #passHttp(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#trusts(request)) return void response.writeHead(403).end();
    const url = this.#urlOf(request);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const note = (outcome: string): void =>
      this.#note(null, 'http', `${request.method ?? ''} ${pathOf(request)} ${outcome}`);
    const { origin } = request.headers;
    const onward = send(url, { method: request.method, headers: this.#headersOf(request) }, (answer) => {
      note(String(answer.statusCode));
      const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !ownHeaders.test(name)));
      // The target saw its own origin; the page has another.
      if (origin !== undefined) headers['access-control-allow-origin'] = origin;
      response.writeHead(answer.statusCode ?? 502, headers);
      answer.pipe(response);
      answer.once('error', () => response.destroy());
    });
    onward.once('error', (error: NodeJS.ErrnoException) => {
      note(error.code ?? 'failed');
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end();
    });
    response.once('close', () => onward.destroy());
    request.pipe(onward);
  }

  #urlOf(request: IncomingMessage): URL {
    const { origin, pathname } = this.#target;
    return new URL(origin + pathname.replace(/\/$/, '') + (request.url ?? '/'));
  }

  #headersOf(request: IncomingMessage): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined && !ownHeaders.test(name)) headers[name] = value;
    }
    if (headers['origin'] !== undefined) headers['origin'] = this.#target.origin;
    return headers;
  }

  /** A page of another origin may not use it; nor may one that lets its own host name lead here. */
  #trusts({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin !== undefined && !loopbackOrigin.test(origin)) return false;
    return !this.#loopbackOnly || (host !== undefined && loopbackHost.test(host));
  }

  #note(connection: number | null, what: string, detail: string, fault?: number): void {
    this.log.note(this.#shell.clock.now(), connection, what, detail, fault);
  }
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}

/** As http(s), which is where a plain request goes. */
function readTarget(text: string): URL {
  const url = URL.canParse(text) ? new URL(text.replace(/^ws/i, 'http')) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw new TypeError('target takes a base URL that starts with http://, https://, ws:// or wss://.');
}
