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

type Case = readonly [name: string, config: object, model?: string];

const both: readonly Case[] = [
  ['nothing', {}],
  ['modalities', { responseModalities: ['TEXT'] }],
  ['empty modalities', { responseModalities: [] }],
  [
    'generation fields',
    { responseModalities: ['AUDIO'], temperature: 0, topP: 0.9, topK: 3, maxOutputTokens: 99, seed: 7, mediaResolution: 'MEDIA_RESOLUTION_LOW' },
  ],
  ['thinking, dialog, translation', { thinkingConfig: { thinkingBudget: 0 }, enableAffectiveDialog: true, translationConfig: { targetLanguageCode: 'de' } }],
  ['voice', { speechConfig: { languageCode: 'en-GB', voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } } }],
  ['deprecated generationConfig', { generationConfig: { temperature: 0.3, stopSequences: ['x'] } }],
  ['generationConfig beside fields', { generationConfig: { topK: 2, thinkingConfig: { includeThoughts: true } }, topP: 0.1, thinkingConfig: { thinkingBudget: 5 } }],
  ['generationConfig with modalities', { generationConfig: { responseModalities: ['TEXT', 'AUDIO'] }, responseModalities: ['AUDIO'] }],
  ['a 0 over generationConfig', { generationConfig: { temperature: 0.3 }, temperature: 0 }],
  ['empty generationConfig', { generationConfig: {} }],
  ['system instruction as text', { systemInstruction: 'Be brief.' }],
  ['system instruction as part', { systemInstruction: { text: 'Be brief.' } }],
  ['system instruction as parts', { systemInstruction: ['Be brief.', { text: 'Be kind.' }] }],
  ['system instruction as content', { systemInstruction: { parts: [{ text: 'Be brief.', thought: false, extra: 1 }] } }],
  ['system instruction with role', { systemInstruction: { role: 'system', parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }] } }],
  ['resumption asked for', { sessionResumption: {} }],
  ['resumption with undefined handle', { sessionResumption: { handle: undefined } }],
  ['resumption with handle', { sessionResumption: { handle: 'h-1' } }],
  ['compression', { contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } } }],
  ['transcriptions', { inputAudioTranscription: {}, outputAudioTranscription: { languageCodes: ['de-DE'] } }],
  ['activity detection', { realtimeInputConfig: { automaticActivityDetection: { disabled: true }, turnCoverage: 'TURN_INCLUDES_ALL_INPUT' } }],
  ['proactivity, avatar, labels', { proactivity: { proactiveAudio: true }, avatarConfig: { avatarName: 'a' }, labels: { team: 'x' } }],
  ['safety', { safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }] }],
  ['unknown field', { historyConfig: { initialHistoryInClientContent: true }, abortSignal: undefined }],
  ['null fields', { temperature: null, tools: null, systemInstruction: null, labels: null }],
  ['empty tools', { tools: [] }],
  ['plain tools', { tools: [{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }, { unknownTool: {} }] }],
  [
    'function with the service schema',
    {
      tools: [
        {
          functionDeclarations: [
            {
              name: 'f',
              description: 'does',
              behavior: 'NON_BLOCKING',
              parameters: { type: 'object', properties: { a: { type: 'STRING', description: 'd' }, b: { type: ['integer', 'null'] } }, required: ['a'], additionalProperties: false },
              response: { type: 'array', items: { type: 'what' } },
            },
            { name: 'g' },
          ],
        },
      ],
    },
  ],
  [
    'function with JSON Schema',
    { tools: [{ functionDeclarations: [{ name: 'f', parameters: { $schema: 's', type: 'object' }, response: { $schema: 's', type: 'object' }, responseJsonSchema: { type: 'null' } }] }] },
  ],
  [
    'nullable branches',
    {
      tools: [
        {
          functionDeclarations: [
            {
              name: 'f',
              parameters: {
                type: 'object',
                properties: {
                  a: { anyOf: [{ type: 'null' }, { type: 'array', items: { type: 'string' } }] },
                  b: { anyOf: [{ type: 'string' }, { type: 'null' }] },
                  c: { anyOf: [{ type: 'string' }, { type: 'null' }, { type: 'number' }] },
                  d: { type: ['string', 'number', 'null'] },
                  e: { anyOf: [{ type: 'string' }, { type: 'number' }], description: null },
                },
              },
            },
          ],
        },
      ],
    },
  ],
  ['model with prefix', {}, 'models/m'],
  ['model with publisher', {}, 'acme/m'],
  ['tuned model', {}, 'tunedModels/m'],
];

