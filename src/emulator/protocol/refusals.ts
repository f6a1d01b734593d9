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
export function unknownName(name: string, at: string, why = 'Cannot find field.'): Closing {
  return { code: 1007, reason: `Invalid JSON payload received. Unknown name ${shown(name)}${place(at)}: ${why}` };
}

export function notRepeating(name: string, at: string): Closing {
  return unknownName(name, at, 'Proto field is not repeating, cannot start list.');
}

/** `said`: the value is already a sentence of its own. */
export function invalidValue(at: string, type: string, value: unknown, form: 'value' | 'said' = 'value'): Closing {
  const text = form === 'said' ? String(value) : shown(value);
  return { code: 1007, reason: `Invalid value${place(at)} (${type}), ${text}` };
}

export function alreadySet(oneof: string, name: string, at: string): Closing {
  return invalidValue(at, 'oneof', `oneof field '${oneof}' is already set. Cannot set '${name}'`, 'said');
}

export function tooDeep(name: string): Closing {
  const why = `Message too deep. Max recursion depth reached for key ${shown(name)}`;
  return { code: 1007, reason: `Invalid JSON payload received. ${why}` };
}

function place(at: string): string {
  return at === '' ? '' : ` at '${at}'`;
}

/** No more of a value than a reason can carry; an object or a list by its kind alone. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 123));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? '[…]' : '{…}';
  return String(value);
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
