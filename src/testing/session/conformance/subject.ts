/**
 * What a transport brings to its questions, and the round that every question goes: subject, question, nothing left.
 *
 * Owns the shape of the subject. Asks nothing itself.
 */
import type { Emulator } from '../../../emulator/emulator.js';
import type { Transport } from '../../../transport/port.js';
import { expectThat, until, type NamedCase } from '../namedCase.js';

/** A transport and the Live API that it dials: `startEmulatorServer()`, or one in process. New for every case. */
export interface TransportSubject {
  readonly transport: Transport;
  readonly emulator: Emulator;
  /** Keys and tokens that no end may show: the service and the socket repeat them. Default none. */
  readonly secrets?: readonly string[];
  /** What the runtime does not tell the transport; then it is not asked for. Default nothing. */
  readonly hides?: {
    /** A refused upgrade is `unreachable`, as in a browser. */
    readonly httpStatus?: boolean;
    /** `bufferedAmount` stays 0. */
    readonly bufferedAmount?: boolean;
    /** Frames are messages that were parsed: what is not JSON never comes. */
    readonly rawFrames?: boolean;
  };
  /** A close that nobody answers ends the connection after this time, in milliseconds. Default 5,000. */
  readonly closeGraceMs?: number;
  /** How long a case waits for anything else, in milliseconds. Default 5,000. */
  readonly patienceMs?: number;
  /** Stops what was started for the case. */
  close?(): Promise<void> | void;
}

export const defaultPatienceMs = 5_000;

export type CreateSubject = () => Promise<TransportSubject> | TransportSubject;
export type Question = readonly [name: string, ask: (subject: TransportSubject) => Promise<void>];

export function caseOf(create: CreateSubject, [name, ask]: Question): NamedCase {
  return {
    name,
    async run() {
      const subject = await create();
      const { emulator } = subject;
      try {
        await ask(subject);
        await until(
          () => emulator.liveConnections.length === 0,
          () => `connection ${emulator.liveConnections.join()} to be closed: the case had closed it.`,
          subject.patienceMs,
        );
      } finally {
        await subject.close?.();
      }
    },
  };
}

/** What the service heard on its nth connection, as texts. */
export function heardTexts({ emulator }: TransportSubject, nth = 0): string[] {
  return (emulator.contexts()[nth]?.heard.upTo() ?? []).map(({ text }) => text).filter((text) => text !== '');
}

export function textMessage(text: string): string {
  return JSON.stringify({ realtimeInput: { text } });
}

export function expectSame(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  expectThat(got === wanted, `${what}: expected ${wanted}, got ${got}.`);
}
