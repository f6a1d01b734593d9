/** What the files of a conversation may do, given by the connection. Owns nothing. */
import type { Clock } from '../../clock.js';
import type { Random } from '../../random.js';
import type { Provider } from '../../transport/port.js';
import type { Timers } from '../network/timers.js';
import type { EmulatorSettings } from '../options.js';
import type { FunctionResponse } from '../protocol/clientMessage.js';
import type { Closing } from '../protocol/refusals.js';
import type { SessionSetup } from '../protocol/setup.js';
import type { ModelContext } from './context.js';
import type { BehaviourProfile } from './profiles.js';
import type { ScriptStep } from './script.js';

export interface ConversationParts {
  readonly settings: Readonly<EmulatorSettings>;
  readonly provider: Provider;
  readonly profile: BehaviourProfile;
  readonly setup: SessionSetup;
  readonly context: ModelContext;
  readonly clock: Clock;
  readonly random: Random;
  readonly timers: Timers;
  /** A poisoned session: input is transcribed, and nothing is ever generated. */
  readonly poisoned: boolean;
  send(message: object): void;
  close(closing: Closing): void;
  goAway(timeLeftMs: number, thenClose: boolean): void;
  log(what: string, detail: string): void;
  /** After every step that the connection did not start itself. */
  settled(): void;
  /** The last tool result is in the context, and the answer to it has not begun. */
  resultsHeard(): void;
}

/** Whom performer.ts asks when its steps are over. */
export interface Prompter {
  /** The results are in, and the plan has no more steps: the steps that answer them. */
  answerResults(results: readonly FunctionResponse[]): readonly ScriptStep[];
  transcribe(text: string): void;
  /** A turn is complete, and no steps are left. */
  finished(): void;
}
