/**
 * Faults of the socket and of the frames on it.
 *
 * Owns the classes of the group `stream`.
 */
import { group } from './class.js';

const now = { at: 'now' } as const;

export const streamClasses = group('stream', {
  'stream/fin': [
    'The socket ends without a close frame: 1006.',
    'LOG: a proxy or a phone network lets go',
    { match: now, action: { do: 'fin' } },
  ],
  'stream/rst': [
    'The socket is reset: 1006.',
    'LOG: seen with every change of network',
    { match: now, action: { do: 'rst' } },
  ],
  'stream/rst-in-frame': [
    'The socket is reset after half a frame of the server: 1006, and the message never comes.',
    'OWN: a reader must not take the half for a whole',
    { match: now, action: { do: 'rst', midFrame: true } },
  ],
  'stream/half-open': [
    'The socket stays open and nothing passes any more, pings and closes neither.',
    'LOG: a network that drops packets without a word',
    { match: now, action: { do: 'halfOpen' } },
  ],
  'stream/one-way-up': [
    'The server is heard, and hears nothing.',
    'OWN: half of a half-open socket',
    { match: now, action: { do: 'mute', direction: 'up' } },
  ],
  'stream/one-way-down': [
    'The server hears everything, and is not heard.',
    'OWN: half of a half-open socket',
    { match: now, action: { do: 'mute', direction: 'down' } },
  ],
  'stream/silent': [
    'The socket works, but the server says nothing more.',
    'LOG: a session that hangs',
    { match: now, action: { do: 'silence' } },
  ],
  'stream/trickle': [
    'All bytes pass at 2,000 a second, far below what audio needs.',
    'OWN: what is written piles up on both sides',
    { match: now, action: { do: 'trickle', bytesPerSecond: 2_000 } },
  ],
  'stream/delay': [
    'Every frame takes a second longer, each way.',
    'OWN: a satellite, or a bufferbloated line',
    { match: now, action: { do: 'delay', ms: 1_000 } },
  ],
  'stream/late-pong': [
    'Pongs come 20 s after their pings; all else works.',
    'LOG: 8 to 30 s were seen on links that lived on',
    { match: now, action: { do: 'latePong', ms: 20_000 } },
  ],
  'stream/huge-frame': [
    'An empty message of 8 MiB: blanks around two braces.',
    'OWN: limits of readers and buffers',
    { match: now, action: { do: 'garbage', data: '{}', bytes: 8 * 1024 * 1024 } },
  ],
  'stream/fragmented': [
    'Every message comes in five WebSocket fragments.',
    'OWN: the protocol allows it, and hand-made readers forget it',
    { match: { at: 'serverMessage' }, action: { do: 'fragment', parts: 5 }, times: 0 },
  ],
  'stream/text-frames': [
    'Every message comes in a text frame instead of a binary one.',
    'REC: the service sends binary frames, so nobody reads the other kind',
    { match: { at: 'serverMessage' }, action: { do: 'textFrame' }, times: 0 },
  ],
  'stream/text-among-binary': [
    'The third message comes in a text frame, all others in binary ones.',
    'LOG: with Blobs a text frame overtakes earlier binary ones',
    { match: { at: 'serverMessage', nth: 3 }, action: { do: 'textFrame' }, times: 0 },
  ],
  'stream/not-json': [
    'A frame that is text, but not JSON.',
    'LOG: becomes an unhandled rejection in the official SDK',
    { match: now, action: { do: 'garbage', data: '<html>502</html>', text: true } },
  ],
  'stream/not-an-object': [
    'A frame that is JSON, but no object.',
    'OWN: `null` and lists break readers that only catch syntax errors',
    { match: now, action: { do: 'garbage', data: 'null' } },
    { match: now, action: { do: 'garbage', data: '[1]' } },
  ],
  'stream/invalid-utf8': [
    'A binary frame of bytes that are not UTF-8.',
    'OWN: damaged in a proxy',
    { match: now, action: { do: 'garbage', bytes: 64 } },
  ],
  'stream/invalid-utf8-text': [
    'A text frame of bytes that are not UTF-8: the client must fail the connection.',
    'OWN: RFC 6455, section 8.1',
    { match: now, action: { do: 'garbage', bytes: 64, text: true } },
  ],
  'stream/unknown-message': [
    'A message of a kind that does not exist yet, and a known one with an unknown field.',
    'LOG: the service adds kinds without a new version',
    { match: now, action: { do: 'send', message: { sessionWeather: { sky: 'grey' } } } },
    { match: now, action: { do: 'send', message: { serverContent: { mood: 'calm' } } } },
  ],
});
