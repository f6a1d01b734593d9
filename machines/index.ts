/**
 * `gemini-lifeline/machines`: the statechart alone, for XState users who bring their own WebSocket. Imports nothing
 * but xstate. Provide the actors `dial`, `prepareReseed` and `shutDown` with `sessionMachine.provide({ actors })`.
 */
export { createSessionActor, type SessionActor, type SessionActorOptions, type SessionWorld } from './actor.js';
export { defaultPolicy } from './policy.js';
export { sessionMachine } from './session.js';
export {
  acceptsInput,
  contextOf,
  hasEnded,
  lifecycleOf,
  resumabilityOf,
  turnOf,
  type ContextState,
  type LifecycleState,
  type ResumabilityState,
  type SessionSnapshot,
  type TurnState,
} from './select.js';
export type {
  DialInput,
  Drain,
  EndRef,
  HandleRef,
  ReseedInput,
  SessionContext,
  SessionEmitted,
  SessionEvent,
  SessionInput,
  SessionPolicy,
} from './types.js';
