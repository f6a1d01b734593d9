/**
 * The two ways in: `connect(options)`, and `lifeline(ai)`, a drop-in for `ai.live.connect`.
 *
 * Owns the promise of a first connection and the one documented cast to the SDK's Session type.
 */
import type { GoogleGenAI, LiveConnectParameters, Session } from '@google/genai';
import type { ConnectOptions, LifelineConfig } from './options.js';
import { LiveSession } from './liveSession.js';
import { genai } from './transport/genai.js';

/**
 * Connects and resolves when the first connection is set up.
 *
 * @throws LifelineError `invalidOptions` or `invalidHandle` before anything is dialled; otherwise what kept the session
 * from connecting (`authentication`, `modelNotFound`, `setupRefused`, `dialBudgetSpent`, `aborted`, …).
 */
export async function connect(options: ConnectOptions): Promise<LiveSession> {
  return new LiveSession(options).start();
}

/** What `ai.live.connect` takes, and Lifeline's options beside it. */
export type DropInParameters = Omit<LiveConnectParameters, 'config'> & { readonly config?: LifelineConfig } & Omit<
    ConnectOptions,
    'transport' | 'model' | 'config' | 'callbacks'
  >;

export interface Lifeline {
  readonly live: {
    /** `ai.live.connect` with the same parameters and callbacks, for ONE session over all its connections. */
    connect(params: DropInParameters): Promise<LiveSession & Session>;
  };
}

/** Adopting the library is one changed line: `lifeline(ai).live.connect(params)`. */
export function lifeline(ai: GoogleGenAI): Lifeline {
  return {
    live: {
      async connect(params) {
        const session = await connect({ ...params, transport: genai(ai) });
        // The SDK's Session has private members, so no class but its own can be assigned to it. Every public member is
        // here, which test/types and test/spec/dropIn.test.ts check.
        return session as unknown as LiveSession & Session;
      },
    },
  };
}
