/**
 * What each action does, once it is its time.
 *
 * Owns the list of deeds and their defaults. Decides nothing: link.ts says when, and for which connection.
 */
import { closings } from '../protocol/refusals.js';
import type { FaultAction, FaultActionName } from './fault.js';
import { encodeMessage, garbageOf, withoutHandle, type Frame } from './frames.js';
import type { Peer, Sessions } from './line.js';
import type { FaultLink, LinkWorld } from './link.js';
import type { ActiveFault } from './plan.js';

/** What becomes of the message at which a fault acts. */
export type Fate = 'passes' | 'stops';

/** What a shell must be able to do. */
const needed: Partial<Record<FaultActionName, keyof Peer>> = {
  fin: 'end',
  halfOpen: 'freeze',
  mute: 'mute',
  trickle: 'trickle',
  delay: 'delay',
  latePong: 'delayPongs',
};

/** `frame` is the message at which the fault acts; null at any other moment. */
export function carryOut(active: ActiveFault, link: FaultLink, world: LinkWorld, frame: Frame | null): Fate {
  const { action } = active.fault;
  const { peer } = link;
  const method = needed[action.do];
  if (method !== undefined && peer[method] === undefined) {
    world.note(link.id, active, 'not possible here');
    return 'passes';
  }
  world.note(link.id, active);
  switch (action.do) {
    case 'close':
      link.closeWith(action);
      return 'stops';
    case 'fin':
      link.end();
      return 'stops';
    case 'rst':
      if (action.midFrame !== true) link.reset();
      else if (frame?.fromClient === false) link.reset(frame.data);
      else {
        link.breakNextFrame();
        return 'passes';
      }
      return 'stops';
    case 'halfOpen':
      link.halfOpen();
      return 'stops';
    case 'mute':
      peer.mute?.(action.direction);
      return frame?.fromClient === (action.direction === 'up') ? 'stops' : 'passes';
    case 'trickle':
      peer.trickle?.(action.bytesPerSecond ?? 2_000, action.direction ?? 'both');
      return 'passes';
    case 'delay':
      peer.delay?.(action.ms, action.direction ?? 'both');
      return 'passes';
    case 'latePong':
      peer.delayPongs?.(action.ms ?? 20_000);
      return 'passes';
    case 'drop':
      return 'stops';
    case 'duplicate':
      if (frame !== null) frame.copies = action.copies ?? 2;
      return 'passes';
    case 'hold':
      if (frame !== null) link.hold(active, frame, action.ms ?? null);
      return 'stops';
    case 'edit':
      frame?.edit(action.set);
      return 'passes';
    case 'textFrame':
      if (frame !== null) frame.text = true;
      return 'passes';
    case 'fragment':
      if (frame !== null) frame.parts = action.parts ?? 5;
      return 'passes';
    case 'send':
      link.inject(encodeMessage(action.message));
      return 'passes';
    case 'garbage':
      link.inject(garbageOf(action), action.text === true ? { text: true } : undefined);
      return 'passes';
    case 'goAway':
      link.tell((behind) => behind.goAway(action));
      return 'passes';
    case 'silence':
      link.silence();
      return frame?.fromClient === false ? 'stops' : 'passes';
    case 'forgetHandles':
    case 'resumable':
      carryOutGlobally(action, world.sessions);
      return 'passes';
    case 'addTokens':
      link.tell((behind) => behind.addTokens?.(action.tokens));
      return 'passes';
    // The two that a proxy can do by itself; the emulator's connection takes them when it needs them.
    case 'refuseHandle': {
      const { code = closings.sessionNotFound.code, reason = closings.sessionNotFound.reason } = action;
      if (action.when === 'afterSetupComplete') link.inject(encodeMessage({ setupComplete: {} }));
      link.closeWith({ code, reason });
      return 'stops';
    }
    case 'loseContext':
      if (frame !== null) frame.data = withoutHandle(frame.data);
      return 'passes';
    // match and link have done it: the frame is the oldest already.
    case 'repeatOldest':
    // Before there is a link, or of the emulator's connection alone.
    case 'refuse':
    case 'stall':
    case 'drip':
    case 'poison':
    case 'neverCompress':
      return 'passes';
    default:
      return action satisfies never;
  }
}

/** What concerns no connection in particular. */
export function carryOutGlobally(action: FaultAction, sessions: Sessions | null): void {
  if (action.do === 'forgetHandles') sessions?.forgetHandles();
  if (action.do === 'resumable') sessions?.resumable(action.on);
}
