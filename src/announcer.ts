/**
 * What the statechart announces, with the measurements it cannot know, as the session's events.
 *
 * Owns the account of each hand-off and what became of the model's context. Decides nothing.
 */
import type { SessionEmitted } from '../machines/index.js';
import type { Budget } from './context/budget.js';
import type { TurnRecorder } from './context/turns.js';
import type { HandOff } from './events.js';
import type { AttachReport } from './outbox/outbox.js';
import type { Reporter } from './reporter.js';
import type { SessionStatus } from './status.js';

const maxHandOffs = 10_000;

export interface AnnouncerOptions {
  readonly reporter: Reporter;
  readonly budget: Budget;
  readonly turns: TurnRecorder;
}

export class Announcer {
  readonly #options: AnnouncerOptions;
  readonly #handOffs: HandOff[] = [];
  #attached: Omit<HandOff, 'connection' | 'outcome' | 'planned'> = {
    gapMs: 0,
    heldMs: 0,
    replayed: 0,
    possiblyDoubled: 0,
    dropped: 0,
  };
  #context: SessionStatus['context'] = 'original';

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  get context(): SessionStatus['context'] {
    return this.#context;
  }

  get handOffs(): readonly HandOff[] {
    return [...this.#handOffs];
  }

  /** A connection took over; the chart hears of it next. */
  attached(report: AttachReport, gapMs: number): void {
    this.#attached = { ...report, gapMs };
  }

  contextLost(connection: number, tokensBefore: number, tokensAfter: number): void {
    this.#context = 'lost';
    this.#options.reporter.emit({ type: 'contextLost', connection, tokensBefore, tokensAfter });
  }

  announce(emitted: SessionEmitted): void {
    const { reporter, budget, turns } = this.#options;
    switch (emitted.type) {
      case 'connected':
        reporter.emit({ type: 'connected', connection: emitted.epoch });
        return;
      case 'resumed': {
        const { epoch: connection, outcome, planned } = emitted;
        this.#context = outcome;
        this.#handedOff({ connection, outcome, planned, ...this.#attached });
        return;
      }
      case 'goAway':
        budget.connectionEndsIn(emitted.timeLeftMs);
        reporter.emit({ type: 'goAway', connection: emitted.epoch, timeLeftMs: emitted.timeLeftMs });
        return;
      case 'rotating': {
        const { epoch: connection, reason, atDeadline } = emitted;
        turns.closeTurn();
        reporter.emit({ type: 'rotating', connection, reason, atDeadline });
        return;
      }
      case 'nearLimit':
        reporter.emit({ ...emitted, limitedBy: budget.read().limitedBy });
        return;
      case 'expired':
        turns.closeTurn();
        reporter.emit(emitted);
        return;
      case 'compressed':
      case 'exhausted':
      case 'handleDropped':
      case 'turnComplete':
      case 'interrupted':
        reporter.emit(emitted);
        return;
      default:
        emitted satisfies never;
    }
  }

  #handedOff(handOff: HandOff): void {
    const { reporter } = this.#options;
    this.#handOffs.push(handOff);
    if (this.#handOffs.length > maxHandOffs) this.#handOffs.shift();
    if (handOff.planned && handOff.outcome === 'restored') reporter.emit({ type: 'rotated', ...handOff });
    reporter.emit({ type: 'resumed', ...handOff });
  }
}
