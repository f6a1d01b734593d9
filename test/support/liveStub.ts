/**
 * A Live API server of named behaviours, on loopback: `await liveStub(acceptsSetup(), sendsFrames('…'))`.
 *
 * Owns sockets and what was seen on them; knows nothing of the library. Behaviours are applied in the order given.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Behaviour {
  /** Answers the upgrade in place of 101. */
  upgrade?(socket: Duplex): void;
  opened?(peer: WebSocket): void;
  message?(peer: WebSocket, message: Record<string, unknown>, stub: LiveStub): void;
}

export interface LiveStub extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, for httpOptions.baseUrl. */
  readonly baseUrl: string;
  /** Path and query of every upgrade asked for. */
  readonly urls: readonly string[];
  readonly headers: readonly IncomingMessage['headers'][];
  /** Every client message of every connection, parsed, in order. */
  readonly received: readonly Record<string, unknown>[];
  readonly peers: readonly WebSocket[];
  /** TCP connections that are open now: above 0 after a refused dial is a leak. */
  readonly openSockets: number;
}

/** setupComplete, as the service sends it: a binary frame of pretty-printed JSON. */
export function acceptsSetup(): Behaviour {
  return {
    message: (peer, message) => {
      if ('setup' in message) peer.send(binary({ setupComplete: {} }));
    },
  };
}

export function refuses(code: number, reason: string): Behaviour {
  return { message: (peer, message) => void ('setup' in message && peer.close(code, reason)) };
}

export function closesBeforeSetup(code: number, reason: string): Behaviour {
  return { opened: (peer) => peer.close(code, reason) };
}

/** Writes bytes that are no WebSocket frame, once the setup has come. */
export function breaksTheFraming(): Behaviour {
  return {
    message: (peer, message) => {
      const { _socket: raw } = peer as unknown as { _socket: Duplex };
      if ('setup' in message) raw.write(new Uint8Array([0x8f, 0x00]));
    },
  };
}

export function neverAnswers(): Behaviour {
  return {};
}

/** Accepts the TCP connection and never answers the upgrade. */
export function neverUpgrades(): Behaviour {
  return {
    upgrade: (socket) => {
      // Reads, so that it notices the client leaving.
      socket.on('end', () => socket.end()).resume();
    },
  };
}

export function http(status: number): Behaviour {
  return { upgrade: (socket) => void socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`) };
}

/** Frames after the setup, strings as text and bytes as binary frames. */
export function sendsFrames(...frames: (string | Uint8Array)[]): Behaviour {
  return {
    message: (peer, message) => {
      if ('setup' in message) for (const frame of frames) peer.send(frame);
    },
  };
}

/** Frames the moment the socket opens, before the setup can have come. */
export function sendsFramesAtOnce(...frames: (string | Uint8Array)[]): Behaviour {
  return {
    opened: (peer) => {
      for (const frame of frames) peer.send(frame);
    },
  };
}

/** A peer that stops reading after the setup: it answers no close frame. `peers[n].resume()` wakes it. */
export function goesDeaf(): Behaviour {
  return { message: (peer, message) => void ('setup' in message && peer.pause()) };
}

export function binary(message: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message, null, 2));
}

export async function liveStub(...behaviours: Behaviour[]): Promise<LiveStub> {
  const urls: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const received: Record<string, unknown>[] = [];
  const peers: WebSocket[] = [];
  const sockets = new Set<Duplex>();
  const server = createServer();
  const upgrader = new WebSocketServer({ noServer: true });

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    // Cut connections are what some tests are about.
    socket.on('error', () => {});
  });
  server.on('upgrade', (request, socket, head) => {
    urls.push(request.url ?? '');
    headers.push(request.headers);
    const refusal = behaviours.find((behaviour) => behaviour.upgrade !== undefined);
    if (refusal !== undefined) {
      refusal.upgrade?.(socket);
      return;
    }
    upgrader.handleUpgrade(request, socket, head, (peer) => {
      peers.push(peer);
      peer.on('error', () => {});
      peer.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Record<string, unknown>;
        received.push(message);
        for (const behaviour of behaviours) behaviour.message?.(peer, message, stub);
      });
      for (const behaviour of behaviours) behaviour.opened?.(peer);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

  const stub: LiveStub = {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    urls,
    headers,
    received,
    peers,
    get openSockets() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return stub;
}
