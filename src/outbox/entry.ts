/** One accepted send on its way through the outbox. */
import type { ClientMessage } from '../wire/clientMessage.js';
import type { Receipt } from './receipt.js';

export interface Entry {
  readonly message: ClientMessage;
  readonly receipt: Receipt;
  readonly acceptedAtMs: number;
  writes: number;
  writtenAtMs: number;
  /** The connection of the last write, and the number of the message on it (setup is 0). */
  epoch: number;
  index: number;
  possibleDouble: boolean;
}
