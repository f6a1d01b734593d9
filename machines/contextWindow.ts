/**
 * The context region: how full the model's context window is.
 *
 *   filling → nearLimit → compressed (the server slid its window) → filling
 *                    └──→ exhausted  (full, and nothing slides it)
 *
 * Measured by src/context/budget.ts; holds names only. Rules S-CTX-… in SPEC.md.
 */
import { base } from './base.js';

const slid = {
  target: '#compressed',
  guard: 'windowSlid',
  reenter: true,
  actions: ['noteSize', 'countCompression', 'announceCompressed'],
} as const;
const full = { target: '#exhausted', guard: 'isOverLimit', actions: ['noteSize', 'announceExhausted'] } as const;
const near = { target: '#nearLimit', guard: 'isNearLimit', actions: ['noteSize', 'announceNearLimit'] } as const;
const stay = { actions: 'noteSize' } as const;

export const contextWindow = base.createStateConfig({
  initial: 'filling',
  on: {
    // A fresh server session begins with an empty window.
    'context.renewed': { target: '.filling', actions: 'forgetSize' },
  },
  states: {
    filling: {
      on: { 'context.measured': [slid, full, near, stay] },
    },
    nearLimit: {
      id: 'nearLimit',
      on: {
        'context.measured': [
          slid,
          full,
          { guard: 'isNearLimit', actions: 'noteSize' },
          { target: 'filling', actions: 'noteSize' },
        ],
      },
    },
    compressed: {
      id: 'compressed',
      on: { 'context.measured': [slid, near, { target: 'filling', actions: 'noteSize' }] },
    },
    exhausted: {
      id: 'exhausted',
      on: { 'context.measured': stay },
    },
  },
});
