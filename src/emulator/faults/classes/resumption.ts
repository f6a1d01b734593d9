/**
 * Faults of resumption: what becomes of a handle, and of the updates that bring them.
 *
 * Owns the classes of the group `resumption`. Rules that hold for a whole run, such as single use or a shorter life of
 * handles, are options of the emulator (options.ts).
 */
import { closings, type Closing } from '../../protocol/refusals.js';
import type { Fault, FaultAction } from '../fault.js';
import { group } from './class.js';

const refuse = (closing: Closing): Fault => ({ action: { do: 'refuseHandle', ...closing } });
const update = (action: FaultAction, more: { nth?: number; times?: number } = {}): Fault => {
  const { nth, times } = more;
  const match = { at: 'serverMessage', kind: 'sessionResumptionUpdate' } as const;
  return {
    match: nth === undefined ? match : { ...match, nth },
    action,
    ...(times === undefined ? {} : { times }),
  };
};

export const resumptionClasses = group('resumption', {
  'handle/not-found': ['The handle is refused: not found.', 'LOG', refuse(closings.sessionNotFound)],
  'handle/expired': ['The handle is refused: expired.', 'LOG', refuse(closings.sessionExpired)],
  'handle/entity-not-found': ['The handle is refused in other words.', 'LOG', refuse(closings.entityNotFound)],
  'handle/invalid': ['The handle is refused with 1007.', 'LOG', refuse(closings.invalidHandle)],
  'handle/invalid-argument': [
    'The resume is refused with the reason of a bad message.',
    'LOG',
    refuse(closings.invalidArgument),
  ],
  'handle/old-socket-open': [
    'The resume is refused as if the old socket were still open; the next one works.',
    'LOG: one report, 1011',
    refuse(closings.internal),
  ],
  'handle/refused-late': [
    'setupComplete comes, and then the refusal of the handle.',
    'OWN: an open question of the protocol',
    { action: { do: 'refuseHandle', when: 'afterSetupComplete' } },
  ],
  'handle/refused-always': [
    'Every handle is refused, however often it is tried.',
    'LOG: 798 identical retries in one project',
    { action: { do: 'refuseHandle' }, times: 0 },
  ],
  'handle/forgotten': [
    'The server knows none of the handles it has given out.',
    'OWN: a restart without its store',
    { action: { do: 'forgetHandles' } },
  ],
  'handle/lost-context': [
    'The resume is accepted, and what was said before is gone: promptTokenCount falls.',
    'LOG',
    { action: { do: 'loseContext' } },
  ],
  'handle/poisoned': [
    'The resume is accepted, transcribes what it hears, and never answers.',
    'LOG',
    { action: { do: 'poison' } },
  ],
  'update/duplicate': ['Every update comes twice.', 'OWN', update({ do: 'duplicate', copies: 2 }, { times: 0 })],
  'update/reordered': [
    'The second update comes after the third, so that an older handle is the last one heard.',
    'OWN',
    update({ do: 'hold' }, { nth: 2 }),
  ],
  'update/stale': [
    "The third update brings the session's first handle once more.",
    'OWN: resuming with it loses what came since',
    update({ do: 'repeatOldest' }, { nth: 3 }),
  ],
  'update/empty-handle': [
    'An update says resumable, and its handle is empty.',
    'LOG: must never replace a stored handle',
    update({ do: 'edit', set: { 'sessionResumptionUpdate.newHandle': '' } }, { nth: 2 }),
  ],
  'update/no-handle': [
    'An update says resumable, and has no handle.',
    'LOG: proto3 JSON drops what is empty',
    update({ do: 'edit', set: { 'sessionResumptionUpdate.newHandle': null } }, { nth: 2 }),
  ],
  'update/withdrawn': [
    'An update says explicitly that the session is not resumable.',
    'LOG: whether the stored handle is dropped then is disputed',
    update(
      { do: 'edit', set: { 'sessionResumptionUpdate.newHandle': '', 'sessionResumptionUpdate.resumable': false } },
      { nth: 2 },
    ),
  ],
  'update/none': ['No update ever comes.', 'OWN: nothing to resume with', update({ do: 'drop' }, { times: 0 })],
  'update/not-resumable': [
    'The session is not resumable from now on: no handle is given out.',
    'OWN',
    { action: { do: 'resumable', on: false } },
  ],
});
