/** Every path of PROTOCOL.md §2, what each asks for, and that provider differences follow the path. */
import { describe, expect, test } from 'vitest';
import {
  constrainedPath,
  developerPath,
  firebaseDeveloperPath,
  firebaseVertexPath,
  flash,
  modelOf,
  rawBench,
  vertexPath,
} from './support.js';

const long = `publishers/google/models/${flash}`;

describe('paths', () => {
  test.each([
    [developerPath('v1'), `models/${flash}`],
    [developerPath('v1beta'), `models/${flash}`],
    [developerPath('v1alpha'), `models/${flash}`],
    [vertexPath, long],
    [vertexPath.replace('v1beta1', 'v1'), `projects/p/locations/l/${long}`],
    [firebaseDeveloperPath, `projects/p/models/${flash}`],
    [firebaseVertexPath, `projects/p/locations/us-central1/${long}`],
  ])('%s serves %s, with one slash and with two', async (path, model) => {
    for (const dialled of [path, `/${path}`]) {
      const client = await rawBench().setUp({ model }, dialled);
      expect(client.closed).toBeNull();
      expect(client.frames[0]).toHaveProperty('setupComplete');
    }
  });

  test.each([
    '/',
    '/ws/',
    `//${developerPath()}`,
    `${developerPath()}/`,
    developerPath('v2'),
    developerPath().replace('BidiGenerateContent', 'BidiGenerateMusic'),
    `${vertexPath}/locations/l`,
    `${firebaseDeveloperPath}/locations/l`,
    firebaseVertexPath.replace('/locations/us-central1', ''),
    `${firebaseVertexPath}/more`,
    `${vertexPath}Constrained`,
  ])('%s is not served', (path) => {
    expect(rawBench().dial(path).status).toBe(404);
  });

  test.each([
    [developerPath(), 403],
    [constrainedPath, 403],
    [vertexPath, 401],
    [firebaseDeveloperPath, 403],
    [firebaseVertexPath, 403],
  ])('%s without a credential: %i', (path, status) => {
    expect(rawBench().dial(path, '').status).toBe(status);
    // A key is no ephemeral token.
    if (path === constrainedPath) expect(rawBench().dial(path, 'key=k').status).toBe(status);
  });

  test.each([
    [developerPath(), '', { 'x-goog-api-key': 'good' }],
    [vertexPath, '', { authorization: 'Bearer good' }],
    [firebaseDeveloperPath, 'key=good', {}],
    [firebaseVertexPath, '', { 'x-goog-api-key': 'good' }],
  ])('%s takes the credential of %j %j', async (path, query, headers) => {
    const { dial, clock } = rawBench({ validKeys: ['good'] });
    const client = dial(path, query, headers);
    client.send({ setup: { model: modelOf[path] } });
    await clock.tick(300);
    expect(client.frames[0]).toHaveProperty('setupComplete');
    const stranger = dial(path, 'key=bad');
    await clock.tick(10);
    expect(stranger.closed).toEqual({ code: 1007, reason: 'API key not valid. Please pass a valid API key.' });
  });

  test.each([
    ['access_token=auth_tokens/t', {}],
    ['', { authorization: 'Token auth_tokens/t' }],
  ])('an ephemeral token comes as %j %j', async (query, headers) => {
    const { dial, clock } = rawBench();
    const client = dial(`/${constrainedPath}`, query, headers);
    client.send({ setup: { model: `models/${flash}` } });
    await clock.tick(300);
    expect(client.frames[0]).toHaveProperty('setupComplete');
  });
});

describe('the provider follows the path', () => {
  test.each([
    [developerPath(), 'developer'],
    [firebaseDeveloperPath, 'developer'],
    [vertexPath, 'vertex'],
    [firebaseVertexPath, 'vertex'],
  ])('%s is %s', async (path, provider) => {
    const { setUp, clock, core } = rawBench();
    const generationConfig = { responseModalities: ['TEXT'] };
    const client = await setUp({ model: modelOf[path], generationConfig }, path);
    expect(core.connections[0]?.provider).toBe(provider);
    expect(Object.keys(client.frames[0]?.['setupComplete'])).toEqual(provider === 'vertex' ? ['sessionId'] : []);
    client.send({ realtimeInput: { text: 'hello' } });
    await clock.tick(3_000);
    const usage = client.frames.find((frame) => frame['usageMetadata'] !== undefined)?.['usageMetadata'];
    expect(Object.keys(usage)).toContain(provider === 'vertex' ? 'candidatesTokenCount' : 'responseTokenCount');
  });

  test('transparent resumption is known to Vertex AI alone', async () => {
    const bench = rawBench();
    for (const path of [vertexPath, firebaseVertexPath]) {
      const client = await bench.setUp({ model: modelOf[path], sessionResumption: { transparent: true } }, path);
      expect(client.closed).toBeNull();
    }
    for (const path of [developerPath(), firebaseDeveloperPath]) {
      const client = await bench.setUp({ model: modelOf[path], sessionResumption: { transparent: false } }, path);
      expect(client.closed).toEqual({
        code: 1007,
        reason: `Invalid JSON payload received. Unknown name "transparent" at 'setup.session_resumption': Cannot find field.`,
      });
    }
  });

  test('each front has its own model names', async () => {
    const bench = rawBench();
    for (const path of Object.keys(modelOf)) {
      for (const [other, model] of Object.entries(modelOf)) {
        const client = await bench.setUp({ model }, path);
        // The full name of Vertex AI is the same from both fronts.
        const fits = other === path || (path === vertexPath && other === firebaseVertexPath);
        expect([path, model, client.closed?.code ?? 'taken']).toEqual([path, model, fits ? 'taken' : 1008]);
        client.gone();
      }
    }
  });
});
