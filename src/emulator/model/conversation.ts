/**
 * The turns of one connection: who is speaking, what the model does about it, and what interrupts it.
 *
 *   quiet ── end of the user's turn ──▶ generating ── generationComplete ──▶ playing ── turnComplete ──▶ quiet
 *                                       generating ── toolCall ──▶ callingTools ── last result ──▶ generating
 *   generating, playing, callingTools ── the user speaks or types ──▶ interrupted, turnComplete ──▶ quiet
 *
 * Owns the phase and the pending calls. Never touches handles, sockets or the setup; what it may do is in `parts`.
 */
import type { Clock } from '../../clock.js';
import type { Provider } from '../../transport/port.js';
import { ActivityDetector } from './activity.js';
import type { ClientMessage, ContentTurn, FunctionResponse, Media } from '../protocol/clientMessage.js';
import type { ModelContext, TokenCount } from './context.js';
import { durationText, type Fields } from '../protocol/fields.js';
import { pieces, reportResults, think } from './mind.js';
import type { EmulatorSettings } from '../options.js';
import { closings, invalidValue, type Closing } from '../protocol/refusals.js';
import { planReply, responseTokens, usageOf, type ReplyStep } from './reply.js';
import type { SessionSetup } from '../protocol/setup.js';
import type { Timer, Timers } from '../network/timers.js';

export type TurnPhase = 'quiet' | 'generating' | 'playing' | 'callingTools';

export interface ConversationParts {
  readonly settings: Readonly<EmulatorSettings>;
  readonly provider: Provider;
  readonly setup: SessionSetup;
  readonly context: ModelContext;
  readonly clock: Clock;
  readonly timers: Timers;
  /** A poisoned session: input is transcribed, and nothing is ever generated. */
  readonly poisoned: boolean;
  send(message: object): void;
  close(closing: Closing): void;
  log(what: string, detail: string): void;
  newCallId(): string;
  /** After every step that the connection did not start itself. */
  settled(): void;
}

/** What may be said to a conversation: everything but the setup. */
export type Utterance = Exclude<ClientMessage, { kind: 'setup' }>;

