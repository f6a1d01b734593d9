/**
 * Faults before a session is set up: at the upgrade, and between it and setupComplete.
 *
 * Owns the classes of the group `dial`.
 */
import { closings } from '../../protocol/refusals.js';
import { group } from './class.js';

export const dialClasses = group('dial', {
  'dial/refused': [
    'No connection comes about: the socket is reset before any answer.',
    'LOG: no network, a captive portal, a restarting proxy',
    { action: { do: 'refuse', status: 0 } },
  ],
  'dial/http-401': [
    'The upgrade is answered with 401.',
    'LOG: credential expired',
    { action: { do: 'refuse', status: 401 } },
  ],
  'dial/http-403': [
    'The upgrade is answered with 403.',
    'LOG: key without access',
    { action: { do: 'refuse', status: 403 } },
  ],
  'dial/http-404': [
    'The upgrade is answered with 404.',
    'LOG: wrong path or version',
    { action: { do: 'refuse', status: 404 } },
  ],
  'dial/http-429': [
    'The upgrade is answered with 429.',
    'LOG: too many dials',
    { action: { do: 'refuse', status: 429 } },
  ],
  'dial/http-503': [
    'The upgrade is answered with 503.',
    'LOG: the service is overloaded',
    { action: { do: 'refuse', status: 503 } },
  ],
  'dial/stall': [
    'The upgrade request is never answered.',
    'OWN: a client without a timer of its own waits for ever',
    { action: { do: 'stall' } },
  ],
  'dial/slow-loris': [
    'The answer to the upgrade comes one byte a second: over two minutes to the open socket.',
    'OWN: every timer that is reset by traffic never fires',
    { action: { do: 'drip', bytesPerSecond: 1 } },
  ],
  'dial/close-after-upgrade': [
    'The socket opens and is closed at once with 1011, before the server reads anything.',
    'LOG: the service refuses this way what it cannot say by HTTP',
    { match: { at: 'dial' }, action: { do: 'close', ...closings.unavailable } },
  ],
  'dial/rst-after-upgrade': [
    'The socket opens and is reset at once.',
    'OWN: a balancer that loses its backend',
    { match: { at: 'dial' }, action: { do: 'rst' } },
  ],
  'dial/close-before-setup-complete': [
    'The setup is answered with a close, 1011, instead of setupComplete.',
    'LOG: clients that wait for setupComplete alone hang',
    { match: { at: 'setup' }, action: { do: 'close', ...closings.internal } },
  ],
  'dial/setup-never-answered': [
    'The socket opens, the setup is read, and nothing ever comes back.',
    'LOG: the official SDK has no timer for it',
    { match: { at: 'setup' }, action: { do: 'silence' } },
  ],
});
