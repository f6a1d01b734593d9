/**
 * The emulator as a Transport, in process: no socket, no thread, and time is whatever the clock says.
 *
 *   dial ── 3 round trips ── opened, setup ── frames both ways, oneWayMs each ── ended
 *
 * Owns the network between the two ends. Delivers everything through the clock, so nothing is ever re-entrant.
 */
import { systemClock, type Clock } from '../clock.js';
import { systemRandom, type Random } from '../random.js';
import type { Connection, ConnectionEnd, ConnectionObserver, DialRequest, Provider, Transport } from '../transport/port.js';
import { toSetup } from '../wire/setup.js';
import type { Peer, ServerConnection } from './connection.js';
import { DelayLine } from './delayLine.js';
import { createEmulator, isRefusal, type Emulator } from './emulator.js';
import type { EmulatorOptions } from './options.js';

/** May be changed at any time; the next item that is sent takes the new delay. */
export interface EmulatedNetwork {
  /** Default 0. */
  oneWayMs: number;
  /** Added to each delay, evenly spread from 0. Order is kept. Default 0. */
  jitterMs: number;
  /** Round trips from the dial to the open socket: TCP, TLS, upgrade. Default 3. */
  dialRoundTrips: number;
  /** A client's close that nobody answers ends the connection after this time, as package ws does. Default 30,000. */
  closeTimeoutMs: number;
}

export interface EmulatorTransport extends Transport {
  readonly name: 'emulator';
  readonly emulator: Emulator;
  readonly network: EmulatedNetwork;
}

export interface EmulatorTransportOptions extends EmulatorOptions, Partial<Readonly<EmulatedNetwork>> {
  readonly clock?: Clock;
  readonly random?: Random;
  /** What the transport sends as its key. Default `emulator`. */
  readonly apiKey?: string;
}

const paths: Record<Provider, string> = {
  developer: '//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
  vertex: '//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
};

interface Line {
  readonly emulator: Emulator;
  readonly network: EmulatedNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly provider: Provider;
  readonly apiKey: string;
}

/** A Live API of its own: `connect({ transport: emulator() })` needs no key and no network. */
export function emulator(options: EmulatorTransportOptions = {}): EmulatorTransport {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const core = createEmulator({ ...options, clock, random });
  const network: EmulatedNetwork = {
    oneWayMs: options.oneWayMs ?? 0,
    jitterMs: options.jitterMs ?? 0,
    dialRoundTrips: options.dialRoundTrips ?? 3,
    closeTimeoutMs: options.closeTimeoutMs ?? 30_000,
  };
  const provider = options.provider ?? 'developer';
  const line: Line = { emulator: core, network, clock, random, provider, apiKey: options.apiKey ?? 'emulator' };
  return {
    name: 'emulator',
    provider,
    emulator: core,
    network,
    dial: (request, observer) => new InProcessConnection(line, request, observer),
  };
}

class InProcessConnection implements Connection {
  readonly #line: Line;
  readonly #observer: ConnectionObserver;
  readonly #up: DelayLine;
  readonly #down: DelayLine;
  #server: ServerConnection | null = null;
  #state: 'dialing' | 'open' | 'closing' | 'ended' = 'dialing';
  #frozen = false;
  #unsent = 0;

  constructor(line: Line, request: DialRequest, observer: ConnectionObserver) {
    this.#line = line;
    this.#observer = observer;
    const { clock, network, random } = line;
    const delayMs = (): number => network.oneWayMs + (network.jitterMs > 0 ? random.next() * network.jitterMs : 0);
    this.#up = new DelayLine(clock, delayMs);
    this.#down = new DelayLine(clock, delayMs);
    clock.setTimeout(() => this.#open(request), network.dialRoundTrips * 2 * network.oneWayMs);
  }

  get bufferedAmount(): number {
    return this.#unsent;
  }

  send(text: string): void {
    if (this.#state !== 'open') return;
    // Nothing acknowledges on a half-open socket, so what is written piles up.
    if (this.#frozen) this.#unsent += text.length;
    else this.#up.push(() => this.#server?.receive(text));
  }

  close(): void {
    if (this.#state === 'closing' || this.#state === 'ended') return;
    const dialing = this.#state === 'dialing';
    this.#state = 'closing';
    if (dialing) return;
    // Whatever is on its way down still arrives first; the end comes back as an echo of the close frame.
    this.#up.push(() => {
      this.#server?.gone();
      this.#down.push(() => this.#finish(closed(1005)));
    });
    if (this.#frozen) this.#giveUpLater();
  }

  #open(request: DialRequest): void {
    if (this.#state === 'closing') return this.#finish(closed(1006));
    const { provider, emulator: core, apiKey } = this.#line;
    let setup: string;
    try {
      setup = JSON.stringify(toSetup(request.model, request.config, provider));
    } catch (error) {
      return this.#finish({ cause: 'rejected', error: error instanceof Error ? error : new Error(String(error)) });
    }
    const query = new URLSearchParams({ key: apiKey });
    const answer = core.accept({ path: paths[provider], query, headers: {} }, this.#peer());
    if (isRefusal(answer)) {
      return this.#finish(
        answer.status === 0
          ? { cause: 'unreachable', detail: 'The emulator was told not to answer.' }
          : { cause: 'http', status: answer.status },
      );
    }
    this.#server = answer;
    this.#state = 'open';
    this.#observer.opened();
    this.send(setup);
  }

  /** The server's end of the line. */
  #peer(): Peer {
    return {
      send: (data) => this.#down.push(() => this.#observer.frame(data)),
      close: (code, reason) => this.#down.push(() => this.#finish({ cause: 'close', code, reason })),
      reset: () => {
        // RST throws away what the receiver has not read: here, everything that is still on its way.
        this.#down.drop();
        this.#down.push(() => this.#finish(closed(1006)));
      },
      freeze: () => {
        this.#frozen = true;
        this.#up.freeze();
        this.#down.freeze();
        if (this.#state === 'closing') this.#giveUpLater();
      },
    };
  }

  #giveUpLater(): void {
    this.#line.clock.setTimeout(() => this.#finish(closed(1006)), this.#line.network.closeTimeoutMs);
  }

  #finish(end: ConnectionEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#down.freeze();
    this.#unsent = 0;
    this.#observer.ended(end);
  }
}

function closed(code: number): ConnectionEnd {
  return { cause: 'close', code, reason: '' };
}