interface Answer {
  readonly text: string;
  readonly prompt: TokenCount;
  readonly steps: readonly ReplyStep[];
  said: string;
  audioMs: number;
  firstAudioAt: number;
  generated: boolean;
}

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #detector: ActivityDetector;
  readonly #calls = new Map<string, string>();
  #results: FunctionResponse[] = [];
  #phase: TurnPhase = 'quiet';
  #answer: Answer | null = null;
  #timer: Timer | null = null;
  /** With NO_INTERRUPTION: the user's turn ended while the model was busy. */
  #turnWaits = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    const { settings, setup, context } = parts;
    this.#detector = new ActivityDetector(
      () => ({
        threshold: settings.speechThreshold,
        startMs: settings.speechStartMs,
        silenceMs: setup.silenceMs ?? settings.speechEndSilenceMs,
      }),
      setup.automaticActivity && context.state.speaking,
    );
  }

  get phase(): TurnPhase {
    return this.#phase;
  }

  get resumable(): boolean {
    if (this.#phase === 'playing') return this.#parts.settings.resumableWhilePlaying;
    return this.#phase === 'quiet';
  }

  /** Why the service would close the connection over this message; null when it takes it. Changes nothing. */
  refusal(message: Utterance): Closing | null {
    const { setup, provider, settings, context } = this.#parts;
    const state = context.state;
    switch (message.kind) {
      case 'content': {
        const system = message.turns.filter((turn) => turn.role === 'system').length;
        if (system > 0 && provider !== 'vertex') return closings.invalidArgument;
        const onlySystem = system > 0 && system === message.turns.length;
        return setup.model.contentOnlyAtStart === true && state.begun && !onlySystem ? closings.invalidArgument : null;
      }
      case 'contextUpdate':
        return setup.model.voiceActivity === true ? null : closings.invalidArgument;
      case 'activityStart':
        return setup.automaticActivity ? closings.explicitActivity : null;
      case 'activityEnd':
        if (setup.automaticActivity) return closings.explicitActivity;
        return state.speaking && state.activityMedia ? null : closings.invalidArgument;
      case 'audio':
        return this.#phase === 'callingTools' && settings.refuseAudioWhileCallingTools ? closings.notImplemented : null;
      default:
        return null;
    }
  }

  hear(message: Utterance): void {
    const { context, setup } = this.#parts;
    if (message.kind !== 'content' && message.kind !== 'contextUpdate') context.change({ begun: true });
    switch (message.kind) {
      case 'audio':
        return this.#hearAudio(message.media);
      case 'video':
        context.change({ sawVideo: true, activityMedia: true });
        return context.addPending({ frames: 1 });
      case 'text':
        this.#interrupt();
        context.addPending({ text: message.text });
        return this.#endTurn();
      case 'content':
        return this.#hearContent(message.turns, message.turnComplete);
      case 'activityStart':
        context.change({ speaking: true, activityMedia: false });
        return setup.interruptible ? this.#interrupt() : undefined;
      case 'activityEnd':
        return this.#speechEnded(null);
      case 'audioStreamEnd':
        return this.#detector.flush() ? this.#speechEnded(this.#detector.offsetMs) : undefined;
      case 'toolResponse':
        return this.#hearResults(message.responses);
      case 'contextUpdate':
        return context.change({ systemInstruction: message.systemInstruction });
      default:
        return message satisfies never;
    }
  }

  /** Asks for a function call now, as if the model had decided to. */
  callTool(name: string, args: Fields): string {
    this.#interrupt();
    this.#begin();
    return this.#call(name, args);
  }

  /** Says something now that nobody asked for. */
  say(text: string): void {
    this.#interrupt();
    this.#begin();
    this.#generate(text);
  }

  #hearAudio(media: Media): void {
    const { context, setup } = this.#parts;
    if (!setup.automaticActivity) {
      if (context.state.speaking && media.bytes > 0) context.change({ activityMedia: true });
      context.addPending({ audioMs: media.audioMs, speechMs: context.state.speaking ? media.audioMs : 0 });
      return;
    }
    const spokeBefore = this.#detector.speaking;
    const edges = this.#detector.feed(media);
    if (edges === null) return this.#parts.close(invalidValue('realtime_input.audio.data', 'TYPE_BYTES', 'not base64'));
    const speaks = spokeBefore || edges.length > 0;
    context.addPending({ audioMs: media.audioMs, speechMs: speaks ? media.audioMs : 0 });
    for (const edge of edges) {
      if (edge.type === 'start') this.#speechStarted(edge.offsetMs);
      else this.#speechEnded(edge.offsetMs);
    }
  }

  #speechStarted(offsetMs: number): void {
    this.#parts.context.change({ speaking: true });
    this.#voiceActivity('ACTIVITY_START', offsetMs);
    if (this.#parts.setup.interruptible) this.#interrupt();
  }

  #speechEnded(offsetMs: number | null): void {
    const { context, setup } = this.#parts;
    const { speechMs } = context.state.pending;
    context.change({ speaking: false, activityMedia: false });
    if (setup.transcribesInput && speechMs > 0) {
      // Nobody here understands speech: the transcription tells how long it was.
      const text = `speech of ${(speechMs / 1_000).toFixed(1)} s`;
      const parts = setup.model.voiceActivity === true ? [text] : pieces(` ${text}`);
      for (const part of parts) this.#parts.send({ serverContent: { inputTranscription: { text: part } } });
    }
    if (offsetMs !== null) this.#voiceActivity('ACTIVITY_END', offsetMs);
    this.#endTurn();
  }

  #voiceActivity(type: string, offsetMs: number): void {
    if (this.#parts.setup.model.voiceActivity !== true) return;
    this.#parts.send({ voiceActivity: { type, audioOffset: durationText(offsetMs) } });
  }

  #hearContent(turns: readonly ContentTurn[], turnComplete: boolean): void {
    const { context, setup } = this.#parts;
    for (const turn of turns) if (turn.role === 'system') context.change({ systemInstruction: turn.text });
    const said = turns.filter((turn) => turn.role !== 'system');
    if (said.length === 0 && turns.length > 0) return;
    this.#interrupt();
    for (const turn of said) {
      if (turn.role === 'model') {
        if (context.state.pending.text !== '') context.commitPending(false);
        context.addTurn('model', turn.text);
      } else context.addPending({ text: turn.text, audioMs: turn.audioMs, frames: turn.images });
    }
    if (!turnComplete) return;
    const history = setup.initialHistory && !context.state.begun;
    context.change({ begun: true });
    if (!history) this.#endTurn();
    else if (context.state.pending.text !== '') context.commitPending(false);
  }

  #hearResults(responses: readonly FunctionResponse[]): void {
    for (const response of responses) {
      if (this.#calls.delete(response.id)) this.#results.push(response);
      else this.#parts.log('toolResponseIgnored', response.id);
    }
    if (this.#phase !== 'callingTools' || this.#calls.size > 0) return;
    const results = this.#results;
    this.#results = [];
    const { context } = this.#parts;
    context.addTurn('tool', JSON.stringify(results.map(({ name, response }) => ({ name, response }))));
    this.#generate(reportResults(context.state, results));
  }

  #endTurn(): void {
    const { context, setup, poisoned } = this.#parts;
    if (this.#phase !== 'quiet') {
      if (!setup.interruptible) {
        this.#turnWaits = true;
        return;
      }
      this.#interrupt();
    }
    context.commitPending(true);
    if (poisoned) return;
    this.#begin();
    const thought = think(context.state, setup.functions);
    if (thought.kind === 'say') return this.#generate(thought.text);
    this.#timer = this.#parts.timers.after(this.#parts.settings.firstAudioDelayMs, () => {
      this.#call(thought.name, thought.args);
    });
  }

  /** The model is busy from here on: the session cannot be resumed. */
  #begin(): void {
    this.#phase = 'generating';
    this.#parts.settled();
  }

  #call(name: string, args: Fields): string {
    const id = this.#parts.newCallId();
    this.#calls.set(id, name);
    this.#phase = 'callingTools';
    this.#parts.send({ toolCall: { functionCalls: [{ id, name, args }] } });
    if (this.#parts.provider === 'vertex') this.#parts.send({ serverContent: { turnComplete: true } });
    this.#parts.settled();
    return id;
  }

  #generate(text: string): void {
    const { context, setup, settings } = this.#parts;
    this.#phase = 'generating';
    const steps = planReply(text, setup, settings);
    this.#answer = { text, prompt: context.tokens, steps, said: '', audioMs: 0, firstAudioAt: 0, generated: false };
    this.#play(this.#answer, 0);
  }

  #play(answer: Answer, index: number): void {
    const step = answer.steps[index];
    if (step === undefined) return this.#generated(answer);
    const { timers, clock, send } = this.#parts;
    this.#timer = timers.after(step.waitMs, () => {
      if (index === 0) answer.firstAudioAt = clock.now();
      answer.said += step.text;
      answer.audioMs += step.audioMs;
      for (const frame of step.frames) send(frame);
      this.#play(answer, index + 1);
    });
  }

  #generated(answer: Answer): void {
    const { settings, timers, clock, send } = this.#parts;
    answer.generated = true;
    this.#remember(answer);
    send({ serverContent: { generationComplete: true } });
    this.#phase = 'playing';
    const unplayedMs = answer.audioMs - (clock.now() - answer.firstAudioAt);
    this.#timer = timers.after(unplayedMs * settings.playbackFactor, () => this.#turnComplete(answer));
    this.#parts.settled();
  }

  #turnComplete(answer: Answer | null): void {
    this.#timer = null;
    this.#answer = null;
    this.#phase = 'quiet';
    this.#parts.send({
      serverContent: { turnComplete: true },
      ...(answer === null ? {} : { usageMetadata: this.#usage(answer) }),
    });
    if (this.#turnWaits) {
      this.#turnWaits = false;
      this.#endTurn();
    }
    this.#parts.settled();
  }

  #interrupt(): void {
    if (this.#phase === 'quiet') return;
    this.#timer?.cancel();
    const answer = this.#answer;
    if (this.#calls.size > 0) {
      this.#parts.send({ toolCallCancellation: { ids: [...this.#calls.keys()] } });
      this.#calls.clear();
    }
    this.#results = [];
    if (answer !== null && !answer.generated && answer.said !== '') this.#remember(answer);
    this.#parts.send({ serverContent: { interrupted: true } });
    // Not through #turnComplete: what interrupted is about to start a turn, and a handle in between would be a lie.
    this.#answer = null;
    this.#timer = null;
    this.#phase = 'quiet';
    this.#parts.send({
      serverContent: { turnComplete: true },
      ...(answer === null ? {} : { usageMetadata: this.#usage(answer) }),
    });
  }

  #remember(answer: Answer): void {
    this.#parts.context.addTurn('model', answer.said, this.#responseTokens(answer));
  }

  #responseTokens(answer: Answer): TokenCount {
    const { setup, settings } = this.#parts;
    return responseTokens(answer.said, answer.audioMs, setup, settings);
  }

  #usage(answer: Answer): object {
    return usageOf(answer.prompt, this.#responseTokens(answer), this.#parts.provider === 'vertex');
  }
}
