/**
 * The official SDK's transport: dials with the client the app already has.
 *
 * The SDK builds the URL, authenticates and writes the setup; the socket it makes is tapped, so that frames arrive raw
 * and every end of it is seen here. Owns the pinning of the API version. Never dials twice, never times out on its own
 * (whoever dials does that, with `close()`), and never lets a key into an error. `@google/genai` is not imported at run
 * time: the client passed in brings it.
 */
import type { GoogleGenAI, LiveCallbacks } from '@google/genai';
import { type Clock, systemClock } from '../clock.js';
import { LifelineError } from '../errors.js';
import { Dial } from './dial.js';
import { type Hide, secretHider } from './redact.js';
import { sessionCarrier } from './genai/sessionCarrier.js';
import { canTap, tapSocket, tapSockets } from './genai/tap.js';
import type { DialRequest, Transport } from './port.js';

export interface GenaiTransportOptions {
  /**
   * Milliseconds that a closed or failed socket may take to go away. After that it is dropped without a handshake
   * (where the runtime can: `ws` on Node) and reported as ended with 1006. Measured: a peer that never answers the
   * close frame holds the SDK's socket for 30 s.
   * @default 5_000
   */
  readonly closeGraceMs?: number;
  /**
   * Times `closeGraceMs`.
   * @default systemClock
   */
  readonly clock?: Clock;
}

export interface GenaiTransport extends Transport {
  readonly name: 'genai';
  /**
   * The API version every dial is pinned to, e.g. `v1beta`; `client` where the client's own choice stands: one was set
   * on it (`apiVersion`, `httpOptions.apiVersion`, with SDK 3 GOOGLE_GENAI_API_VERSION), it is a Vertex client, or its
   * sockets cannot be tapped. (A `connect` that a wrapper bound to the original escapes the pin: set a version then.)
   */
  readonly apiVersion: string;
}

/**
 * Makes a transport of your own `GoogleGenAI` client: its key, project, base URL, headers and proxy stay in force.
 *
 * A client whose sockets cannot be tapped (another SDK, a hand-made `{ live: { connect } }`, a wrapper that binds the
 * original) is used through its callbacks: frames are then parsed messages, and a socket cannot be closed before its
 * `connect()` has resolved.
 * @throws LifelineError `transportUnsupported` when the client has no `live.connect`; `invalidOptions`.
 */
export function genai(ai: GoogleGenAI, options: GenaiTransportOptions = {}): GenaiTransport {
  const { closeGraceMs = 5_000, clock = systemClock } = options;
  const live: Partial<GoogleGenAI['live']> | undefined = ai?.live;
  if (typeof live?.connect !== 'function') {
    throw new LifelineError('transportUnsupported', 'genai() was given a client without live.connect.', {
      phase: 'options',
    });
  }
  if (!Number.isFinite(closeGraceMs) || closeGraceMs < 0) {
    throw new LifelineError(
      'invalidOptions',
      `closeGraceMs is ${closeGraceMs}; it is a number of milliseconds, 0 or more.`,
      {
        phase: 'options',
      },
    );
  }
  const pinned = pinnedVersion(ai);
  const pin = (url: string): string => (pinned === null ? url : withApiVersion(url, pinned));
  const hide: Hide = secretHider([privates(ai).apiKey]);

  return {
    name: 'genai',
    provider: ai.vertexai ? 'vertex' : 'developer',
    apiVersion: pinned ?? 'client',
    dial(request, observer) {
      const dial = new Dial({ observer, clock, closeGraceMs, hide });
      // Starting in a microtask means that the observer never hears anything before the caller holds the Connection,
      // and that close() right after dial() leaves no trace on the network.
      void Promise.resolve().then(async () => {
        if (dial.isOver) return;
        try {
          await connect(ai, request, dial, pin);
        } catch (error) {
          dial.rejected(error);
        }
      });
      return dial;
    },
  };
}

async function connect(ai: GoogleGenAI, request: DialRequest, dial: Dial, pin: (url: string) => string): Promise<void> {
  let isTapped = false;
  const live = tapSockets(ai.live, (create) => (url, headers, sdk) => {
    isTapped = true;
    return tapSocket(dial, create, pin(url), headers, sdk);
  });
  // The SDK insists on callbacks; they count only while no socket went through the tap.
  const unlessTapped = (report: () => void): void => {
    if (!isTapped) report();
  };
  const callbacks: LiveCallbacks = {
    onopen: () => unlessTapped(() => dial.opened()),
    onmessage: (message) => unlessTapped(() => dial.frame(message)),
    onerror: (event) => unlessTapped(() => dial.failed(event)),
    onclose: (event) => unlessTapped(() => dial.gone(event)),
  };
  const session = await (live ?? ai.live).connect({ model: request.model, config: request.config, callbacks });
  if (isTapped) return;
  dial.carry(sessionCarrier(session));
  dial.opened();
  dial.setupWritten();
}

/**
 * The version to write into every URL, or null where the client's choice stands. SDK 3.x would dial v1, and there is
 * no evidence that v1 serves Live; ephemeral tokens exist in v1alpha only.
 */
function pinnedVersion(ai: GoogleGenAI): string | null {
  const { apiKey, apiVersion, httpOptions } = privates(ai);
  if (ai.vertexai || !canTap(ai.live)) return null;
  if (apiVersion !== undefined || httpOptions?.apiVersion !== undefined) return null;
  return apiKey?.startsWith('auth_tokens/') === true ? 'v1alpha' : 'v1beta';
}

function withApiVersion(url: string, version: string): string {
  return url.replace(/(\/google\.ai\.generativelanguage\.)[^./?]+(\.GenerativeService\.)/, `$1${version}$2`);
}

/** Fields that TypeScript calls private and that are there at run time; read, never written. */
function privates(ai: GoogleGenAI): { apiKey?: string; apiVersion?: string; httpOptions?: { apiVersion?: string } } {
  return ai as object;
}
