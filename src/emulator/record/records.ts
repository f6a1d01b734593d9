/**
 * What the emulator remembers of connections and contexts, for tests and for whoever watches.
 *
 * Owns the shapes. Live objects: a record grows as long as its connection lives.
 */
import type { Provider } from '../../transport/port.js';
import type { ContextTurn, ModelContext } from '../model/context.js';
import type { Fields } from '../protocol/fields.js';
import type { ContextParent, HeardList } from './heard.js';

export interface ConnectionRecord {
  readonly id: number;
  readonly provider: Provider;
  readonly path: string;
  readonly openedAt: number;
  /** When setupComplete was sent. */
  readyAt: number | null;
  /** When its time is over, and when that is announced, as things stand; null: not at all, or not set up yet. */
  endsAt: number;
  goAwayAt: number | null;
  endedAt: number | null;
  /** The close code the server sent; null when the client ended it or it was cut without one. */
  closeCode: number | null;
  reason: string;
  endedBy: 'client' | 'server' | null;
  model: string | null;
  /** The setup as it came, with camelCase keys. */
  setup: Fields | null;
  /** The connection that issued the handle it began with. */
  resumedFrom: number | null;
  /** The server's session; the same over resumes. */
  session: string | null;
  contextId: number | null;
}

export interface ContextRecord {
  readonly id: number;
  readonly connection: number;
  readonly session: string;
  /** null: began fresh. `length` counts the parent's own messages that the handle held. */
  readonly parent: ContextParent | null;
  readonly heard: HeardList;
  /** In force now: from the setup, the handle, or changed since. */
  readonly currentSystemInstruction: string | null;
  /** Turns the model still knows. */
  readonly turns: readonly ContextTurn[];
  /** Size of the next prompt, rounded. */
  readonly promptTokens: number;
  /** How often the window slid on this connection. */
  readonly compressions: number;
  /** Turns that compression dropped, over the whole session. */
  readonly forgottenTurns: number;
}

/** The record of a context that begins on `connection`, which has its session. */
export function contextRecord(
  id: number,
  connection: ConnectionRecord,
  context: ModelContext,
  heard: HeardList,
  parent: ContextParent | null,
): ContextRecord {
  return {
    id,
    connection: connection.id,
    session: connection.session ?? '',
    parent,
    heard,
    get currentSystemInstruction() {
      return context.state.systemInstruction;
    },
    get turns() {
      return context.state.turns;
    },
    get promptTokens() {
      return Math.round(context.totalTokens);
    },
    get compressions() {
      return context.compressions;
    },
    get forgottenTurns() {
      return context.state.forgottenTurns;
    },
  };
}
