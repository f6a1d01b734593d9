/**
 * Entry point `gemini-lifeline/websocket`: dials the Live API itself, without @google/genai.
 *
 * For browsers with an ephemeral token, for proxies and headers, and where a successor is to be dialled early: it can
 * hold a warm socket, which is open and has sent no setup. Takes the SDK's LiveConnectConfig and writes the setup the
 * SDK writes; what it sends and the SDK drops is listed in webSocket/setupText.ts. Never dials twice, never times out
 * on its own (whoever dials does that, with `close()`), and never lets a key or token into an error.
 */
import { systemClock } from '../clock.js';
import type { Transport, WarmSocket } from './port.js';
import { WarmSockets } from './warm.js';
import { endpointOf } from './webSocket/endpoint.js';
import { Line } from './webSocket/line.js';
import type { WebSocketTransportOptions } from './webSocket/options.js';
import { refuse } from './webSocket/refuse.js';
import { socketsFor } from './webSocket/sockets.js';

export type {
  Credential,
  DeveloperApiOptions,
  VertexOptions,
  WebSocketConstructor,
  WebSocketLike,
  WebSocketTransportOptions,
} from './webSocket/options.js';

export interface WebSocketTransport extends Transport {
  readonly name: 'webSocket';
  /** The credential is a function, so every dial has a new one. */
  readonly renewsTokens: boolean;
  warm(onSettled?: () => void): WarmSocket;
}

/**
 * Makes a transport of a key, an ephemeral token or an access token: `webSocket({ apiKey })`,
 * `webSocket({ vertexai: true, project, location, accessToken: () => … })`.
 * @throws LifelineError `invalidOptions`, also for what this runtime's WebSocket cannot do: headers in a browser.
 */
export function webSocket(options: WebSocketTransportOptions): WebSocketTransport {
  const { closeGraceMs = 5_000, warmLifeMs = 60_000, clock = systemClock } = options ?? {};
  if (typeof options !== 'object' || options === null) refuse('webSocket() takes an object of options.');
  milliseconds(closeGraceMs, 'closeGraceMs');
  milliseconds(warmLifeMs, 'warmLifeMs');
  const endpoint = endpointOf(options);
  const sockets = socketsFor(options, endpoint);
  const newLine = (): Line => new Line({ endpoint, sockets, clock, closeGraceMs });
  const warmLines = new WarmSockets<Line>();

  return {
    name: 'webSocket',
    provider: endpoint.provider,
    renewsTokens: typeof endpoint.credential === 'function',
    warm(onSettled = () => {}) {
      const line = newLine();
      line.warmUp();
      return warmLines.keep(line, clock, warmLifeMs, onSettled);
    },
    dial(request, observer) {
      const line = warmLines.take(request.warm) ?? newLine();
      line.dial(request, observer);
      return line.connection;
    },
  };
}

function milliseconds(value: number, option: string): void {
  if (!Number.isFinite(value) || value < 0) refuse(`${option} is ${value}; it is a number of milliseconds, 0 or more.`);
}
