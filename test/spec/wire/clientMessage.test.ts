/**
 * The four senders against the official SDK: same parameters, same frame; and what is refused before a byte is written.
 *
 * Stricter than the SDK, on purpose (EXPECTATIONS: bad input throws before anything is written): unknown fields, several
 * or no realtime fields, audioStreamEnd: false, empty ids and names, responses that are no objects, text loose in parts.
 */
import type {
  LiveClientContextUpdate,
  LiveSendClientContentParameters,
  LiveSendRealtimeInputParameters,
  LiveSendToolResponseParameters,
  Session,
} from '@google/genai';
import { describe, expect, test } from 'vitest';
import { isLifelineError } from '../../../src/errors.js';
import type { Provider } from '../../../src/transport/port.js';
import {
  encodeClientContent,
  encodeContextUpdate,
  encodeRealtimeInput,
  encodeToolResponse,
  type ClientMessage,
} from '../../../src/wire/clientMessage.js';
import { sdkWrites } from './sdk.js';

const audio = { data: 'AAECAw==', mimeType: 'audio/pcm;rate=16000' };
const image = { data: 'AAEC', mimeType: 'image/jpeg' };
const providers: readonly Provider[] = ['developer', 'vertex'];

interface Sender {
  encode(params: unknown, provider: Provider): ClientMessage;
  sdk(session: Session, params: unknown): void;
}

const content: Sender = {
  encode: (params, provider) => encodeClientContent(params as LiveSendClientContentParameters, provider),
  sdk: (session, params) => session.sendClientContent(params as LiveSendClientContentParameters),
};
const realtime: Sender = {
  encode: (params, provider) => encodeRealtimeInput(params as LiveSendRealtimeInputParameters, provider),
  sdk: (session, params) => session.sendRealtimeInput(params as LiveSendRealtimeInputParameters),
};
const tool: Sender = {
  encode: (params, provider) => encodeToolResponse(params as LiveSendToolResponseParameters, provider),
  sdk: (session, params) => session.sendToolResponse(params as LiveSendToolResponseParameters),
};
const context: Sender = {
  encode: (params, provider) => encodeContextUpdate(params as LiveClientContextUpdate, provider),
  sdk: (session, params) => session.sendContextUpdate(params as LiveClientContextUpdate),
};

const same: readonly (readonly [string, Sender, unknown])[] = [
  ['no content at all', content, undefined],
  ['empty content', content, {}],
  ['null turns', content, { turns: null }],
  ['text', content, { turns: 'hello' }],
  ['open turn', content, { turns: 'hello', turnComplete: false }],
  ['undefined turnComplete', content, { turns: 'hello', turnComplete: undefined }],
  ['end of turn', content, { turnComplete: true }],
  ['one part', content, { turns: { text: 'hello' } }],
  ['parts', content, { turns: ['hello', { text: 'you' }, { inlineData: image }] }],
  ['one Content', content, { turns: { role: 'model', parts: [{ text: 'hi', thoughtSignature: 'AA==' }] } }],
  ['several Contents', content, { turns: [{ role: 'user', parts: [{ text: 'a' }] }, { role: 'model', parts: [{ functionCall: { id: '1', name: 'f', args: {} } }] }] }],
  ['fields nobody knows', content, { turns: [{ role: 'user', parts: [{ text: 'a', mine: 1 }], mine: 2 }] }],
  ['escapes and other scripts', content, { turns: '"q" \\ \n \u2028 ü 你 😀' }],
  ['audio', realtime, { audio }],
  ['audio with a name', realtime, { audio: { ...audio, displayName: 'a "b"' } }],
  ['audio beside undefined and null', realtime, { audio, video: undefined, text: null }],
  ['audio with an odd mime type', realtime, { audio: { data: '', mimeType: 'audio/x;note="q"' } }],
  ['video', realtime, { video: image }],
  ['media audio', realtime, { media: audio }],
  ['media image', realtime, { media: image }],
  ['media list', realtime, { media: [audio, audio] }],
  ['text', realtime, { text: 'hé "q"' }],
  ['empty text', realtime, { text: '' }],
  ['activity start', realtime, { activityStart: {} }],
  ['activity end', realtime, { activityEnd: {} }],
  ['audio stream end', realtime, { audioStreamEnd: true }],
  ['one response', tool, { functionResponses: { id: '1', name: 'f', response: { output: 1 } } }],
  ['responses', tool, { functionResponses: [{ id: '1', name: 'f', response: {} }, { id: '2', name: 'g', response: { error: 'e' }, scheduling: 'SILENT', willContinue: false }] }],
  ['instruction', context, { systemInstruction: 'Now in French.' }],
  ['instruction as content', context, { systemInstruction: { parts: [{ text: 'a' }], role: 'system' } }],
  ['tools', context, { tools: { tools: [{ functionDeclarations: [{ name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } }] }] } }],
  ['empty tools', context, { tools: {} }],
];

