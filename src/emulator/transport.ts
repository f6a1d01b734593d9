/**
 * The emulator as a Transport, in process: no socket, no thread, and time is whatever the clock says.
 *
 *   dial ── 3 round trips ── opened, setup ── frames both ways, oneWayMs each ── ended
 *   warm ── 3 round trips ── accepted, no setup ── dial({ warm }) ── opened, setup ── …
 *
 * Owns the network between the two ends. Delivers everything through the clock, so nothing is ever re-entrant.
 */
import { systemClock, type Clock, type TimerId } from '../clock.js';
import { systemRandom, type Random } from '../random.js';
import type {
  Connection,
  ConnectionEnd,
  ConnectionObserver,
  DialRequest,
  Provider,
  Transport,
  WarmSocket,
} from '../transport/port.js';
import { WarmSockets, type Warmable } from '../transport/warm.js';
import { toSetup } from '../wire/setup.js';
import type { Peer } from './faults/line.js';
import { strictText } from './faults/frames.js';
import { DelayLine } from './network/delayLine.js';
import { createEmulator, type Emulator } from './emulator.js';
import type { EmulatorParts } from './world.js';
import { isRefusal, type ServerConnection, type UpgradeRefusal } from './shell.js';
import type { Direction } from './faults/fault.js';
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
  /** A warm socket is kept this long, counted from `warm()`. Default 60,000. */
  warmLifeMs: number;
}

export interface EmulatorTransport extends Transport {
  readonly name: 'emulator';
  readonly emulator: Emulator;
  readonly network: EmulatedNetwork;
  /** Accepted by the emulator, which counts it among its connections; no setup is sent. */
  warm(onSettled?: () => void): WarmSocket;
}

export interface EmulatorTransportOptions extends EmulatorOptions, EmulatorParts, Partial<Readonly<EmulatedNetwork>> {
  readonly clock?: Clock;
  readonly random?: Random;
  /** What the transport sends as its key. Default `emulator`. */
  readonly apiKey?: string;
}

const paths: Record<Provider, string> = {
  developer: '//ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent',
  vertex: '//ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent',
};

/** What the answer to an upgrade has, for the time it takes to drip. */
const answerBytes = 129;

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
    warmLifeMs: options.warmLifeMs ?? 60_000,
  };
  const provider = options.provider ?? 'developer';
  const line: Line = { emulator: core, network, clock, random, provider, apiKey: options.apiKey ?? 'emulator' };
  const warmSockets = new WarmSockets<InProcessConnection>();
  return {
    name: 'emulator',
    provider,
    emulator: core,
    network,
    warm: (onSettled = () => {}) =>
      warmSockets.keep(new InProcessConnection(line), clock, network.warmLifeMs, onSettled),
    dial(request, observer) {
      const connection = warmSockets.take(request.warm) ?? new InProcessConnection(line);
      connection.serve(request, observer);
      return connection;
    },
  };
}

class InProcessConnection implements Connection, Warmable {
  readonly #line: Line;
  #observer: ConnectionObserver | null = null;
  #request: DialRequest | null = null;
  #onOpen: () => void = () => {};
  #onOver: () => void = () => {};
  readonly #up: DelayLine;
  readonly #down: DelayLine;
  #server: ServerConnection | null = null;
  /** `idle`: accepted, and no setup was sent yet. */
  #state: 'dialing' | 'idle' | 'open' | 'closing' | 'ended' = 'dialing';
  #unsent = 0;
  #unanswered = false;
  /** While dialling: the answer drips. While closing: nobody answers. */
  #timer: TimerId = null;
  #halfOpen = false;

