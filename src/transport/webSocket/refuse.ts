/** The error for what cannot work, one shape for this folder. */
import { LifelineError, type ErrorPhase } from '../../errors.js';

export function refuse(message: string, phase: ErrorPhase = 'options'): never {
  throw new LifelineError('invalidOptions', message, { phase });
}