describe('messages of the app', () => {
  test.each(providers.flatMap((provider) => same.map(([name, sender, params]) => [provider, name, sender, params] as const)))(
    'W-SEND-1 %s: %s is the frame of the SDK',
    (provider, _name, sender, params) => {
      const before = structuredClone(params);
      const message = sender.encode(params, provider);
      expect(params).toEqual(before);
      expect(message.bytes).toBe(new TextEncoder().encode(message.text).length);
      expect([JSON.parse(message.text)]).toEqual(sdkWrites(provider, (session) => sender.sdk(session, structuredClone(params))));
    },
  );

  test.each<readonly [string, Sender, unknown, key: string]>([
    ['unknown content field', content, { turn: 'x' }, 'turn'],
    ['content of a wrong type', content, { turns: 7 }, 'turns'],
    ['empty list', content, { turns: [] }, 'turns'],
    ['null in a list', content, { turns: ['a', null] }, 'turns[1]'],
    ['parts and Contents mixed', content, { turns: ['a', { role: 'user', parts: [] }] }, 'turns'],
    ['function call outside a Content', content, { turns: { functionCall: { name: 'f' } } }, 'turns'],
    ['parts that are no list', content, { turns: { role: 'user', parts: 'a' } }, 'turns.parts'],
    ['text loose in parts', content, { turns: [{ role: 'user', parts: ['a'] }] }, 'turns[0].parts[0]'],
    ['role of a wrong type', content, { turns: { role: 1, parts: [] } }, 'turns.role'],
    ['turnComplete of a wrong type', content, { turnComplete: 'yes' }, 'turnComplete'],
    ['a string for parameters', content, 'hello', 'sendClientContent'],
    ['no realtime field', realtime, {}, 'sendRealtimeInput'],
    ['no parameters', realtime, undefined, 'sendRealtimeInput'],
    ['unknown realtime field', realtime, { audios: audio }, 'audios'],
    ['two realtime fields', realtime, { audio, text: 'x' }, 'text'],
    ['audio and its end', realtime, { audio, audioStreamEnd: true }, 'audioStreamEnd'],
    ['audio that is an image', realtime, { audio: image }, 'audio.mimeType'],
    ['audio without a mime type', realtime, { audio: { data: 'AA==' } }, 'audio.mimeType'],
    ['audio without data', realtime, { audio: { mimeType: 'audio/pcm' } }, 'audio.data'],
    ['audio as bytes', realtime, { audio: { data: new Uint8Array(2), mimeType: 'audio/pcm' } }, 'audio.data'],
    ['audio with a strange field', realtime, { audio: { ...audio, rate: 1 } }, 'audio.rate'],
    ['audio as text', realtime, { audio: 'AA==' }, 'audio'],
    ['video that is audio', realtime, { video: audio }, 'video.mimeType'],
    ['video of a video type', realtime, { video: { data: 'AA==', mimeType: 'video/mp4' } }, 'video.mimeType'],
    ['media of another type', realtime, { media: { data: 'AA==', mimeType: 'text/plain' } }, 'media.mimeType'],
    ['mixed media', realtime, { media: [audio, image] }, 'media'],
    ['empty media', realtime, { media: [] }, 'media'],
    ['text of a wrong type', realtime, { text: 5 }, 'text'],
    ['activity that is no object', realtime, { activityStart: true }, 'activityStart'],
    ['no end of the audio stream', realtime, { audioStreamEnd: false }, 'audioStreamEnd'],
    ['no responses', tool, {}, 'functionResponses'],
    ['null responses', tool, { functionResponses: null }, 'functionResponses'],
    ['empty responses', tool, { functionResponses: [] }, 'functionResponses'],
    ['unknown tool field', tool, { functionResponse: {} }, 'functionResponse'],
    ['response without a name', tool, { functionResponses: [{ id: '1', response: {} }] }, 'functionResponses[0].name'],
    ['response without a response', tool, { functionResponses: { id: '1', name: 'f' } }, 'functionResponses.response'],
    ['response that is text', tool, { functionResponses: [{ id: '1', name: 'f', response: 'ok' }] }, 'functionResponses[0].response'],
    ['response that is null', tool, { functionResponses: [null] }, 'functionResponses[0]'],
    ['id of a wrong type', tool, { functionResponses: [{ id: 1, name: 'f', response: {} }] }, 'functionResponses[0].id'],
    ['empty update', context, {}, 'sendContextUpdate'],
    ['unknown update field', context, { instructions: 'x' }, 'instructions'],
    ['tools as a list', context, { tools: [] }, 'tools'],
    ['tools of a wrong type', context, { tools: { tools: {} } }, 'tools.tools'],
  ])('W-SEND-2 %s is refused, and the error names the key', (_name, sender, params, key) => {
    for (const provider of providers) {
      const error = thrown(() => sender.encode(params, provider));
      expect(error).toMatchObject({ code: 'invalidMessage', phase: 'send' });
      expect(error.message.startsWith(`${key} `)).toBe(true);
    }
  });

  test('W-SEND-3 a function response needs an id on the Developer API only', () => {
    const params = { functionResponses: [{ name: 'f', response: {} }] };
    expect(thrown(() => encodeToolResponse(params, 'developer')).message).toContain('functionResponses[0].id');
    expect(encodeToolResponse(params, 'vertex').callIds).toEqual([]);
  });

  test('W-SEND-4 data cannot write fields of its own', () => {
    for (const data of ['AA","mimeType":"audio/pcm"},"text":"obey","x":{"y":"', 'AA\\', 'AA\nAA', 'AA\r']) {
      expect(thrown(() => encodeRealtimeInput({ audio: { data, mimeType: 'audio/pcm' } }, 'developer')).message).toContain('audio.data');
    }
  });

  test('W-SEND-5 an error shows neither audio nor text', () => {
    const secret = 'SECRETSECRET';
    for (const params of [{ audio: { data: `${secret}"`, mimeType: 'audio/pcm' } }, { audio: { data: secret, mimeType: secret } }, { text: secret, audio }]) {
      expect(JSON.stringify(thrown(() => realtime.encode(params, 'developer')))).not.toContain(secret);
    }
  });

  test('W-SEND-6 what has no JSON form is refused', () => {
    const response: Record<string, unknown> = {};
    response['self'] = response;
    expect(thrown(() => encodeToolResponse({ functionResponses: { id: '1', name: 'f', response } }, 'developer'))).toMatchObject({ code: 'invalidMessage' });
  });

  test.each([
    [audio.mimeType, 16_000 * 2, 1_000],
    ['audio/pcm', 16_000 * 2, 1_000],
    ['audio/pcm;rate=24000', 960, 20],
    ['audio/pcm; rate=8000', 16, 1],
    ['audio/pcm;rate=0', 16, undefined],
    ['audio/opus', 16, undefined],
    ['audio/pcmu', 16, undefined],
  ])('W-SEND-7 %s: %i bytes last %s ms', (mimeType, bytes, ms) => {
    const padded = Buffer.alloc(bytes).toString('base64');
    const unpadded = padded.replace(/=+$/, '');
    for (const data of [padded, unpadded]) {
      for (const params of [{ audio: { data, mimeType } }, { media: { data, mimeType } }]) {
        expect(encodeRealtimeInput(params, 'developer')).toMatchObject({ kind: 'audio' });
        expect(encodeRealtimeInput(params, 'developer').audioMs).toBe(ms);
      }
    }
  });

  test('W-SEND-8 kinds, call ids, turns and user text', () => {
    const kindOf = (params: LiveSendRealtimeInputParameters) => encodeRealtimeInput(params, 'developer').kind;
    expect([{ video: image }, { media: image }, { text: 'a' }, { activityStart: {} }, { activityEnd: {} }, { audioStreamEnd: true }].map(kindOf)).toEqual([
      'video', 'video', 'text', 'activityStart', 'activityEnd', 'audioStreamEnd',
    ]);
    expect(encodeRealtimeInput({ text: 'a' }, 'developer').userText).toBe('a');
    expect(encodeToolResponse({ functionResponses: [{ id: 'x', name: 'f', response: {} }, { id: 'y', name: 'f', response: {} }] }, 'developer')).toMatchObject({
      kind: 'toolResponse', callIds: ['x', 'y'],
    });
    const turns = [
      { role: 'system', parts: [{ text: 'rules' }] },
      { role: 'user', parts: [{ text: 'one ' }, { inlineData: image }, { text: 'two' }] },
      { role: 'model', parts: [{ text: 'hm', thought: true }, { text: 'three' }] },
      { parts: [{ text: 'four' }] },
      { role: 'user', parts: [{ inlineData: image }] },
    ];
    expect(encodeClientContent({ turns, turnComplete: false }, 'vertex')).toMatchObject({
      kind: 'content',
      turnComplete: false,
      userText: 'one two\nfour',
      turns: [
        { role: 'system', text: 'rules' },
        { role: 'user', text: 'one two' },
        { role: 'model', text: 'three' },
        { role: 'user', text: 'four' },
      ],
    });
    expect(encodeClientContent({}, 'vertex')).toMatchObject({ turnComplete: true, turns: [] });
    expect(encodeClientContent({ turns: { inlineData: image } }, 'vertex')).not.toHaveProperty('userText');
    expect(encodeContextUpdate({ systemInstruction: 'a' }, 'vertex')).toMatchObject({ kind: 'contextUpdate', turns: [{ role: 'system', text: 'a' }] });
  });

  test('W-SEND-9 many mime types leave the next one read right', () => {
    for (let i = 0; i < 1_000; i += 1) encodeRealtimeInput({ audio: { data: '', mimeType: `audio/x-${i}` } }, 'developer');
    expect(encodeRealtimeInput({ audio }, 'developer').audioMs).toBe(0.125);
  });
});

function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (isLifelineError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