  constructor(line: Line) {
    this.#line = line;
    const { clock, network, random } = line;
    const delayMs = (): number => network.oneWayMs + (network.jitterMs > 0 ? random.next() * network.jitterMs : 0);
    this.#up = new DelayLine(clock, delayMs);
    this.#down = new DelayLine(clock, delayMs);
    clock.setTimeout(() => this.#open(), network.dialRoundTrips * 2 * network.oneWayMs);
  }

  get stage(): 'opening' | 'open' | 'over' {
    if (this.#state === 'dialing') return 'opening';
    return this.#state === 'closing' || this.#state === 'ended' ? 'over' : 'open';
  }

  whenOpen(listener: () => void): void {
    this.#onOpen = listener;
  }

  whenOver(listener: () => void): void {
    this.#onOver = listener;
  }

  /** Gives it to a session: the setup goes out as soon as the socket is open. */
  serve(request: DialRequest, observer: ConnectionObserver): void {
    this.#request = request;
    this.#observer = observer;
    if (this.#state === 'idle') this.#line.clock.setTimeout(() => this.#setUp(request), 0);
  }

  get bufferedAmount(): number {
    return this.#unsent;
  }

  send(text: string): void {
    if (this.#state !== 'open') return;
    // Nothing acknowledges on a half-open socket, so what is written piles up; where it trickles, for a while.
    const piles = this.#up.frozen || this.#up.slow;
    if (piles) this.#unsent += text.length;
    this.#up.push(() => {
      if (piles) this.#unsent -= text.length;
      this.#server?.receive(text);
    }, text.length);
  }

  close(): void {
    if (this.#state === 'closing' || this.#state === 'ended') return;
    const dialing = this.#state === 'dialing';
    this.#state = 'closing';
    if (dialing && this.#unanswered) this.#line.clock.setTimeout(() => this.#finish(closed(1006)), 0);
    if (dialing) return;
    // Whatever is on its way down still arrives first; the end comes back as an echo of the close frame.
    this.#up.push(() => {
      this.#server?.gone();
      this.#down.push(() => this.#finish(closed(1005)));
    });
    const { clock, network } = this.#line;
    this.#timer = clock.setTimeout(() => this.#finish(closed(1006)), network.closeTimeoutMs);
  }

  #open(): void {
    if (this.#state === 'closing') return this.#finish(closed(1006));
    const request = this.#request;
    // A setup that cannot be written opens nothing.
    const setup = request === null ? null : this.#encode(request);
    if (setup instanceof Error) return this.#finish({ cause: 'rejected', error: setup });
    const { provider, emulator: core, apiKey } = this.#line;
    const query = new URLSearchParams({ key: apiKey });
    const answer = core.accept({ path: paths[provider], query, headers: {} }, this.#peer());
    if (isRefusal(answer)) return this.#refused(answer);
    this.#server = answer;
    const rate = answer.answerBytesPerSecond;
    if (rate === null) return this.#opened(setup);
    const ms = Math.ceil((answerBytes / rate) * 1_000);
    this.#unanswered = true;
    this.#down.pause(ms);
    this.#timer = this.#line.clock.setTimeout(() => {
      if (this.#state !== 'dialing') return;
      this.#unanswered = false;
      const late = this.#request === null ? null : this.#encode(this.#request);
      if (late instanceof Error) this.#reject(late);
      else this.#opened(late);
    }, ms);
  }

  #refused({ status }: UpgradeRefusal): void {
    if (status === 'never') this.#unanswered = true;
    else if (status === 0) this.#finish({ cause: 'unreachable', detail: 'The emulator was told not to answer.' });
    else this.#finish({ cause: 'http', status });
  }

  #opened(setup: string | null): void {
    this.#state = 'idle';
    this.#onOpen();
    if (setup !== null) this.#start(setup);
  }

  /** On a socket that was kept warm. */
  #setUp(request: DialRequest): void {
    if (this.#state !== 'idle') return;
    const setup = this.#encode(request);
    if (setup instanceof Error) this.#reject(setup);
    else this.#start(setup);
  }

  #reject(error: Error): void {
    this.#finish({ cause: 'rejected', error });
  }

  #encode({ model, config }: DialRequest): string | Error {
    try {
      return JSON.stringify(toSetup(model, config, this.#line.provider));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #start(setup: string): void {
    this.#state = 'open';
    this.#observer?.opened();
    this.send(setup);
  }

  /** The server's end of the line. */
  #peer(): Peer {
    return {
      // In how many fragments a message comes, no client can see.
      send: (data, form) => this.#down.push(() => this.#receive(data, form?.text === true), data.length),
      close: (code, reason) => this.#down.push(() => this.#finish({ cause: 'close', code, reason })),
      reset: () => {
        // RST throws away what the receiver has not read: here, everything that is still on its way.
        this.#down.drop();
        this.#down.push(() => this.#finish(closed(1006)));
      },
      end: () => this.#down.push(() => this.#finish(closed(1006))),
      freeze: () => {
        this.#halfOpen = true;
        this.#lines('both').forEach((line) => line.freeze());
      },
      mute: (direction) => this.#lines(direction).forEach((line) => line.freeze()),
      trickle: (bytesPerSecond, direction) => this.#lines(direction).forEach((line) => line.slowDown(bytesPerSecond)),
      delay: (ms, direction) => this.#lines(direction).forEach((line) => line.addDelay(ms)),
    };
  }

  #lines(direction: Direction): DelayLine[] {
    return [...(direction === 'down' ? [] : [this.#up]), ...(direction === 'up' ? [] : [this.#down])];
  }

  #receive(data: Uint8Array | string, asText: boolean): void {
    const frame = asText ? strictText(data) : data;
    if (frame !== null) return this.#observer?.frame(frame);
    // RFC 6455: a client fails the connection over a text frame that is not UTF-8.
    this.#finish(closed(1006));
  }

  #finish(end: ConnectionEnd): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    if (this.#timer !== null) this.#line.clock.clearTimeout(this.#timer);
    // Even a server that did not hear of it learns it from what it sends. Not so where nothing passes.
    if (!this.#halfOpen) this.#server?.gone();
    this.#up.freeze();
    this.#down.freeze();
    this.#unsent = 0;
    this.#onOver();
    this.#observer?.ended(end);
  }
}

function closed(code: number): ConnectionEnd {
  return { cause: 'close', code, reason: '' };
}
