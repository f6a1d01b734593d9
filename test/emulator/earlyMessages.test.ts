/** What a client says between its setup and setupComplete, as clients do that return from connect too soon. */
import { expect, test } from 'vitest';
import { bench, TEXT, userText, type Client } from './support.js';

async function dialled(earlyMessages: 'refuse' | 'queue', sessionResumption?: object) {
  const made = bench({ earlyMessages, setupMs: 500 });
  const client: Client = made.dial({ ...TEXT, ...(sessionResumption && { sessionResumption }) });
  await made.clock.tick(100);
  expect(client.opened).toBe(true);
  expect(client.frames).toEqual([]);
  return { ...made, client };
}

test('refused by default', async () => {
  const { client, clock } = await dialled('refuse');
  client.send(userText('hello'));
  await clock.tick(1_000);
  expect(client.end).toMatchObject({ code: 1007 });
  expect(client.frames).toEqual([]);
});

test('queue: heard right after setupComplete, in order, and counted', async () => {
  const { client, clock, transport } = await dialled('queue', {});
  client.send(userText('my name is Ada', false));
  client.send(userText('what is my name?'));
  await clock.tick(300);
  expect(client.frames).toEqual([]);
  await clock.tick(10_000);
  expect(client.end).toBeNull();
  expect(client.story()[0]).toBe('setupComplete');
  expect(client.text()).toContain('Your name is Ada');
  expect(
    transport.emulator
      .contexts()[0]
      ?.heard.upTo()
      .map(({ index }) => index),
  ).toEqual([1, 2]);
});

test('queue: what the service refuses later it refuses then', async () => {
  const { client, clock } = await dialled('queue');
  client.send(userText('hello'));
  client.send({ realtimeInput: { activityStart: {} } });
  client.send(userText('never heard'));
  await clock.tick(300);
  expect(client.end).toBeNull();
  await clock.tick(1_000);
  expect(client.story()[0]).toBe('setupComplete');
  expect(client.end).toMatchObject({ code: 1007 });
});

test('queue: a second setup is refused all the same, and so is more than there is room for', async () => {
  const second = await dialled('queue');
  second.client.send({ setup: { model: 'models/gemini-live-2.5-flash-preview' } });
  await second.clock.tick(100);
  expect(second.client.end).toMatchObject({ code: 1007 });

  const { client, clock } = await dialled('queue');
  for (let count = 0; count < 6; count += 1) client.send(userText('x'.repeat(999_000), false));
  await clock.tick(100);
  expect(client.end).toMatchObject({ code: 1007 });
  expect(client.frames).toEqual([]);
});

test('queue: before the setup it is still too early', async () => {
  const { transport, clock } = bench({ earlyMessages: 'queue' });
  const ends: number[] = [];
  const peer = { send: () => {}, close: (code: number) => void ends.push(code), reset: () => {} };
  const path = '/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
  const answer = transport.emulator.accept({ path, query: new URLSearchParams({ key: 'k' }), headers: {} }, peer);
  if ('status' in answer) throw new Error('Refused.');
  answer.receive(JSON.stringify(userText('hello')));
  await clock.tick(100);
  expect(ends).toEqual([1007]);
});
