/** What messages mean (PROTOCOL, wire and resumption; EXPECTATIONS 12, 14, 15, 17, 18, 26, 28, 60). */
import type { LiveServerMessage } from '@google/genai';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFacts, type MessageFacts } from '../../../src/wire/facts.js';

const nothing: MessageFacts = {
  output: false,
  outputText: '',
  inputText: '',
  generationComplete: false,
  turnComplete: false,
  interrupted: false,
  interactionInProgress: false,
  unknown: [],
  empty: false,
  odd: [],
};
const facts = (message: unknown) => readFacts(message as LiveServerMessage);
const audioPart = { inlineData: { mimeType: 'audio/pcm;rate=24000', data: 'AAAA' } };

describe('readFacts', () => {
  test.each<readonly [string, object, Partial<MessageFacts>]>([
    ['setupComplete', { setupComplete: {} }, { setupComplete: {} }],
    ['setupComplete of Vertex AI', { setupComplete: { sessionId: 's' } }, { setupComplete: { sessionId: 's' } }],
    ['goAway', { goAway: { timeLeft: '50s' } }, { goAway: { timeLeftMs: 50_000 } }],
    ['goAway as a number', { goAway: { timeLeft: 5 } }, { goAway: { timeLeftMs: 5_000 } }],
    ['goAway without a time', { goAway: {} }, { goAway: { timeLeftMs: 0 } }],
    ['goAway that cannot be read', { goAway: { timeLeft: 'soon' } }, { goAway: { timeLeftMs: 0 } }],
    [
      'a handle',
      { sessionResumptionUpdate: { newHandle: 'h', resumable: true, lastConsumedClientMessageIndex: '42' } },
      { resumption: { handle: 'h', resumable: true, explicitlyNot: false, lastConsumedIndex: 42 } },
    ],
    [
      'a handle with lax types',
      { sessionResumptionUpdate: { newHandle: 'h', resumable: 'true', lastConsumedClientMessageIndex: 0 } },
      { resumption: { handle: 'h', resumable: true, explicitlyNot: false, lastConsumedIndex: 0 } },
    ],
    [
      'not resumable now',
      { sessionResumptionUpdate: {} },
      { resumption: { handle: null, resumable: false, explicitlyNot: false, lastConsumedIndex: null } },
    ],
    [
      'explicitly not resumable',
      { sessionResumptionUpdate: { newHandle: '', resumable: false } },
      { resumption: { handle: null, resumable: false, explicitlyNot: true, lastConsumedIndex: null } },
    ],
    [
      'usage',
      {
        usageMetadata: {
          promptTokenCount: 620,
          responseTokenCount: 40,
          totalTokenCount: 660,
          promptTokensDetails: [
            { modality: 'TEXT', tokenCount: 600 },
            { modality: 'AUDIO', tokenCount: 20 },
          ],
          responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 40 }],
        },
      },
      { usage: { promptTokens: 620, responseTokens: 40, totalTokens: 660, byModality: { TEXT: 600, AUDIO: 60 } } },
    ],
    [
      'empty usage',
      { usageMetadata: {} },
      { usage: { promptTokens: null, responseTokens: null, totalTokens: null, byModality: {} } },
    ],
    [
      'usage of Vertex AI',
      { usageMetadata: { candidatesTokenCount: 4 } },
      { usage: { promptTokens: null, responseTokens: 4, totalTokens: null, byModality: {} } },
    ],
    [
      'tool call',
      {
        toolCall: {
          functionCalls: [
            { id: 'a', name: 'f', args: {} },
            { id: 'b', name: 'f' },
          ],
        },
      },
      { toolCall: { ids: ['a', 'b'] } },
    ],
    ['tool call without ids', { toolCall: { functionCalls: [{ name: 'f' }] } }, { toolCall: { ids: [] } }],
    ['cancellation', { toolCallCancellation: { ids: ['a'] } }, { toolCallCancellation: { ids: ['a'] } }],
    ['voice start', { voiceActivity: { type: 'ACTIVITY_START', audioOffset: '1s' } }, { activity: 'start' }],
    ['voice end', { voiceActivity: { voiceActivityType: 'ACTIVITY_END' } }, { activity: 'end' }],
    [
      'start of sentence',
      { voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_SOS' } },
      { activity: 'start' },
    ],
    [
      'end of sentence',
      { voiceActivityDetectionSignal: { vadSignalType: 'VAD_SIGNAL_TYPE_EOS' } },
      { activity: 'end' },
    ],
    ['no known activity', { voiceActivity: { type: 'TYPE_UNSPECIFIED' } }, {}],
    [
      'text',
      { serverContent: { modelTurn: { parts: [{ text: 'a' }, { text: 'b' }] } } },
      { output: true, outputText: 'ab' },
    ],
    [
      'thought',
      { serverContent: { modelTurn: { parts: [{ text: 'hm', thought: true }] } } },
      { output: true, outputText: '' },
    ],
    ['audio', { serverContent: { modelTurn: { parts: [audioPart] } } }, { output: true }],
    [
      'audio and transcript',
      { serverContent: { modelTurn: { parts: [audioPart] }, outputTranscription: { text: 'hi' } } },
      { output: true, outputText: 'hi' },
    ],
    [
      'transcript and text',
      { serverContent: { modelTurn: { parts: [{ text: 'x' }] }, outputTranscription: { text: 'hi' } } },
      { output: true, outputText: 'hi' },
    ],
    ['input transcript', { serverContent: { inputTranscription: { text: 'hello' } } }, { inputText: 'hello' }],
    ['end of the transcript', { serverContent: { outputTranscription: { finished: true } } }, {}],
    [
      'executable code',
      { serverContent: { modelTurn: { parts: [{ executableCode: { code: 'x' } }] } } },
      { output: true },
    ],
    ['generationComplete', { serverContent: { generationComplete: true } }, { generationComplete: true }],
    ['turnComplete', { serverContent: { turnComplete: true } }, { turnComplete: true }],
    ['turnComplete: false', { serverContent: { turnComplete: false } }, {}],
    [
      'turnComplete, more to come',
      { serverContent: { turnComplete: true, interactionStatus: 'IN_PROGRESS' } },
      { turnComplete: true, interactionInProgress: true },
    ],
    [
      'turnComplete, idle',
      { serverContent: { turnComplete: true, interactionStatus: 'IDLE' } },
      { turnComplete: true },
    ],
    ['in progress without turnComplete', { serverContent: { interactionStatus: 'IN_PROGRESS' } }, {}],
    ['interrupted', { serverContent: { interrupted: true } }, { interrupted: true }],
    ['heartbeat', {}, { empty: true }],
    ['heartbeat with content', { serverContent: {} }, { empty: true }],
    ['heartbeat with transcript', { serverContent: { outputTranscription: {} } }, { empty: true }],
    ['heartbeat of nulls', { serverContent: { modelTurn: null } }, { empty: true }],
    ['unknown', { somethingNew: { a: 1 }, serverContent: {} }, { unknown: ['somethingNew'] }],
  ])('W-FACTS-1 %s', (_name, message, expected) => {
    expect(facts(message)).toEqual({ ...nothing, ...expected });
  });

  test('W-FACTS-2 every key of one frame is read', () => {
    const message = {
      setupComplete: {},
      goAway: { timeLeft: '1s' },
      sessionResumptionUpdate: { newHandle: 'h', resumable: true },
      usageMetadata: { promptTokenCount: 1 },
      toolCall: { functionCalls: [{ id: 'a' }] },
      toolCallCancellation: { ids: ['b'] },
      voiceActivity: { type: 'ACTIVITY_START' },
      serverContent: {
        modelTurn: { parts: [{ text: 'x' }] },
        inputTranscription: { text: 'i' },
        generationComplete: true,
        turnComplete: true,
        interrupted: true,
      },
      future: 1,
    };
    expect(facts(message)).toEqual({
      ...nothing,
      setupComplete: {},
      goAway: { timeLeftMs: 1_000 },
      resumption: { handle: 'h', resumable: true, explicitlyNot: false, lastConsumedIndex: null },
      usage: { promptTokens: 1, responseTokens: null, totalTokens: null, byModality: {} },
      toolCall: { ids: ['a'] },
      toolCallCancellation: { ids: ['b'] },
      activity: 'start',
      output: true,
      outputText: 'x',
      inputText: 'i',
      generationComplete: true,
      turnComplete: true,
      interrupted: true,
      unknown: ['future'],
    });
  });

  test.each<readonly [string, object, Partial<MessageFacts>, readonly string[]]>([
    ['goAway', { goAway: 'now' }, {}, ['goAway']],
    [
      'flags',
      { serverContent: { turnComplete: 1, interrupted: 'yes', generationComplete: 'true' } },
      { generationComplete: true },
      ['serverContent.turnComplete', 'serverContent.interrupted'],
    ],
    ['content', { serverContent: [] }, {}, ['serverContent']],
    [
      'parts',
      { serverContent: { modelTurn: { parts: ['x', { text: 5 }] } } },
      { output: true },
      ['serverContent.modelTurn.parts[0]', 'serverContent.modelTurn.parts[1].text'],
    ],
    ['transcript', { serverContent: { inputTranscription: 'hello' } }, {}, ['serverContent.inputTranscription']],
    [
      'calls',
      { toolCall: { functionCalls: [{ id: 1 }, null, { id: 'a' }] } },
      { toolCall: { ids: ['a'] } },
      ['toolCall.functionCalls[0].id', 'toolCall.functionCalls[1]'],
    ],
    [
      'ids',
      { toolCallCancellation: { ids: [1, 'a', ''] } },
      { toolCallCancellation: { ids: ['a'] } },
      ['toolCallCancellation.ids[0]', 'toolCallCancellation.ids[2]'],
    ],
    [
      'handle',
      { sessionResumptionUpdate: { newHandle: 5, resumable: 'maybe', lastConsumedClientMessageIndex: -1 } },
      { resumption: { handle: null, resumable: false, explicitlyNot: false, lastConsumedIndex: null } },
      [
        'sessionResumptionUpdate.newHandle',
        'sessionResumptionUpdate.resumable',
        'sessionResumptionUpdate.lastConsumedClientMessageIndex',
      ],
    ],
    [
      'usage',
      { usageMetadata: { promptTokenCount: 'x', promptTokensDetails: [null, { modality: 'TEXT', tokenCount: 1 }] } },
      { usage: { promptTokens: null, responseTokens: null, totalTokens: null, byModality: { TEXT: 1 } } },
      ['usageMetadata.promptTokensDetails[0]', 'usageMetadata.promptTokenCount'],
    ],
    // To ignore it would leave the dial waiting for an answer that has come.
    ['setupComplete', { setupComplete: true }, { setupComplete: {} }, ['setupComplete']],
  ])('W-FACTS-3 %s of a wrong type is left out and named', (_name, message, expected, odd) => {
    expect(facts(message)).toEqual({ ...nothing, ...expected, odd });
  });

  test('W-FACTS-4 pure media shares one frozen result', () => {
    const one = facts({ serverContent: { modelTurn: { parts: [audioPart] } } });
    expect(facts({ serverContent: { modelTurn: { role: 'model', parts: [audioPart, audioPart] } } })).toBe(one);
    expect(Object.isFrozen(one) && Object.isFrozen(one.odd) && Object.isFrozen(one.unknown)).toBe(true);
  });

  test('W-FACTS-5 media with anything beside it does not take the short way', () => {
    const media = facts({ serverContent: { modelTurn: { parts: [audioPart] } } });
    for (const message of [
      { serverContent: { modelTurn: { parts: [audioPart] }, turnComplete: true } },
      { serverContent: { modelTurn: { parts: [audioPart] } }, usageMetadata: {} },
      { serverContent: { modelTurn: { parts: [audioPart, { text: 'x' }] } } },
      { serverContent: { modelTurn: { parts: [{ ...audioPart, thought: true }] } } },
      { serverContent: { modelTurn: { parts: [] } } },
    ]) {
      expect(facts(message)).not.toBe(media);
    }
  });

  test('W-FACTS-6 any object has facts', () => {
    const keys = [
      'setupComplete',
      'serverContent',
      'toolCall',
      'toolCallCancellation',
      'usageMetadata',
      'goAway',
      'sessionResumptionUpdate',
      'voiceActivity',
      'voiceActivityDetectionSignal',
      'modelTurn',
      'parts',
      'ids',
      'functionCalls',
      'newHandle',
      'promptTokensDetails',
      '__proto__',
    ];
    const tree = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.anything(), fc.array(tie('value')), tie('object')),
      object: fc.dictionary(fc.constantFrom(...keys), tie('value')),
    }));
    fc.assert(
      fc.property(tree.object, (message) => {
        const read = facts(message);
        expect(typeof read.output).toBe('boolean');
        expect(read.goAway === undefined || Number.isFinite(read.goAway.timeLeftMs)).toBe(true);
      }),
    );
  });

  test('W-FACTS-7 a modality named __proto__ is a name like any other', () => {
    const message: unknown = JSON.parse(
      '{"usageMetadata":{"promptTokensDetails":[{"modality":"__proto__","tokenCount":3}]}}',
    );
    expect(Object.entries(facts(message).usage?.byModality ?? {})).toEqual([['__proto__', 3]]);
  });
});
