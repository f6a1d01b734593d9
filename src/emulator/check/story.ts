/**
 * What has happened so far in a session, as the rules of the grammar see it. Owns the turn's phase and its table:
 *
 *   between ── output, toolCall ──▶ answering ── generationComplete ──▶ generated ── turnComplete ──▶ between
 *                                   answering, generated ── interrupted ──▶ interrupted ── turnComplete ──▶ between
 *
 * A cell of the table that refuses names the rule and where the story goes on, so that one deviation is told once.
 * Never decides for a profile: rules do, in rules/.
 */
import type { Session } from './sessions.js';
import type { Shape } from './read.js';

/** `unknown`: a session that begins in the middle. */
export type Phase = 'unknown' | 'between' | 'answering' | 'generated' | 'interrupted';
type TurnShape = 'output' | 'thought' | 'code' | 'toolCall' | 'generationComplete' | 'interrupted' | 'turnComplete';

export type TurnRule =
  | 'turn/nothing-after-generation-complete'
  | 'turn/generation-complete-once'
  | 'turn/generation-complete-of-something'
  | 'turn/generation-complete-first'
  | 'turn/complete-once'
  | 'turn/interrupts-something'
  | 'turn/interrupted-once'
  | 'turn/nothing-after-interrupted'
  | 'turn/no-generation-complete-after-interrupted';

interface Cell {
  readonly to: Phase;
  readonly refusedBy?: TurnRule;
  /** The story in which it is right all the same. */
  readonly unless?: (story: Story, shape: Shape) => boolean;
}

const go = (to: Phase): Cell => ({ to });
const refuse = (refusedBy: TurnRule, to: Phase, unless?: (story: Story, shape: Shape) => boolean): Cell =>
  unless === undefined ? { to, refusedBy } : { to, refusedBy, unless };

const opening = {
  output: go('answering'),
  thought: go('answering'),
  code: go('answering'),
  toolCall: go('answering'),
  generationComplete: go('generated'),
} as const;

const lateOutput = refuse('turn/nothing-after-generation-complete', 'answering');
const afterInterruption = refuse('turn/nothing-after-interrupted', 'answering');

const table: Readonly<Record<Phase, Readonly<Record<TurnShape, Cell>>>> = {
  unknown: { ...opening, interrupted: go('interrupted'), turnComplete: go('between') },
  between: {
    ...opening,
    generationComplete: refuse('turn/generation-complete-of-something', 'generated', (story) => story.mayHaveAsked),
    interrupted: refuse('turn/interrupts-something', 'interrupted', (story) => story.mayHaveAsked),
    turnComplete: refuse('turn/complete-once', 'between', (story) => story.mayHaveAsked),
  },
  answering: {
    ...opening,
    interrupted: go('interrupted'),
    turnComplete: refuse(
      'turn/generation-complete-first',
      'between',
      (story, shape) => !story.spoke || (shape.kind === 'turnComplete' && shape.hasReason),
    ),
  },
  generated: {
    output: lateOutput,
    thought: lateOutput,
    code: lateOutput,
    toolCall: lateOutput,
    generationComplete: refuse('turn/generation-complete-once', 'generated'),
    interrupted: go('interrupted'),
    turnComplete: go('between'),
  },
  interrupted: {
    output: afterInterruption,
    thought: afterInterruption,
    code: afterInterruption,
    toolCall: afterInterruption,
    generationComplete: refuse('turn/no-generation-complete-after-interrupted', 'interrupted'),
    interrupted: refuse('turn/interrupted-once', 'interrupted'),
    turnComplete: go('between'),
  },
};

function cellFor(phase: Phase, shape: Shape): Cell | null {
  const row = table[phase];
  return shape.kind in row ? row[shape.kind as TurnShape] : null;
}

/** `dropped`: the turn that called was interrupted. `used`: the model spoke after the response. */
export type CallState = 'open' | 'answered' | 'dropped' | 'used' | 'cancelled';

export interface OpenCall {
  readonly name: string;
  readonly isBlocking: boolean;
  /** The model had begun to speak before it called: the rest of its sentence may still come. */
  readonly midSentence: boolean;
  state: CallState;
}

export class Story {
  readonly #session: Session;
  readonly calls = new Map<string, OpenCall>();
  phase: Phase;
  isSetUp = false;
  /** The model spoke in this turn, or in this half of it if it called a function. */
  spoke = false;
  /** The user said or sent something since the last turnComplete. */
  heardUser = false;
  /**
   * Something was sent that the turn under way does not answer: since it began, or more than one message before. Two
   * messages may cross on the wire.
   */
  sentSinceOpening = false;
  /** The same, of what asks for an answer: content without turnComplete does not. */
  askedSinceOpening = false;
  #sentSince = 0;
  #askedSince = 0;
  /** Audio or video was streamed: from here on the messages sent do not show when the user spoke. */
  streams = false;
  /** The user spoke or wrote while calls were open. */
  heardUserDuringCalls = false;
  #generatedDuringCalls = false;

