/**
 * Carries a connection over the SDK's `Session` object, for clients whose socket cannot be tapped.
 *
 * Text goes to the session's own connection where it is reachable, else to the sender of that message. It cannot drop
 * a socket and does not know what is buffered.
 */
import type { Session } from '@google/genai';
import type { Carrier } from '../dial.js';

export function sessionCarrier(session: Session): Carrier {
  return {
    send(text) {
      const { conn } = session as unknown as { conn?: { send?(text: string): void } };
      if (typeof conn?.send === 'function') conn.send(text);
      else sendParsed(session, text);
    },
    close: () => session.close(),
    drop: () => {},
    bufferedAmount: 0,
  };
}

type Sender = 'sendClientContent' | 'sendRealtimeInput' | 'sendToolResponse' | 'sendContextUpdate';

/** The union members of a client message, and who takes them. */
const senders: Readonly<Record<string, Sender>> = {
  clientContent: 'sendClientContent',
  realtimeInput: 'sendRealtimeInput',
  toolResponse: 'sendToolResponse',
  contextUpdate: 'sendContextUpdate',
};

function sendParsed(session: Session, text: string): void {
  const methods = session as unknown as Partial<Record<Sender, (params: unknown) => void>>;
  for (const [field, params] of Object.entries(JSON.parse(text) as Record<string, unknown>)) {
    const sender = senders[field];
    if (sender !== undefined) methods[sender]?.(params);
  }
}
