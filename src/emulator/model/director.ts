/**
 * Which turn of the script answers: the first that fits and is not used up.
 *
 * Owns the matching. How often a turn was used is part of the context, so that a resumed session goes on where its
 * handle was issued. Never plays a step.
 */
import type { ModelContext } from './context.js';
import type { EmulatorScript, ScriptStep, ScriptTurn, ScriptWhen } from './script.js';

/** So much of a text is held against an expression; a turn has no more (context.ts), the results of calls may. */
const mostMatched = 2_000;
/** Compiled once, however many connections share the script. */
const compiled = new WeakMap<ScriptWhen, RegExp>();

/** What the model may have to answer. */
export type Cue =
  | { readonly kind: 'start' }
  | { readonly kind: 'turn'; readonly number: number; readonly text: string; readonly audio: boolean }
  | { readonly kind: 'results'; readonly number: number; readonly names: readonly string[]; readonly text: string };

export class Director {
  readonly #script: EmulatorScript | null;
  readonly #context: ModelContext;

  constructor(script: EmulatorScript | null, context: ModelContext) {
    this.#script = script;
    this.#context = context;
  }

  /** The turn that answers, without using it up. */
  find(cue: Cue): ScriptTurn | null {
    const uses = this.#context.state.scriptUses;
    const fits = (turn: ScriptTurn, index: number): boolean =>
      (turn.repeat === 'always' || (uses[index] ?? 0) < (turn.repeat ?? 1)) && matches(turn.when ?? {}, cue);
    return this.#script?.turns.find(fits) ?? null;
  }

  /** The steps of a turn, which counts as used; null: the model's own habits answer. */
  use(turn: ScriptTurn | null, cue: Cue): readonly ScriptStep[] | null {
    const index = turn === null ? -1 : (this.#script?.turns.indexOf(turn) ?? -1);
    if (turn !== null && index >= 0) {
      const uses = Array.from({ length: this.#script?.turns.length ?? 0 }, (_, at) => {
        const was = this.#context.state.scriptUses[at] ?? 0;
        return at === index ? was + 1 : was;
      });
      this.#context.change({ scriptUses: uses });
      return turn.steps;
    }
    const otherwise = this.#script?.otherwise ?? 'echo';
    return otherwise === 'echo' || cue.kind !== 'turn' ? null : otherwise;
  }
}

function matches(when: ScriptWhen, cue: Cue): boolean {
  switch (cue.kind) {
    case 'start':
      return when.start === true;
    case 'turn':
      return (
        when.start === undefined &&
        when.result === undefined &&
        (when.turn === undefined || when.turn === cue.number) &&
        (when.audio === undefined || when.audio === cue.audio) &&
        speaksOf(when, cue.text)
      );
    case 'results':
      return (
        when.result !== undefined &&
        (when.result === true || cue.names.includes(when.result)) &&
        (when.turn === undefined || when.turn === cue.number) &&
        speaksOf(when, cue.text)
      );
    default:
      return cue satisfies never;
  }
}

function speaksOf(when: ScriptWhen, text: string): boolean {
  if (when.text !== undefined && !text.toLowerCase().includes(when.text.toLowerCase())) return false;
  return when.matches === undefined || expressionOf(when, when.matches).test(text.slice(0, mostMatched));
}

function expressionOf(when: ScriptWhen, source: string): RegExp {
  const made = compiled.get(when) ?? new RegExp(source, 'iu');
  compiled.set(when, made);
  return made;
}
