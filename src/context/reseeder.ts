/**
 * Prepares what a fresh server session is told about the old one, and hands it over once, in the form its model takes.
 *
 * Owns the summary of the app with its time limit. A summary that fails must not cost the session its past.
 */
import type { LiveConnectConfig } from '@google/genai';
import type { Clock, TimerId } from '../clock.js';
import { reseedConfig, reseedMessage } from './reseed.js';
import type { RecordedTurn } from './turns.js';

export type Summarize = (turns: readonly RecordedTurn[]) => string | Promise<string>;

export interface ReseederOptions {
  readonly model: string;
  readonly clock: Clock;
  readonly summarize: Summarize | undefined;
  readonly timeoutMs: number;
  readonly onSummaryFailed: (cause: unknown) => void;
}

export class Reseeder {
  readonly #options: ReseederOptions;
  /** Prepared for the next fresh connection. */
  #turns: readonly RecordedTurn[] = [];
  /** Told to the server session that is running now. */
  #told: readonly RecordedTurn[] = [];
  #stop: () => void = () => {};

  constructor(options: ReseederOptions) {
    this.#options = options;
  }

  /** Never rejects. `restores`: there is something to tell. */
  async prepare(turns: readonly RecordedTurn[]): Promise<{ readonly restores: boolean }> {
    const { summarize } = this.#options;
    this.#turns = [];
    this.#turns = summarize && turns.length > 0 ? await this.#summary(summarize, turns) : turns;
    return { restores: this.#turns.length > 0 };
  }

  /**
   * For models that take their past in the setup only. A resume says it again: its setup replaces the instruction that the
   * past is part of. Changes `config`.
   */
  addTo(config: LiveConnectConfig, isFresh: boolean): void {
    reseedConfig(this.#options.model, isFresh ? this.#turns : this.#told, config);
  }

  /** The first message for the fresh connection, or null; what was prepared is used up. */
  take(): string | null {
    const message = reseedMessage(this.#options.model, this.#turns);
    this.#told = this.#turns;
    this.#turns = [];
    return message;
  }

  /** The session is over: a summary that is still being made is nobody's. */
  end(): void {
    this.#stop();
  }

  async #summary(summarize: Summarize, turns: readonly RecordedTurn[]): Promise<readonly RecordedTurn[]> {
    const { clock, timeoutMs, onSummaryFailed } = this.#options;
    let timer: TimerId;
    const late = new Promise<never>((_, reject) => {
      timer = clock.setTimeout(() => reject(new Error(`No summary after ${timeoutMs} ms.`)), timeoutMs);
      this.#stop = () => reject(new Error('The session ended.'));
    });
    // A summary that throws at once is never raced against it.
    late.catch(() => {});
    try {
      const text = await Promise.race([Promise.resolve(summarize(turns)), late]);
      if (typeof text !== 'string' || text.trim() === '') throw new Error('The summary is not text.');
      return [{ role: 'user', text }];
    } catch (error) {
      onSummaryFailed(error);
      return turns;
    } finally {
      clock.clearTimeout(timer);
      this.#stop = () => {};
    }
  }
}
