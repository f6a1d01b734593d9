/**
 * Configs for which the setup frame must be that of the official SDK, and configs that both refuse.
 */
import type { Provider } from '../../../src/transport/port.js';

type Case = readonly [name: string, config: object, model?: string];

const both: readonly Case[] = [
  ['nothing', {}],
  ['modalities', { responseModalities: ['TEXT'] }],
  ['empty modalities', { responseModalities: [] }],
  [
    'generation fields',
    {
      responseModalities: ['AUDIO'],
      temperature: 0,
      topP: 0.9,
      topK: 3,
      maxOutputTokens: 99,
      seed: 7,
      mediaResolution: 'MEDIA_RESOLUTION_LOW',
    },
  ],
  [
    'thinking, dialog, translation',
    {
      thinkingConfig: { thinkingBudget: 0 },
      enableAffectiveDialog: true,
      translationConfig: { targetLanguageCode: 'de' },
    },
  ],
  ['voice', { speechConfig: { languageCode: 'en-GB', voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } } }],
  ['deprecated generationConfig', { generationConfig: { temperature: 0.3, stopSequences: ['x'] } }],
  [
    'generationConfig beside fields',
    {
      generationConfig: { topK: 2, thinkingConfig: { includeThoughts: true } },
      topP: 0.1,
      thinkingConfig: { thinkingBudget: 5 },
    },
  ],
  [
    'generationConfig with modalities',
    { generationConfig: { responseModalities: ['TEXT', 'AUDIO'] }, responseModalities: ['AUDIO'] },
  ],
  ['a 0 over generationConfig', { generationConfig: { temperature: 0.3 }, temperature: 0 }],
  ['empty generationConfig', { generationConfig: {} }],
  ['system instruction as text', { systemInstruction: 'Be brief.' }],
  ['system instruction as part', { systemInstruction: { text: 'Be brief.' } }],
  ['system instruction as parts', { systemInstruction: ['Be brief.', { text: 'Be kind.' }] }],
  [
    'system instruction as content',
    { systemInstruction: { parts: [{ text: 'Be brief.', thought: false, extra: 1 }] } },
  ],
  [
    'system instruction with role',
    { systemInstruction: { role: 'system', parts: [{ inlineData: { mimeType: 'image/png', data: 'AA==' } }] } },
  ],
  ['resumption asked for', { sessionResumption: {} }],
  ['resumption with undefined handle', { sessionResumption: { handle: undefined } }],
  ['resumption with handle', { sessionResumption: { handle: 'h-1' } }],
  ['compression', { contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } } }],
  ['transcriptions', { inputAudioTranscription: {}, outputAudioTranscription: { languageCodes: ['de-DE'] } }],
  [
    'activity detection',
    {
      realtimeInputConfig: { automaticActivityDetection: { disabled: true }, turnCoverage: 'TURN_INCLUDES_ALL_INPUT' },
    },
  ],
  [
    'proactivity, avatar, labels',
    { proactivity: { proactiveAudio: true }, avatarConfig: { avatarName: 'a' }, labels: { team: 'x' } },
  ],
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
              parameters: {
                type: 'object',
                properties: { a: { type: 'STRING', description: 'd' }, b: { type: ['integer', 'null'] } },
                required: ['a'],
                additionalProperties: false,
              },
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
    {
      tools: [
        {
          functionDeclarations: [
            {
              name: 'f',
              parameters: { $schema: 's', type: 'object' },
              response: { $schema: 's', type: 'object' },
              responseJsonSchema: { type: 'null' },
            },
          ],
        },
      ],
    },
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
  [
    'function call in an instruction',
    {
      systemInstruction: {
        parts: [{ functionCall: { id: '1', name: 'f', args: {}, extra: 1 }, partMetadata: { a: 1 } }],
      },
    },
  ],
  [
    'search and maps',
    {
      tools: [
        {
          googleSearch: { timeRangeFilter: {}, other: 1 },
          googleMaps: { enableWidget: true, authConfig: { apiKey: 'k' } },
        },
        { fileSearch: {} },
      ],
    },
  ],
  [
    'voice with consent',
    { speechConfig: { voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/pcm', consentAudio: 'AA==' } } } },
  ],
  ['null handle', { sessionResumption: { handle: null } }],
  ['mcp servers', { tools: [{ mcpServers: [{ name: 'm' }] }] }],
];

const vertex: readonly Case[] = [
  ['transparent', { sessionResumption: { handle: 'h', transparent: true } }],
  ['explicitVadSignal', { explicitVadSignal: true }],
  ['safety method', { safetySettings: [{ category: 'c', threshold: 't', method: 'SEVERITY' }] }],
  [
    'modalities in generationConfig',
    { generationConfig: { responseModalities: ['TEXT'], modelSelectionConfig: { a: 1 }, unknown: 2 } },
  ],
  ['null modalities', { responseModalities: null }],
  ['retrieval', { tools: [{ retrieval: {}, enterpriseWebSearch: {}, googleMaps: { groundingTypes: ['x'] } }] }],
  [
    'replicated voice',
    {
      speechConfig: {
        voiceConfig: { replicatedVoiceConfig: { mimeType: 'audio/pcm', voiceSampleAudio: 'AA==' } },
        unknown: 1,
      },
    },
  ],
  [
    'multi speaker in generationConfig',
    {
      generationConfig: {
        speechConfig: { multiSpeakerVoiceConfig: { speakerVoiceConfigs: [{ speaker: 's', voiceConfig: {}, x: 1 }] } },
      },
    },
  ],
  [
    'function response in an instruction',
    {
      systemInstruction: {
        parts: [
          {
            functionResponse: { id: '1', name: 'f', response: {}, parts: [{ fileData: { fileUri: 'u' }, x: 1 }], x: 1 },
          },
        ],
      },
    },
  ],
  ['model of a project', {}, 'projects/p/locations/l/publishers/google/models/m'],
];

/** Both refuse; the path is in our error. */
export const refusedConfigs: readonly (readonly [Provider, string, object, path: string])[] = [
  ['developer', 'transparent', { sessionResumption: { transparent: false } }, 'config.sessionResumption.transparent'],
  ['developer', 'explicitVadSignal', { explicitVadSignal: false }, 'config.explicitVadSignal'],
  ['developer', 'safety method', { safetySettings: [{ method: 'SEVERITY' }] }, 'config.safetySettings[0].method'],
  ['developer', 'retrieval', { tools: [{}, { retrieval: {} }] }, 'config.tools[1].retrieval'],
  [
    'developer',
    'search fields',
    { tools: [{ googleSearch: { excludeDomains: [] } }] },
    'config.tools[0].googleSearch.excludeDomains',
  ],
  [
    'developer',
    'maps auth',
    { tools: [{ googleMaps: { authConfig: { authType: 'x' } } }] },
    'config.tools[0].googleMaps.authConfig.authType',
  ],
  [
    'developer',
    'partial arguments',
    { systemInstruction: { parts: [{ functionCall: { partialArgs: [] } }] } },
    'functionCall.partialArgs',
  ],
  ['vertex', 'fileSearch', { tools: [{ fileSearch: {} }] }, 'config.tools[0].fileSearch'],
  ['vertex', 'mcp name', { tools: [{ mcpServers: [{ name: 'm' }] }] }, 'config.tools[0].mcpServers[0].name'],
  ['vertex', 'part metadata', { systemInstruction: { parts: [{ partMetadata: {} }] } }, 'parts[0].partMetadata'],
  [
    'vertex',
    'civic answers',
    { generationConfig: { enableEnhancedCivicAnswers: true } },
    'config.generationConfig.enableEnhancedCivicAnswers',
  ],
  [
    'vertex',
    'consent',
    { speechConfig: { voiceConfig: { replicatedVoiceConfig: { consentAudio: 'AA==' } } } },
    'replicatedVoiceConfig.consentAudio',
  ],
  ...(['developer', 'vertex'] as const).flatMap((provider) => [
    [provider, 'httpOptions', { httpOptions: { timeout: 1 } }, 'config.httpOptions'] as const,
    [
      provider,
      'multi speaker',
      { speechConfig: { multiSpeakerVoiceConfig: {} } },
      'config.speechConfig.multiSpeakerVoiceConfig',
    ] as const,
    [provider, 'tools of a wrong type', { tools: {} }, 'config.tools'] as const,
    [provider, 'empty instruction', { systemInstruction: [] }, 'config.systemInstruction'] as const,
    [provider, 'contradiction', { generationConfig: { topK: 1 }, topK: 2 }, 'config.topK'] as const,
    [
      provider,
      'null type',
      { tools: [{ functionDeclarations: [{ parameters: { type: 'null' } }] }] },
      'parameters.type',
    ] as const,
    [
      provider,
      'type and anyOf',
      { tools: [{ functionDeclarations: [{ parameters: { type: 'object', anyOf: [] } }] }] },
      'parameters',
    ] as const,
  ]),
];

/** Provider, name, config, model. */
export function setupCases(provider: Provider): (readonly [Provider, string, object, string])[] {
  return [...both, ...(provider === 'vertex' ? vertex : developer)].map(
    ([name, config, model]) => [provider, name, config, model ?? 'gemini-m'] as const,
  );
}
