/**
 * Close codes and reasons the Live API was seen to use (docs/PROTOCOL.md), and HTTP-free ways to say no.
 *
 * Owns the words. Never decides when they apply. The close frame is the service's only error channel.
 */

/** What a close frame carries. Reasons longer than 123 bytes are cut on the way out. */
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export const closings = {
  outlivedGoAway: {
    code: 1008,
    reason:
      'Connection aborted because the client failed to close the connection after receiving a GoAway signal once the session duration limit was reached.',
  },
  cancelled: { code: 1000, reason: 'The operation was cancelled.' },
  deadlineExpired: { code: 1011, reason: 'Deadline expired before operation could complete.' },
  aborted: { code: 1008, reason: 'The operation was aborted.' },
  internal: { code: 1011, reason: 'Internal error encountered.' },
  unavailable: { code: 1011, reason: 'The service is currently unavailable.' },
  quota: { code: 1011, reason: 'You exceeded your current quota, please check your plan and billing details.' },
  spendingCap: { code: 1011, reason: 'Your project has exceeded its monthly spending cap.' },
  tokenUsedUp: { code: 1011, reason: 'Token has been used too many times' },
  tokenExpired: { code: 1011, reason: 'Token has expired' },
  invalidArgument: { code: 1007, reason: 'Request contains an invalid argument.' },
  invalidKey: { code: 1007, reason: 'API key not valid. Please pass a valid API key.' },
  invalidHandle: { code: 1007, reason: 'Invalid session handle' },
  voicesWithoutAudio: { code: 1007, reason: 'Cannot extract voices from a non-audio request.' },
  explicitActivity: {
    code: 1007,
    reason: 'Explicit activity control is not supported when automatic activity detection is enabled.',
  },
  setupFirst: { code: 1007, reason: 'The first message must be a setup message, and there must be only one.' },
  notJson: { code: 1007, reason: 'Invalid JSON payload received. Unexpected token.' },
  sessionNotFound: { code: 1008, reason: 'BidiGenerateContent session not found' },
  sessionExpired: { code: 1008, reason: 'BidiGenerateContent session expired' },
  entityNotFound: { code: 1008, reason: 'Requested entity was not found.' },
  notImplemented: { code: 1008, reason: 'Operation is not implemented, or supported, or enabled.' },
} as const satisfies Record<string, Closing>;

/** `at` is the proto path of the object that holds the field; empty at the top of a message. */
export function unknownName(name: string, at: string): Closing {
  const where = at === '' ? '' : ` at '${at}'`;
  return { code: 1007, reason: `Invalid JSON payload received. Unknown name "${name}"${where}: Cannot find field.` };
}

export function invalidValue(at: string, type: string, value: unknown): Closing {
  return { code: 1007, reason: `Invalid value at '${at}' (${type}), ${JSON.stringify(value)}` };
}

export function alreadySet(name: string): Closing {
  return {
    code: 1007,
    reason: `Invalid JSON payload received. Invalid value: oneof field is already set. Cannot set '${name}'.`,
  };
}

export function unsupportedModality(modality: string): Closing {
  return {
    code: 1007,
    reason: `The requested combination of response modalities (${modality}) is not supported by the model.`,
  };
}

export function isClosing(value: object): value is Closing {
  return 'code' in value && 'reason' in value;
}

/** Most that fits a close frame: 125 bytes less the code. Cut on a byte, as the service does, without half characters. */
export function cutReason(reason: string): string {
  const bytes = new TextEncoder().encode(reason);
  if (bytes.length <= 123) return reason;
  return new TextDecoder().decode(bytes.subarray(0, 123)).replace(/\uFFFD+$/u, '');
}
