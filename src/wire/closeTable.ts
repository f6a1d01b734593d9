/**
 * CloseTable: every end of a connection that was seen or documented, as data.
 *
 * Owns the rows: what the end looks like, what it means, where that is known from, and the plan for each phase. Holds no
 * logic. The first row whose code and reason fit and that has a plan for the phase wins; narrow rows stand before wide.
 *
 * `source`: `recorded` in real traffic or logs of other projects, `documented` by Google or an RFC.
 */
import type { CloseRow, HttpRow, Plan } from './closeRow.js';

/** Matches every reason. */
const anyReason = '';

type Plans = Pick<CloseRow, 'established' | 'dialing' | 'resuming'>;

const everywhere = (plan: Plan): Plans => ({ established: plan, dialing: plan, resuming: plan });
const fatal = everywhere({ action: 'fatal', pace: 'now' });

/** The connection is gone and the session is well. */
const goOn: Plans = {
  established: { action: 'resume', pace: 'now' },
  dialing: { action: 'retry', pace: 'backoff' },
  resuming: { action: 'retry', pace: 'backoff' },
};

const slowly: Plans = {
  established: { action: 'resume', pace: 'slow' },
  dialing: { action: 'retry', pace: 'slow' },
  resuming: { action: 'retry', pace: 'slow' },
};

/** On a resume the old socket may still be open: that passes within seconds and never costs the handle. */
const troubled: Plans = {
  established: { action: 'resume', pace: 'backoff' },
  dialing: { action: 'retry', pace: 'backoff' },
  resuming: { action: 'retry', pace: 'quick' },
};

/** The service cannot take what it was given: the last content, or the handle, or the setup itself. */
const invalidArgument: Plans = {
  established: { action: 'resume', pace: 'backoff', refusedContent: true },
  dialing: { action: 'fatal', pace: 'now', meaning: 'setupRefused', error: 'setupRefused' },
  resuming: { action: 'dropHandle', pace: 'backoff', meaning: 'handleDead', error: 'handleRefused' },
};

/** A handle can only be refused where one was sent. */
const deadHandle: Plans = { resuming: { action: 'dropHandle', pace: 'now' } };

