/**
 * A long wire: a TCP relay that delays every byte the same way, the handshakes before the first byte included.
 *
 *   client ── handshakes (TCP, TLS) ── upgrade ── frames, oneWayMs each way ── server
 *
 * The delay of `startEmulatorServer` is on frames alone: a cold dial would look as quick there as a warm one. Owns the
 * bytes under way. An end of one side (FIN or RST) reaches the other as late as a byte would.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { systemClock } from '../../../dist/src/clock.js';
import { DelayLine } from '../../../dist/src/emulator/network/delayLine.js';

export interface RelayOptions {
  readonly port: number;
  readonly oneWayMs: number;
  /** Round trips before the client's first byte may leave: 1 for TCP, 1 for TLS 1.3. */
  readonly handshakeRoundTrips: number;
}

export interface Relay {
  readonly baseUrl: string;
  close(): Promise<void>;
}

export async function startRelay({ port, oneWayMs, handshakeRoundTrips }: RelayOptions): Promise<Relay> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let isFirst = true;
    const upMs = (): number => {
      const handshakesMs = isFirst ? handshakeRoundTrips * 2 * oneWayMs : 0;
      isFirst = false;
      return oneWayMs + handshakesMs;
    };
    join(client, upstream, new DelayLine(systemClock, upMs));
    join(upstream, client, new DelayLine(systemClock, () => oneWayMs));
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}

function join(from: Socket, to: Socket, line: DelayLine): void {
  from.on('data', (bytes) => line.push(() => void (to.writable && to.write(bytes))));
  from.on('end', () => line.push(() => to.end()));
  from.on('error', () => {
    // A reset throws away what is under way.
    line.drop();
    line.push(() => to.resetAndDestroy());
  });
}
