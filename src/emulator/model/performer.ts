/**
 * Plays a plan: the steps of one exchange, from the model's own habits or from a script.
 *
 *   quiet ── perform ──▶ generating ── out of steps: generationComplete ──▶ playing ── turnComplete ──▶ quiet
 *                        generating ── a call that blocks, awaitResults ──▶ callingTools ── last result ──▶ generating
 *                                       (callsEndTurn: with generationComplete and turnComplete)
 *                        playing ── turnComplete, IN_PROGRESS ──▶ generating
 *   quiet, with steps left (after `turnComplete`, `interrupted`) ── next output ──▶ generating
 *   generating, playing, callingTools ── interrupt ──▶ interrupted, turnComplete ──▶ quiet, the steps are dropped
 *
 * Owns the phase, the one timer and the answer. Never chooses what to say: conversation.ts does.
 */
import type { Timer } from '../network/timers.js';
import { Answer } from './answer.js';
import type { ConversationParts, Prompter } from './parts.js';
import { codeOf, completeFrame, formOfThoughts, generatedFrames, modelTurn, speak, type Speech } from './reply.js';
import type { ScriptCall, ScriptSpeech, ScriptStep } from './script.js';
import type { ToolCalls } from './toolCalls.js';

export type TurnPhase = 'quiet' | 'generating' | 'playing' | 'callingTools';

/** Whether the next step follows at once, or something else will make it follow. */
type Pace = 'goOn' | 'later';

type InstantStep = Extract<
  ScriptStep,
  { send: unknown } | { transcribe: unknown } | { cancelCalls: true } | { goAway: unknown } | { interrupted: true }
>;

export class Performer {
  readonly #parts: ConversationParts;
  readonly #calls: ToolCalls;
  readonly #prompter: Prompter;
  #phase: TurnPhase = 'quiet';
  #steps: readonly ScriptStep[] = [];
  #answer: Answer | null = null;
  #timer: Timer | null = null;
  #awaits: 'blocking' | 'all' | null = null;
  /** Nothing has come out since the exchange began or the results came. */
  #fresh = false;
  /** A turn ended with IN_PROGRESS: the last one says IDLE. */
  #interim = false;

  constructor(parts: ConversationParts, calls: ToolCalls, prompter: Prompter) {
    this.#parts = parts;
    this.#calls = calls;
    this.#prompter = prompter;
  }

  get phase(): TurnPhase {
    return this.#phase;
  }

  get busy(): boolean {
    return this.#phase !== 'quiet' || this.#steps.length > 0;
  }

  perform(steps: readonly ScriptStep[], delayMs: number): void {
    const [first] = steps;
    if (first === undefined || 'silent' in first) return;
    this.#steps = steps;
    this.#interim = false;
    this.#begin();
    this.#goOnAfter(delayMs);
  }

