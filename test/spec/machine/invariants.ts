/**
 * What holds of every session after every event, whatever came before. Rules of machines/SPEC.md that no event may
 * break; used by random walks, tours and mutants alike.
 */
import { isDeepStrictEqual } from 'node:util';
import type { SessionContext, SessionEvent } from '../../../machines/index.js';

/** What an observer sees of a session; read it with `observe`. */
export interface Observed {
  readonly value: unknown;
  readonly status: string;
  readonly context: SessionContext;
  readonly open: boolean;
}

/** Throws with the rule's id on the first invariant that the step from `before` to `after` breaks. */
export function checkInvariants(before: Observed | null, event: SessionEvent | null, after: Observed): void {
  const { context } = after;
  const state = connectionOf(after);
  const demand = (holds: boolean, rule: string): void => {
    if (!holds) throw new Error(`${rule}: ${event?.type ?? 'start'} led to ${state} ${JSON.stringify(context)}`);
  };

  demand(after.status === 'active', 'the actor runs on');
  demand((state === 'failed') === (context.error !== null), 'S-CONN-24 failed, and only failed, has an error');
  demand(after.open === (state === 'active' || state === 'goingAway.draining'), 'S-CONN-25 input gate');
  demand(!state.startsWith('resuming') || context.handle !== null, 'a resume has a handle');
  demand(state !== 'connecting.dialing' || context.handle === null, 'S-CONN-18 a fresh dial has no handle');
  demand(isDeepStrictEqual(JSON.parse(JSON.stringify(context)), context), 'the context is plain data');
  demand(
    context.handle === null || Object.keys(context.handle).sort().join() === handleFields,
    'no secret in a handle',
  );
  demand(context.rotations >= 0 && context.compressions >= 0 && context.tokens >= 0, 'counters are not negative');
  demand(
    state === 'idle' || isEnded(state) || state === 'closing' || context.epoch > 0,
    'S-CONN-02 a dial has an epoch',
  );
  if (!before) return;

  const was = before.context;
  demand(context.epoch >= was.epoch && context.epoch <= was.epoch + 1, 'S-CONN-02 epochs count up by one');
  demand(context.established >= was.established && context.compressions >= was.compressions, 'counters only grow');
  demand(!isEnded(connectionOf(before)) || connectionOf(before) === state, 'S-CONN-23 final states are final');
  if (event?.type === 'server.resumptionUpdate' && event.handle === null && was.policy.onNotResumable === 'keep') {
    demand(context.handle?.seq === was.handle?.seq, 'S-RES-02 no update without a handle replaces one');
  }
  if (event?.type !== 'server.resumptionUpdate' && event?.type !== 'resumeSession' && context.handle) {
    demand(context.handle.seq === was.handle?.seq, 'S-RES-02 only an update or the app brings a handle');
  }
}

const handleFields = 'epoch,model,receivedAtMs,seq';

export function connectionOf({ value }: { readonly value: unknown }): string {
  const { connection } = value as { readonly connection: string | object };
  return typeof connection === 'string' ? connection : Object.entries(connection).flat().join('.');
}

function isEnded(state: string): boolean {
  return state === 'closed' || state === 'failed';
}
