/**
 * The resumability region: whether the session could be resumed if its connection ended now.
 *
 *   off      none → held ⇄ paused         (a dropped handle leads back to none)
 *
 * Holds names only. Rules S-RES-… in SPEC.md.
 */
import { base } from './base.js';

const dropped = { 'handle.dropped': 'none' } as const;

export const resumability = base.createStateConfig({
  initial: 'off',
  states: {
    /** Not asked for: updates are not ours to use. */
    off: {
      always: [
        { target: 'held', guard: 'resumesFromStart' },
        { target: 'none', guard: 'resumptionIsAsked' },
      ],
    },
    /** Asked for, and no handle yet. */
    none: {
      on: {
        'server.resumptionUpdate': { target: 'held', guard: 'bringsHandle', actions: 'storeHandle' },
        resumeSession: 'held',
      },
    },
    held: {
      on: {
        'server.resumptionUpdate': [
          { guard: 'bringsHandle', actions: 'storeHandle' },
          { target: 'none', guard: 'endsHandle', actions: ['announceHandleDropped', 'dropHandle'] },
          { target: 'paused' },
        ],
        ...dropped,
      },
    },
    /** Not at this moment: the stored handle is older than what the server is doing now, and is kept. */
    paused: {
      on: {
        'server.resumptionUpdate': [
          { target: 'held', guard: 'bringsHandle', actions: 'storeHandle' },
          { target: 'none', guard: 'endsHandle', actions: ['announceHandleDropped', 'dropHandle'] },
        ],
        resumeSession: 'held',
        ...dropped,
      },
    },
  },
});