  /** The last result that the plan waits for may be in. */
  resultsCame(): void {
    const open = this.#awaits === 'all' ? this.#calls.pending : this.#calls.blocking;
    if (this.#awaits === null || open > 0) return;
    this.#awaits = null;
    const results = this.#calls.handOver();
    const { context, settings } = this.#parts;
    context.addTurn('tool', JSON.stringify(results.map(({ name, response }) => ({ name, response }))));
    this.#parts.resultsHeard();
    this.#phase = 'generating';
    this.#fresh = true;
    this.#answer?.feed(context.tokens);
    if (this.#steps.length === 0) this.#steps = this.#prompter.answerResults(results);
    this.#goOnAfter(settings.firstAudioDelayMs);
  }

  /** The plan takes the results of calls that do not block. */
  get awaitsAll(): boolean {
    return this.#awaits === 'all';
  }

  interrupt(): void {
    this.#steps = [];
    this.#timer?.cancel();
    this.#timer = null;
    this.#awaits = null;
    if (this.#phase !== 'quiet') this.#cutOff();
  }

  #begin(): void {
    this.#phase = 'generating';
    this.#fresh = true;
    this.#parts.settled();
  }

  #goOnAfter(ms: number): void {
    if (ms <= 0) return this.#run();
    this.#timer = this.#parts.timers.after(ms, () => this.#run());
  }

  #run(): void {
    this.#timer = null;
    for (;;) {
      const [step, ...rest] = this.#steps;
      if (step === undefined) return this.#endTurn(false);
      this.#steps = rest;
      if (this.#play(step) === 'later') return;
    }
  }

  #play(step: ScriptStep): Pace {
    const { timers, close } = this.#parts;
    if ('think' in step) return this.#think(step.think);
    if ('say' in step) return this.#say(typeof step.say === 'string' ? { text: step.say } : step.say);
    if ('call' in step) return this.#call('name' in step.call ? [step.call] : step.call);
    if ('waitMs' in step) {
      this.#timer = timers.after(step.waitMs, () => this.#run());
      return 'later';
    }
    if ('awaitResults' in step) return this.#calls.pending === 0 ? 'goOn' : this.#await('all');
    if ('turnComplete' in step) {
      this.#endTurn(step.turnComplete !== true && step.turnComplete.inProgress);
      return 'later';
    }
    if ('close' in step) {
      this.#steps = [];
      close({ code: step.close.code, reason: step.close.reason ?? '' });
      return 'later';
    }
    if ('silent' in step) return this.#fallSilent();
    this.#playAtOnce(step);
    return 'goOn';
  }