export const closeRows: readonly CloseRow[] = [
  // Age
  {
    code: 1008,
    reasons: ['Connection aborted because the client failed to close the connection after receiving a GoAway'],
    meaning: 'overranGoAway',
    source: 'recorded',
    error: 'sessionExpired',
    ...goOn,
  },
  {
    code: 1011,
    reasons: ['Deadline expired before operation could complete'],
    meaning: 'ageLimit',
    source: 'recorded',
    error: 'sessionExpired',
    ...goOn,
  },
  // Vertex AI, at ten minutes: a 1000 of the server is no hang-up of ours.
  {
    code: 1000,
    reasons: ['The operation was cancelled'],
    meaning: 'ageLimit',
    source: 'recorded',
    error: 'sessionExpired',
    ...goOn,
  },

  // Account
  {
    code: 1011,
    reasons: ['You exceeded your current quota'],
    meaning: 'quota',
    source: 'recorded',
    error: 'quota',
    ...slowly,
  },
  {
    code: 1011,
    reasons: ['Your project has exceeded its monthly spending cap'],
    meaning: 'billing',
    source: 'recorded',
    error: 'billing',
    ...fatal,
  },
  {
    code: 1011,
    reasons: ['Token has been used too many times', 'Token has expired', { contains: 'auth token has expired' }],
    meaning: 'tokenSpent',
    source: 'recorded',
    error: 'tokenSpent',
    ...everywhere({ action: 'newToken', pace: 'now' }),
  },
  {
    code: 1007,
    reasons: ['API key not valid'],
    meaning: 'apiKeyInvalid',
    source: 'recorded',
    error: 'authentication',
    ...fatal,
  },

  // Setup
  {
    code: 1007,
    reasons: [
      { starts: 'Invalid JSON payload received', contains: "at 'setup" },
      { contains: 'response modalities' },
      'Cannot extract voices from a non-audio request',
    ],
    meaning: 'setupRefused',
    source: 'recorded',
    error: 'setupRefused',
    ...fatal,
  },
  {
    code: 1008,
    reasons: [
      { starts: 'models/', contains: ' is not found' },
      { starts: 'models/', contains: ' is not supported' },
      'Publisher Model `',
    ],
    meaning: 'modelNotFound',
    source: 'recorded',
    error: 'modelNotFound',
    ...fatal,
  },

  // Handle
  {
    code: 1007,
    reasons: ['Invalid session handle'],
    meaning: 'handleDead',
    source: 'recorded',
    error: 'handleRefused',
    ...deadHandle,
  },
  {
    code: 1008,
    reasons: [
      'BidiGenerateContent session not found',
      'BidiGenerateContent session expired',
      'Requested entity was not found',
    ],
    meaning: 'handleDead',
    source: 'recorded',
    error: 'handleRefused',
    ...deadHandle,
  },

  // Content
  {
    code: 1007,
    reasons: ['Request contains an invalid argument'],
    meaning: 'contentRefused',
    source: 'recorded',
    error: 'contentRefused',
    ...invalidArgument,
  },
  // A field the service does not know: in the setup before setupComplete, in a message of the app after it.
  {
    code: 1007,
    reasons: ['Invalid JSON payload received'],
    meaning: 'contentRefused',
    source: 'recorded',
    error: 'contentRefused',
    established: invalidArgument.established as Plan,
    dialing: invalidArgument.dialing as Plan,
    resuming: invalidArgument.dialing as Plan,
  },

  // Passing trouble
  {
    code: 1008,
    reasons: ['The operation was aborted'],
    meaning: 'operationAborted',
    source: 'recorded',
    error: 'dialBudgetSpent',
    ...goOn,
  },
  // Comes and goes around tool calls.
  {
    code: 1008,
    reasons: ['Operation is not implemented, or supported, or enabled'],
    meaning: 'notEnabled',
    source: 'recorded',
    error: 'dialBudgetSpent',
    ...goOn,
  },
  {
    code: 1011,
    reasons: [
      'Internal error encountered',
      'Internal error occurred',
      'The service is currently unavailable',
      { contains: 'OVERLOADED' },
    ],
    meaning: 'serverTrouble',
    source: 'recorded',
    error: 'dialBudgetSpent',
    ...troubled,
  },
  { code: 1006, reasons: [anyReason], meaning: 'network', source: 'recorded', error: 'unreachable', ...goOn },

  // Codes that say enough without a known reason (RFC 6455, section 7.4.1): 1011 a fault of the server, 1007 of the payload.
  {
    code: 1011,
    reasons: [anyReason],
    meaning: 'serverTrouble',
    source: 'documented',
    error: 'dialBudgetSpent',
    ...troubled,
  },
  {
    code: 1009,
    reasons: [anyReason],
    meaning: 'contentRefused',
    source: 'documented',
    error: 'contentRefused',
    established: { action: 'resume', pace: 'backoff', refusedContent: true },
  },
  {
    code: 1007,
    reasons: [anyReason],
    meaning: 'contentRefused',
    source: 'documented',
    error: 'contentRefused',
    ...invalidArgument,
  },
];

const refused: Plan = { action: 'fatal', pace: 'now' };
const later: Plan = { action: 'retry', pace: 'slow' };

/** The upgrade was answered with this status. */
export const httpRows: readonly HttpRow[] = [
  { from: 401, to: 401, meaning: 'unauthorized', source: 'recorded', error: 'authentication', plan: refused },
  { from: 403, to: 403, meaning: 'unauthorized', source: 'recorded', error: 'authentication', plan: refused },
  { from: 404, to: 404, meaning: 'notFound', source: 'recorded', error: 'modelNotFound', plan: refused },
  { from: 429, to: 429, meaning: 'tooManyRequests', source: 'recorded', error: 'quota', plan: later },
  { from: 503, to: 503, meaning: 'unavailable', source: 'recorded', error: 'dialBudgetSpent', plan: later },
  {
    from: 500,
    to: 599,
    meaning: 'serverTrouble',
    source: 'documented',
    error: 'dialBudgetSpent',
    plan: { action: 'retry', pace: 'backoff' },
  },
];
