/**
 * What one step of a random run does, as data: it can be printed, kept in a file, and made smaller.
 *
 * Owns the shape of a command and of a plan, and their words. Never performs one (perform.ts).
 */

/** How the app and the service are set up for one run. */
export interface Setting {
  readonly model: string;
  /** Vertex AI with `transparent`: the account of sends is exact. */
  readonly transparent: boolean;
  readonly resumption: boolean;
  readonly overlap: boolean;
  /** A window of 5,000 tokens that slides. */
  readonly smallWindow: boolean;
  readonly singleUseHandles: boolean;
  readonly oneWayMs: number;
  readonly jitterMs: number;
  /** The app answers a tool call after so long; null: only by the command `answerTools`. */
  readonly answerAfterMs: number | null;
  /** Null: as the model has it. */
  readonly connectionLifetimeMs: number | null;
  /** Classes of faults in force before connect() is called. */
  readonly before: readonly string[];
}

export type Command =
  // Time
  | { readonly do: 'wait'; readonly ms: number }
  /** The laptop sleeps: the clock moves, and timers fire late. */
  | { readonly do: 'sleep'; readonly ms: number }
  // The app
  /** Numbered audio of 16 bytes, one frame a second. */
  | { readonly do: 'talk'; readonly seconds: number }
  /** Numbered audio of 20 ms, a frame each 20 ms, loud enough to be speech or not. */
  | { readonly do: 'speak'; readonly chunks: number; readonly loud: boolean }
  | { readonly do: 'text' }
  | { readonly do: 'content'; readonly complete: boolean; readonly words: number }
  | { readonly do: 'streamEnd' }
  | { readonly do: 'answerTools' }
  | { readonly do: 'rotate' }
  | { readonly do: 'resumeSession'; readonly known: boolean }
  | { readonly do: 'close' }
  | { readonly do: 'network'; readonly online: boolean }
  // The service
  | { readonly do: 'say'; readonly words: number }
  | { readonly do: 'callTool' }
  | { readonly do: 'goAway'; readonly ms: number }
  | { readonly do: 'update'; readonly form: UpdateForm }
  | { readonly do: 'fault'; readonly name: string }
  /** All faults stop. */
  | { readonly do: 'clear' };

export type UpdateForm = 'newest' | 'empty' | 'withdrawn';
export type CommandName = Command['do'];

export type PlanKind = 'random' | 'soak';

export interface Plan {
  readonly kind: PlanKind;
  readonly seed: number;
  readonly setting: Setting;
  readonly commands: readonly Command[];
}

/** One line for a person: `goAway 10000`, `fault stream/rst`. */
export function commandText(command: Command): string {
  const { do: name, ...rest } = command;
  const values = Object.entries(rest as Readonly<Record<string, string | number | boolean>>);
  return [name, ...values.map(([key, value]) => (typeof value === 'boolean' ? `${key}=${value}` : String(value)))].join(
    ' ',
  );
}

/** What names a plan on the command line: `17`, `soak-17`. */
export function seedText({ kind, seed }: Pick<Plan, 'kind' | 'seed'>): string {
  return kind === 'random' ? String(seed) : `${kind}-${seed}`;
}

/** Null where the text is no seed. */
export function readSeed(text: string): Pick<Plan, 'kind' | 'seed'> | null {
  const [, kind, digits = ''] = /^(soak-)?(\d{1,10})$/.exec(text.trim()) ?? [];
  const seed = Number(digits);
  if (digits === '' || seed > 0xff_ff_ff_ff) return null;
  return { kind: kind === undefined ? 'random' : 'soak', seed };
}