  #playAtOnce(step: InstantStep): void {
    const { send, goAway } = this.#parts;
    if ('send' in step) return send(step.send);
    if ('transcribe' in step) return this.#prompter.transcribe(step.transcribe);
    if ('cancelCalls' in step) return this.#cancel('all');
    if ('goAway' in step) return goAway(step.goAway.timeLeftMs, step.goAway.thenClose ?? true);
    if ('interrupted' in step) return this.#phase === 'quiet' ? undefined : this.#cutOff();
    return step satisfies never;
  }

  #think(text: string): Pace {
    const { profile, setup, settings, context } = this.#parts;
    const form = formOfThoughts(setup, profile, settings);
    if (form === 'none') return 'goOn';
    this.#open().thoughtTokens += context.textTokens(text);
    if (form === 'shown') this.#put({ serverContent: modelTurn({ text, thought: true }, profile) });
    return 'goOn';
  }

  #say(speech: ScriptSpeech): Pace {
    const { setup, profile, settings } = this.#parts;
    const answer = this.#open();
    const spoken = speak(speech, setup, profile, settings);
    const pause = (speech.pauseMs ?? 0) + (answer.spoken ? settings.replyChunkMs * settings.generationPace : 0);
    this.#sayNext(answer, spoken, 0, this.#parts.clock.now() + pause);
    return 'later';
  }

  /** `from`: when the piece before was due. Not when it was sent: what one timer is late, the next would be as well. */
  #sayNext(answer: Answer, spoken: Speech, index: number, from: number): void {
    const piece = spoken(index);
    if (piece === null) return this.#run();
    const { clock } = this.#parts;
    const dueAt = from + piece.waitMs;
    const play = (): void => {
      answer.add(piece, clock.now());
      for (const frame of piece.frames()) this.#put(frame);
      this.#sayNext(answer, spoken, index + 1, dueAt);
    };
    const waitMs = dueAt - clock.now();
    if (index === 0 && waitMs <= 0) play();
    else this.#timer = this.#parts.timers.after(waitMs, play);
  }

  #call(calls: readonly ScriptCall[]): Pace {
    const { profile, context } = this.#parts;
    const answer = this.#open();
    answer.remember(context);
    const requests = calls.map(({ name, args = {}, nonBlocking }) => ({
      name,
      args,
      nonBlocking:
        nonBlocking ?? context.state.functions.find((declared) => declared.name === name)?.nonBlocking ?? false,
    }));
    for (const { name, args } of requests) {
      answer.callTokens += context.textTokens(name + JSON.stringify(args));
      if (profile.codeBeforeCalls) this.#put({ serverContent: modelTurn(codeOf(name, args), profile) });
    }
    this.#put({ toolCall: { functionCalls: this.#calls.issue(requests) } });
    if (requests.some((request) => !request.nonBlocking)) {
      if (profile.callsEndTurn) this.#endWithCall(answer);
      return this.#await('blocking');
    }
    this.#parts.settled();
    return 'goOn';
  }

  /** Not held back for what is still to be played (OWN: not seen). */
  #endWithCall(answer: Answer): void {
    const { profile, setup, send } = this.#parts;
    for (const frame of generatedFrames(setup, profile)) send(frame);
    send(completeFrame(profile, answer.usage(), null));
    this.#answer = null;
  }

  #await(which: 'blocking' | 'all'): Pace {
    this.#awaits = which;
    this.#phase = 'callingTools';
    this.#parts.settled();
    return 'later';
  }

  /** A turn in which nothing was said is as if it had never begun; another one just never ends. */
  #fallSilent(): Pace {
    this.#steps = [];
    if (this.#answer === null && this.#phase !== 'quiet') {
      this.#phase = 'quiet';
      this.#parts.settled();
    }
    return 'later';
  }

  /** The answer that is being given; begins one, and the model is busy from here on. */
  #open(): Answer {
    if (this.#phase === 'quiet') this.#begin();
    this.#answer ??= new Answer(this.#parts.context.tokens, this.#parts);
    return this.#answer;
  }

  /** Sends a frame of the model's output, after the empty ones that come before the first. */
  #put(frame: object): void {
    const { profile, send } = this.#parts;
    if (this.#fresh) {
      this.#fresh = false;
      if (profile.emptyFrames === 'everyFrame') send({});
      if (profile.emptyFrames !== 'none') send({ serverContent: {} });
    }
    send(frame);
  }

  /** The turn is generated; turnComplete waits until its audio would have been played. */
  #endTurn(inProgress: boolean): void {
    const answer = this.#answer;
    if (answer === null) return this.#turnOver(inProgress, null);
    const { send, settled, timers, settings, clock, context, setup, profile } = this.#parts;
    answer.remember(context);
    for (const frame of generatedFrames(setup, profile)) send(frame);
    this.#phase = 'playing';
    const pauseMs = answer.unplayedMs(clock.now()) * settings.playbackFactor;
    this.#timer = timers.after(pauseMs, () => this.#turnOver(inProgress, answer));
    settled();
  }

  #turnOver(inProgress: boolean, answer: Answer | null): void {
    const { send, settled, settings, profile } = this.#parts;
    this.#timer = null;
    this.#answer = null;
    this.#phase = inProgress ? 'generating' : 'quiet';
    const status = inProgress ? 'IN_PROGRESS' : this.#interim ? 'IDLE' : null;
    if (answer !== null) send(completeFrame(profile, answer.usage(), status));
    this.#interim = inProgress;
    this.#fresh = inProgress;
    if (this.#steps.length > 0) {
      settled();
      return this.#goOnAfter(inProgress ? settings.firstAudioDelayMs : 0);
    }
    this.#phase = 'quiet';
    this.#prompter.finished();
    settled();
  }

  /** Ends the turn where it is. Not told through `settled`: a handle before what interrupted would be a lie. */
  #cutOff(): void {
    const { send, context } = this.#parts;
    const answer = this.#answer;
    this.#cancel('blocking');
    answer?.remember(context);
    this.#answer = null;
    this.#phase = 'quiet';
    send({ serverContent: { interrupted: true } });
    send({ serverContent: { turnComplete: true }, ...(answer === null ? {} : { usageMetadata: answer.usage() }) });
  }

  #cancel(which: 'blocking' | 'all'): void {
    const ids = this.#calls.cancel(which);
    if (ids.length > 0) this.#parts.send({ toolCallCancellation: { ids } });
  }
}
