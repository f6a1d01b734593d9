/** What the load generator and the server's process say to each other. */
import type { EmulatorServerOptions } from '../../../dist/src/emulator/server.js';

export type ServerOrder =
  | { readonly do: 'start'; readonly options: EmulatorServerOptions }
  /** `collect`: garbage first, so that memory is what is in use. */
  | { readonly do: 'measure'; readonly collect: boolean };

export interface ServerFigures {
  readonly rssBytes: number;
  readonly heapBytes: number;
  /** Client messages that the model heard since the start. */
  readonly heard: number;
  readonly handles: number;
  /** Of one core, since the last time. */
  readonly cpu: number;
  /** How late the event loop was, since the last time. */
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
}

export type ServerWord =
  | { readonly say: 'listening'; readonly port: number }
  | { readonly say: 'figures'; readonly figures: ServerFigures };
