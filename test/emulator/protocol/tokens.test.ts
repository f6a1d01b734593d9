/** Ephemeral tokens: what they cost, when they end, and what they pin of a setup (the reference of AuthToken). */
import { describe, expect, test } from 'vitest';
import type { TokenRequest } from '../../../src/emulator/index.js';
import { constrainedPath, flash, rawBench, type RawBench } from './support.js';

const model = `models/${flash}`;
const minute = 60_000;
const inMinutes = (bench: RawBench, minutes: number): string =>
  new Date(bench.clock.now() + minutes * minute).toISOString();
const open = (bench: RawBench, token: string, setup: object = { model }) =>
  bench.setUp(setup, constrainedPath, `access_token=${token}`);

async function answerOf(bench: RawBench, token: string, setup: object, words: string): Promise<string> {
  const client = await open(bench, token, setup);
  if (client.closed !== null) return client.closed.reason;
  client.send({ realtimeInput: { text: words } });
  await bench.clock.tick(5_000);
  client.gone();
  return client.frames
    .flatMap((frame) => frame['serverContent']?.modelTurn?.parts ?? [])
    .map((part: { text?: string }) => part.text ?? '<audio>')
    .join('');
}

describe('what a token costs, and when it ends', () => {
  test('one use by default, none for a resume, any number for 0', async () => {
    const bench = rawBench();
    const token = bench.core.mintToken();
    const first = await open(bench, token, { model, sessionResumption: {} });
    const handle: unknown = first.frames.find((frame) => frame['sessionResumptionUpdate'])?.['sessionResumptionUpdate']
      .newHandle;
    first.gone();
    const resumed = await open(bench, token, { model, sessionResumption: { handle } });
    expect(resumed.frames[0]).toHaveProperty('setupComplete');
    expect((await open(bench, token)).closed).toEqual({ code: 1011, reason: 'Token has been used too many times' });
    const free = bench.core.mintToken({ uses: 0 });
    for (let n = 0; n < 5; n++) expect((await open(bench, free)).closed).toBeNull();
  });

  test('new sessions until newSessionExpireTime, a minute by default', async () => {
    const bench = rawBench();
    const token = bench.core.mintToken({ uses: 0 });
    const longer = bench.core.mintToken({ uses: 0, newSessionExpireTime: inMinutes(bench, 5) });
    await bench.clock.tick(59_000);
    expect((await open(bench, token)).closed).toBeNull();
    await bench.clock.tick(minute);
    expect((await open(bench, token)).closed).toEqual({ code: 1011, reason: 'Token has expired' });
    expect((await open(bench, longer)).closed).toBeNull();
  });

  test('an open connection ends when its token does', async () => {
    const bench = rawBench();
    const token = bench.core.mintToken({ expireTime: inMinutes(bench, 3) });
    const client = await open(bench, token);
    await bench.clock.tick(3 * minute - 1_000);
    expect(client.closed).toBeNull();
    await bench.clock.tick(1_000);
    expect(client.closed).toEqual({ code: 1011, reason: 'Token has expired' });
    // And a later one does not begin, even with a handle.
    const late = await open(bench, token, { model, sessionResumption: { handle: 'h' } });
    expect(late.closed).toEqual({ code: 1011, reason: 'Token has expired' });
  });

  test('a token of another origin is taken as it is', async () => {
    expect((await open(rawBench(), 'auth_tokens/from-elsewhere')).closed).toBeNull();
  });

  test('ever so many tokens leave no timer and only so many tokens behind', async () => {
    const bench = rawBench();
    const oldest = bench.core.mintToken({ bidiGenerateContentSetup: { model: 'models/none' } });
    for (let n = 0; n < 3_000; n++) bench.core.mintToken();
    expect(bench.clock.countTimers()).toBe(0);
    // Forgotten, so it pins nothing any more.
    expect((await open(bench, oldest)).closed).toBeNull();
  });
});

