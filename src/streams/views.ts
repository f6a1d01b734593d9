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
  /** Null once someone has taken a view. */
  #early: LiveServerMessage[] | null = [];

  constructor(maxQueued: number, onOverflow: (dropped: number) => void) {
    this.#maxQueued = maxQueued;
    this.#onOverflow = onOverflow;
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

  /** Ends without an error when the session ends, whatever ended it: `status` says why. */
  iterate(): AsyncGenerator<LiveServerMessage, void, undefined> {
    const queue: LiveServerMessage[] = [];
    let wake: (() => void) | null = null;
    let isOver = false;
    const notify = () => {
      wake?.();
      wake = null;
    };
    const subscription = this.messages$.subscribe({
      next: (message) => {
        this.#queue(queue, message);
        notify();
      },
      complete: () => {
        isOver = true;
        notify();
      },
    });
    return (async function* () {
      try {
        for (;;) {
          const message = queue.shift();
          if (message) yield message;
          else if (isOver) return;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        subscription.unsubscribe();
      }
    })();
  }

  /** One array per turn, up to and with the message that has turnComplete; an unfinished last turn comes as it is. */
  async *turns(): AsyncGenerator<LiveServerMessage[], void, undefined> {
    let turn: LiveServerMessage[] = [];
    for await (const message of this.iterate()) {
      turn.push(message);
      if (message.serverContent?.turnComplete !== true) continue;
      yield turn;
      turn = [];
    }
    if (turn.length > 0) yield turn;
  }

  #queue(queue: LiveServerMessage[], message: LiveServerMessage): void {
    queue.push(message);
    if (queue.length <= this.#maxQueued) return;
    queue.shift();
    this.#onOverflow(1);
  }
}
