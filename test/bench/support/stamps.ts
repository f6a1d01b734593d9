/** The number in what the model heard, and how many conversations the server held. */
import { readStamp, type Emulator, type HeardMessage } from '../../../dist/src/emulator/index.js';

/** Null for what is not numbered audio. */
export function stampOf({ kind, head }: HeardMessage): number | null {
  return kind === 'audio' ? readStamp(head) : null;
}

/** Fresh contexts: 1 when every later connection resumed the one before. */
export function lineagesIn(emulator: Emulator): number {
  return emulator.contexts().filter(({ parent }) => parent === null).length;
}
