/** TC-…: our three transports keep the port's contract, and the kit notices those that do not. */
import { GoogleGenAI } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { emulator } from '../../../src/emulator/index.js';
import { startEmulatorServer } from '../../../src/emulator/server.js';
import {
  accepts,
  KitError,
  testTransport,
  transportConformance,
  type CreateSubject,
} from '../../../src/testing/index.js';
import { genai } from '../../../src/transport/genai.js';
import type { Connection, ConnectionObserver, Transport } from '../../../src/transport/port.js';
import { webSocket } from '../../../src/transport/webSocket.js';

const secret = 'AKeyThatMustNeverShow-0123456789';
const quick = { setupMs: 1, handleEveryMs: 20, firstAudioDelayMs: 1 } as const;
const closeGraceMs = 200;

const overSockets =
  (make: (baseUrl: string) => Transport): CreateSubject =>
  async () => {
    const { baseUrl, emulator: core, close } = await startEmulatorServer(quick);
    return { transport: make(baseUrl), emulator: core, secrets: [secret], closeGraceMs, close };
  };

const inProcess: CreateSubject = () => {
  const transport = emulator({ ...quick, closeTimeoutMs: closeGraceMs });
  return { transport, emulator: transport.emulator, closeGraceMs, close: () => transport.emulator.stop() };
};

const tested: CreateSubject = () => {
  const transport = testTransport(accepts(), { ...quick, closeTimeoutMs: closeGraceMs });
  return { transport, emulator: transport.emulator, closeGraceMs, close: () => transport.emulator.stop() };
};

const subjects: readonly [string, CreateSubject][] = [
  ['emulator', inProcess],
  ['testTransport', tested],
  ['webSocket', overSockets((baseUrl) => webSocket({ apiKey: secret, baseUrl, closeGraceMs }))],
  [
    'genai',
    overSockets((baseUrl) => genai(new GoogleGenAI({ apiKey: secret, httpOptions: { baseUrl } }), { closeGraceMs })),
  ],
];

describe.concurrent.each(subjects)('the transport %s', (_name, create) => {
  for (const { name, run } of transportConformance(create)) test(`TC-1 ${name}`, run);
});

/** A transport in process with one thing changed. */
function broken(change: (inner: Transport) => Transport): CreateSubject {
  return async () => {
    const subject = await inProcess();
    return { ...subject, patienceMs: 400, transport: change(subject.transport) };
  };
}

const observing = (inner: Transport, wrap: (observer: ConnectionObserver) => ConnectionObserver): Transport => ({
  name: inner.name,
  provider: inner.provider,
  dial: (request, observer) => inner.dial(request, wrap(observer)),
});

const connecting = (inner: Transport, wrap: (connection: Connection) => Partial<Connection>): Transport => ({
  name: inner.name,
  provider: inner.provider,
  dial(request, observer) {
    const connection = inner.dial(request, observer);
    return {
      send: (text) => connection.send(text),
      close: () => connection.close(),
      get bufferedAmount() {
        return connection.bufferedAmount;
      },
      ...wrap(connection),
    };
  },
});

const mutants: readonly [string, string, (inner: Transport) => Transport][] = [
  [
    'ends twice',
    'ended() was called twice',
    (t) =>
      observing(t, (o) => ({
        ...pass(o),
        ended: (end) => {
          o.ended(end);
          o.ended(end);
        },
      })),
  ],
  [
    'frames after the end',
    'after ended()',
    (t) =>
      observing(t, (o) => ({
        ...pass(o),
        ended: (end) => {
          o.ended(end);
          o.frame('{}');
        },
      })),
  ],
  ['never opens', 'before opened()', (t) => observing(t, (o) => ({ ...pass(o), opened: () => {} }))],
  [
    'opens at once',
    'before dial() had returned',
    (t) =>
      observing(t, (o) => {
        o.opened();
        return { ...pass(o), opened: () => {} };
      }),
  ],
  ['hides the end', 'ended()', (t) => observing(t, (o) => ({ ...pass(o), ended: () => {} }))],
  [
    'makes 1006 of every close',
    '1008',
    (t) =>
      observing(t, (o) => ({
        ...pass(o),
        ended: (end) => o.ended(end.cause === 'close' ? { ...end, code: 1006 } : end),
      })),
  ],
  [
    'drops every second frame',
    'frames',
    (t) =>
      observing(t, (o) => {
        let n = 0;
        return {
          ...pass(o),
          frame: (data) => {
            if ((n += 1) % 2) o.frame(data);
          },
        };
      }),
  ],
  ['close() does nothing', 'Waited', (t) => connecting(t, () => ({ close: () => {} }))],
  [
    'close() throws the second time',
    'closed twice',
    (t) =>
      connecting(t, (c) => {
        let n = 0;
        return {
          close: () => {
            if ((n += 1) > 1) throw new Error('closed twice');
            c.close();
          },
        };
      }),
  ],
  ['bufferedAmount is always 0', 'bufferedAmount', (t) => connecting(t, () => ({ bufferedAmount: 0 }))],
  [
    'dials afresh beside its warm socket',
    'The state of a socket that a dial took',
    (t) => ({ ...t, dial: ({ model, config }, observer) => t.dial({ model, config }, observer) }),
  ],
  [
    'dial() throws on a bad config',
    'dial() threw',
    (t) => ({
      ...t,
      dial: (request, observer) => {
        JSON.stringify(request.config);
        return t.dial(request, observer);
      },
    }),
  ],
];

function pass(observer: ConnectionObserver): ConnectionObserver {
  return {
    opened: () => observer.opened(),
    frame: (data) => observer.frame(data),
    ended: (end) => observer.ended(end),
  };
}

test.concurrent.each(mutants)('TC-2 a transport that %s fails, and is told so', async (_name, said, change) => {
  const outcomes = await Promise.allSettled(transportConformance(broken(change)).map(({ run }) => run()));
  const messages = outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : ''));
  expect(messages.join('\n')).toContain(said);
});

test('TC-3 what a case rejects with is a KitError', async () => {
  const [first] = transportConformance(broken((inner) => ({ ...inner, name: '' })));
  await expect(first?.run()).rejects.toBeInstanceOf(KitError);
});

test('TC-4 a transport that repeats its key in an end fails', async () => {
  const cases = transportConformance(async () => ({ ...(await inProcess()), secrets: [secret] }));
  const repeats = cases.find(({ name }) => name.startsWith('a secret that the service repeats'));
  await expect(repeats?.run()).rejects.toThrow('The end shows a secret.');
});

test('TC-5 frames may be Blobs, and what a runtime hides is not asked for', async () => {
  const asBlobs = (inner: Transport): Transport =>
    observing(inner, (observer) => ({
      ...pass(observer),
      frame: (data) => observer.frame(new Blob([data as string])),
      ended: (end) => observer.ended(end.cause === 'http' ? { cause: 'unreachable', detail: 'x' } : end),
    }));
  const cases = transportConformance(async () => {
    const subject = await broken(asBlobs)();
    return { ...subject, patienceMs: 5_000, hides: { httpStatus: true } };
  });
  await Promise.all(cases.map(({ run }) => run()));
});