const developer: readonly Case[] = [
  ['function call in an instruction', { systemInstruction: { parts: [{ functionCall: { id: '1', name: 'f', args: {}, extra: 1 }, partMetadata: { a: 1 } }] } }],
  ['search and maps', { tools: [{ googleSearch: { timeRangeFilter: {}, other: 1 }, googleMaps: { enableWidget: true, authConfig: { apiKey: 'k' } } }, { fileSearch: {} }] }],
  ['voice with consent', { speechConfig: { voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/pcm', consentAudio: 'AA==' } } } }],
  ['null handle', { sessionResumption: { handle: null } }],
  ['mcp servers', { tools: [{ mcpServers: [{ name: 'm' }] }] }],
];

const vertex: readonly Case[] = [
  ['transparent', { sessionResumption: { handle: 'h', transparent: true } }],
  ['explicitVadSignal', { explicitVadSignal: true }],
  ['safety method', { safetySettings: [{ category: 'c', threshold: 't', method: 'SEVERITY' }] }],
  ['modalities in generationConfig', { generationConfig: { responseModalities: ['TEXT'], modelSelectionConfig: { a: 1 }, unknown: 2 } }],
  ['null modalities', { responseModalities: null }],
  ['retrieval', { tools: [{ retrieval: {}, enterpriseWebSearch: {}, googleMaps: { groundingTypes: ['x'] } }] }],
  ['replicated voice', { speechConfig: { voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/pcm', voiceSampleAudio: 'AA==' } }, unknown: 1 } }],
  ['multi speaker in generationConfig', { generationConfig: { speechConfig: { multiSpeakerVoiceConfig: { speakerVoiceConfigs: [{ speaker: 's', voiceConfig: {}, x: 1 }] } } } }],
  ['function response in an instruction', { systemInstruction: { parts: [{ functionResponse: { id: '1', name: 'f', response: {}, parts: [{ fileData: { fileUri: 'u' }, x: 1 }], x: 1 } }] } }],
  ['model of a project', {}, 'projects/p/locations/l/publishers/google/models/m'],
];

/** Both refuse. */
const refused: readonly (readonly [Provider, string, object, path: string])[] = [
  ['developer', 'transparent', { sessionResumption: { transparent: false } }, 'config.sessionResumption.transparent'],
  ['developer', 'explicitVadSignal', { explicitVadSignal: false }, 'config.explicitVadSignal'],
  ['developer', 'safety method', { safetySettings: [{ method: 'SEVERITY' }] }, 'config.safetySettings[0].method'],
  ['developer', 'retrieval', { tools: [{}, { retrieval: {} }] }, 'config.tools[1].retrieval'],
  ['developer', 'search fields', { tools: [{ googleSearch: { excludeDomains: [] } }] }, 'config.tools[0].googleSearch.excludeDomains'],
  ['developer', 'maps auth', { tools: [{ googleMaps: { authConfig: { authType: 'x' } } }] }, 'config.tools[0].googleMaps.authConfig.authType'],
  ['developer', 'partial arguments', { systemInstruction: { parts: [{ functionCall: { partialArgs: [] } }] } }, 'functionCall.partialArgs'],
  ['vertex', 'fileSearch', { tools: [{ fileSearch: {} }] }, 'config.tools[0].fileSearch'],
  ['vertex', 'mcp name', { tools: [{ mcpServers: [{ name: 'm' }] }] }, 'config.tools[0].mcpServers[0].name'],
  ['vertex', 'part metadata', { systemInstruction: { parts: [{ partMetadata: {} }] } }, 'parts[0].partMetadata'],
  ['vertex', 'civic answers', { generationConfig: { enableEnhancedCivicAnswers: true } }, 'config.generationConfig.enableEnhancedCivicAnswers'],
  ['vertex', 'consent', { speechConfig: { voiceConfig: { replicatedVoiceConfig: { consentAudio: 'AA==' } } } }, 'replicatedVoiceConfig.consentAudio'],
  ...(['developer', 'vertex'] as const).flatMap((provider) => [
    [provider, 'httpOptions', { httpOptions: { timeout: 1 } }, 'config.httpOptions'] as const,
    [provider, 'multi speaker', { speechConfig: { multiSpeakerVoiceConfig: {} } }, 'config.speechConfig.multiSpeakerVoiceConfig'] as const,
    [provider, 'tools of a wrong type', { tools: {} }, 'config.tools'] as const,
    [provider, 'empty instruction', { systemInstruction: [] }, 'config.systemInstruction'] as const,
    [provider, 'contradiction', { generationConfig: { topK: 1 }, topK: 2 }, 'config.topK'] as const,
    [provider, 'null type', { tools: [{ functionDeclarations: [{ parameters: { type: 'null' } }] }] }, 'parameters.type'] as const,
    [provider, 'type and anyOf', { tools: [{ functionDeclarations: [{ parameters: { type: 'object', anyOf: [] } }] }] }, 'parameters'] as const,
  ]),
];

function rows(provider: Provider): (readonly [Provider, string, object, string])[] {
  return [...both, ...(provider === 'vertex' ? vertex : developer)].map(([name, config, model]) => [provider, name, config, model ?? 'gemini-m'] as const);
}

const written = (model: string, config: object, provider: Provider): unknown =>
  JSON.parse(JSON.stringify(toSetup(model, config as LiveConnectConfig, provider)));

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
  test.each([...rows('developer'), ...rows('vertex')])('W-SETUP-1 %s: %s gives the frame of the SDK', async (provider, _name, config, model) => {
    expect(written(model, config, provider)).toEqual(await sdkSetup(model, config, provider));
  });

  test.each(refused)('W-SETUP-2 %s: %s is refused by both, and the error names the field', async (provider, _name, config, path) => {
    await expect(sdkSetup('gemini-m', config, provider)).rejects.toThrow();
    const error = errorOf(() => toSetup('gemini-m', config, provider));
    expect(error).toMatchObject({ code: 'invalidOptions', phase: 'options' });
    expect(error.message).toContain(path);
  });

  test.each(['developer', 'vertex'] as const)('W-SETUP-3 %s: the config is left as it was', (provider) => {
    for (const [, , config, model] of rows(provider)) {
      const before = structuredClone(config);
      toSetup(model, config, provider);
      expect(config).toEqual(before);
    }
  });

  test('W-SETUP-4 nullHandle: no null goes on the wire', () => {
    expect(written('m', { sessionResumption: { handle: null } }, 'vertex')).toMatchObject({ setup: { sessionResumption: {} } });
    expect(JSON.stringify(toSetup('m', { sessionResumption: { handle: null } } as unknown as LiveConnectConfig, 'vertex'))).not.toContain('null');
  });

  test('W-SETUP-5 looseParts: text directly in parts is refused', () => {
    const config = { systemInstruction: { parts: ['Be brief.'] } } as unknown as LiveConnectConfig;
    expect(errorOf(() => toSetup('m', config, 'developer')).message).toContain('config.systemInstruction.parts[0]');
  });

  test('W-SETUP-6 callableTool: a callable tool is refused', () => {
    const config = { tools: [{ tool: () => Promise.resolve({}), callTool: () => Promise.resolve([]) }] } as unknown as LiveConnectConfig;
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
