/**
 * Questions about the end of a connection: that it comes once, last, and says why; and what close() does at any moment.
 *
 * Owns the questions. Which end means what for a session is src/wire/closes.ts.
 */
import type { FaultAction, FaultMoment } from '../../../emulator/faults/fault.js';
import type { ConnectionEnd } from '../../../transport/port.js';
import { expectThat, until } from '../namedCase.js';
import { Ear, shown } from './ear.js';
import { expectSame, textMessage, type Question, type TransportSubject } from './subject.js';

type Wanted =
  | { readonly code: readonly number[]; readonly reason?: string }
  | { readonly status: number }
  | 'unreachable';

interface End {
  readonly name: string;
  readonly at?: FaultMoment;
  readonly action: FaultAction;
  readonly wanted: Wanted;
}

const refusal = 'models/x is not found for API version v1beta, or is not supported for bidiGenerateContent.';
const close = (code: number, reason: string) => ({ do: 'close', code, reason }) as const;
const gone = { code: [1006], reason: '' };

const endsThatCome: readonly End[] = [
  { name: 'a refused setup', at: 'setup', action: close(1008, refusal), wanted: { code: [1008], reason: refusal } },
  { name: 'a close before the setup', at: 'dial', action: close(1011, 'x'), wanted: { code: [1011], reason: 'x' } },
  { name: 'a close after setupComplete', at: 'ready', action: close(1000, 'y'), wanted: { code: [1000], reason: 'y' } },
  { name: 'a close of an app', at: 'ready', action: close(4000, 'Grüße'), wanted: { code: [4000], reason: 'Grüße' } },
  { name: 'a close without a reason', at: 'ready', action: close(1001, ''), wanted: { code: [1001], reason: '' } },
  { name: 'a cut before setupComplete', at: 'setup', action: { do: 'rst' }, wanted: gone },
  { name: 'a cut after setupComplete', at: 'ready', action: { do: 'rst' }, wanted: gone },
  { name: 'a FIN without a close frame', at: 'ready', action: { do: 'fin' }, wanted: gone },
  {
    name: 'a text frame that is not UTF-8',
    at: 'ready',
    action: { do: 'garbage', text: true },
    // The client fails the connection; which code it hears of that is its own affair.
    wanted: { code: [1002, 1006, 1007] },
  },
  ...[401, 403, 429, 503].map((status) => ({
    name: `HTTP ${status}`,
    action: { do: 'refuse', status } as const,
    wanted: { status },
  })),
  { name: 'no connection at all', action: { do: 'refuse', status: 0 }, wanted: 'unreachable' },
];

function comesOnce({ name, at, action, wanted }: End): Question {
  return [
    `an end comes once, last, and says why: ${name}`,
    async (subject) => {
      const { emulator, hides, secrets = [] } = subject;
      emulator.faults.add(at === undefined ? { action } : { match: { at }, action });
      const ear = new Ear(subject);
      const end = await ear.over();
      expectThat(
        isWanted(end, wanted, hides?.httpStatus === true),
        `Expected ${JSON.stringify(wanted)}, got ${shown(end)}.`,
      );
      const opened = end.cause === 'close';
      expectSame(ear.log.includes('opened'), opened, 'Whether opened() was called');
      expectHidden(end, secrets);
      ear.connection.send(textMessage('too late'));
      ear.connection.close();
      expectThat(ear.connection.bufferedAmount >= 0, 'bufferedAmount is no number after the end.');
      await ear.over();
    },
  ];
}

function isWanted(end: ConnectionEnd, wanted: Wanted, hidesStatus: boolean): boolean {
  if (wanted === 'unreachable') return end.cause === 'unreachable' && end.detail !== '';
  if ('status' in wanted) {
    return end.cause === 'http' ? end.status === wanted.status : hidesStatus && end.cause === 'unreachable';
  }
  if (end.cause !== 'close' || !wanted.code.includes(end.code)) return false;
  return wanted.reason === undefined || end.reason === wanted.reason;
}

function expectHidden(end: ConnectionEnd, secrets: readonly string[]): void {
  const { error } = end as { error?: Error };
  const text = `${shown(end)} ${JSON.stringify(end)} ${JSON.stringify(error)} ${error?.stack ?? ''} ${String(error?.cause)}`;
  expectThat(!secrets.some((secret) => text.includes(secret)), 'The end shows a secret.');
}

