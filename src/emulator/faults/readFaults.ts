/**
 * Reads faults from data of unknown shape: a file, a request body, an option.
 *
 * Owns the checks and their words. Never acts.
 */
import type { Fault } from './fault.js';

/** What is wrong with a fault, and one thing to do. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

/**
 * One fault, a list of them, or names of the catalogue, mixed as one likes.
 *
 * @throws FaultError that names the fault, the field and what it takes
 */
export function readFaults(_data: unknown): Fault[] {
  throw new FaultError('Not built yet.');
}
