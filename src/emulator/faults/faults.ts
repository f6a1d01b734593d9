/**
 * What goes wrong next: refusals and losses that a test has ordered and that are not used up yet.
 *
 * Owns the orders. Never carries one out.
 */
import { closings, type Closing } from '../protocol/refusals.js';

export interface HandleRefusal extends Closing {
  readonly when: 'beforeSetupComplete' | 'afterSetupComplete';
}

/** An HTTP status at the upgrade (0: unreachable, the socket never opens), or a close right after it. */
export type DialRefusal = { readonly status: number } | Closing;

export class Faults {
  resumable = true;
  #handles: HandleRefusal[] = [];
  #dials: DialRefusal[] = [];
  #poisons = 0;
  #amnesias = 0;

  refuseHandles(order: { times?: number; when?: HandleRefusal['when'] } & Partial<Closing>): void {
    const { times = 1, when = 'beforeSetupComplete' } = order;
    const { code = closings.sessionNotFound.code, reason = closings.sessionNotFound.reason } = order;
    for (let n = 0; n < times; n++) this.#handles.push({ code, reason, when });
  }

  refuseDials(order: { times?: number; status?: number } & Partial<Closing>): void {
    const { times = 1, status, code, reason = '' } = order;
    const refusal = code === undefined ? { status: status ?? 503 } : { code, reason };
    for (let n = 0; n < times; n++) this.#dials.push(refusal);
  }

  poison(times: number): void {
    this.#poisons = times;
  }

  forgetContexts(times: number): void {
    this.#amnesias = times;
  }

  nextHandleRefusal(): HandleRefusal | null {
    return this.#handles.shift() ?? null;
  }

  nextDialRefusal(): DialRefusal | null {
    return this.#dials.shift() ?? null;
  }

  nextPoison(): boolean {
    return this.#poisons > 0 && this.#poisons-- > 0;
  }

  nextAmnesia(): boolean {
    return this.#amnesias > 0 && this.#amnesias-- > 0;
  }

  /** Orders that were not used are withdrawn. */
  clear(): void {
    this.#handles = [];
    this.#dials = [];
    this.#poisons = 0;
    this.#amnesias = 0;
  }
}
