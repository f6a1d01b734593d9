/**
 * Client frames as they should not be: edits of valid messages, and now and then of their text or their bytes.
 *
 * Owns the generator, for the fuzz test and the fuzz command alike.
 */
import * as fc from 'fast-check';
import type { FrameDialect, Json } from './validSetups.js';

const model = {
  developer: 'models/gemini-live-2.5-flash-preview',
  vertex: 'publishers/google/models/gemini-live-2.5-flash',
};
const silence = 'A'.repeat(856);

/** One of each kind that a client sends, many fields set. */
export function ordinaryMessages({ provider }: FrameDialect): readonly { [key: string]: Json }[] {
  const functionDeclarations = [
    { name: 'look', parameters: { type: 'OBJECT', properties: { at: { type: 'STRING' } } } },
  ];
  return [
    { setup: { model: model[provider] } },
    {
      setup: {
        model: model[provider],
        generationConfig: { responseModalities: ['AUDIO'], temperature: 0.5, thinkingConfig: { thinkingBudget: 0 } },
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        tools: [{ functionDeclarations }, { googleSearch: {} }],
        sessionResumption: {},
        contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } },
        inputAudioTranscription: {},
        realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 300 } },
      },
    },
    { setup: { model: model[provider], sessionResumption: { handle: 'no-such-handle' } } },
    { clientContent: { turns: [{ role: 'user', parts: [{ text: 'hello' }] }], turnComplete: true } },
    {
      client_content: {
        turns: [
          { role: 'user', parts: [{ text: 'see' }, { inline_data: { mime_type: 'image/png', data: 'AAAA' } }] },
          { role: 'model', parts: [{ functionCall: { id: '1', name: 'look', args: { at: 'it' } } }] },
        ],
        turn_complete: false,
      },
    },
    { realtimeInput: { audio: { data: silence, mimeType: 'audio/pcm;rate=16000' } } },
    { realtime_input: { audio: { data: silence, mime_type: 'audio/pcm;rate=16000' } } },
    { realtimeInput: { mediaChunks: [{ data: silence, mimeType: 'audio/pcm' }] } },
    { realtimeInput: { video: { data: silence, mimeType: 'image/jpeg' } } },
    { realtimeInput: { text: 'call look for me' } },
    { realtimeInput: { activityStart: {} } },
    { realtimeInput: { activityEnd: {} } },
    { realtimeInput: { audioStreamEnd: true } },
    { toolResponse: { functionResponses: [{ id: 'call', name: 'look', response: { output: { seen: ['a'] } } }] } },
    { contextUpdate: { systemInstruction: { parts: [{ text: 'Be long.' }] } } },
  ];
}

const strangeKeys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'colour',
  '',
  'ключ',
  '0',
  'x'.repeat(500),
];
const strangeValues: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  '9223372036854775808',
  '-1',
  '',
  'null',
  '!!!!',
  'AAAAA',
  'é'.repeat(200),
  '🎈'.repeat(60),
  '\ud800',
  '\u0000',
  'x'.repeat(100_000),
  [],
  {},
  [null],
  [[[[]]]],
  { text: 'x' },
  { parts: [{ text: 'x' }] },
  ['TEXT', 'AUDIO'],
  'TEXT',
  JSON.parse('{"__proto__": {"kind": "setup"}, "constructor": {"prototype": {}}}') as Json,
  nested(90),
  nested(110),
];

function nested(levels: number): Json {
  let value: Json = 'x';
  for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { parts: value };
  return value;
}

/** Another value of the same JSON type: the shape stays, the meaning may not. */
function varied(value: Json, choice: number): Json {
  if (typeof value === 'boolean') return !value;
  const others = strangeValues.filter((other) => typeof other === typeof value && !Array.isArray(other));
  return structuredClone(others[choice % others.length] ?? value);
}

/** A fresh copy: later edits go into it. */
function strange(choice: number): Json {
  return structuredClone(strangeValues[choice % strangeValues.length] ?? null);
}

interface Place {
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string;
}

function places(value: Json, found: Place[] = [], depth = 0): Place[] {
  if (typeof value !== 'object' || value === null || depth > 12 || found.length > 2_000) return found;
  for (const key of Object.keys(value)) {
    found.push({ holder: value, key });
    places((value as { [key: string]: Json })[key] as Json, found, depth + 1);
  }
  return found;
}

