/**
 * Sockets kept warm: which are ours, how old they may grow, and that each is taken once.
 *
 *   keep() ── opening ── open ──┬─ take(): a dial has it
 *                               └─ discard(), lifeMs, its own end ─→ gone
 *
 * Owns the age. Opens and closes nothing itself; knows nothing of WebSockets.
 */
import type { Clock } from '../clock.js';
import type { WarmSocket } from './port.js';

/** What a transport opens before it is known who will use it. */
export interface Warmable {
  readonly stage: 'opening' | 'open' | 'over';
  close(): void;
  /** Calls `listener` when the socket is open, unless it is over before that. */
  whenOpen(listener: () => void): void;
  /** Calls `listener` once, when the socket is over. */
  whenOver(listener: () => void): void;
}

export class WarmSockets<Socket extends Warmable> {
  readonly #takers = new WeakMap<WarmSocket, () => Socket | null>();

  /** Lends `socket` for `lifeMs`, counted from now. `onSettled`: it is open, or it will never be. */
  keep(socket: Socket, clock: Clock, lifeMs: number, onSettled: () => void): WarmSocket {
    let holder: Socket | null = socket;
    let isSettled = false;
    const settle = (): void => {
      if (!isSettled) onSettled();
      isSettled = true;
    };
    const letGo = (): void => {
      holder = null;
      settle();
      clock.clearTimeout(timer);
    };
    const warm: WarmSocket = {
      get state() {
        return holder === null || holder.stage === 'over' ? 'gone' : holder.stage;
      },
      discard: () => holder?.close(),
    };
    const timer = clock.setTimeout(() => warm.discard(), lifeMs);
    socket.whenOpen(settle);
    socket.whenOver(letGo);
    this.#takers.set(warm, () => {
      const taken = warm.state === 'gone' ? null : holder;
      if (taken !== null) letGo();
      return taken;
    });
    return warm;
  }

  /** The socket, for its one user; null when it is gone or was lent by another transport. */
  take(warm: WarmSocket | undefined): Socket | null {
    return (warm && this.#takers.get(warm)?.()) ?? null;
  }
}