describe('what a token pins', () => {
  const text = { responseModalities: ['TEXT'] };
  const polite = { parts: [{ text: 'Be polite.' }] };
  const rude = { parts: [{ text: 'Be rude.' }] };
  const ask = 'What is your instruction?';
  const pinned = (bench: RawBench, request: TokenRequest): string => bench.core.mintToken({ uses: 0, ...request });

  test('nothing without a setup', async () => {
    const bench = rawBench();
    const setup = { model, generationConfig: text, systemInstruction: rude };
    expect(await answerOf(bench, pinned(bench, {}), setup, ask)).toContain('"Be rude."');
  });

  test('everything with a setup and no mask: the connection has no say', async () => {
    const bench = rawBench();
    const token = pinned(bench, {
      bidiGenerateContentSetup: { model, generation_config: text, systemInstruction: polite },
    });
    const other = {
      model: 'models/none',
      generationConfig: { responseModalities: ['AUDIO'] },
      systemInstruction: rude,
    };
    expect(await answerOf(bench, token, other, ask)).toContain('"Be polite."');
    expect(await answerOf(bench, token, {}, ask)).toContain('"Be polite."');
    expect(bench.core.connections[0]?.model).toBe(flash);
  });

  test('the masked fields with a mask, given or not; the rest is the connection’s', async () => {
    const bench = rawBench();
    const token = pinned(bench, {
      bidiGenerateContentSetup: { model, generationConfig: { ...text, temperature: 2 }, systemInstruction: polite },
      fieldMask: 'model,generationConfig.responseModalities,system_instruction.parts,outputAudioTranscription',
    });
    const mine = {
      model: 'models/none',
      generationConfig: { responseModalities: ['AUDIO'], temperature: 1, topP: 0.5 },
      systemInstruction: rude,
      outputAudioTranscription: {},
      inputAudioTranscription: {},
    };
    expect(await answerOf(bench, token, mine, ask)).toContain('"Be polite."');
    expect(bench.core.connections[0]?.setup).toEqual({
      model,
      generationConfig: { responseModalities: ['TEXT'], temperature: 1, topP: 0.5 },
      systemInstruction: polite,
      inputAudioTranscription: {},
    });
  });

  test('a mask without a setup locks the fields empty; a path that is no field locks nothing', async () => {
    const bench = rawBench();
    const token = pinned(bench, { fieldMask: 'systemInstruction,colour,model.x,__proto__.y' });
    const setup = { model, generationConfig: text, systemInstruction: rude };
    expect(await answerOf(bench, token, setup, ask)).toContain('I have no instruction');
  });

  test('a pinned session can be resumed: the handle is the connection’s', async () => {
    const bench = rawBench();
    const token = pinned(bench, { bidiGenerateContentSetup: { model, generationConfig: text, sessionResumption: {} } });
    const first = await open(bench, token);
    const handle: unknown = first.frames.find((frame) => frame['sessionResumptionUpdate'])?.['sessionResumptionUpdate']
      .newHandle;
    first.gone();
    await open(bench, token, { model, sessionResumption: { handle } });
    expect(bench.core.connections[1]?.resumedFrom).toBe(1);
  });
});

describe('what is no token', () => {
  test.each([
    { uses: -1 },
    { uses: 'many' },
    { uses: 1.5 },
    { expireTime: 'tomorrow' },
    { expireTime: '2001-01-01T00:00:00Z' },
    { expireTime: '2100-01-01T00:00:00Z' },
    { colour: 1 },
    { bidiGenerateContentSetup: { modle: 'x' } },
    { bidiGenerateContentSetup: 'x' },
    { fieldMask: 7 },
  ])('%j: 400', (request) => {
    const { core } = rawBench();
    const ask = { query: new URLSearchParams('key=k'), headers: {} };
    const answer = core.answerTokenRequest(ask, JSON.stringify(request));
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 400, status: 'INVALID_ARGUMENT' } } });
    expect(() => core.mintToken(request as TokenRequest)).toThrow(TypeError);
  });

  test('no key 403, a bad one 400, no JSON 400, too long 413', () => {
    const { core } = rawBench({ validKeys: ['good'] });
    const ask = (query: string, body: string | null, headers = {}) =>
      core.answerTokenRequest({ query: new URLSearchParams(query), headers }, body).status;
    expect(ask('', '{}')).toBe(403);
    expect(ask('key=bad', '{}')).toBe(400);
    expect(ask('key=good', '{')).toBe(400);
    expect(ask('key=good', null)).toBe(413);
    expect(ask('', '', { 'x-goog-api-key': 'good' })).toBe(200);
  });
});
