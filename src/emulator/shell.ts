/**
 * What a shell (transport.ts in process, server/socket.ts over sockets) and the emulator say to each other at the door.
 *
 * Owns the shapes only. The client's end, which the shell brings, is Peer in faults/line.ts.
 */

/** A refusal at the upgrade. 0: no connection comes about; `never`: the request stays without an answer. */
export interface UpgradeRefusal {
  readonly status: number | 'never';
}

/** A connection, as a shell sees it. */
export interface ServerConnection {
  readonly id: number;
  /** At this rate the answer to the upgrade drips; null: it comes at once. */
  readonly answerBytesPerSecond: number | null;
  receive(data: string | Uint8Array): void;
  /** The client's close frame, FIN or RST arrived. */
  gone(code?: number, reason?: string): void;
}

/** Narrows what `accept` returned. */
export function isRefusal(answer: ServerConnection | UpgradeRefusal): answer is UpgradeRefusal {
  return 'status' in answer;
}
