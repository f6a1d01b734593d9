/**
 * A tap between the session and its transport: what was dialled, written, received and closed, and when.
 *
 * Owns the record of each dial. Changes nothing that passes. It sees what a network sniffer would see, so the oracle
 * need not ask the session what it did.
 */
import type { Connection, ConnectionEnd, ConnectionObserver, FrameData, Transport } from '../../transport/port.js';
import type { Clock } from '../../clock.js';

export interface DialRecord {
  /** From 1. */
  readonly n: number;
  readonly at: number;
  readonly handle: string | null;
  /** When setupComplete came. */
  readyAt: number | null;
  /** When the session let go of it. */
  closedAt: number | null;
  endedAt: number | null;
  end: ConnectionEnd | null;
  /** The oldest of these is not known any more once there are many dials. */
  newestHandle: string | null;
}

/** Null: not readable as a JSON object. */
export type Received = Readonly<Record<string, unknown>> | null;

export interface TapListener {
  dialled(dial: DialRecord): void;
  wrote(dial: DialRecord, text: string): void;
  received(dial: DialRecord, message: Received): void;
  closed(dial: DialRecord): void;
  ended(dial: DialRecord): void;
}

export function tapped(inner: Transport, clock: Clock, listener: TapListener): Transport {
  let dials = 0;
  const { warm } = inner;
  return {
    name: inner.name,
    provider: inner.provider,
    ...(warm === undefined ? {} : { warm: (onSettled?: () => void) => warm.call(inner, onSettled) }),
    dial(request, observer) {
      const dial: DialRecord = {
        n: (dials += 1),
        at: clock.now(),
        handle: request.config.sessionResumption?.handle ?? null,
        readyAt: null,
        closedAt: null,
        endedAt: null,
        end: null,
        newestHandle: null,
      };
      listener.dialled(dial);
      const connection = inner.dial(request, watched(observer, dial, clock, listener));
      return {
        get bufferedAmount() {
          return connection.bufferedAmount;
        },
        send(text) {
          listener.wrote(dial, text);
          connection.send(text);
        },
        close() {
          if (dial.closedAt === null) {
            dial.closedAt = clock.now();
            listener.closed(dial);
          }
          connection.close();
        },
      } satisfies Connection;
    },
  };
}

function watched(
  observer: ConnectionObserver,
  dial: DialRecord,
  clock: Clock,
  listener: TapListener,
): ConnectionObserver {
  return {
    opened: () => observer.opened(),
    frame(data) {
      const message = read(data);
      if (message !== null && 'setupComplete' in message) dial.readyAt ??= clock.now();
      listener.received(dial, message);
      observer.frame(data);
    },
    ended(end) {
      dial.endedAt = clock.now();
      dial.end = end;
      listener.ended(dial);
      observer.ended(end);
    },
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function read(data: FrameData): Received {
  try {
    const text = typeof data === 'string' ? data : decoder.decode(data as Uint8Array);
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Received) : null;
  } catch {
    return null;
  }
}
