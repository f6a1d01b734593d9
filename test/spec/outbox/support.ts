/** Messages and a recording connection for tests of the outbox. Owns no expectation. */
import type { ClientMessage, ClientMessageKind } from '../../../src/wire/clientMessage.js';
import type { Entry } from '../../../src/outbox/entry.js';
import { Outbox, type OutboxOptions } from '../../../src/outbox/outbox.js';
import type { DropReason } from '../../../src/outbox/receipt.js';
import type { ReplayRules } from '../../../src/outbox/replay.js';
import { virtualClock } from '../../support/virtualClock.js';

let serial = 0;

export function message(kind: ClientMessageKind, fields: Partial<ClientMessage> = {}): ClientMessage {
  serial += 1;
  const text = JSON.stringify({ kind, serial });
  return { kind, text, bytes: text.length, ...fields };
}

export const audio = (ms = 20, bytes = 100): ClientMessage => message('audio', { audioMs: ms, bytes });
export const video = (): ClientMessage => message('video', { bytes: 200 });
export const toolResponse = (...callIds: string[]): ClientMessage => message('toolResponse', { callIds });

export const resumed: ReplayRules = {
  resumed: true,
  handleReceivedAtMs: 0,
  exact: false,
  refusedContent: false,
  late: false,
  replayAudioMs: 30_000,
  takesContent: true,
  knowsCall: () => true,
};
export const exact: ReplayRules = { ...resumed, exact: true };
export const fresh: ReplayRules = { ...resumed, resumed: false };

export function box(changes: Partial<OutboxOptions> = {}) {
  const clock = virtualClock(1_000);
  /** What each connection was written, by its number. */
  const wires = new Map<number, string[]>();
  const drops: { entry: Entry; reason: DropReason }[] = [];
  const water: string[] = [];
  const outbox = new Outbox({
    clock,
    limits: { maxAudioMs: 10_000, maxBytes: 100_000, maxControlItems: 50 },
    acknowledged: true,
    onWrite: () => {},
    onDrop: (entry, reason) => void drops.push({ entry, reason }),
    onWater: (level) => void water.push(level),
    ...changes,
  });
  let epoch = 0;
  return {
    clock,
    outbox,
    wires,
    drops,
    water,
    wire: (number = epoch) => wires.get(number) ?? [],
    /** A new connection takes over and the gate opens. */
    connect(rules: ReplayRules = resumed, opens = true) {
      epoch += 1;
      const texts: string[] = [];
      wires.set(epoch, texts);
      const report = outbox.attach(epoch, (text) => void texts.push(text), rules, 0);
      if (opens) outbox.open();
      return report;
    },
    get epoch() {
      return epoch;
    },
  };
}
