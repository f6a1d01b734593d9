/**
 * Questions about warm sockets, for transports that have `warm()`; the others pass them.
 *
 * Owns the questions. How long a warm socket lives is each transport's own affair.
 */
import type { WarmSocket } from '../../../transport/port.js';
import { expectThat, until } from '../namedCase.js';
import { Ear } from './ear.js';
import { expectSame, heardTexts, textMessage, type Question, type TransportSubject } from './subject.js';

type Warm = (onSettled?: () => void) => WarmSocket;

function ifWarm(name: string, ask: (subject: TransportSubject, warm: Warm) => Promise<void>): Question {
  return [
    name,
    async (subject) => {
      const { transport } = subject;
      if (transport.warm) await ask(subject, (onSettled) => (transport.warm as Warm)(onSettled));
    },
  ];
}

const opens = (warm: WarmSocket) =>
  until(
    () => warm.state === 'open',
    () => `the warm socket to open; it is ${warm.state}.`,
  );
const goes = (warm: WarmSocket) =>
  until(
    () => warm.state === 'gone',
    () => `the warm socket to be gone; it is ${warm.state}.`,
  );

export const warmQuestions: readonly Question[] = [
  ifWarm('a warm socket opens, sends no setup, and says once that it is settled', async (subject, warm) => {
    let settled = 0;
    const socket = warm(() => (settled += 1));
    expectSame([socket.state, settled], ['opening', 0], 'State and settlings right after warm()');
    await opens(socket);
    await until(
      () => settled === 1,
      () => 'onSettled.',
    );
    expectSame(
      subject.emulator.connections.map(({ setup }) => setup),
      [null],
      'The setups at the service',
    );
    socket.discard();
    socket.discard();
    await goes(socket);
    expectSame(settled, 1, 'Calls of onSettled');
  }),
  ifWarm('a dial with a warm socket uses it, and it is gone for any other', async (subject, warm) => {
    const socket = warm();
    await opens(socket);
    const ear = new Ear(subject, { warm: socket });
    expectSame(socket.state, 'gone', 'The state of a socket that a dial took');
    await ear.setUp();
    expectSame(subject.emulator.connections.length, 1, 'Connections at the service');
    socket.discard();
    ear.connection.send(textMessage('hello'));
    await ear.until(
      () => heardTexts(subject).length === 1,
      'the service to hear it, after discard() of what was taken',
    );
    const second = new Ear(subject, { warm: socket });
    await second.setUp();
    expectSame(subject.emulator.connections.length, 2, 'Connections at the service');
    await ear.closed();
    await second.closed();
  }),
  ifWarm('a dial waits for a warm socket that is still opening', async (subject, warm) => {
    const ear = new Ear(subject, { warm: warm() });
    await ear.setUp();
    expectSame(subject.emulator.connections.length, 1, 'Connections at the service');
    await ear.closed();
  }),
  ifWarm('a warm socket that is refused is gone, says so once, and a dial goes on without', async (subject, warm) => {
    subject.emulator.faults.add({ action: { do: 'refuse', status: 503 } });
    let settled = 0;
    const socket = warm(() => (settled += 1));
    await goes(socket);
    await until(
      () => settled === 1,
      () => 'onSettled.',
    );
    const ear = new Ear(subject, { warm: socket });
    await ear.setUp();
    await ear.closed();
    expectSame(settled, 1, 'Calls of onSettled');
  }),
  [
    'a warm socket of another transport is left alone',
    async (subject) => {
      let touched = 0;
      const foreign: WarmSocket = { state: 'open', discard: () => void (touched += 1) };
      const ear = new Ear(subject, { warm: foreign });
      await ear.setUp();
      expectThat(touched === 0, 'discard() was called on a socket of another transport.');
      await ear.closed();
    },
  ],
];
