/**
 * The turns of one connection: what the user does, and what the model is made to do about it.
 *
 *   the user's turn ends ──▶ the script's turn that fits, else the model's habits ──▶ performer.ts plays its steps
 *   realtime input, speech or text, while it does ──▶ interrupted (NO_INTERRUPTION: the new turn waits)
 *   clientContent while it does ──▶ interrupted
 *   a result of a function that does not block ──▶ SILENT: known · WHEN_IDLE: told once quiet · INTERRUPT: told now
 *
 * Owns which turn is next. Phases are performer.ts, calls toolCalls.ts, audio speechInput.ts. Never touches handles,
 * sockets or the setup; what it may do is in `parts`.
 */
import type { ClientMessage, ContentTurn, FunctionResponse } from '../protocol/clientMessage.js';
import type { Fields } from '../protocol/fields.js';
import { closings, type Closing } from '../protocol/refusals.js';
import { Director, type Cue } from './director.js';
import { reportResults, think } from './mind.js';
import type { ConversationParts } from './parts.js';
import { Performer, type TurnPhase } from './performer.js';
import type { ScriptStep, ScriptTurn } from './script.js';
import { SpeechInput } from './speechInput.js';
import { ToolCalls } from './toolCalls.js';

/** What may be said to a conversation: everything but the setup. */
export type Utterance = Exclude<ClientMessage, { kind: 'setup' }>;

