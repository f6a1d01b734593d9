/**
 * Faults that the server says itself: every close it was seen to send (docs/PROTOCOL.md), and what goAway can do.
 *
 * Owns the classes of the group `server`. Closes that answer a handle are in resumption.ts.
 */
import { closings, unknownName, unsupportedModality, type Closing } from '../../protocol/refusals.js';
import type { Fault } from '../fault.js';
import { group } from './class.js';

const now = { at: 'now' } as const;
const closeNow = (closing: Closing): Fault => ({ match: now, action: { do: 'close', ...closing } });
/** Instead of setupComplete: the setup or the key is at fault. */
const closeSetup = (code: number, reason: string): Fault => ({
  match: { at: 'setup' },
  action: { do: 'close', code, reason },
});

export const serverClasses = group('server', {
  'close/1008-goaway-overrun': [
    'The client stayed beyond the time of the goAway.',
    'LOG: how connections end that ignore it',
    closeNow(closings.outlivedGoAway),
  ],
  'close/1011-deadline': ['The age limit, without notice.', 'LOG', closeNow(closings.deadlineExpired)],
  'close/1000-cancelled': [
    'The age limit on Vertex AI: 1000, and yet nobody hung up.',
    'LOG: at ten minutes',
    closeNow(closings.cancelled),
  ],
  'close/1008-aborted': ['The server drops the connection.', 'LOG', closeNow(closings.aborted)],
  'close/1011-internal': ['Trouble in the server.', 'LOG', closeNow(closings.internal)],
  'close/1011-internal-occurred': [
    'The same in other words.',
    'LOG',
    closeNow({ code: 1011, reason: 'Internal error occurred.' }),
  ],
  'close/1011-unavailable': ['The service is not available.', 'LOG', closeNow(closings.unavailable)],
  'close/1011-overloaded': [
    'The service is overloaded.',
    'LOG: OVERLOADED somewhere in the reason',
    closeNow({ code: 1011, reason: 'The model is OVERLOADED. Please try again later.' }),
  ],
  'close/1011-quota': ['Quota or concurrency is used up.', 'LOG', closeNow(closings.quota)],
  'close/1011-spending-cap': ["The month's spending cap is reached.", 'LOG', closeNow(closings.spendingCap)],
  'close/1011-token-used': [
    'The ephemeral token has no uses left.',
    'LOG',
    closeSetup(1011, closings.tokenUsedUp.reason),
  ],
  'close/1011-token-expired': [
    'The ephemeral token is too old.',
    'LOG',
    closeSetup(1011, closings.tokenExpired.reason),
  ],
  'close/1011-auth-token-expired': ['The same in other words.', 'LOG', closeSetup(1011, 'auth token has expired')],
  'close/1007-invalid-argument': [
    'What the client just sent is refused.',
    'LOG',
    { match: { at: 'clientMessage' }, action: { do: 'close', ...closings.invalidArgument } },
  ],
  'close/1007-unknown-name': [
    'The setup has a field that the service does not know.',
    'LOG',
    closeSetup(1007, unknownName('x', 'setup').reason),
  ],
  'close/1007-api-key': ['The key is not valid.', 'LOG', closeSetup(1007, closings.invalidKey.reason)],
  'close/1007-modalities': [
    'The model cannot answer in this modality.',
    'LOG',
    closeSetup(1007, unsupportedModality('TEXT').reason),
  ],
  'close/1007-voices': ['A voice for answers in text.', 'LOG', closeSetup(1007, closings.voicesWithoutAudio.reason)],
  'close/1008-model-not-found': [
    'The model does not exist in this version.',
    'LOG',
    closeSetup(1008, 'models/x is not found for API version v1beta, or is not supported for bidiGenerateContent.'),
  ],
  'close/1008-publisher-model': [
    'The model does not exist in this project or location (Vertex AI).',
    'LOG',
    closeSetup(1008, 'Publisher Model `projects/p/locations/l/publishers/google/models/x` was not found.'),
  ],
  'close/1008-not-implemented': [
    'Audio was sent while a tool call was pending: closed now and then.',
    'LOG: intermittent',
    { match: { at: 'clientMessage' }, action: { do: 'close', ...closings.notImplemented } },
  ],

  'goaway/in-10s': [
    'A goAway with ten seconds of notice, then the end: an ordinary rotation, on demand.',
    'DOC',
    { match: now, action: { do: 'goAway', timeLeftMs: 10_000 } },
  ],
  'goaway/early': [
    'A goAway one second after setupComplete, with 300 s of notice.',
    'LOG: seen once in an agent framework',
    { match: { at: 'ready', afterMs: 1_000 }, action: { do: 'goAway', timeLeftMs: 300_000 } },
  ],
  'goaway/late': [
    'A goAway with 200 ms of notice: too late to get ready.',
    "OWN: an overrun that is not the client's fault",
    { match: now, action: { do: 'goAway', timeLeftMs: 200 } },
  ],
  'goaway/none': [
    "The server's own goAways never come: connections end at their limit without notice.",
    'LOG: 1011 after ten minutes, nothing before it',
    { match: { at: 'serverMessage', kind: 'goAway' }, action: { do: 'drop' }, times: 0 },
  ],
  'goaway/twice': [
    'A goAway with 10 s, and 2 s later another with 8 s: the same end, said twice.',
    'OWN',
    { match: now, action: { do: 'goAway', timeLeftMs: 10_000 } },
    { match: { at: 'now', afterMs: 2_000 }, action: { do: 'goAway', timeLeftMs: 8_000 } },
  ],
  'goaway/twice-sooner': [
    'A goAway with 10 s, and 1 s later another with 2 s: the end comes nearer.',
    'OWN',
    { match: now, action: { do: 'goAway', timeLeftMs: 10_000 } },
    { match: { at: 'now', afterMs: 1_000 }, action: { do: 'goAway', timeLeftMs: 2_000 } },
  ],
  'goaway/malformed': [
    'A goAway whose timeLeft is no duration; the end comes 5 s later.',
    'OWN: unparsable means leaving now, never NaN',
    { match: now, action: { do: 'goAway', timeLeftMs: 5_000, timeLeft: 'soon' } },
  ],
  'goaway/number': [
    'A goAway whose timeLeft is a number of seconds; the end comes then.',
    'LOG: Firebase gives numbers',
    { match: now, action: { do: 'goAway', timeLeftMs: 10_000, timeLeft: 10 } },
  ],
  'goaway/no-time-left': [
    'A goAway without timeLeft; the end comes 5 s later.',
    'OWN: proto3 JSON drops zeros',
    { match: now, action: { do: 'send', message: { goAway: {} } } },
    { match: { at: 'now', afterMs: 5_000 }, action: { do: 'close', ...closings.outlivedGoAway } },
  ],
  'goaway/silent': [
    'After a goAway with 10 s of notice nothing more comes but the end.',
    'LOG: seen in a benchmark of agents',
    { match: now, action: { do: 'goAway', timeLeftMs: 10_000 } },
    { match: { at: 'now', afterMs: 1 }, action: { do: 'silence' } },
  ],
  'goaway/empty-threat': [
    'A goAway with 10 s of notice, and nothing ends.',
    'OWN',
    { match: now, action: { do: 'goAway', timeLeftMs: 10_000, thenClose: false } },
  ],
});
