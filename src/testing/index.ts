/**
 * `gemini-lifeline/testing`: model-based tests for any XState 5 machine. Explore a chart without running it, get few
 * paths that take every transition, and run them on the real actor.
 */
export { isNamed, nextEvents, type ActorOutputs, type Alphabet } from './alphabet.js';
export {
  assertCoverage,
  CoverageError,
  coverageOf,
  dimensionNames,
  shareOf,
  type CoverageOptions,
  type CoverageReport,
  type Dimension,
  type DimensionName,
  type Thresholds,
} from './coverage.js';
export { executeTour, type ExecutedPath, type ExecuteOptions } from './execute.js';
export { formatCoverage, type FormatOptions } from './format.js';
export { explore, type Edge, type Exploration, type ExploreOptions, type Goal } from './explore.js';
export { pairTour, type PairTour, type PairTourOptions } from './pairTour.js';
export { outcomeOf, probeGuards, type GuardOutcome, type OnGuard } from './probes.js';
export {
  listPairs,
  pairId,
  ruledOutPairs,
  type PairId,
  type PairRule,
  type TransitionPair,
} from './regions.js';
export { RunRecorder, runsOf, type Run, type RunStep } from './runs.js';
export {
  createStepper,
  transitionsOf,
  type Microstep,
  type Moment,
  type StepEvent,
  type Stepper,
  type Timers,
} from './stepper.js';
export type { Command, Plan, Setting } from './random/command.js';
export { runPlan, type RunOptions, type RunReport } from './random/run.js';
export type { Violation } from './random/violation.js';
export type { SteppedClock } from './oneTimer.js';
export {
  transitionTour,
  type ExplorationSummary,
  type Tour,
  type TourOptions,
  type TourPath,
  type TourStep,
} from './tour.js';
export { listTransitions, type TransitionId, type TransitionInfo } from './transitions.js';
export {
  accepts,
  closesAfter,
  cutsAfter,
  dropsHandle,
  goAwayAfter,
  goesHalfOpenAfter,
  goesSilentAfterGoAway,
  inSequence,
  issuesNoHandles,
  losesContext,
  neverAnswers,
  neverUpgrades,
  refuses,
  refusesUpgrade,
  sendsAfter,
  together,
  unreachable,
  withFaults,
  type Behaviour,
} from './session/behaviours.js';
export { testTransport, type DialRecord, type TestTransport } from './session/testTransport.js';
export { transportConformance } from './session/conformance.js';
export type { CreateSubject, TransportSubject } from './session/conformance/subject.js';
export { KitError, type NamedCase } from './session/namedCase.js';
export type { Place, RunningSession, SessionAdapter, StoryLimits, StoryOptions } from './session/adapter.js';
export { describeSession, type DescribeSessionOptions, type Runner } from './session/describeSession.js';
export { sessionStories } from './session/stories.js';
export { takeSimplePaths, type RegionPaths, type SimplePathOptions } from './simplePaths.js';
export { coverageHtml } from './html.js';
export { coverageJunit } from './junit.js';
export { testMachine, type MachineTest, type MachineTestOptions, type TestEvent } from './testMachine.js';
export { virtualClock, type VirtualClock } from './virtualClock.js';
