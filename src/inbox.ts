/**
 * The inbox: what one message of the service means, beside the statechart.
 *
 *   message ─→ turns, tool calls, budget ─→ lifecycle events ─→ handle, usage ─→ the app's views
 *
 * Owns the order of these steps, and the numbering of handles. The app sees a message after the chart has, so that
 * `status` is already right when a callback looks at it.
 */
import { Subject, type Subscription } from 'rxjs';
import type { HandleRef, SessionEvent } from '../machines/index.js';
import type { Clock } from './clock.js';
import type { Budget } from './context/budget.js';
import type { Continuity } from './context/continuity.js';
import type { TurnRecorder } from './context/turns.js';
import type { HandleVault } from './handles.js';
import type { Outbox } from './outbox/outbox.js';
import type { ToolCalls } from './outbox/toolCalls.js';
import { toLifecycle } from './streams/lifecycle.js';
import type { MessageFacts, ResumptionFacts, UsageFacts } from './wire/facts.js';

/** 24 kHz, 16 bit, base64: the characters of one millisecond of the model's audio. */
const charactersPerAudioMs = 64;

export interface InboxOptions {
  readonly model: string;
  readonly clock: Clock;
  readonly budget: Budget;
  readonly turns: TurnRecorder;
  readonly calls: ToolCalls;
  readonly vault: HandleVault;
  readonly outbox: Outbox;
  /** Resumption was asked for; else updates are not ours to use. */
  readonly resumption: boolean;
  readonly ambiguityMs: () => number;
  /** Bytes that were written and have not left the socket. */
  readonly unsentBytes: () => number;
  /** A successor is being dialled while this connection still delivers. */
  readonly isDialling: () => boolean;
  readonly currentHandle: () => HandleRef | null;
  readonly send: (event: SessionEvent) => void;
  readonly continuity: Continuity;
  readonly onUnknown: (keys: readonly string[]) => void;
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #facts = new Subject<MessageFacts>();
  readonly #subscription: Subscription;
  #unknown = 0;

  constructor(options: InboxOptions) {
    this.#options = options;
    this.#subscription = toLifecycle(this.#facts).subscribe(options.send);
  }

  /** Messages with fields that nobody knows. */
  get unknownMessages(): number {
    return this.#unknown;
  }

  receive(epoch: number, facts: MessageFacts, bytes: number): void {
    const { clock, send, calls, turns, budget, continuity, onUnknown } = this.#options;
    if (facts.unknown.length > 0) {
      this.#unknown += 1;
      onUnknown(facts.unknown);
    }
    if (facts.goAway) send({ type: 'server.goAway', timeLeftMs: facts.goAway.timeLeftMs, atMs: clock.now() });
    if (facts.toolCall) calls.asked(facts.toolCall.ids, clock.now());
    if (facts.toolCallCancellation) calls.settled(facts.toolCallCancellation.ids);
    turns.add('user', facts.inputText);
    turns.add('model', facts.outputText);
    if (facts.turnComplete || facts.interrupted) turns.closeTurn();
    if (facts.inputText !== '') continuity.heardUser();
    if (facts.output || facts.toolCall || facts.generationComplete) continuity.generated();
    if (facts.output && facts.outputText === '') budget.audio(bytes / charactersPerAudioMs);
    this.#facts.next(facts);
    if (facts.resumption) this.#noteHandle(epoch, facts.resumption);
    if (facts.usage) this.#noteUsage(epoch, facts.usage);
  }

  /** Tells the statechart how full the context is. */
  measure(reported: boolean, epoch: number): void {
    const { tokens, fill } = this.#options.budget.read();
    this.#options.send({ type: 'context.measured', tokens, fill, reported, epoch });
  }

  end(): void {
    this.#subscription.unsubscribe();
  }

  #noteHandle(epoch: number, update: ResumptionFacts): void {
    const { clock, model, vault, outbox, resumption, ambiguityMs, unsentBytes, currentHandle, isDialling, send } =
      this.#options;
    if (!resumption) return;
    const { handle: value, resumable, explicitlyNot, lastConsumedIndex } = update;
    // An older handle must not replace a newer one: resuming with it would lose what came in between.
    if (value !== null && vault.isStale(value)) return;
    const current = currentHandle();
    const newest = current ? vault.get(current.seq) : undefined;
    // One that was never seen may be older too, held up on its way: where there is an index, it says so.
    if (lastConsumedIndex !== null && newest?.epoch === epoch && lastConsumedIndex < (newest.index ?? 0)) return;
    if (value === null || !resumable) {
      send({ type: 'server.resumptionUpdate', handle: null, explicitlyNot, coversInput: false });
      return;
    }
    // A server that repeats itself has no later snapshot to offer: nothing more is acknowledged.
    const repeated = vault.seqOf(value);
    if (repeated !== null && current?.seq === repeated) {
      // Unless it says by its index how far the same handle reaches now.
      if (lastConsumedIndex !== null && !isDialling())
        outbox.acknowledge({ epoch, receivedAtMs: clock.now(), index: lastConsumedIndex, unsentSinceMs: Infinity }, 0);
      send({ type: 'server.resumptionUpdate', handle: current, explicitlyNot: false, coversInput: outbox.isCovered });
      return;
    }
    const receivedAtMs = clock.now();
    const unsentSinceMs = outbox.unsentSinceMs(unsentBytes());
    // A successor that is being dialled resumes an older handle: what only this one includes must stay replayable.
    if (!isDialling())
      outbox.acknowledge({ epoch, receivedAtMs, index: lastConsumedIndex, unsentSinceMs }, ambiguityMs());
    const seq = vault.put({ value, receivedAtMs, epoch, index: lastConsumedIndex, unsentSinceMs });
    const handle: HandleRef = { seq, receivedAtMs, model, epoch };
    send({ type: 'server.resumptionUpdate', handle, explicitlyNot: false, coversInput: outbox.isCovered });
    this.measure(false, epoch);
  }

  #noteUsage(epoch: number, usage: UsageFacts): void {
    // `{}` happens: no news about the context.
    if (usage.promptTokens === null) return;
    this.#options.continuity.reported(usage.promptTokens);
    this.#options.budget.report(usage.promptTokens + (usage.responseTokens ?? 0));
    this.measure(true, epoch);
  }
}
