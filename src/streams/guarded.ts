/**
 * An Observable whose subscribers may throw. RxJS rethrows what a subscriber throws from a timer, which ends a Node
 * process; here it is reported to the session, which goes on, as do the other subscribers.
 */
import { Observable, type Observer, Subscriber, type Subscription } from 'rxjs';

export class GuardedObservable<T> extends Observable<T> {
  readonly #source: Observable<T>;
  readonly #onThrow: (error: unknown) => void;
  #isReporting = false;

  constructor(source: Observable<T>, onThrow: (error: unknown) => void) {
    super((subscriber) => source.subscribe(subscriber));
    this.#source = source;
    this.#onThrow = onThrow;
  }

  override subscribe(observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null): Subscription {
    // An operator's own subscriber routes what throws inside the pipe to its error channel; only ends are guarded.
    if (observerOrNext instanceof Subscriber) return super.subscribe(observerOrNext);
    const observer = typeof observerOrNext === 'function' ? { next: observerOrNext } : (observerOrNext ?? {});
    return this.#source.subscribe({
      next: (value) => this.#guard(() => observer.next?.(value)),
      error: (error: unknown) => this.#guard(() => observer.error?.(error)),
      complete: () => this.#guard(() => observer.complete?.()),
    });
  }

  /** A report may come back as an event of this very source; what is thrown over that one is not reported again. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      if (this.#isReporting) return;
      this.#isReporting = true;
      try {
        this.#onThrow(error);
      } finally {
        this.#isReporting = false;
      }
    }
  }
}
