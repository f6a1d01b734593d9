/**
 * The app's input: the SDK's four senders, and two more for the context, each with a receipt.
 *
 * Owns validation before anything is queued, and what the app changed in mid-session (system instruction, tools): that
 * is state of the session, and every later setup carries it. Tells the statechart of turns at the WRITE, so that it is
 * about the connection of that moment.
 */
import type {
  LiveConnectConfig,
  LiveSendClientContentParameters,
  LiveSendRealtimeInputParameters,
  LiveSendToolResponseParameters,
} from '@google/genai';
import type { SessionEvent } from '../machines/index.js';
import { cloneConfig } from './cloneConfig.js';
import type { Budget } from './context/budget.js';
import { generationOf, takesClientContentInMidSession } from './context/reseed.js';
import type { RecordedTurn, TurnRecorder } from './context/turns.js';
import { LifelineError } from './errors.js';
import type { Outbox } from './outbox/outbox.js';
import type { Receipt } from './outbox/receipt.js';
import type { ToolCalls } from './outbox/toolCalls.js';
import type { Provider } from './transport/port.js';
import {
  encodeClientContent,
  encodeContextUpdate,
  encodeRealtimeInput,
  encodeToolResponse,
  type ClientMessage,
  type ContextUpdate,
} from './wire/clientMessage.js';

/** From this generation on a model takes `contextUpdate`; newer than the guides, seen in the SDK. */
const contextUpdateSince = 3.8;
/** Sends between two looks at the budget when the server reports nothing. */
const measureEvery = 64;

export interface InputOptions {
  readonly model: string;
  readonly provider: Provider;
  readonly outbox: Outbox;
  readonly calls: ToolCalls;
  readonly turns: TurnRecorder;
  readonly budget: Budget;
  readonly send: (event: SessionEvent) => void;
  /** Throws `sessionClosed`. */
  readonly assertOpen: () => void;
  readonly measure: () => void;
}

export class Input {
  readonly #options: InputOptions;
  #changes: Pick<LiveConnectConfig, 'systemInstruction' | 'tools'> = {};
  #sends = 0;

  constructor(options: InputOptions) {
    this.#options = options;
  }

  /** What the app changed since it connected; in force on every later setup. */
  get changes(): Pick<LiveConnectConfig, 'systemInstruction' | 'tools'> {
    return this.#changes;
  }

  sendRealtimeInput(params: LiveSendRealtimeInputParameters): Receipt {
    return this.#accept(encodeRealtimeInput(params, this.#options.provider));
  }

  sendClientContent(params: LiveSendClientContentParameters): Receipt {
    const { provider } = this.#options;
    const message = encodeClientContent(params, provider);
    const instructions = (message.turns ?? []).filter(({ role }) => role === 'system');
    if (instructions.length > 0 && provider !== 'vertex') {
      throw new LifelineError('notSupported', 'clientContent with role system exists on Vertex AI only.', {
        phase: 'send',
      });
    }
    const receipt = this.#accept(message);
    if (instructions.length > 0) {
      const text = instructions.map((turn) => turn.text).join('\n');
      this.#changes = { ...this.#changes, systemInstruction: text };
    }
    return receipt;
  }

  sendToolResponse(params: LiveSendToolResponseParameters): Receipt {
    const { provider, assertOpen, calls, outbox } = this.#options;
    const message = encodeToolResponse(params, provider);
    const ids = message.callIds ?? [];
    assertOpen();
    if (ids.length > 0 && !ids.some((id) => calls.isKnown(id))) return outbox.refuse(message, 'callUnknown');
    return this.#accept(message);
  }

  sendContextUpdate(params: ContextUpdate): Receipt {
    const receipt = this.#accept(encodeContextUpdate(params, this.#options.provider));
    const { systemInstruction, tools } = params;
    this.#changes = {
      ...this.#changes,
      ...(systemInstruction === undefined ? {} : { systemInstruction: cloneConfig(systemInstruction) }),
      ...(tools === undefined ? {} : { tools: cloneConfig(tools.tools ?? []) }),
    };
    return receipt;
  }

  updateSystemInstruction(text: string): Receipt {
    const { provider, model } = this.#options;
    if (typeof text !== 'string' || text.trim() === '') {
      throw new LifelineError('invalidMessage', 'updateSystemInstruction was called without text.', { phase: 'send' });
    }
    if (provider === 'vertex') {
      return this.sendClientContent({ turns: [{ role: 'system', parts: [{ text }] }], turnComplete: false });
    }
    if ((generationOf(model) ?? 0) >= contextUpdateSince) return this.sendContextUpdate({ systemInstruction: text });
    throw new LifelineError(
      'notSupported',
      `${model} takes no system instruction in mid-session on the Developer API.`,
      {
        phase: 'send',
      },
    );
  }

  restoreContext(past: string | readonly RecordedTurn[]): Receipt {
    const { model } = this.#options;
    if (!takesClientContentInMidSession(model)) {
      throw new LifelineError('notSupported', `${model} takes earlier turns in its setup only.`, { phase: 'send' });
    }
    const turns = typeof past === 'string' ? [{ role: 'user' as const, text: past }] : past;
    const contents = turns.map(({ role, text }) => ({ role, parts: [{ text }] }));
    return this.sendClientContent({ turns: contents, turnComplete: false });
  }

  /** Called by the outbox after each write. */
  written(message: ClientMessage): void {
    const { send, calls } = this.#options;
    switch (message.kind) {
      case 'content':
        if (isInstructionOnly(message)) return;
        send({ type: message.turnComplete === false ? 'client.turnOpened' : 'client.turnSent' });
        return;
      case 'text':
        send({ type: 'client.turnSent' });
        return;
      case 'activityStart':
      case 'activityEnd':
        send({ type: message.kind === 'activityStart' ? 'client.activityStart' : 'client.activityEnd' });
        return;
      case 'toolResponse':
        calls.answered(message.callIds ?? []);
        send({ type: 'client.toolResponse', callIds: message.callIds ?? [] });
        return;
      case 'audio':
      case 'video':
      case 'audioStreamEnd':
      case 'contextUpdate':
        return;
      default:
        message.kind satisfies never;
    }
  }

  #accept(message: ClientMessage): Receipt {
    const { assertOpen, outbox, budget, measure } = this.#options;
    assertOpen();
    const receipt = outbox.accept(message);
    if (message.kind === 'video') budget.videoFrame();
    else if (message.audioMs !== undefined) budget.audio(message.audioMs);
    else if (message.kind === 'text' || message.kind === 'content') this.#noteSaid(message, receipt.seq);
    this.#sends += 1;
    if (this.#sends % measureEvery === 0) measure();
    return receipt;
  }

  #noteSaid(message: ClientMessage, seq: number): void {
    const { budget, turns } = this.#options;
    budget.text(message.bytes);
    turns.closeTurn();
    if (message.turns) {
      for (const { role, text } of message.turns) if (role !== 'system') turns.add(role, text, seq);
    } else if (message.userText !== undefined) {
      turns.add('user', message.userText, seq);
    }
  }
}

/** A system instruction opens no turn. */
function isInstructionOnly({ turns = [] }: ClientMessage): boolean {
  return turns.length > 0 && turns.every(({ role }) => role === 'system');
}

/** What the service never leaves without any frame. */
export function demandsAnswer({ kind, turnComplete }: ClientMessage): boolean {
  if (kind === 'content') return turnComplete !== false;
  return kind === 'text' || kind === 'toolResponse' || kind === 'activityEnd';
}
