/**
 * Why each outcome is what the protocol and the guarantees lead one to expect.
 *
 * Owns the sentences of docs/FAULTS.md and what each allows. Written from docs/PROTOCOL.md and machines/SPEC.md, never
 * from a run: a cell that no sentence allows fails the grid. The first sentence that fits is the cell's.
 */
import type { FaultClass } from '../../src/emulator/faults/catalogue.js';
import type { Cell, Outcome } from './cell.js';
import type { GridState } from './states.js';

export interface Found {
  readonly name: string;
  readonly fault: FaultClass;
  readonly state: GridState;
  readonly cell: Cell;
}

export interface Explanation {
  readonly because: string;
  readonly outcomes: readonly Outcome[];
  /** Longest time to recover that this explains; where nothing is said, none is looked at. */
  readonly withinMs?: number;
  /** A problem that is known and documented; any other one is never explained. */
  readonly knownProblem?: RegExp;
  fits(found: Found): boolean;
}

const setupMs = 130;
/** `unansweredAfterMs` and the look that follows, every 2 s. */
const suspicionMs = 9_000 + 2_000;
const dialMs = setupMs + 6 * 60;

const among =
  (...names: readonly string[]) =>
  ({ name }: Found): boolean =>
    names.some((wanted) => (wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : name === wanted));

const inState =
  (...names: readonly string[]) =>
  ({ state }: Found): boolean =>
    names.includes(state.name);

const all =
  (...rules: readonly ((found: Found) => boolean)[]) =>
  (found: Found): boolean =>
    rules.every((rule) => rule(found));

/** What the close table and HTTP say about a first dial and a resume alike: nothing but the app can repair it. */
const fatal: Readonly<Record<string, string>> = {
  'dial/http-401': 'authentication',
  'dial/http-403': 'authentication',
  'dial/http-404': 'modelNotFound',
  'close/1011-spending-cap': 'billing',
  'close/1011-token-used': 'tokenSpent',
  'close/1011-token-expired': 'tokenSpent',
  'close/1011-auth-token-expired': 'tokenSpent',
  'close/1007-unknown-name': 'setupRefused',
  'close/1007-api-key': 'authentication',
  'close/1007-modalities': 'setupRefused',
  'close/1007-voices': 'setupRefused',
  'close/1008-model-not-found': 'modelNotFound',
  'close/1008-publisher-model': 'modelNotFound',
};

const withoutHandle = inState('connecting', 'connecting, backing off', 'no handle yet', 'resumption off', 'reseeding');
const firstDial = inState('connecting', 'connecting, backing off');
const away = inState('resuming', 'resuming, backing off', 'reseeding');
const leaving = inState('going away, draining', 'going away, holding', 'going away, overlapping');

const harmless = among(
  'stream/late-pong',
  'stream/huge-frame',
  'stream/fragmented',
  'stream/text-*',
  'stream/not-*',
  'stream/invalid-utf8',
  'stream/unknown-message',
  'stream/delay',
  'update/*',
  'usage/*',
  'compression/never',
);

