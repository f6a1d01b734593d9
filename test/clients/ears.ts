/**
 * What one side of a conversation has heard: words, audio, calls, notices. An adapter fills it from whatever its library
 * reports; the steps of conversation.ts look at it.
 *
 * Owns what was heard. Never sends anything.
 */

export interface Call {
  readonly id?: string;
  readonly name?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** The fields of a server message that count here; the messages of every client fit. */
export interface Heard {
  readonly setupComplete?: object;
  readonly serverContent?: {
    readonly modelTurn?: {
      readonly parts?: readonly { text?: string; thought?: boolean; inlineData?: { data?: string } }[];
    };
    readonly inputTranscription?: { readonly text?: string };
    readonly outputTranscription?: { readonly text?: string };
    readonly interrupted?: boolean;
    readonly turnComplete?: boolean;
  };
  readonly toolCall?: { readonly functionCalls?: readonly Call[] };
  readonly goAway?: { readonly timeLeft?: unknown };
  readonly sessionResumptionUpdate?: {
    readonly newHandle?: string;
    readonly resumable?: boolean;
    readonly lastConsumedClientMessageIndex?: string | number;
  };
  readonly usageMetadata?: { readonly promptTokenCount?: number };
}

export class Ears {
  /** Written or transcribed words of the model since `forget`. */
  said = '';
  /** What the service made of the user's speech since `forget`. */
  transcript = '';
  /** Characters of base64, or bytes; 0 is silence. */
  audio = 0;
  turns = 0;
  interruptions = 0;
  calls: Call[] = [];
  goAways: unknown[] = [];
  handle: string | undefined;
  lastIndex: number | undefined;
  promptTokens: number | undefined;

  /** What was said before no longer counts. */
  forget(): void {
    this.said = '';
    this.transcript = '';
    this.audio = 0;
    this.turns = 0;
    this.interruptions = 0;
    this.calls = [];
  }

  hear(message: Heard): void {
    const { serverContent, toolCall, goAway, sessionResumptionUpdate: update, usageMetadata } = message;
    for (const part of serverContent?.modelTurn?.parts ?? []) {
      if (part.text !== undefined && part.thought !== true) this.said += part.text;
      this.audio += part.inlineData?.data?.length ?? 0;
    }
    this.said += serverContent?.outputTranscription?.text ?? '';
    this.transcript += serverContent?.inputTranscription?.text ?? '';
    if (serverContent?.interrupted) this.interruptions += 1;
    if (serverContent?.turnComplete) this.turns += 1;
    this.calls.push(...(toolCall?.functionCalls ?? []));
    if (goAway) this.goAways.push(goAway.timeLeft);
    if (update?.newHandle) this.handle = update.newHandle;
    if (update?.lastConsumedClientMessageIndex !== undefined)
      this.lastIndex = Number(update.lastConsumedClientMessageIndex);
    if (usageMetadata?.promptTokenCount !== undefined) this.promptTokens = usageMetadata.promptTokenCount;
  }
}