/** close() while the connection is where `reach` brings it; `opens`: whether opened() may have been heard. */
function closesWhile(
  when: string,
  opens: boolean,
  reach: (ear: Ear, subject: TransportSubject) => Promise<void>,
): Question {
  return [
    `close() ${when} ends the connection once, and closing again does nothing`,
    async (subject) => {
      const ear = new Ear(subject);
      await reach(ear, subject);
      ear.connection.close();
      ear.connection.close();
      ear.connection.send(textMessage('too late'));
      const end = await ear.overAfterGrace();
      expectSame(end.cause, 'close', 'The cause');
      expectSame(ear.log.includes('opened'), opens, 'Whether opened() was called');
      ear.connection.close();
      await ear.over();
    },
  ];
}

const logged =
  (what: string) =>
  async (ear: Ear, { emulator }: TransportSubject) => {
    await ear.until(() => emulator.log.some((event) => event.what === what), `${what} at the service`);
  };

export const endQuestions: readonly Question[] = [
  ...endsThatCome.map(comesOnce),
  [
    'a service that has stopped is unreachable, or says so by HTTP',
    async (subject) => {
      await subject.close?.();
      const ear = new Ear(subject);
      const end = await ear.over();
      expectThat(['unreachable', 'http'].includes(end.cause), `Got ${shown(end)}.`);
      expectSame(ear.log, ['ended'], 'The callbacks');
      expectHidden(end, subject.secrets ?? []);
    },
  ],
  [
    'a model that the service does not have is its close, with its reason',
    async (subject) => {
      const end = await new Ear(subject, { model: 'no-such-model' }).over();
      expectThat(end.cause === 'close' && end.code === 1008 && end.reason !== '', `Got ${shown(end)}.`);
    },
  ],
  [
    'a config that cannot be written is rejected, and begins nothing at the service',
    async (subject) => {
      const { emulator } = subject;
      const end = await new Ear(subject, { config: { temperature: 1n as unknown as number } }).over();
      expectThat(end.cause === 'rejected' && end.error instanceof Error, `Got ${shown(end)}.`);
      expectSame(emulator.contexts().length, 0, 'Sessions that began');
    },
  ],
  [
    'a secret that the service repeats is not in the end',
    async (subject) => {
      const { emulator, secrets = [] } = subject;
      for (const secret of secrets) {
        const reason = `API key not valid: ${secret}`.slice(0, 120);
        emulator.faults.add({ match: { at: 'setup' }, action: { do: 'close', code: 1007, reason } });
        expectHidden(await new Ear(subject).over(), secrets);
      }
    },
  ],
  closesWhile('right after dial()', false, async () => {}),
  [
    'close() while the upgrade is not answered ends the connection, which never opened',
    async (subject) => {
      subject.emulator.faults.add({ action: { do: 'stall' } });
      const ear = new Ear(subject);
      await logged('upgradeRefused')(ear, subject);
      expectSame((await ear.closed()).cause, 'close', 'The cause');
      expectSame(ear.log, ['ended'], 'The callbacks');
    },
  ],
  [
    'close() while the setup is not answered ends the connection',
    async (subject) => {
      subject.emulator.faults.add({ match: { at: 'setup' }, action: { do: 'silence' } });
      const ear = new Ear(subject);
      await logged('fault')(ear, subject);
      expectSame((await ear.closed()).cause, 'close', 'The cause');
    },
  ],
  closesWhile('after setupComplete', true, (ear) => ear.setUp()),
  closesWhile('of a service that answers nothing any more', true, async (ear, { emulator }) => {
    await ear.setUp();
    emulator.cut({ how: 'halfOpen' });
  }),
  ...(['opened', 'frame', 'ended'] as const).map(
    (where): Question => [
      `close() out of ${where}() is taken, and ends the connection once`,
      async (subject) => {
        const { emulator } = subject;
        if (where === 'ended') emulator.faults.add({ match: { at: 'ready' }, action: { do: 'close', code: 1011 } });
        const ear = new Ear(subject, {}, (heard, { connection }) => {
          if (heard !== where) return;
          connection.close();
          connection.send(textMessage('too late'));
        });
        await ear.over();
      },
    ],
  ),
  [
    'close() gives the service a close, so that it does not hold the session',
    async (subject) => {
      const ear = new Ear(subject);
      await ear.setUp();
      await ear.closed();
      await until(
        () => subject.emulator.connections[0]?.endedBy === 'client',
        () => 'the service to see that the client closed.',
      );
    },
  ],
];
