/**
 * One source, three views: the same messages as Observable, as AsyncIterable and through callbacks.
 *
 * Owns the buffers. Until the first view is taken, messages wait (`maxQueuedMessages`, then the oldest go and are
 * counted). An Observable buffers nothing. An iterator queues what its reader has not asked for yet, with the same
 * bound. A view that is late or slow never holds up another one.
 */
import { Observable, Subject } from 'rxjs';
import type { LiveServerMessage } from '@google/genai';

export class MessageViews {
  readonly #maxQueued: number;
  readonly #onOverflow: (dropped: number) => void;
  readonly #messages = new Subject<LiveServerMessage>();
  /** Null once someone has taken a view, or nobody is expected to. */
  #early: LiveServerMessage[] | null = [];

  constructor(maxQueued: number, onOverflow: (dropped: number) => void) {
    this.#maxQueued = maxQueued;
    this.#onOverflow = onOverflow;
  }

  /** Callbacks are the view that was there from the start: what came before now is kept for no other. */
  forgetEarly(): void {
    this.#early = null;
  }

  /** Every message from the subscription on; the first view of all also gets what came before it. */
  readonly messages$ = new Observable<LiveServerMessage>((subscriber) => {
    const early = this.#early ?? [];
    this.#early = null;
    for (const message of early) subscriber.next(message);
    return this.#messages.subscribe(subscriber);
  });

  next(message: LiveServerMessage): void {
    if (this.#early) this.#queue(this.#early, message);
    else this.#messages.next(message);
  }

  end(): void {
    this.#messages.complete();
  }

  /**
   * Ends without an error when the session ends, whatever ended it: `status` says why. Not a generator function: one that
   * was never started, or that waits for a message, could not be stopped by `return()`.
   */
  iterate(): AsyncGenerator<LiveServerMessage, void, undefined> {
    const queue: LiveServerMessage[] = [];
    const readers: ((result: IteratorResult<LiveServerMessage, void>) => void)[] = [];
    let isOver = false;
    const end = () => {
      isOver = true;
      for (const answer of readers.splice(0)) answer({ done: true, value: undefined });
    };
    const subscription = this.messages$.subscribe({
      next: (message) => {
        const answer = readers.shift();
        if (answer) answer({ done: false, value: message });
        else this.#queue(queue, message);
      },
      complete: end,
    });
    const stop = () => {
      subscription.unsubscribe();
      queue.length = 0;
      end();
    };
    const iterator: AsyncGenerator<LiveServerMessage, void, undefined> = {
      next: async () => {
        const message = queue.shift();
        if (message) return { done: false, value: message };
        if (isOver) return { done: true, value: undefined };
        return new Promise((resolve) => readers.push(resolve));
      },
      return: async () => {
        stop();
        return { done: true, value: undefined };
      },
      throw: async (error) => {
        stop();
        throw error;
      },
      [Symbol.asyncIterator]: () => iterator,
      [Symbol.asyncDispose]: async () => stop(),
    };
    return iterator;
  }

  /** One array per turn, up to and with the message that has turnComplete; an unfinished last turn comes as it is. */
  turns(): AsyncGenerator<LiveServerMessage[], void, undefined> {
    // Subscribed at the call, and not at the first `next()`: what comes in between belongs to the first turn.
    const messages = this.iterate();
    const turns = turnsOf(messages);
    const finish = turns.return.bind(turns);
    return Object.assign(turns, {
      return: async () => {
        await messages.return();
        return finish();
      },
    });
  }

  #queue(queue: LiveServerMessage[], message: LiveServerMessage): void {
    queue.push(message);
    if (queue.length <= this.#maxQueued) return;
    queue.shift();
    this.#onOverflow(1);
  }
}

async function* turnsOf(
  messages: AsyncIterable<LiveServerMessage>,
): AsyncGenerator<LiveServerMessage[], void, undefined> {
  let turn: LiveServerMessage[] = [];
  for await (const message of messages) {
    turn.push(message);
    if (message.serverContent?.turnComplete !== true) continue;
    yield turn;
    turn = [];
  }
  if (turn.length > 0) yield turn;
}
