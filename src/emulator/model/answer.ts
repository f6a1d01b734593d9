/**
 * One turn of the model while it is given: what was said, how long it takes to play, and what it counts.
 *
 * Owns the sums. Sends nothing.
 */
import { addTokens, noTokens, type ModelContext, type TokenCount } from './context.js';
import type { ConversationParts } from './parts.js';
import { responseTokens, usageOf, type SpokenPiece } from './reply.js';

export class Answer {
  thoughtTokens = 0;
  callTokens = 0;
  readonly #parts: ConversationParts;
  #prompt: TokenCount;
  #playedUntil = 0;
  #said = '';
  #audioMs = 0;
  /** Of what is in the context already. */
  #remembered: TokenCount = noTokens;

  constructor(prompt: TokenCount, parts: ConversationParts) {
    this.#prompt = prompt;
    this.#parts = parts;
  }

  get spoken(): boolean {
    return this.#said !== '' || this.#audioMs > 0;
  }

  add(piece: SpokenPiece, now: number): void {
    this.#said += piece.text;
    this.#audioMs += piece.audioMs;
    this.#playedUntil = Math.max(this.#playedUntil, now) + piece.audioMs;
  }

  /** The prompt grew: results came. */
  feed(prompt: TokenCount): void {
    this.#prompt = prompt;
  }

  /** Puts what was said since the last time into the context. */
  remember(context: ModelContext): void {
    if (this.#said === '') return;
    const tokens = this.#tokensOfSpeech();
    context.addTurn('model', this.#said, tokens);
    this.#remembered = addTokens(this.#remembered, tokens);
    this.#said = '';
    this.#audioMs = 0;
  }

  unplayedMs(now: number): number {
    return Math.max(0, this.#playedUntil - now);
  }

  usage(): object {
    const spoken = addTokens(this.#remembered, this.#tokensOfSpeech());
    const response = addTokens(spoken, { ...noTokens, text: this.callTokens });
    return usageOf(this.#prompt, response, this.thoughtTokens, this.#parts.profile.countsCandidates);
  }

  #tokensOfSpeech(): TokenCount {
    const { setup, profile, settings } = this.#parts;
    const asText = setup.modality === 'TEXT' || profile.countsSpeechAsText;
    return responseTokens(this.#said, this.#audioMs, asText, settings);
  }
}
