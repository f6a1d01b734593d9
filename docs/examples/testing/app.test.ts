/**
 * How to test an app on Lifeline without a key and without a network: `npx vitest run docs/examples/testing`.
 *
 * First the app's own behaviour against a service that misbehaves by name; then the lifecycle stories.
 */
import {
  accepts,
  cutsAfter,
  describeSession,
  goAwayAfter,
  inSequence,
  refuses,
  testTransport,
  unreachable,
  virtualClock,
} from 'gemini-lifeline/testing';
import { describe, expect, test } from 'vitest';
import { Assistant } from './app.js';

const soon = { timeout: 5_000, interval: 5 };

test('asks, and shows the answer', async () => {
  const transport = testTransport();
  const app = await Assistant.start({ transport });
  app.ask('My name is Ada.');
  await expect.poll(() => app.answers, soon).toContain('You said "My name is Ada."');
  expect(transport.sent).toMatchObject([{ clientContent: { turnComplete: true } }]);
  await app.session.close();
  expect(app.screen).toBe('Over.');
});

test('says that it waits while the service is away, and then goes on where it was', async () => {
  const transport = testTransport(inSequence(cutsAfter(300), unreachable(), accepts()));
  const app = await Assistant.start({ transport });
  app.ask('My name is Ada.');
  await expect.poll(() => app.screen, soon).toBe('One moment …');
  await expect.poll(() => app.screen, soon).toBe('Say something.');
  app.ask('What is my name?');
  await expect.poll(() => app.answers, soon).toContain('Your name is Ada.');
  expect(transport.dials.map(({ end }) => end?.cause ?? 'open')).toEqual(['close', 'unreachable', 'open']);
  await app.session.close();
});

test('a rotation after ten minutes takes no time on a virtual clock', async () => {
  const clock = virtualClock();
  const transport = testTransport(inSequence(goAwayAfter(540_000, 60_000), accepts()), { clock, handleEveryMs: 5_000 });
  const starting = Assistant.start({ transport, clock });
  await clock.tick(1_000);
  const app = await starting;
  await clock.tick(600_000);
  expect(app.session.stats.rotations).toBe(1);
  expect(app.screen).toBe('Say something.');
});

test('a key that is refused is an error by name', async () => {
  const transport = testTransport(refuses(1007, 'API key not valid. Please pass a valid API key.'));
  await expect(Assistant.start({ transport })).rejects.toMatchObject({ code: 'authentication' });
});

describeSession(
  {
    async start({ transport, clock }) {
      const app = await Assistant.start({ transport, clock, unansweredAfterMs: 1_000 });
      return {
        sendAudio: (audio) => void app.session.sendRealtimeInput({ audio }),
        sendText: (text) => app.ask(text),
        heard: () => app.answers,
        status: () => (app.screen === 'Over.' ? 'ended' : app.screen === 'One moment …' ? 'down' : 'up'),
        stop: () => app.session.close(),
      };
    },
  },
  // Without `over` the stories run over sockets: the same, in seconds instead of milliseconds.
  { over: 'process', describe, test },
);