export const explanations: readonly Explanation[] = [
  {
    because:
      'Known limit: the network became slower by seconds within one connection. Without an index a handle then covers less than its time of arrival says, and some receipts say delivered too early.',
    outcomes: ['restored'],
    withinMs: 12_000,
    knownProblem: /called delivered$/,
    fits: all(among('stream/delay'), ({ cell }) => cell.problems.length > 0),
  },
  {
    because:
      'The app was closing: nothing is dialled any more, and what ends the connection ends the session as asked.',
    outcomes: ['closed', 'unmet'],
    fits: inState('closing'),
  },
  {
    because:
      'Without a handle there is no resume that could be refused, lost or poisoned, and with resumption off no update.',
    outcomes: ['unmet'],
    fits: all(among('handle/*', 'update/*'), inState('no handle yet', 'resumption off')),
  },
  {
    because: 'Only the app can repair this, so the session fails at once with the error that names it.',
    outcomes: ['failed'],
    fits: ({ name, cell }) => fatal[name] === cell.error,
  },
  {
    because:
      'The successor that is dialled early met it, and is no more than a convenience: the swap dials again at its time.',
    outcomes: ['restored'],
    withinMs: 12_000,
    fits: all(among('dial/*'), leaving),
  },
  {
    because: 'connect() takes longer and then settles; the app never had a session before.',
    outcomes: ['unseen'],
    withinMs: 30_000,
    fits: all(
      firstDial,
      (found) => !harmless(found),
      ({ cell }) => (cell.recoverMs ?? 0) > setupMs,
    ),
  },
  {
    because: 'Something was wrong on the wire, and nothing of it concerns the app: skipped, or waited for.',
    outcomes: ['unseen'],
    fits: harmless,
  },
  {
    because:
      'Known limit: the server fell silent before its updates had shown how often they come, so the silence says nothing.',
    outcomes: ['unseen'],
    fits: all(among('stream/silent', 'stream/one-way-down'), withoutHandle),
  },
  {
    because: 'Slow, but bytes leave: input waits in the outbox, and none of it is called delivered before it has left.',
    outcomes: ['unseen'],
    fits: among('stream/trickle'),
  },
  {
    because: 'The handles are gone and the connection is not: the next update brings one that is good.',
    outcomes: ['unseen'],
    fits: among('handle/forgotten'),
  },
  {
    because:
      'The server cannot hear the close either and holds the old socket for as long as close frames wait (30 s); until then every resume is refused, at growing distances. Audio older than 30 s is dropped and reported.',
    outcomes: ['restored', 'lost'],
    withinMs: 75_000,
    fits: among('stream/one-way-up'),
  },
  {
    because:
      'Resumed late: a server in trouble is given time, up to 30 s between two dials. Audio older than 30 s is dropped and reported.',
    outcomes: ['restored', 'reseeded', 'lost'],
    withinMs: 45_000,
    fits: among('dial/http-429', 'dial/http-503', 'close/1011-quota'),
  },
  {
    because: 'A dial that says nothing is given up after setupTimeoutMs (15 s), and the next one succeeds.',
    outcomes: ['restored', 'reseeded', 'lost'],
    withinMs: 15_000 + 12_000,
    fits: among('dial/stall', 'dial/slow-loris', 'dial/setup-never-answered'),
  },
  {
    because:
      'The handle is worth nothing any more, however often it is tried: a fresh session gets the turns that were recorded. With none recorded the context is lost.',
    outcomes: ['reseeded', 'lost'],
    withinMs: 30_000,
    fits: among('handle/refused-always', 'handle/forgotten'),
  },
  {
    because:
      'The resume is accepted and never answers speech: after poisonedAfterMs (15 s) the handle is dropped for a fresh session.',
    outcomes: ['reseeded', 'lost'],
    withinMs: 45_000,
    fits: among('handle/poisoned'),
  },
  {
    because:
      'Accepted, and the context is not there. Only promptTokenCount could show it, and below 500 tokens, or where the window was about to slide, it proves nothing: known limit.',
    outcomes: ['restored', 'lost'],
    fits: among('handle/lost-context'),
  },
  {
    because:
      'A link that passes nothing is suspected after unansweredAfterMs (9 s), in mid-answer after three times that, and replaced.',
    outcomes: ['restored', 'reseeded', 'lost'],
    withinMs: 3 * 9_000 + 2_000 + 12_000,
    fits: among('stream/half-open', 'stream/one-way-down', 'stream/silent', 'stream/trickle'),
  },
  {
    because:
      'There was no handle yet, or it had just been refused: a fresh session. The context is reseeded from recorded turns, or lost with none recorded.',
    outcomes: ['reseeded', 'lost'],
    withinMs: 25_000,
    fits: withoutHandle,
  },
  {
    because: 'Left at the first quiet moment before the end, or at the deadline, and resumed with the newest handle.',
    outcomes: ['restored'],
    withinMs: 12_000,
    fits: among('goaway/*'),
  },
  {
    because: 'The connection was being replaced already; the fault adds nothing that the app could see.',
    outcomes: ['restored'],
    withinMs: 25_000,
    fits: all(harmless, (found) => away(found) || leaving(found)),
  },
  {
    because: 'The handle or the dial was refused once; the next try with the same handle is accepted.',
    outcomes: ['restored'],
    withinMs: suspicionMs,
    fits: among('handle/*', 'dial/*'),
  },
  {
    because:
      'Cut, and resumed with the newest handle; what it may lack is sent again, and what may be heard twice is reported.',
    outcomes: ['restored'],
    withinMs: 5_000 + dialMs,
    fits: among('stream/*', 'close/*', 'update/*', 'usage/*', 'compression/*'),
  },
];

/** The index of the explanation; -1: nobody expected this. */
export function explain(found: Found): number {
  return explanations.findIndex(
    ({ outcomes, withinMs, knownProblem, fits }) =>
      found.cell.problems.every((problem) => knownProblem?.test(problem)) &&
      outcomes.includes(found.cell.outcome) &&
      // Null: input never stopped. That it stays stopped is a problem, which nothing explains.
      (withinMs === undefined || (found.cell.recoverMs ?? 0) <= withinMs) &&
      fits(found),
  );
}
