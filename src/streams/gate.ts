/** The gate between the app's input and the connection: open or closed by the statechart, and by nothing else. */
import { distinctUntilChanged, map, Observable } from 'rxjs';
import { acceptsInput, type SessionActor, type SessionSnapshot } from '../../machines/index.js';

export function snapshotsOf(actor: SessionActor): Observable<SessionSnapshot> {
  return new Observable((subscriber) => {
    const subscription = actor.subscribe({ next: (snapshot) => subscriber.next(snapshot) });
    return () => subscription.unsubscribe();
  });
}

export function gateOf(actor: SessionActor): Observable<boolean> {
  return snapshotsOf(actor).pipe(map(acceptsInput), distinctUntilChanged());
}
