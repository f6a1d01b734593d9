/**
 * The faults in front of any other server, the real one included: a WebSocket proxy on this machine.
 *
 *   client ⇄ SocketPeer · link (faults) · TargetSide ⇄ target
 *
 * Owns the listening server and the dial of the target. Listens on loopback unless a host is given, and then takes no
 * page of another origin and no other host name. Queries and headers, where keys are, never reach the log.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { systemClock, type Clock } from '../../clock.js';
import { FaultEngine } from '../faults/engine.js';
import type { FaultInput } from '../faults/fault.js';
import type { FaultPlan } from '../faults/plan.js';
import { readAddress } from '../protocol/address.js';
import { EventLog, type EmulatorEvent } from '../record/eventLog.js';
import { Control, type Controlled } from './control/control.js';
import { allowsHost, allowsOrigin, givenHost } from './guard.js';
import { HttpProblem, isPath, replyProblem } from './http.js';
import { Listener, type TlsOptions } from './listener.js';
import { headersFor, passHttp, pathOf, urlFor } from './passing.js';
import { ProxiedConnections, proxyRoutes } from './proxied.js';
import { refuse, SocketPeer, turnAway, whenArrived, type Sockets } from './socket.js';
import { readTarget, TargetSide } from './target.js';

export interface FaultProxyOptions {
  /** Base URL of the server behind, such as `https://generativelanguage.googleapis.com`; http(s) or ws(s). */
  readonly target: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. Anything else lets other machines in. */
  readonly host?: string;
  /** Listen with TLS: https and wss, and nothing else. */
  readonly tls?: TlsOptions;
  /** The control endpoint and its page, below `/emulator/`; false: what is there is the target's. Default true. */
  readonly control?: boolean;
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
  /** Calls `listener` with every later entry of the log; returns how to stop that. */
  listen(listener: (event: EmulatorEvent) => void): () => void;
  /** Ends every connection and stops listening. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const mostConnections = 5_000;

/** @throws TypeError when `target` is no base URL; TlsError; FaultError when a proxy cannot carry out a fault */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new Proxying(options);
  if (options.faults !== undefined) proxy.faults.add(options.faults);
  const port = await proxy.start();
  const close = (): Promise<void> => proxy.close();
  return {
    baseUrl: proxy.baseUrl,
    port,
    faults: proxy.faults,
    log: proxy.log,
    listen: (listener) => proxy.listen(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

class Proxying implements Controlled {
  readonly #options: FaultProxyOptions;
  readonly #target: URL;
  readonly #engine: FaultEngine;
  readonly #log = new EventLog(() => this.#options.maxLog ?? 2_000);
  readonly #shell: Sockets;
  readonly #listener: Listener;
  readonly #control: Control | null;
  readonly #connections = new ProxiedConnections();
  readonly #targets = new Set<WebSocket>();
  /** As guard.ts has it. */
  readonly #given: string | null;
  #baseUrl = '';
  #lastId = 0;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#target = readTarget(options.target);
    const { clock = systemClock, maxPayload = 64 * 1024 * 1024, delayMs = 0, host = '127.0.0.1' } = options;
    this.#given = givenHost(host);
    // Pings are the target's to answer.
    const sockets = new WebSocketServer({ noServer: true, maxPayload, autoPong: false });
    const { halfOpenNoticedMs = 2_000 } = options;
    const peers = new Set<SocketPeer>();
    this.#shell = { sockets, peers, clock, delayMs: () => delayMs, halfOpenNoticedMs: () => halfOpenNoticedMs };
    this.#engine = new FaultEngine({
      clock,
      sessions: null,
      log: (connection, what, detail, fault) => this.#note(connection, what, detail, fault),
    });
    const about = (): { baseUrl: string; target: string; now: number; lastSeq: number } => ({
      baseUrl: this.#baseUrl,
      // A key may stand in a query, a password before the host.
      target: this.#target.origin + this.#target.pathname.replace(/\/$/, ''),
      now: clock.now(),
      lastSeq: this.lastSeq,
    });
    this.#control = options.control === false ? null : new Control(this, proxyRoutes(this.#connections, about));
    this.#listener = new Listener(
      options.tls,
      (request, response) => this.#answerHttp(request, response),
      (why) => this.#note(null, 'upgradeRefused', `0 ${why}`),
    );
    this.#listener.bound(mostConnections);
    this.#listener.server.on('upgrade', (request, socket, head) => {
      if (!this.#trusts(request)) return refuse(socket, 403);
      if (!isPath(request.url)) return refuse(socket, 400);
      whenArrived(this.#shell, socket as Socket, () => this.#upgrade(request, socket as Socket, head));
    });
  }

  get baseUrl(): string {
    return this.#baseUrl;
  }

  get faults(): FaultPlan {
    return this.#engine.plan;
  }

  get log(): readonly EmulatorEvent[] {
    return this.#log.entries;
  }

  get lastSeq(): number {
    return this.#log.lastSeq;
  }

  listen(listener: (event: EmulatorEvent) => void): () => void {
    return this.#log.listen(listener);
  }

  reset(): void {
    this.faults.clear();
    this.#log.clear();
    this.#connections.forgetEnded();
  }

  /** Returns the port. */
  async start(): Promise<number> {
    const { host = '127.0.0.1' } = this.#options;
    const port = await this.#listener.listen(this.#options.port ?? 0, host);
    this.#baseUrl = this.#listener.urlOf(port, host);
    return port;
  }

  async close(): Promise<void> {
    this.#engine.stop();
    for (const target of this.#targets) target.terminate();
    for (const peer of this.#shell.peers) peer.terminate();
    await this.#listener.close();
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const id = ++this.#lastId;
    const provider = readAddress(pathOf(request))?.provider ?? 'developer';
    const answer = this.#engine.dial(id, provider);
    if (answer.kind !== 'accepted') return turnAway(socket, answer.kind === 'stalled' ? 'never' : answer.status);
    const { maxPayload = 64 * 1024 * 1024, dialTimeoutMs = 30_000 } = this.#options;
    const url = urlFor(this.#target, request);
    url.protocol = url.protocol.replace('http', 'ws');
    const protocols = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    const failed = (status: number, why: string): void => {
      this.#note(id, 'upgradeRefused', why);
      turnAway(socket, status);
    };
    let target: WebSocket;
    try {
      target = new WebSocket(url, protocols, {
        headers: headersFor(this.#target, request),
        perMessageDeflate: false,
        handshakeTimeout: dialTimeoutMs,
        autoPong: false,
        maxPayload,
      });
    } catch {
      // `ws` throws over subprotocols that are no tokens, or that come twice.
      return failed(400, '400 the request is malformed');
    }
    this.#targets.add(target);
    target.once('close', () => this.#targets.delete(target));
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
      const link = this.#engine.open(id, provider, peer, answer);
      const { clock } = this.#shell;
      this.#connections.opened(id, provider, pathOf(request), clock.now(), link);
      const log = (what: 'goAway' | 'halfOpen', detail: string): void => {
        this.#note(id, what, detail);
        if (what === 'halfOpen') this.#connections.halfOpen(id);
      };
      const over = (by: 'client' | 'server', code: number | null, reason: string): void => {
        this.#note(id, by === 'client' ? 'gone' : 'closed', code === null ? reason : `${code} ${reason}`);
        this.#connections.ended(id, { at: clock.now(), by, code, reason });
      };
      link.attach(
        new TargetSide({
          target,
          link,
          peer,
          provider,
          clock,
          halfOpenNoticedMs: this.#shell.halfOpenNoticedMs(),
          log,
          over,
        }),
      );
      peer.open(request, socket, head, link);
    });
  }

  #answerHttp(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#trusts(request)) {
      return replyProblem(response, new HttpProblem(403, 'Pages and names of elsewhere are not let in.'));
    }
    if (!isPath(request.url)) {
      return replyProblem(response, new HttpProblem(400, 'A request here names a path. Begin it with a slash.'));
    }
    if (this.#control?.answer(request, response, this.#given) === true) return;
    passHttp(this.#target, request, response, (detail) => this.#note(null, 'http', detail));
  }

  /** A page of another origin may not use it; nor may one that lets its own host name lead here. */
  #trusts({ headers }: IncomingMessage): boolean {
    return (
      allowsOrigin(headers.origin, headers, this.#given) && (this.#given !== null || allowsHost(headers.host, null))
    );
  }

  #note(connection: number | null, what: string, detail: string, fault?: number): void {
    this.#log.note(this.#shell.clock.now(), connection, what, detail, fault);
  }
}
