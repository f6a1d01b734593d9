/**
 * `gemini-lifeline/testing`: model-based tests for any XState 5 machine. Explore a chart without running it, get few
 * paths that take every transition, and run them on the real actor.
 */
export { isNamed, nextEvents, type ActorOutputs, type Alphabet } from './alphabet.js';
export {
  formatCoverage,
  sourceOf,
  transitionCoverage,
  type CoverageSource,
  type TransitionCoverage,
} from './coverage.js';
export { executeTour, type ExecutedPath, type ExecuteOptions } from './execute.js';
export { explore, type Edge, type Exploration, type ExploreOptions } from './explore.js';
export type { Command, Plan, Setting } from './random/command.js';
export { runPlan, type RunOptions, type RunReport } from './random/run.js';
export type { Violation } from './random/violation.js';
export { createStepper, transitionsOf, type Moment, type StepEvent, type Stepper, type Timers } from './stepper.js';
export type { SteppedClock } from './oneTimer.js';
export { transitionTour, type Tour, type TourOptions, type TourPath, type TourStep } from './tour.js';
export { listTransitions, type TransitionId, type TransitionInfo } from './transitions.js';
