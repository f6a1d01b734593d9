/**
 * Named behaviours of a Live API, for tests that read as sentences: `inSequence(refusesUpgrade(503), accepts())`.
 *
 * Owns the names. Each is faults as data (docs/FAULTS.md) for one dial or for all; nothing here acts, the emulator does.
 */
import type { Fault, FaultInput } from '../../emulator/faults/fault.js';
import { FaultError, readFaults } from '../../emulator/faults/readFaults.js';
import type { Fields } from '../../emulator/protocol/fields.js';

/** What a service does on the connections of a test. Composed with `together` and `inSequence`. */
export interface Behaviour {
  /** As it was called: `refuses(1008, "no")`. For messages and for the record of a TestTransport. */
  readonly name: string;
  /** What goes wrong at the nth dial that reaches the service, from 1; without `match.connection`. */
  faultsAt(dial: number): readonly Fault[];
}

/** Nothing goes wrong. */
export function accepts(): Behaviour {
  return named('accepts()');
}

/** Answers the setup with a close frame: 1008 with `BidiGenerateContent session not found`, 1007 with a field's name … */
export function refuses(code: number, reason = ''): Behaviour {
  return named(call('refuses', code, reason), { match: { at: 'setup' }, action: { do: 'close', code, reason } });
}

/** Answers the upgrade with this HTTP status. */
export function refusesUpgrade(status = 503): Behaviour {
  return named(call('refusesUpgrade', status), { action: { do: 'refuse', status } });
}

/** No connection comes about: the service is down, or the network is. */
export function unreachable(): Behaviour {
  return named('unreachable()', { action: { do: 'refuse', status: 0 } });
}

/** Leaves the upgrade without an answer. */
export function neverUpgrades(): Behaviour {
  return named('neverUpgrades()', { action: { do: 'stall' } });
}

/** Opens, reads the setup, and says nothing, ever. */
export function neverAnswers(): Behaviour {
  return named('neverAnswers()', { match: { at: 'setup' }, action: { do: 'silence' } });
}

/** Closes `ms` after setupComplete. Without a code 1008 `The operation was aborted.`, as after an ignored goAway. */
export function closesAfter(ms: number, code?: number, reason?: string): Behaviour {
  const action = { do: 'close', ...(code === undefined ? {} : { code }), ...(reason === undefined ? {} : { reason }) };
  return named(call('closesAfter', ms, code, reason), later(ms, action as Fault['action']));
}

/** The socket is gone `ms` after setupComplete, without a close frame: the app sees 1006. */
export function cutsAfter(ms: number): Behaviour {
  return named(call('cutsAfter', ms), later(ms, { do: 'rst' }));
}

/** `ms` after setupComplete nothing passes any more, and nobody is told: the socket looks open. */
export function goesHalfOpenAfter(ms: number): Behaviour {
  return named(call('goesHalfOpenAfter', ms), later(ms, { do: 'halfOpen' }));
}

/** Says goAway `ms` after setupComplete, and closes `timeLeftMs` after that. */
export function goAwayAfter(ms: number, timeLeftMs: number): Behaviour {
  return named(call('goAwayAfter', ms, timeLeftMs), later(ms, { do: 'goAway', timeLeftMs }));
}

/** Sends nothing more once it said goAway. Together with what makes it say so. */
export function goesSilentAfterGoAway(): Behaviour {
  // A message at which the server falls silent does not pass: a millisecond later it has.
  const match = { at: 'serverMessage', kind: 'goAway', afterMs: 1 } as const;
  return named('goesSilentAfterGoAway()', { match, action: { do: 'silence' } });
}

/** Has forgotten the session: a setup with a handle gets 1008 `… session not found`, one without is accepted. */
export function dropsHandle(): Behaviour {
  return named('dropsHandle()', { action: { do: 'refuseHandle' } });
}

/** Accepts the handle, and the model remembers nothing. */
export function losesContext(): Behaviour {
  return named('losesContext()', { action: { do: 'loseContext' } });
}

/** Sends no resumption update, so that there is no handle to leave with. */
export function issuesNoHandles(): Behaviour {
  const match = { at: 'serverMessage', kind: 'sessionResumptionUpdate' } as const;
  return named('issuesNoHandles()', { match, action: { do: 'drop' }, times: 0 });
}

/** Sends this server message `ms` after setupComplete. */
export function sendsAfter(ms: number, message: Fields): Behaviour {
  return named(call('sendsAfter', ms, Object.keys(message).join()), later(ms, { do: 'send', message }));
}

/**
 * Whatever else can go wrong: any fault of docs/FAULTS.md, as data or by its name.
 * @throws FaultError that names the field and what it takes
 */
export function withFaults(...faults: readonly FaultInput[]): Behaviour {
  return named('withFaults(…)', ...faults);
}

/** All of these on the same connection. */
export function together(...behaviours: readonly Behaviour[]): Behaviour {
  return {
    name: `together(${behaviours.map(({ name }) => name).join(', ')})`,
    faultsAt: (dial) => behaviours.flatMap((behaviour) => behaviour.faultsAt(dial)),
  };
}

/**
 * One per dial, the last for every further one: `inSequence(refusesUpgrade(503), accepts())`.
 * @throws FaultError when there is none
 */
export function inSequence(...behaviours: readonly Behaviour[]): Behaviour {
  const last = behaviours.at(-1);
  if (last === undefined) throw new FaultError('inSequence() has nothing to do. Give it one behaviour or more.');
  return {
    name: `inSequence(${behaviours.map(({ name }) => name).join(', ')})`,
    faultsAt(dial) {
      const before = behaviours.length - 1;
      return dial <= before ? (behaviours[dial - 1]?.faultsAt(1) ?? []) : last.faultsAt(dial - before);
    },
  };
}

/** Read at once, so that bad data is refused where it was written. */
function named(name: string, ...faults: readonly FaultInput[]): Behaviour {
  const read = readFaults(faults);
  return { name, faultsAt: () => read };
}

function later(ms: number, action: Fault['action']): Fault {
  return { match: { at: 'ready', afterMs: ms }, action };
}

function call(name: string, ...given: readonly unknown[]): string {
  const shown = given.filter((value) => value !== undefined && value !== '').map((value) => JSON.stringify(value));
  return `${name}(${shown.join(', ')})`;
}
