/** The clients that are tried, each with its program. Owns the list alone. */
import type { Entry } from './referee.js';

/** Not followed by tools that look for imports: what these files import is not installed with the package. */
const program = (name: string): string => new URL(name, import.meta.url).href;

export const roster: readonly Entry[] = [
  { name: '@google/genai 3.1.0', file: program('sdk/genai.mjs'), args: ['genai-3'] },
  { name: '@google/genai 2.32.0', file: program('sdk/genai.mjs'), args: ['@google/genai'] },
  { name: '@google/genai 1.52.0', file: program('sdk/genai.mjs'), args: ['genai-1'] },
  { name: 'firebase 12', file: program('sdk/firebase.mjs') },
  { name: '@google/adk 2.0.0', file: program('sdk/adk.mjs') },
  { name: '@livekit/agents-plugin-google 1.9.0', file: program('sdk/livekit.mjs') },
  { name: '@mastra/voice-google-gemini-live 0.11.3', file: program('sdk/mastra.mjs') },
  { name: '@pipecat-ai/gemini-live-websocket-transport 1.5.7', file: program('sdk/pipecat.mjs') },
  { name: 'wscat 6.1.0', file: program('sdk/wscat.mjs') },
  { name: 'Firebase for Swift, Kotlin, Dart and Unity: shapes', file: program('sdk/platforms.mjs') },
  {
    name: 'google-genai for Python',
    file: program('sdk/python.mjs'),
    args: [
      'google_genai.py',
      'not installable here: no python3 can import google.genai, and PyPI is not reachable',
      'nothing of its own: the app closes and connects again with the newest handle',
    ],
    tls: true,
    mayBeMissing: true,
  },
  {
    name: 'websockets for Python',
    file: program('sdk/python.mjs'),
    args: [
      'plain_websockets.py',
      'no python3 can import websockets: apt-get install python3-websockets',
      'no SDK: the program connects again with the newest handle',
    ],
    mayBeMissing: true,
  },
  {
    name: 'websockets for Python, over TLS',
    file: program('sdk/python.mjs'),
    args: [
      'plain_websockets.py',
      'no python3 can import websockets: apt-get install python3-websockets',
      'no SDK: the program connects again with the newest handle',
    ],
    tls: true,
    mayBeMissing: true,
  },
];
