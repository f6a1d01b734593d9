/**
 * The Network port: what the runtime knows of going offline and coming back.
 *
 * Owns the browser's adapter. Node tells nothing; there the link's own traffic has to do.
 */
export interface Network {
  /** Calls the listener at each change; returns how to stop. */
  subscribe(listener: (isOnline: boolean) => void): () => void;
}

interface NetworkEvents {
  addEventListener(type: 'online' | 'offline', listener: () => void): void;
  removeEventListener(type: 'online' | 'offline', listener: () => void): void;
}

/** The page's or worker's own events; null where the runtime has none. */
export function runtimeNetwork(scope: object = globalThis): Network | null {
  if (!('navigator' in scope) || !('addEventListener' in scope)) return null;
  if (typeof scope.navigator !== 'object' || scope.navigator === null || !('onLine' in scope.navigator)) return null;
  const events = scope as unknown as NetworkEvents;
  return {
    subscribe(listener) {
      const online = () => listener(true);
      const offline = () => listener(false);
      events.addEventListener('online', online);
      events.addEventListener('offline', offline);
      return () => {
        events.removeEventListener('online', online);
        events.removeEventListener('offline', offline);
      };
    },
  };
}