  constructor(session: Session) {
    this.#session = session;
    this.phase = session.headMissing ? 'unknown' : 'between';
  }

  /** The turn rule that refuses this shape here, if one does. */
  refusal(shape: Shape): TurnRule | null {
    const cell = cellFor(this.phase, shape);
    return cell === null || cell.unless?.(this, shape) === true ? null : (cell.refusedBy ?? null);
  }

  /** The user was heard since the last turnComplete; or neither side could be, since neither was recorded. */
  get mayHaveAsked(): boolean {
    const { hasSent, hasOutput, isVertex } = this.#session;
    // Of a tool round on Vertex AI the call may have a turnComplete more, and the response was not recorded.
    return this.heardUser || (!hasSent && (!hasOutput || (isVertex && this.#hasOpenCalls())));
  }

  /** Whether what makes the model begin or stop is to be seen: all of the client's messages are there, and say it. */
  get showsCauses(): boolean {
    const { hasSent, headMissing, resumed, audioLeftOut } = this.#session;
    return hasSent && !headMissing && !resumed && !audioLeftOut && !this.streams;
  }

  openBlockingCalls(): OpenCall[] {
    return [...this.calls.values()].filter((call) => call.state === 'open' && call.isBlocking);
  }

  tell(dir: 'sent' | 'received', shape: Shape): void {
    if (dir === 'sent') return this.#tellSent(shape);
    const cell = cellFor(this.phase, shape);
    if (cell !== null) {
      if (this.phase === 'between' && cell.to === 'answering') {
        this.sentSinceOpening = this.#sentSince > 1;
        this.askedSinceOpening = this.#askedSince > 1;
        this.#sentSince = 0;
        this.#askedSince = 0;
      }
      this.phase = cell.to;
    }
    switch (shape.kind) {
      case 'setupComplete':
        this.isSetUp = true;
        break;
      case 'voiceStart':
      case 'inputTranscription':
        this.heardUser = true;
        this.heardUserDuringCalls = true;
        break;
      case 'output':
      case 'code':
        this.spoke = true;
        this.#use();
        break;
      case 'toolCall':
        for (const [index, { id, name }] of shape.calls.entries()) {
          this.calls.set(id === '' ? `${name} ${this.calls.size + index}` : id, {
            name,
            isBlocking: !this.#session.nonBlocking.has(name),
            midSentence: this.spoke,
            state: 'open',
          });
        }
        this.spoke = false;
        this.heardUserDuringCalls = false;
        this.#generatedDuringCalls = false;
        break;
      case 'cancellation':
        for (const id of shape.ids) this.#settle(id, 'cancelled');
        break;
      case 'generationComplete':
        this.#generatedDuringCalls = this.#hasOpenCalls();
        this.spoke = false;
        break;
      case 'interrupted':
        for (const call of this.calls.values()) if (call.state === 'open' && call.isBlocking) call.state = 'dropped';
        break;
      case 'turnComplete':
        this.heardUser = shape.goesOn;
        this.askedSinceOpening ||= shape.goesOn;
        this.spoke = false;
        this.#use();
        break;
      default:
        break;
    }
  }

  #tellSent(shape: Shape): void {
    if (shape.kind === 'setup') return;
    this.heardUser = true;
    this.sentSinceOpening = true;
    this.#sentSince += 1;
    if (shape.kind !== 'content' || shape.turnComplete) {
      this.askedSinceOpening = true;
      this.#askedSince += 1;
    }
    if (shape.kind === 'audioIn' || shape.kind === 'video') this.streams = true;
    if (shape.kind === 'content' || shape.kind === 'typed' || shape.kind === 'activityStart')
      this.heardUserDuringCalls = true;
    if (shape.kind !== 'toolResponse') return;
    for (const id of shape.ids) {
      if (id === '') this.#settleOldest();
      else this.#settle(id, 'answered');
    }
    // The first half of the turn ended with the call: what comes now is the answer.
    if (this.phase === 'generated' && this.#generatedDuringCalls) this.phase = 'answering';
    this.spoke = false;
  }

  #hasOpenCalls(): boolean {
    return [...this.calls.values()].some(({ state }) => state === 'open');
  }

  #settle(id: string, state: CallState): void {
    const call = this.calls.get(id);
    if (call !== undefined) call.state = state;
  }

  #settleOldest(): void {
    const call = [...this.calls.values()].find(({ state }) => state === 'open');
    if (call !== undefined) call.state = 'answered';
  }

  /** What was answered has been used once the model speaks again: it cannot be cancelled any more. */
  #use(): void {
    for (const call of this.calls.values()) if (call.state === 'answered') call.state = 'used';
  }
}