/** Defines rather than sets: `__proto__` is to be a key like any other. */
function put(holder: Place['holder'], key: string, value: Json): void {
  if (Array.isArray(holder) && !/^\d+$/.test(key)) holder.push(value);
  else Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

const edits = ['drop', 'rename', 'respell', 'retype', 'wrap', 'list', 'add', 'double', 'swap', 'vary', 'keep'] as const;

function edit(root: { [key: string]: Json }, kind: (typeof edits)[number], at: number, choice: number): void {
  const all = places(root);
  const place = all[at % Math.max(1, all.length)];
  if (place === undefined) return;
  const { holder, key } = place;
  const value = (holder as { [key: string]: Json })[key] as Json;
  switch (kind) {
    case 'drop':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      return;
    case 'rename':
      if (!Array.isArray(holder)) delete holder[key];
      return put(holder, strangeKeys[choice % strangeKeys.length] ?? '', value);
    case 'respell':
      return put(
        holder,
        key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        value,
      );
    case 'retype':
      return put(holder, key, strange(choice));
    case 'wrap':
      return put(holder, key, { [key]: value });
    case 'list':
      return put(
        holder,
        key,
        Array.from({ length: choice % 9 === 0 ? 300 : choice % 4 }, () => structuredClone(value)),
      );
    case 'add':
      return put(holder, strangeKeys[choice % strangeKeys.length] ?? '', strange(at));
    case 'double':
      return put(root, ['setup', 'clientContent', 'realtimeInput', 'toolResponse'][choice % 4] ?? '', value);
    case 'swap': {
      const other = all[choice % all.length];
      return other === undefined
        ? undefined
        : put(holder, key, structuredClone((other.holder as Record<string, Json>)[other.key] ?? null));
    }
    case 'vary':
      return put(holder, key, varied(value, choice));
    case 'keep':
      return;
    default:
      return kind satisfies never;
  }
}

const carriers = ['text', 'bytes', 'cut', 'brokenUtf8', 'noise', 'twoKeys', 'number', 'deep'] as const;

function carry(json: string, carrier: (typeof carriers)[number], at: number): string | Uint8Array {
  const bytes = (): Uint8Array => new TextEncoder().encode(json);
  switch (carrier) {
    case 'text':
      return json;
    case 'bytes':
      return bytes();
    case 'cut':
      return json.slice(0, at % (json.length + 1));
    case 'brokenUtf8': {
      const broken = bytes();
      broken[at % broken.length] = 0xff;
      return broken;
    }
    case 'noise':
      return json.slice(0, at % json.length) + '\u0000{]"' + json.slice(at % json.length);
    case 'twoKeys':
      return `${json.slice(0, -1)},${json.slice(1)}`;
    case 'number':
      return json.replace(/\d+/, '1e400');
    case 'deep':
      return json.replace(/"[^"]*"(?=[,}])/, () => '['.repeat(at) + ']'.repeat(at));
    default:
      return carrier satisfies never;
  }
}

/** One or two edits of an ordinary message, and now and then of its text or its bytes; `isFirst`: a connection's first. */
export function mutatedFrame(dialect: FrameDialect, isFirst = false): fc.Arbitrary<string | Uint8Array> {
  const step = fc.tuple(
    fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...edits) },
      { weight: 1, arbitrary: fc.constantFrom('keep' as const, 'respell' as const, 'vary' as const) },
    ),
    fc.nat(10_000),
    fc.nat(10_000),
  );
  const messages = ordinaryMessages(dialect);
  // Mostly what belongs there, so that enough is taken: a setup at first, anything else later.
  const fitting = messages.filter((message) => 'setup' in message === isFirst);
  return fc
    .tuple(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...fitting) },
        { weight: 1, arbitrary: fc.constantFrom(...messages) },
      ),
      fc.array(step, { minLength: 1, maxLength: 2 }),
      fc.oneof(
        { weight: 4, arbitrary: fc.constant('text' as const) },
        { weight: 1, arbitrary: fc.constantFrom(...carriers) },
      ),
      fc.nat(100_000),
    )
    .map(([base, steps, carrier, at]) => {
      const message = structuredClone(base);
      for (const [kind, place, choice] of steps) edit(message, kind, place, choice);
      return carry(JSON.stringify(message), carrier, at);
    });
}
