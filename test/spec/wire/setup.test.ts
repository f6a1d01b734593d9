/**
 * The setup frame against the official SDK: same config, same frame.
 *
 * Known differences, each with a test below:
 * - nullHandle: on Vertex AI the SDK writes a null handle, which the service refuses; here it is left out.
 * - looseParts: the SDK loses text that stands directly in `parts` of a Content, without a word; here it is refused.
 * - callableTool: the SDK asks a callable tool for its declarations, which takes a promise; here it is refused.
 * - projectModel: a client with project and location puts them in front of the model; toSetup knows neither.
 */
import type { LiveConnectConfig } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { LifelineError } from '../../../src/errors.js';
import type { Provider } from '../../../src/transport/port.js';
import { toSetup, wireModel } from '../../../src/wire/setup.js';
import { sdkSetup } from './sdk.js';
import { refusedConfigs, setupCases } from './setupCases.js';

const written = (model: string, config: object, provider: Provider): unknown =>
  JSON.parse(JSON.stringify(toSetup(model, config, provider)));

function errorOf(run: () => unknown): LifelineError {
  try {
    run();
  } catch (error) {
    if (error instanceof LifelineError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('toSetup', () => {
  test.each([...setupCases('developer'), ...setupCases('vertex')])(
    'W-SETUP-1 %s: %s gives the frame of the SDK',
    async (provider, _name, config, model) => {
      expect(written(model, config, provider)).toEqual(await sdkSetup(model, config, provider));
    },
  );

  test.each(refusedConfigs)(
    'W-SETUP-2 %s: %s is refused by both, and the error names the field',
    async (provider, _name, config, path) => {
      await expect(sdkSetup('gemini-m', config, provider)).rejects.toThrow();
      const error = errorOf(() => toSetup('gemini-m', config, provider));
      expect(error).toMatchObject({ code: 'invalidOptions', phase: 'options' });
      expect(error.message).toContain(path);
    },
  );

  test.each(['developer', 'vertex'] as const)('W-SETUP-3 %s: the config is left as it was', (provider) => {
    for (const [, , config, model] of setupCases(provider)) {
      const before = structuredClone(config);
      toSetup(model, config, provider);
      expect(config).toEqual(before);
    }
  });

  test('W-SETUP-4 nullHandle: no null goes on the wire', () => {
    expect(written('m', { sessionResumption: { handle: null } }, 'vertex')).toMatchObject({
      setup: { sessionResumption: {} },
    });
    expect(
      JSON.stringify(toSetup('m', { sessionResumption: { handle: null } } as unknown as LiveConnectConfig, 'vertex')),
    ).not.toContain('null');
  });

  test('W-SETUP-5 looseParts: text directly in parts is refused', () => {
    const config = { systemInstruction: { parts: ['Be brief.'] } } as unknown as LiveConnectConfig;
    expect(errorOf(() => toSetup('m', config, 'developer')).message).toContain('config.systemInstruction.parts[0]');
  });

  test('W-SETUP-6 callableTool: a callable tool is refused', () => {
    const config = {
      tools: [{ tool: () => Promise.resolve({}), callTool: () => Promise.resolve([]) }],
    } as unknown as LiveConnectConfig;
    expect(errorOf(() => toSetup('m', config, 'developer')).message).toContain('config.tools[0]');
  });

  test.each([
    ['developer', 'gemini-m', 'models/gemini-m'],
    ['vertex', 'gemini-m', 'publishers/google/models/gemini-m'],
    ['vertex', 'acme/m', 'publishers/acme/models/m'],
    ['vertex', 'publishers/acme/models/m', 'publishers/acme/models/m'],
  ] as const)('W-SETUP-7 projectModel: %s model %s is written %s', (provider, model, wire) => {
    expect(wireModel(model, provider)).toBe(wire);
  });

  test.each(['', '../m', 'm?x=1', 'm&y'])('W-SETUP-8 the model %j is refused', (model) => {
    expect(errorOf(() => wireModel(model, 'developer')).code).toBe('invalidOptions');
  });
});
