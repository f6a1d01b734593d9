/**
 * What a test or an app can order of a running emulator, beside the faults of its plan.
 *
 * Owns the shapes only.
 */
import type { Closing } from './protocol/refusals.js';

/** Without `connection` an order goes to every live connection. */
export interface Target {
  readonly connection?: number;
}

export type CutHow =
  | ({ readonly how: 'close' } & Partial<Closing>)
  | { readonly how: 'rst' }
  | { readonly how: 'halfOpen' };

export interface HandleOrder extends Partial<Closing> {
  readonly times?: number;
  readonly when?: 'beforeSetupComplete' | 'afterSetupComplete';
}

export interface DialOrder extends Partial<Closing> {
  readonly times?: number;
  readonly status?: number;
}