export class Conversation {
  readonly #parts: ConversationParts;
  readonly #calls: ToolCalls;
  readonly #performer: Performer;
  readonly #speech: SpeechInput;
  readonly #director: Director;
  /** With NO_INTERRUPTION: the user's turn ended while the model was busy. */
  #turnWaits = false;
  /** The script's turn that said what was heard: it answers it too. */
  #cast: ScriptTurn | null = null;
  /** Results that are told once the model is quiet. */
  #news: FunctionResponse[] = [];

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    const sendsIds = parts.settings.callIds;
    const matchesNames = parts.provider === 'vertex' || !sendsIds;
    this.#calls = new ToolCalls({ idPrefix: parts.profile.callIdPrefix, sendsIds, matchesNames }, parts.random);
    this.#director = new Director(parts.settings.script, parts.context);
    this.#speech = new SpeechInput(parts, {
      began: () => (parts.setup.interruptible ? this.#performer.interrupt() : undefined),
      wording: () => this.#wording(),
      ended: () => this.#endTurn(),
    });
    this.#performer = new Performer(parts, this.#calls, {
      answerResults: (results) => this.#answerTo(results),
      transcribe: (text) => this.#speech.transcribe(text),
      finished: () => this.#next(),
    });
  }

  get phase(): TurnPhase {
    return this.#performer.phase;
  }

  /** DOC: not while generating, nor while a function is being executed. */
  get resumable(): boolean {
    if (this.#calls.pending > 0) return false;
    if (this.phase === 'playing') return this.#parts.profile.resumableWhilePlaying;
    return this.phase === 'quiet';
  }

  /** A session begins; `fresh`: not by a resume. */
  start(fresh: boolean): void {
    const cue: Cue = { kind: 'start' };
    const greeting = fresh && !this.#parts.poisoned ? this.#director.find(cue) : null;
    if (greeting !== null) this.#perform(this.#director.use(greeting, cue) ?? []);
  }

  /** Why the service would close the connection over this message; null when it takes it. Changes nothing. */
  refusal(message: Utterance): Closing | null {
    const { setup, provider, profile, settings, context } = this.#parts;
    const state = context.state;
    switch (message.kind) {
      case 'content': {
        const system = message.turns.filter((turn) => turn.role === 'system').length;
        if (system > 0 && provider !== 'vertex') return closings.invalidArgument;
        const onlySystem = system > 0 && system === message.turns.length;
        return profile.contentOnlyAtStart && state.begun && !onlySystem ? closings.invalidArgument : null;
      }
      case 'contextUpdate':
        return profile.contextUpdates ? null : closings.invalidArgument;
      case 'activityStart':
        return setup.automaticActivity ? closings.explicitActivity : null;
      case 'activityEnd':
        if (setup.automaticActivity) return closings.explicitActivity;
        return state.speaking && state.activityMedia ? null : closings.invalidArgument;
      case 'audio':
        return this.phase === 'callingTools' && settings.refuseAudioWhileCallingTools ? closings.notImplemented : null;
      default:
        return null;
    }
  }

  hear(message: Utterance): void {
    const { context } = this.#parts;
    if (message.kind !== 'content' && message.kind !== 'contextUpdate') context.change({ begun: true });
    switch (message.kind) {
      case 'audio':
        return this.#speech.hearAudio(message.media);
      case 'video':
        return this.#speech.hearVideo();
      case 'text':
        // SDK, of NO_INTERRUPTION: the model's response is not interrupted; of clientContent: a message interrupts it.
        if (this.#parts.setup.interruptible) this.#performer.interrupt();
        context.addPending({ text: message.text });
        return this.#endTurn();
      case 'content':
        return this.#hearContent(message.turns, message.turnComplete);
      case 'activityStart':
        return this.#speech.activityStart();
      case 'activityEnd':
        return this.#speech.activityEnd();
      case 'audioStreamEnd':
        return this.#speech.audioStreamEnd();
      case 'toolResponse':
        return this.#hearResults(message.responses);
      case 'contextUpdate':
        return this.#hearUpdate(message);
      default:
        return message satisfies never;
    }
  }

  /** Asks for a function call now, as if the model had decided to; its id. */
  callTool(name: string, args: Fields): string {
    this.#performer.interrupt();
    this.#performer.perform([{ call: { name, args } }], 0);
    return this.#calls.lastId;
  }

  /** Says something now that nobody asked for. */
  say(text: string): void {
    this.#performer.interrupt();
    this.#perform([{ say: text }]);
  }

  #perform(steps: readonly ScriptStep[]): void {
    const heard = steps.findIndex((step) => !('transcribe' in step));
    this.#performer.perform(heard < 0 ? [] : steps.slice(heard), this.#parts.settings.firstAudioDelayMs);
  }

  #hearContent(turns: readonly ContentTurn[], turnComplete: boolean): void {
    const { context, setup } = this.#parts;
    for (const turn of turns) if (turn.role === 'system') context.change({ systemInstruction: turn.text });
    const said = turns.filter((turn) => turn.role !== 'system');
    if (said.length === 0 && turns.length > 0) return;
    this.#performer.interrupt();
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

  /** DOC: what is given is replaced from now on; a resumed session keeps it (OWN). */
  #hearUpdate({ systemInstruction, functions }: Extract<Utterance, { kind: 'contextUpdate' }>): void {
    this.#parts.context.change({
      ...(systemInstruction === null ? {} : { systemInstruction }),
      ...(functions === null ? {} : { functions }),
    });
  }

  #hearResults(responses: readonly FunctionResponse[]): void {
    const { context, log } = this.#parts;
    const news: FunctionResponse[] = [];
    let now = false;
    for (const response of responses) {
      const call = this.#calls.take(response);
      if (call === null) log('toolResponseIgnored', this.#calls.hasForm(response.id) ? response.id : 'unknown id');
      else if (call.nonBlocking && this.#performer.awaitsAll) this.#calls.gather(response);
      else if (call.nonBlocking) {
        context.addTurn('tool', JSON.stringify([{ name: response.name, response: response.response }]));
        if (response.scheduling === 'SILENT') continue;
        news.push(response);
        now ||= response.scheduling === 'INTERRUPT';
      }
    }
    this.#performer.resultsCame();
    this.#news.push(...news);
    if (this.#news.length === 0) return;
    if (now) this.#performer.interrupt();
    if (now || (!this.#performer.busy && !context.state.speaking)) this.#tellNews();
  }

  #tellNews(): void {
    this.#perform(this.#answerTo(this.#news.splice(0)));
  }

  #answerTo(results: readonly FunctionResponse[]): readonly ScriptStep[] {
    const { context } = this.#parts;
    const names = results.map(({ name }) => name);
    const text = JSON.stringify(results.map(({ response }) => response));
    const cue: Cue = { kind: 'results', number: context.state.turnNumber, names, text };
    return this.#director.use(this.#director.find(cue), cue) ?? reportResults(context.state, results);
  }

  #cue(number: number): Cue {
    const { pending } = this.#parts.context.state;
    return { kind: 'turn', number, text: pending.text, audio: pending.speechMs > 0 };
  }

  /** What the script makes of the speech that is just over. */
  #wording(): string | null {
    const turn = this.#director.find(this.#cue(this.#parts.context.state.turnNumber + 1));
    const words: string[] = [];
    for (const step of turn?.steps ?? []) {
      if (!('transcribe' in step)) break;
      words.push(step.transcribe);
    }
    this.#cast = words.length > 0 ? turn : null;
    return words.length > 0 ? words.join(' ') : null;
  }

  #endTurn(): void {
    const { context, setup, poisoned } = this.#parts;
    if (this.#performer.busy) {
      if (!setup.interruptible) {
        this.#turnWaits = true;
        return;
      }
      this.#performer.interrupt();
    }
    const cue = this.#cue(context.state.turnNumber + 1);
    const cast = this.#cast ?? this.#director.find(cue);
    this.#cast = null;
    this.#turnWaits = false;
    context.commitPending(true);
    if (poisoned) return;
    const reflects = this.#parts.profile.interimTurns && setup.thinking.mode === 'on';
    this.#perform(this.#director.use(cast, cue) ?? think(context.state, reflects));
  }

  /** The model is quiet: what has waited for that. */
  #next(): void {
    if (this.#turnWaits) {
      this.#turnWaits = false;
      this.#endTurn();
    } else if (this.#news.length > 0) this.#tellNews();
  }
}
