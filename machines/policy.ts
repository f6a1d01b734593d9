/** The policy of a session that was told nothing else. src/optionTable.ts says why each value is what it is. */
import type { SessionPolicy } from './types.js';

export const defaultPolicy: SessionPolicy = {
  resumption: true,
  compression: true,
  transparent: false,
  renewsTokens: false,
  warms: false,
  afterExpiry: 'reseed',
  order: 'break-before-make',
  handleRetries: 1,
  firstDialBudget: 5,
  dialBudget: 30,
  stableAfterMs: 10_000,
  nearLimitFill: 0.9,
  deadlineMarginMs: 10_000,
  rotateWithinMs: 30_000,
  rotateAtAgeMs: null,
  maxHoldMs: 4_000,
  speechPauseMs: 2_000,
  handleLifeMs: 7_200_000,
  closeTimeoutMs: 5_000,
  onNotResumable: 'keep',
};
