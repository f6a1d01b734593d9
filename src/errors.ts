/**
 * Every error Lifeline throws, rejects with or reports: one class, a literal `code`, and one thing to do about it.
 *
 * Owns the list of codes and their remediation. Never holds a key, a handle, audio or text.
 */

/** When it happened. `options`: before any dial. `send`: in one of the senders. The rest are lifecycle states. */
export type ErrorPhase =
  | 'options'
  | 'connecting'
  | 'active'
  | 'goingAway'
  | 'resuming'
  | 'expired'
  | 'closing'
  | 'closed'
  | 'send'
  | 'read';

interface ErrorKind {
  readonly retryable: boolean;
  /** One imperative sentence. */
  readonly remediation: string;
}

const kinds = {
  invalidOptions: { retryable: false, remediation: 'Correct the option named in the message.' },
  invalidHandle: {
    retryable: false,
    remediation: 'Pass the handle of a session of this model, or leave it out to start a new session.',
  },
  invalidMessage: { retryable: false, remediation: 'Correct the argument named in the message; nothing was sent.' },
  notSupported: {
    retryable: false,
    remediation: 'Connect again with the change in config, or use a model or provider that takes it in mid-session.',
  },
  resumptionOff: {
    retryable: false,
    remediation: 'Leave sessionResumption on (its default) when the session is to be resumed.',
  },
  sessionClosed: { retryable: false, remediation: 'Connect a new session; this one has ended.' },
  aborted: { retryable: false, remediation: 'Connect again with a signal that is not aborted.' },
  authentication: {
    retryable: false,
    remediation: 'Check the API key, access token or ephemeral token of the client you passed to the transport.',
  },
  tokenSpent: {
    retryable: true,
    remediation: 'Mint a new ephemeral token and connect with session.handle; the handle is still good.',
  },
  modelNotFound: {
    retryable: false,
    remediation: 'Check the model name, the API version and the location; the service does not know this combination.',
  },
  setupRefused: {
    retryable: false,
    remediation: 'Correct the config field that the service names; the same setup will be refused again.',
  },
  billing: { retryable: false, remediation: 'Raise the spending cap or settle the billing of the project.' },
  quota: { retryable: true, remediation: 'Wait, lower the number of concurrent sessions, or ask for more quota.' },
  contentRefused: {
    retryable: false,
    remediation: 'Do not send this content again; the service refuses it repeatedly.',
  },
  unreachable: { retryable: true, remediation: 'Check the network and the base URL, then connect again.' },
  setupTimeout: { retryable: true, remediation: 'Check the network, or raise setupTimeoutMs.' },
  dialBudgetSpent: {
    retryable: true,
    remediation: 'Wait until the service recovers, then connect again with session.handle.',
  },
  handleRefused: {
    retryable: false,
    remediation: "Set afterExpiry to 'reseed' or 'fresh' when the session should go on without its handle.",
  },
  sessionExpired: {
    retryable: false,
    remediation: "Set afterExpiry to 'reseed' or 'fresh' when the session should go on without its handle.",
  },
  reseedFailed: {
    retryable: false,
    remediation: 'Make the summary function return text, or leave it out to reseed from the recorded turns.',
  },
  unreadableFrame: {
    retryable: true,
    remediation: 'Nothing to do: the frame was counted and skipped; report it when it happens often.',
  },
  callbackThrew: { retryable: true, remediation: 'Catch errors inside the callback; the session went on.' },
  clientRejected: {
    retryable: false,
    remediation: 'Correct what the message names; the client refused the parameters before the service saw them.',
  },
  transportUnsupported: {
    retryable: false,
    remediation: 'Use a version of @google/genai inside the peer range of gemini-lifeline.',
  },
  internal: {
    retryable: false,
    remediation: 'Report this with the trace of the session; it is a bug in gemini-lifeline.',
  },
} as const satisfies Record<string, ErrorKind>;

export type LifelineErrorCode = keyof typeof kinds;

export const lifelineErrorCodes = Object.keys(kinds) as readonly LifelineErrorCode[];

export interface LifelineErrorDetails {
  readonly phase: ErrorPhase;
  /** WebSocket close code, where a close was the reason. */
  readonly closeCode?: number | undefined;
  readonly cause?: unknown;
}

/** Thrown by calls, carried by rejections, and given to `onerror` and the `error` event. */
export class LifelineError extends Error {
  override readonly name = 'LifelineError';
  readonly code: LifelineErrorCode;
  readonly phase: ErrorPhase;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  readonly closeCode: number | undefined;
  /** One imperative sentence: what to do next. */
  readonly remediation: string;

  constructor(code: LifelineErrorCode, message: string, details: LifelineErrorDetails) {
    const kind = kinds[code];
    super(`${message} ${kind.remediation}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.phase = details.phase;
    this.retryable = kind.retryable;
    this.closeCode = details.closeCode;
    this.remediation = kind.remediation;
  }

  /** What logs and traces may show: no cause, no stack. */
  toJSON(): object {
    const { code, phase, retryable, closeCode, message, remediation } = this;
    return { code, phase, retryable, ...(closeCode === undefined ? {} : { closeCode }), message, remediation };
  }
}

export function isLifelineError(value: unknown): value is LifelineError {
  return value instanceof LifelineError;
}
