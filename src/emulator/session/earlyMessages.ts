/**
 * What a client said between its setup and setupComplete, when the emulator is told to take it.
 *
 * Owns the order and the bound. Never decides whether it is taken: connection.ts.
 */
import type { Utterance } from '../model/conversation.js';

/** About two minutes of a microphone. */
const maxBytes = 5_000_000;

export class EarlyMessages {
  #messages: { readonly message: Utterance; readonly bytes: number }[] = [];
  #bytes = 0;

  /** False: it is too much, and was not taken. */
  add(message: Utterance, bytes: number): boolean {
    if (this.#bytes + bytes > maxBytes) return false;
    this.#bytes += bytes;
    this.#messages.push({ message, bytes });
    return true;
  }

  takeAll(): readonly { readonly message: Utterance; readonly bytes: number }[] {
    const all = this.#messages;
    this.#messages = [];
    this.#bytes = 0;
    return all;
  }
}
