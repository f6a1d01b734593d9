/**
 * The strategies over this library's own chart, as tests and `gemini-lifeline test` run them: a transition tour, a tour
 * of transition pairs, and every simple path of each region alone.
 *
 * Owns the order, and the limits that keep it short.
 */
import { sessionMachine } from '../../../machines/index.js';
import { goalsOf } from '../explore.js';
import { pairTour } from '../pairTour.js';
import { listGuards, outcomeOf } from '../probes.js';
import { listPairs, ruledOutPairs } from '../regions.js';
import { transitionTour, type Tour } from '../tour.js';
import { listTransitions } from '../transitions.js';
import { exploreOptions, scenarios, type SessionMachine } from './model.js';
import { pairRules, pairScenarios } from './pairs.js';

/** Moments to explore of each scenario for pairs; with three times as many no further pair was found. */
const pairLimit = 500;

/** Few paths that take every transition of the session statechart and have every guard answer both ways. */
export function sessionTransitionTours(): readonly Tour<SessionMachine>[] {
  const outcomes = listGuards(sessionMachine).flatMap((name) => [outcomeOf(name, true), outcomeOf(name, false)]);
  const open = new Set([...listTransitions(sessionMachine).map(({ id }) => id), ...outcomes]);
  return scenarios.map((scenario) => {
    const tour = transitionTour(sessionMachine, exploreOptions(scenario, open));
    for (const { initial, steps } of tour.paths) {
      for (const goal of [initial, ...steps.map(({ moment }) => moment)].flatMap(goalsOf)) open.delete(goal);
    }
    return tour;
  });
}

/** Paths that take, in each region, every transition after every other, as far as they can be found. */
export function sessionPairTours(): readonly Tour<SessionMachine>[] {
  const open = new Set(listPairs(sessionMachine).map(({ id }) => id));
  return [...scenarios, ...pairScenarios].map((scenario) => {
    const tour = pairTour(sessionMachine, { ...exploreOptions(scenario), limit: pairLimit, pairs: open });
    for (const id of tour.pairs) open.delete(id);
    return tour;
  });
}

/** Pairs that no session can take, each with its reason. */
export function sessionUnreachable() {
  return { transitionPairs: ruledOutPairs(sessionMachine, pairRules) };
}
