/**
 * A transport for unit tests: the real emulator in this process, behaving as it was told, and a record of every dial.
 *
 *   dial n ── plan: the faults of behaviour n, for this connection alone ── emulator ── record
 *
 * Owns the plan of the next dial and the record. Knows nothing of the protocol: the emulator speaks it.
 */
import { actionRules } from '../../emulator/faults/actions.js';
import type { Fault } from '../../emulator/faults/fault.js';
import type { EmulatorEvent } from '../../emulator/record/eventLog.js';
import { emulator, type EmulatorTransport, type EmulatorTransportOptions } from '../../emulator/transport.js';
import type { Connection, ConnectionEnd, ConnectionObserver, DialRequest, Transport } from '../../transport/port.js';
import { accepts, type Behaviour } from './behaviours.js';

/** One dial: what was asked for, what was sent, how it ended. It grows as long as its connection lives. */
export interface DialRecord {
  /** From 1. */
  readonly dial: number;
  readonly model: string;
  /** As the transport was given it. */
  readonly config: DialRequest['config'];
  /** The handle that this dial brought; null: it began afresh. */
  readonly handle: string | null;
  /** The socket opened, and the setup was written. */
  readonly opened: boolean;
  /** Client messages after the setup, in order, parsed; the newest 10,000. */
  readonly sent: readonly Readonly<Record<string, unknown>>[];
  /** Frames that came back, setupComplete included. */
  readonly frames: number;
  /** The client called `close()`. */
  readonly closed: boolean;
  /** null while it is not over. */
  readonly end: ConnectionEnd | null;
}

/** The network and the emulator are one's own to change: a delay, an option, a `goAway` at the right moment. */
export interface TestTransport extends Transport {
  readonly name: 'test';
  /** The Live API behind it: orders (`goAway`, `cut`, `say` …), faults, log, and what the model heard. */
  readonly emulator: EmulatorTransport['emulator'];
  readonly network: EmulatorTransport['network'];
  readonly behaviour: string;
  /** Every dial, oldest first; the newest 1,000. */
  readonly dials: readonly DialRecord[];
  /** Client messages over all those dials, in the order of the dials. */
  readonly sent: readonly Readonly<Record<string, unknown>>[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const mostDials = 1_000;
/** Messages kept of one dial; the oldest go. */
const mostSent = 10_000;
/** Faults of connections as old as this are withdrawn. */
const mostPlanned = 100;

/** A service that is quick, so that a test on the system clock takes milliseconds. Each can be given otherwise. */
const quick = { setupMs: 1, firstAudioDelayMs: 1, textPieceMs: 1, playbackFactor: 0, handleEveryMs: 50 } as const;

/**
 * A transport that behaves as its name says: `testTransport(inSequence(refusesUpgrade(503), accepts()))`.
 *
 * `options` are the emulator's (`gemini-lifeline/emulator`), with a quick service unless told otherwise: `setupMs`,
 * `firstAudioDelayMs` and `textPieceMs` 1, `playbackFactor` 0, `handleEveryMs` 50. Time is the system's unless there is
 * a `clock`; the fake timers of a test runner work. Dials are counted where they reach the service: one that is closed
 * before that leaves its behaviour to the next.
 *
 * @throws OptionError that names the option and what it takes
 */
export function testTransport(behaviour: Behaviour = accepts(), options: EmulatorTransportOptions = {}): TestTransport {
  const inner = emulator({ ...quick, ...options });
  const dials: Writable<DialRecord>[] = [];
  let count = 0;
  planEachDial(inner, behaviour);
  return {
    name: 'test',
    provider: inner.provider,
    emulator: inner.emulator,
    network: inner.network,
    behaviour: behaviour.name,
    dials,
    get sent() {
      return dials.flatMap(({ sent }) => sent);
    },
    dial(request, observer) {
      count += 1;
      const record = recordOf(count, request);
      dials.push(record);
      if (dials.length > mostDials) dials.shift();
      return recording(record, (heard) => inner.dial(request, heard), observer);
    },
  };
}

/**
 * The faults of the next dial are in force before it comes. Those of a connection name it; those of an upgrade cannot,
 * so they are there for one arrival only.
 */
function planEachDial({ emulator: core }: EmulatorTransport, behaviour: Behaviour): void {
  const planned: number[][] = [];
  let arrivals = 0;
  let connections = 0;
  const planNext = (): void => {
    const unused = planned.at(-1) ?? [];
    for (const { id } of core.faults.at('dial')) if (unused.includes(id)) core.faults.remove(id);
    const connection = connections + 1;
    planned.push(core.faults.add(behaviour.faultsAt(arrivals + 1).map((fault) => forOne(fault, connection))));
    if (planned.length > mostPlanned) for (const id of planned.shift() ?? []) core.faults.remove(id);
  };
  core.listen(({ what, connection }: EmulatorEvent) => {
    if (what !== 'accepted' && what !== 'upgradeRefused') return;
    arrivals += 1;
    if (connection !== null) connections = connection;
    planNext();
  });
  planNext();
}

function forOne(fault: Fault, connection: number): Fault {
  const at = fault.match?.at ?? actionRules[fault.action.do].moments[0];
  return at === 'dial' ? { ...fault, times: 1 } : { ...fault, match: { ...fault.match, connection } };
}

function recordOf(dial: number, { model, config }: DialRequest): Writable<DialRecord> {
  const handle = config.sessionResumption?.handle ?? null;
  return { dial, model, config, handle, opened: false, sent: [], frames: 0, closed: false, end: null };
}

function recording(
  record: Writable<DialRecord>,
  dial: (observer: ConnectionObserver) => Connection,
  observer: ConnectionObserver,
): Connection {
  const sent = record.sent as Record<string, unknown>[];
  const connection = dial({
    opened() {
      record.opened = true;
      observer.opened();
    },
    frame(data) {
      record.frames += 1;
      observer.frame(data);
    },
    ended(end) {
      record.end = end;
      observer.ended(end);
    },
  });
  return {
    send(text) {
      if (record.opened && !record.closed && record.end === null) {
        sent.push(parsed(text));
        if (sent.length > mostSent) sent.shift();
      }
      connection.send(text);
    },
    close() {
      record.closed = true;
      connection.close();
    },
    get bufferedAmount() {
      return connection.bufferedAmount;
    },
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A port's method never throws; the service will say what it thinks of it.
    return { notJson: text };
  }
}
