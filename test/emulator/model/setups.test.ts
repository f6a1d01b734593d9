/** What a setup leaves open, and what a contextUpdate replaces, over the resumes of a session. */
import { Type, type LiveConnectConfig } from '@google/genai';
import { expect, test } from 'vitest';
import { setupTables } from '../../../src/emulator/protocol/schema/setup.js';
import { AUDIO, bench, userText, type Bench, type Client } from '../support.js';
import { callsOf, heard, latest, native, text } from './support.js';

const declarations = (...names: string[]) => ({
  functionDeclarations: names.map((name) => ({ name, parameters: { type: Type.OBJECT } })),
});
const resumable = { ...AUDIO, outputAudioTranscription: {}, sessionResumption: {} } satisfies LiveConnectConfig;
const resuming = (client: Client): LiveConnectConfig => ({
  ...resumable,
  sessionResumption: { handle: client.handles().at(-1) ?? '' },
});

async function said(client: Client, { clock }: Bench, message: object): Promise<string> {
  const before = heard(client).length;
  client.send(message);
  await clock.tick(15_000);
  return heard(client).slice(before);
}

/** As Kotlin's SDK writes what was not set. */
function withNulls(config: LiveConnectConfig): LiveConnectConfig {
  const [, body = ''] = /BidiGenerateContentSetup \{([^}]*)\}/.exec(setupTables) ?? [];
  const names = [...body.matchAll(/(\w+): [^;]*?(@alpha|@vertex)?\s*(?:;|$)/g)]
    .filter(([, name, mark]) => name !== 'model' && mark === undefined)
    .map(([, name]) => name);
  expect(names).toContain('systemInstruction');
  expect(names.length).toBeGreaterThan(10);
  return { ...Object.fromEntries(names.map((name) => [name, null])), ...config };
}

test('a setup field that is null is not given: the resumed session keeps its instruction and its tools', async () => {
  const made = bench();
  const first = await made.open(
    { ...resumable, systemInstruction: 'Answer in rhymes.', tools: [declarations('find_tide')] },
    native,
  );
  await made.clock.tick(3_000);
  const config = withNulls(resuming(first));
  first.close();
  await made.clock.tick(1_000);
  const next = await made.open(config, native);
  expect(next.end).toBeNull();
  expect(await said(next, made, userText('what is your instruction?'))).toContain('Answer in rhymes.');
  next.send(userText('find_tide'));
  await made.clock.tick(3_000);
  expect(callsOf(next).map(({ name }) => name)).toEqual(['find_tide']);
});

test('an instruction that is given, even an empty one, replaces the resumed one', async () => {
  const made = bench();
  const first = await made.open({ ...resumable, systemInstruction: 'Answer in rhymes.' }, native);
  await made.clock.tick(3_000);
  const config = { ...resuming(first), systemInstruction: 'Whisper.' };
  first.close();
  await made.clock.tick(1_000);
  const next = await made.open(config, native);
  expect(await said(next, made, userText('what is your instruction?'))).toContain('Whisper.');
});

test('contextUpdate: tools are replaced from then on, the instruction stays, and a resume has both', async () => {
  const made = bench();
  const first = await made.open(
    { ...resumable, systemInstruction: 'Answer in rhymes.', tools: [declarations('find_tide')] },
    latest,
  );
  first.send({ contextUpdate: { tools: { tools: [declarations('book')] } } });
  expect(await said(first, made, text('find_tide'))).toContain('You said');
  first.send(text('book'));
  await made.clock.tick(1_000);
  expect(callsOf(first).map(({ name }) => name)).toEqual(['book']);
  first.send({ toolResponse: { functionResponses: [{ id: callsOf(first)[0]?.id, name: 'book', response: {} }] } });
  await made.clock.tick(15_000);
  expect(await said(first, made, text('what is your instruction?'))).toContain('Answer in rhymes.');

  const config = resuming(first);
  first.close();
  await made.clock.tick(1_000);
  const next = await made.open(config, latest);
  next.send(text('book'));
  await made.clock.tick(1_000);
  expect(callsOf(next).map(({ name }) => name)).toEqual(['book']);
});

test('contextUpdate without tools leaves them; with an empty list there are none', async () => {
  const made = bench();
  const client = await made.open({ ...resumable, tools: [declarations('book')] }, latest);
  client.send({ contextUpdate: { systemInstruction: { parts: [{ text: 'Whisper.' }] } } });
  client.send(text('book'));
  await made.clock.tick(1_000);
  expect(callsOf(client)).toHaveLength(1);
  client.send({ contextUpdate: { tools: { tools: [] } } });
  expect(await said(client, made, text('book'))).toContain('You said');
  expect(callsOf(client)).toHaveLength(1);
});
