/**
 * Parameters of the four senders: those whose frame must be that of the official SDK, and those that are refused before
 * a byte is written.
 */
import type {
  LiveClientContextUpdate,
  LiveSendClientContentParameters,
  LiveSendRealtimeInputParameters,
  LiveSendToolResponseParameters,
  Session,
} from '@google/genai';
import type { Provider } from '../../../src/transport/port.js';
import {
  type ClientMessage,
  encodeClientContent,
  encodeContextUpdate,
  encodeRealtimeInput,
  encodeToolResponse,
} from '../../../src/wire/clientMessage.js';

export const audio = { data: 'AAECAw==', mimeType: 'audio/pcm;rate=16000' };
export const image = { data: 'AAEC', mimeType: 'image/jpeg' };
export interface Sender {
  encode(params: unknown, provider: Provider): ClientMessage;
  sdk(session: Session, params: unknown): void;
}

const content: Sender = {
  encode: (params, provider) => encodeClientContent(params as LiveSendClientContentParameters, provider),
  sdk: (session, params) => session.sendClientContent(params as LiveSendClientContentParameters),
};
export const realtime: Sender = {
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

export const sameMessages: readonly (readonly [string, Sender, unknown])[] = [
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
  [
    'several Contents',
    content,
    {
      turns: [
        { role: 'user', parts: [{ text: 'a' }] },
        { role: 'model', parts: [{ functionCall: { id: '1', name: 'f', args: {} } }] },
      ],
    },
  ],
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
  [
    'responses',
    tool,
    {
      functionResponses: [
        { id: '1', name: 'f', response: {} },
        { id: '2', name: 'g', response: { error: 'e' }, scheduling: 'SILENT', willContinue: false },
      ],
    },
  ],
  ['instruction', context, { systemInstruction: 'Now in French.' }],
  ['instruction as content', context, { systemInstruction: { parts: [{ text: 'a' }], role: 'system' } }],
  [
    'tools',
    context,
    {
      tools: {
        tools: [
          {
            functionDeclarations: [
              { name: 'f', parameters: { type: 'object', properties: { a: { type: 'string' } } } },
            ],
          },
        ],
      },
    },
  ],
  ['empty tools', context, { tools: {} }],
];

/** Name, sender, parameters, and the key that the error names. */
export const refusedMessages: readonly (readonly [string, Sender, unknown, key: string])[] = [
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
  [
    'response that is text',
    tool,
    { functionResponses: [{ id: '1', name: 'f', response: 'ok' }] },
    'functionResponses[0].response',
  ],
  ['response that is null', tool, { functionResponses: [null] }, 'functionResponses[0]'],
  ['id of a wrong type', tool, { functionResponses: [{ id: 1, name: 'f', response: {} }] }, 'functionResponses[0].id'],
  ['empty update', context, {}, 'sendContextUpdate'],
  ['unknown update field', context, { instructions: 'x' }, 'instructions'],
  ['tools as a list', context, { tools: [] }, 'tools'],
  ['tools of a wrong type', context, { tools: { tools: {} } }, 'tools.tools'],
];
