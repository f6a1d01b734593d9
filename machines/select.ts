/** Questions about a snapshot of the statechart, so that no one outside compares state values by hand. */
import type { SnapshotFrom } from 'xstate';
import type { sessionMachine } from './session.js';

export type SessionSnapshot = SnapshotFrom<typeof sessionMachine>;

const lifecycleStates = [
  'idle',
  'connecting',
  'active',
  'goingAway',
  'resuming',
  'expired',
  'closing',
  'closed',
  'failed',
] as const;

/** The state of the connection region. */
export type LifecycleState = (typeof lifecycleStates)[number];
export type ContextState = 'filling' | 'nearLimit' | 'compressed' | 'exhausted';
export type ResumabilityState = 'off' | 'none' | 'held' | 'paused';
export type TurnState = 'quiet' | 'composing' | 'userSpeaking' | 'generating' | 'playing' | 'callingTools';

export function lifecycleOf(snapshot: SessionSnapshot): LifecycleState {
  const { connection } = snapshot.value;
  return typeof connection === 'string' ? connection : (Object.keys(connection)[0] as LifecycleState);
}

export function contextOf(snapshot: SessionSnapshot): ContextState {
  return snapshot.value.context;
}

export function resumabilityOf(snapshot: SessionSnapshot): ResumabilityState {
  return snapshot.value.resumability;
}

export function turnOf(snapshot: SessionSnapshot): TurnState {
  return snapshot.value.turn;
}

/** The gate: input is written in these states and held in all others. */
export function acceptsInput(snapshot: SessionSnapshot): boolean {
  return snapshot.matches({ connection: 'active' }) || snapshot.matches({ connection: { goingAway: 'draining' } });
}

/** Nothing comes after these. */
export function hasEnded(snapshot: SessionSnapshot): boolean {
  return snapshot.matches({ connection: 'closed' }) || snapshot.matches({ connection: 'failed' });
}
