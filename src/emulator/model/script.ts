/**
 * A script: what the model does in which turn, as data that fits a JSON file.
 *
 * Owns the shape; scriptReader.ts reads it, director.ts chooses the turn, performer.ts plays the steps. The model's
 * own habits (mind.ts) are steps too. Never does anything.
 */
import type { Fields } from '../protocol/fields.js';

export interface ScriptCall {
  readonly name: string;
  /** Default {}. */
  readonly args?: Fields;
  /** Whether the model goes on without the result. Default: as the setup declares the function. */
  readonly nonBlocking?: boolean;
}

export interface ScriptSpeech {
  readonly text: string;
  /** Default: replyAudioSeconds, or as long as the text takes. */
  readonly audioSeconds?: number;
  /** Time to generate the audio over its length. Default: generationPace. */
  readonly pace?: number;
  /** Before its first frame. Default 0. */
  readonly pauseMs?: number;
}

/** One key, which names the step. */
export type ScriptStep =
  /** A thought; only a model or a setup that shows thoughts sends it. */
  | { readonly think: string }
  | { readonly say: string | ScriptSpeech }
  /** One toolCall. A function that blocks holds the turn until the last of their results is in. */
  | { readonly call: ScriptCall | readonly ScriptCall[] }
  | { readonly waitMs: number }
  /** Waits for the results of all calls, of those that do not block too. */
  | { readonly awaitResults: true }
  /** Ends the model's turn, with interactionStatus IN_PROGRESS if asked; the next steps make another one. */
  | { readonly turnComplete: true | { readonly inProgress: boolean } }
  /** The server interrupts itself; the next steps make another turn. */
  | { readonly interrupted: true }
  /** Takes back every call without a result. */
  | { readonly cancelCalls: true }
  /** What the user said: as first step instead of the emulator's own words, later as one more transcription. */
  | { readonly transcribe: string }
  /** A server message as it is. */
  | { readonly send: Fields }
  /** Announces the end; by default it also comes. */
  | { readonly goAway: { readonly timeLeftMs: number; readonly thenClose?: boolean } }
  | { readonly close: { readonly code: number; readonly reason?: string } }
  /** Nothing more, not even a turnComplete. */
  | { readonly silent: true };

/** What a turn of the script answers. All that is given has to fit; nothing given fits every turn of the user. */
export interface ScriptWhen {
  /** Once, at the start of a session, before anybody speaks. */
  readonly start?: true;
  /** After the last result of calls that the script does not wait for itself; a name: of that function. */
  readonly result?: true | string;
  /** Number of the user's turn, from 1, over all connections of a session. */
  readonly turn?: number;
  /** The user spoke (true) or only wrote (false). */
  readonly audio?: boolean;
  /** In the user's words, or in the results as JSON. Case does not matter. */
  readonly text?: string;
  /**
   * A regular expression for the first 2,000 characters of the same; flags `i` and `u`. It is trusted, as the script is:
   * one that takes for ever over some text stops everything else.
   */
  readonly matches?: string;
}

export interface ScriptTurn {
  /** Default {}. */
  readonly when?: ScriptWhen;
  readonly steps: readonly ScriptStep[];
  /** How often it may be used in a session. Default 1. */
  readonly repeat?: number | 'always';
}

export interface EmulatorScript {
  /** The first that fits is used. */
  readonly turns: readonly ScriptTurn[];
  /** When none fits: the emulator's own habits (echo and small talk), or these steps. Default `echo`. */
  readonly otherwise?: 'echo' | readonly ScriptStep[];
}
