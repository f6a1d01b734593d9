/**
 * Questions about a connection that works: setup first, frames as they came, sends in order.
 *
 * Owns the questions; the name of each is a sentence about the port.
 */
import { expectThat, until } from '../namedCase.js';
import { Ear, model } from './ear.js';
import { expectSame, heardTexts, textMessage, type Question } from './subject.js';

const number = (message: Record<string, unknown>): unknown =>
  (message['usageMetadata'] as { thoughtsTokenCount?: number } | undefined)?.thoughtsTokenCount;

export const dialQuestions: readonly Question[] = [
  [
    'it has a name and a provider',
    async ({ transport }) => {
      expectThat(typeof transport.name === 'string' && transport.name !== '', 'name is empty.');
      expectThat(['developer', 'vertex'].includes(transport.provider), `provider is ${transport.provider}.`);
    },
  ],
  [
    'it opens once, writes the setup with model and config, hands up frames in order and ends once',
    async (subject) => {
      const ear = new Ear(subject, { config: { sessionResumption: {} } });
      await ear.setUp();
      const numbers = Array.from({ length: 200 }, (_, n) => n);
      for (const thoughtsTokenCount of numbers) subject.emulator.send({ usageMetadata: { thoughtsTokenCount } });
      await ear.until(() => ear.messages.some((message) => number(message) === 199), 'the last of 200 frames');
      expectSame(
        ear.messages.map(number).filter((n) => n !== undefined),
        numbers,
        'The frames that came',
      );
      const [record] = subject.emulator.connections;
      expectSame(record?.model, model, 'The model in the setup');
      expectThat('sessionResumption' in (record?.setup ?? {}), 'sessionResumption of the config is not in the setup.');
      await ear.closed();
      expectSame(ear.log[0], 'opened', 'The first callback');
    },
  ],
  [
    'it resumes with the handle in the config',
    async (subject) => {
      const { emulator } = subject;
      const first = new Ear(subject, { config: { sessionResumption: {} } });
      const handle = (): unknown =>
        first.messages
          .map((message) => (message['sessionResumptionUpdate'] as { newHandle?: string } | undefined)?.newHandle)
          .findLast((value) => Boolean(value));
      await first.until(() => handle() !== undefined, 'a resumption update');
      await first.closed();
      await until(
        () => emulator.liveConnections.length === 0,
        () => 'the service to see the close.',
      );
      const second = new Ear(subject, { config: { sessionResumption: { handle: handle() as string } } });
      await second.setUp();
      expectSame(emulator.connections[1]?.resumedFrom, 1, 'The connection that it was resumed from');
      await second.closed();
    },
  ],
  [
    'what is sent reaches the service in order, also out of frame()',
    async (subject) => {
      const texts = Array.from({ length: 100 }, (_, n) => `text ${n}`);
      const ear = new Ear(subject, {}, (heard, { frames, connection }) => {
        if (heard === 'frame' && frames.length === 1) connection.send(textMessage('first'));
      });
      await ear.setUp();
      for (const text of texts) ear.connection.send(textMessage(text));
      await ear.until(() => heardTexts(subject).length >= 101, 'the service to hear 101 messages');
      expectSame(heardTexts(subject), ['first', ...texts], 'What the service heard');
      await ear.closed();
    },
  ],
  [
    'nothing goes out before the setup, whether what is sent too early is held or dropped',
    async (subject) => {
      const ear = new Ear(subject);
      ear.connection.send(textMessage('too early'));
      // The service may take offence at what follows a setup too soon, but it has read the setup.
      await ear.until(() => subject.emulator.connections[0]?.model === model, 'the service to read the setup first');
      await ear.closed();
    },
  ],
  [
    'frames that come before setupComplete are handed up too',
    async (subject) => {
      const { emulator } = subject;
      const early = { usageMetadata: { thoughtsTokenCount: 1 } };
      const match = { at: 'serverMessage', kind: 'setupComplete' } as const;
      emulator.faults.add({ match, action: { do: 'send', message: early } });
      const ear = new Ear(subject);
      await ear.setUp();
      expectSame(number(ear.messages[0] ?? {}), 1, 'The first frame');
      await ear.closed();
    },
  ],
  [
    'frames that are no JSON are handed up as they are: text, bytes, nothing at all',
    async (subject) => {
      const { emulator, hides } = subject;
      const ear = new Ear(subject);
      await ear.setUp();
      const before = ear.frames.length;
      emulator.sendRaw('not json');
      emulator.sendRaw(new Uint8Array([0xff, 0xfe]));
      emulator.sendRaw('');
      emulator.sendRaw('{"usageMetadata":{"thoughtsTokenCount":7}}');
      await ear.until(() => ear.messages.some((message) => number(message) === 7), 'the frame behind them');
      if (hides?.rawFrames !== true) {
        const came = ear.texts.slice(before).filter((text) => !text.includes('sessionResumption'));
        expectSame(came.slice(0, 3), ['not json', '\uFFFD\uFFFD', ''], 'The frames');
      }
      await ear.closed();
    },
  ],
  [
    'a message in fragments, and one of a megabyte, are one frame each',
    async (subject) => {
      const { emulator } = subject;
      const ear = new Ear(subject);
      await ear.setUp();
      emulator.faults.add({ match: { kind: 'usageMetadata' }, action: { do: 'fragment', parts: 7 } });
      emulator.send({ usageMetadata: { thoughtsTokenCount: 1, padding: 'x'.repeat(1e6) } });
      emulator.send({ usageMetadata: { thoughtsTokenCount: 2 } });
      await ear.until(() => ear.messages.some((message) => number(message) === 2), 'the frame behind them');
      expectSame(
        ear.messages.map(number).filter((n) => n !== undefined),
        [1, 2],
        'The frames',
      );
      await ear.closed();
    },
  ],
  [
    'two connections at once know nothing of each other',
    async (subject) => {
      const [one, other] = [new Ear(subject), new Ear(subject)];
      await Promise.all([one.setUp(), other.setUp()]);
      await one.closed();
      other.connection.send(textMessage('still here'));
      const heard = () => [...heardTexts(subject, 0), ...heardTexts(subject, 1)];
      await other.until(() => heard().length === 1, 'the service to hear the other one');
      expectThat(other.end === null, `Closing one connection ended the other. Heard: ${other.story}.`);
      await other.closed();
    },
  ],
  [
    'bufferedAmount is what the network has not taken yet',
    async (subject) => {
      const { emulator, hides } = subject;
      const ear = new Ear(subject);
      expectSame(ear.connection.bufferedAmount, 0, 'bufferedAmount right after dial()');
      await ear.setUp();
      emulator.cut({ how: 'halfOpen' });
      for (let i = 0; i < 24; i += 1) ear.connection.send(textMessage('x'.repeat(1e6)));
      const waiting = ear.connection.bufferedAmount;
      const least = hides?.bufferedAmount === true ? 0 : 1e6;
      expectThat(waiting >= least, `bufferedAmount is ${waiting} after 24 MB that nobody reads.`);
      ear.connection.close();
      await ear.overAfterGrace();
    },
  ],
];
