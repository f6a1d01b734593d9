/**
 * The recorded turns: what was said, as text, so that a fresh server session can be given its past back.
 *
 * Owns a bounded list of user and model turns, from text that the app sent and from transcriptions. Audio without a
 * transcription leaves no trace here. Never sends anything.
 */

export interface RecordedTurn {
  readonly role: 'user' | 'model';
  readonly text: string;
}

interface OpenTurn {
  role: 'user' | 'model';
  text: string;
  /** Numbers of the sends that this turn came from; a replay of one of them would say it twice. */
  readonly sends: Set<number>;
}

export class TurnRecorder {
  readonly #maxCharacters: number;
  #turns: OpenTurn[] = [];
  #characters = 0;
  /** The next piece of text begins a turn of its own, although the role is the same. */
  #boundary = false;

  constructor(maxCharacters: number) {
    this.#maxCharacters = maxCharacters;
  }

  add(role: 'user' | 'model', text: string, send?: number): void {
    if (text === '') return;
    const last = this.#turns.at(-1);
    // What was written and what was heard are two things, although one person said both.
    const isSameSource = last && last.sends.size > 0 === (send !== undefined);
    if (last && last.role === role && isSameSource && !this.#boundary) {
      last.text += text;
      if (send !== undefined) last.sends.add(send);
    } else {
      this.#turns.push({ role, text, sends: new Set(send === undefined ? [] : [send]) });
    }
    this.#boundary = false;
    this.#characters += text.length;
    this.#forgetOldest();
  }

  /** turnComplete, interrupted, or a swap of connections: an unfinished transcription is not continued afterwards. */
  closeTurn(): void {
    this.#boundary = true;
  }

  /** Every recorded turn but those made of sends that `isReplayed` says will be said again anyway. */
  read(isReplayed: (send: number) => boolean = () => false): readonly RecordedTurn[] {
    return this.#turns
      .filter((turn) => turn.sends.size === 0 || ![...turn.sends].every(isReplayed))
      .map(({ role, text }) => ({ role, text }));
  }

  #forgetOldest(): void {
    while (this.#characters > this.#maxCharacters && this.#turns.length > 1) {
      this.#characters -= this.#turns.shift()?.text.length ?? 0;
    }
    // One endless turn is cut at its beginning.
    const [only] = this.#turns;
    if (!only || this.#characters <= this.#maxCharacters) return;
    only.text = only.text.slice(only.text.length - this.#maxCharacters);
    this.#characters = only.text.length;
    if (only.text === '') this.#turns = [];
  }
}
