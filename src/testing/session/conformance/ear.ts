/**
 * The observer that a case gives to a dial: it hears everything, and knows at once what must not be heard.
 *
 *   dial() returned ── opened, once ── frame* ── ended, once ── (nothing)
 *
 * Owns the order of callbacks. What a frame or an end should say is for the case.
 */
import type { Connection, ConnectionEnd, ConnectionObserver, DialRequest, FrameData } from '../../../transport/port.js';
import { expectThat, KitError, pause, until } from '../namedCase.js';
import { defaultPatienceMs, type TransportSubject } from './subject.js';

/** A model that the emulator has. */
export const model = 'gemini-live-2.5-flash-preview';

/** After an end, this long for a second one to show. */
const afterwardsMs = 15;

export type Heard = 'opened' | 'frame' | 'ended';

export class Ear implements ConnectionObserver {
  readonly log: Heard[] = [];
  readonly frames: FrameData[] = [];
  readonly connection: Connection;
  end: ConnectionEnd | null = null;
  /** Called out of each callback: what an app may do there. */
  readonly #within: (heard: Heard, ear: Ear) => void;
  readonly #patienceMs: number;
  readonly #closeGraceMs: number;
  #problem: string | null = null;
  #hasReturned = false;

  constructor(
    subject: TransportSubject,
    request: Partial<DialRequest> = {},
    within: (heard: Heard, ear: Ear) => void = () => {},
  ) {
    this.#within = within;
    this.#patienceMs = subject.patienceMs ?? defaultPatienceMs;
    this.#closeGraceMs = subject.closeGraceMs ?? 5_000;
    try {
      this.connection = subject.transport.dial({ model, config: {}, ...request }, this);
    } catch (error) {
      throw new KitError(`dial() threw ${String(error)}; every outcome goes to the observer.`);
    }
    this.#hasReturned = true;
    this.check();
  }

  opened(): void {
    if (this.log.includes('opened')) this.#wrong('opened() was called twice');
    this.#note('opened');
  }

  frame(data: FrameData): void {
    if (!this.log.includes('opened')) this.#wrong('frame() came before opened()');
    const at = this.frames.push(data) - 1;
    if (data instanceof Blob) void data.arrayBuffer().then((bytes) => (this.frames[at] = bytes));
    this.#note('frame');
  }

  ended(end: ConnectionEnd): void {
    if (this.end !== null) this.#wrong('ended() was called twice');
    this.end = end;
    this.#note('ended');
  }

  get isSetUp(): boolean {
    return this.messages.some((message) => 'setupComplete' in message);
  }

  /** The frames that are JSON objects; a Blob is one as soon as it has been read. */
  get messages(): Record<string, unknown>[] {
    return this.frames.flatMap((data) => {
      const message = typeof data === 'object' && !isBytes(data) ? data : parsed(textOf(data));
      return typeof message === 'object' && message !== null ? [{ ...message }] : [];
    });
  }

  get texts(): string[] {
    return this.frames.map(textOf);
  }

  /** Throws when anything came in an order that the port rules out. */
  check(): void {
    expectThat(this.#problem === null, `${this.#problem}. Heard: ${this.story}.`);
  }

  get story(): string {
    return this.log.length === 0 ? 'nothing' : `${this.log.join(', ')}${this.end ? ` ${shown(this.end)}` : ''}`;
  }

  async until(isSo: () => boolean, what: string): Promise<void> {
    await until(
      () => this.#problem !== null || isSo(),
      () => `${what}. Heard: ${this.story}.`,
      this.#patienceMs,
    );
    this.check();
  }

  async setUp(): Promise<void> {
    await this.until(() => this.isSetUp, 'the frame with setupComplete');
  }

  /** The one end, with time for a second to show. */
  async over(withinMs = this.#patienceMs): Promise<ConnectionEnd> {
    await until(
      () => this.end !== null,
      () => `ended(). Heard: ${this.story}.`,
      withinMs,
    );
    await pause(afterwardsMs);
    this.check();
    expectThat(this.end !== null, 'ended() was not called.');
    return this.end;
  }

  /** The same of a close that nobody may answer. */
  overAfterGrace(): Promise<ConnectionEnd> {
    return this.over(this.#closeGraceMs + this.#patienceMs);
  }

  async closed(): Promise<ConnectionEnd> {
    this.connection.close();
    return this.over();
  }

  #note(heard: Heard): void {
    if (!this.#hasReturned) this.#wrong(`${heard} was called before dial() had returned`);
    if (this.log.includes('ended')) this.#wrong(`${heard} was called after ended()`);
    this.log.push(heard);
    // Handed over: a constructor that threw has given the caller no ear, and a broken transport calls all the same.
    if (this.#hasReturned) this.#within(heard, this);
  }

  #wrong(problem: string): void {
    this.#problem ??= problem;
  }
}

export function shown(end: ConnectionEnd): string {
  switch (end.cause) {
    case 'close':
      return `close ${end.code} ${JSON.stringify(end.reason)}`;
    case 'http':
      return `http ${end.status}`;
    case 'unreachable':
      return `unreachable: ${end.detail}`;
    case 'rejected':
      return `rejected: ${String(end.error)}`;
    default:
      return end satisfies never;
  }
}

function isBytes(data: object): boolean {
  return data instanceof ArrayBuffer || ArrayBuffer.isView(data) || data instanceof Blob;
}

function textOf(data: FrameData): string {
  if (typeof data === 'string') return data;
  if (data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return new TextDecoder().decode(data);
  return data instanceof Blob ? '' : JSON.stringify(data);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
