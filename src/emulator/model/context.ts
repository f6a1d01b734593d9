/**
 * What the model knows: the turns, the turn being composed, the system instruction, the functions, and how many tokens that is.
 *
 * Owns the token arithmetic, the sliding window and snapshots. Never talks to a connection and never generates.
 * Turns are immutable, so a snapshot shares them with the live context; it costs one small object, and a list of its own
 * if a turn was added since the one before.
 */
import type { EmulatorSettings } from '../options.js';
import type { FunctionDeclaration } from '../protocol/functions.js';

export interface TokenCount {
  readonly text: number;
  readonly audio: number;
  readonly video: number;
}

export interface ContextTurn {
  readonly role: 'user' | 'model' | 'tool';
  /** At most 2,000 characters. */
  readonly text: string;
  /** Speech in it, as far as the server noticed any. */
  readonly speechMs: number;
  readonly tokens: TokenCount;
}

/** A context at one moment: what a handle stands for. */
export interface ContextSnapshot {
  readonly turns: readonly ContextTurn[];
  readonly pending: ContextTurn;
  readonly systemInstruction: string | null;
  /** What the model may call. */
  readonly functions: readonly FunctionDeclaration[];
  readonly turnNumber: number;
  readonly forgottenTurns: number;
  /** Time the session had a connection, over all of them. */
  readonly connectedMs: number;
  readonly sawVideo: boolean;
  /** The user was speaking: by the server's own detection, or between activityStart and activityEnd. */
  readonly speaking: boolean;
  /** Audio or video came since activityStart. */
  readonly activityMedia: boolean;
  /** A turn or realtime input came: from here on 3.1+ models take no clientContent. */
  readonly begun: boolean;
  /** How often each turn of the script was used. */
  readonly scriptUses: readonly number[];
}

export const noTokens: TokenCount = { text: 0, audio: 0, video: 0 };
const nothingPending: ContextTurn = { role: 'user', text: '', speechMs: 0, tokens: noTokens };

export const emptySnapshot: ContextSnapshot = {
  turns: [],
  pending: nothingPending,
  systemInstruction: null,
  functions: [],
  turnNumber: 0,
  forgottenTurns: 0,
  connectedMs: 0,
  sawVideo: false,
  speaking: false,
  activityMedia: false,
  begun: false,
  scriptUses: [],
};

export interface Compression {
  readonly triggerTokens: number;
  readonly targetTokens: number;
}

export function addTokens(a: TokenCount, b: TokenCount): TokenCount {
  return { text: a.text + b.text, audio: a.audio + b.audio, video: a.video + b.video };
}

export function sumTokens(count: TokenCount): number {
  return count.text + count.audio + count.video;
}

function bounded(text: string): string {
  return text.length > 2_000 ? `${text.slice(0, 1_999)}…` : text;
}

export class ModelContext {
  readonly #settings: Readonly<EmulatorSettings>;
  readonly #compression: Compression | null;
  #state: ContextSnapshot;
  #committed: TokenCount;
  #compressions = 0;

  constructor(settings: Readonly<EmulatorSettings>, compression: Compression | null, from: ContextSnapshot) {
    this.#settings = settings;
    this.#compression = compression;
    this.#state = from;
    this.#committed = from.turns.reduce((sum, turn) => addTokens(sum, turn.tokens), noTokens);
  }

  get state(): ContextSnapshot {
    return this.#state;
  }

  /** How often the window slid on this connection. */
  get compressions(): number {
    return this.#compressions;
  }

  /** Tokens of the whole prompt, by modality; not rounded. */
  get tokens(): TokenCount {
    const text = this.#settings.basePromptTokens + this.textTokens(this.#state.systemInstruction ?? '');
    return addTokens(addTokens(this.#committed, this.#state.pending.tokens), { ...noTokens, text });
  }

  get totalTokens(): number {
    return sumTokens(this.tokens);
  }

  get compresses(): boolean {
    return this.#compression !== null;
  }

  get overflowing(): boolean {
    return this.#compression === null && this.totalTokens > this.#settings.contextWindowTokens;
  }

  textTokens(text: string): number {
    return Math.ceil(text.length / this.#settings.charactersPerToken);
  }

  change(fields: Partial<Omit<ContextSnapshot, 'turns' | 'pending'>>): void {
    this.#state = { ...this.#state, ...fields };
  }

  /** Adds to the user's turn that is being composed. */
  addPending(more: { text?: string; speechMs?: number; audioMs?: number; frames?: number }): void {
    const { text = '', speechMs = 0, audioMs = 0, frames = 0 } = more;
    const was = this.#state.pending;
    const pending: ContextTurn = {
      role: 'user',
      text: bounded(was.text === '' || text === '' ? was.text + text : `${was.text}\n${text}`),
      speechMs: was.speechMs + speechMs,
      tokens: addTokens(was.tokens, {
        text: this.textTokens(text),
        audio: (audioMs / 1_000) * this.#settings.tokensPerSecondAudio,
        video: frames * this.#settings.tokensPerSecondVideo,
      }),
    };
    this.#state = { ...this.#state, pending };
    this.#compress();
  }

  /** Ends the turn being composed. `counts`: the model is going to answer it; turns of a history do not count. */
  commitPending(counts: boolean): void {
    const turn = this.#state.pending;
    const turnNumber = this.#state.turnNumber + (counts ? 1 : 0);
    this.#state = { ...this.#state, pending: nothingPending, turnNumber };
    this.#append(turn);
  }

  addTurn(role: ContextTurn['role'], text: string, tokens?: TokenCount): void {
    this.#append({
      role,
      text: bounded(text),
      speechMs: 0,
      tokens: tokens ?? { ...noTokens, text: this.textTokens(text) },
    });
    this.#compress();
  }

  snapshot(connectedMs: number): ContextSnapshot {
    return { ...this.#state, connectedMs };
  }

  #append(turn: ContextTurn): void {
    this.#state = { ...this.#state, turns: [...this.#state.turns, turn] };
    this.#committed = addTokens(this.#committed, turn.tokens);
  }

  /** The window slides: the oldest turns go, cut at the start of a user turn; what is being composed goes last. */
  #compress(): void {
    const limits = this.#compression;
    if (limits === null || this.totalTokens <= limits.triggerTokens) return;
    const { turns } = this.#state;
    let dropped = 0;
    let excess = this.totalTokens - limits.targetTokens;
    while (dropped < turns.length && (excess > 0 || turns[dropped]?.role !== 'user')) {
      const gone = turns[dropped++];
      if (gone !== undefined) excess -= sumTokens(gone.tokens);
    }
    const kept = turns.slice(dropped);
    this.#state = { ...this.#state, turns: kept, forgottenTurns: this.#state.forgottenTurns + dropped };
    this.#committed = kept.reduce((sum, turn) => addTokens(sum, turn.tokens), noTokens);
    if (excess > 0) this.#trimPending(excess);
    this.#compressions++;
  }

  /** An endless turn, such as hours of a quiet microphone, is cut within. */
  #trimPending(excess: number): void {
    const { pending } = this.#state;
    const size = sumTokens(pending.tokens);
    const share = size === 0 ? 0 : Math.max(0, 1 - excess / size);
    const { text, audio, video } = pending.tokens;
    const tokens = { text: text * share, audio: audio * share, video: video * share };
    this.#state = { ...this.#state, pending: { ...pending, tokens } };
  }
}
