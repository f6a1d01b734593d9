/**
 * Seeds that broke a rule once, by name: they run before all others.
 *
 * Owns the list. A seed stays when the bug is gone; when a change of generate.ts makes another plan of it, put the plan
 * of then into test/testing/random as a test of its own.
 */
import type { PlanKind } from './command.js';

export interface Regression {
  readonly kind: PlanKind;
  readonly seed: number;
  readonly name: string;
}

export const regressions: readonly Regression[] = [
  { kind: 'random', seed: 139, name: 'G8: a laptop that slept through the end that a goAway announced' },
  { kind: 'random', seed: 185, name: 'G11: an overlap that the deadline cuts short' },
  { kind: 'random', seed: 271, name: 'G3: the session failed before connect() had handed it over' },
  { kind: 'random', seed: 400, name: 'G5: audio on its way while the laptop sleeps' },
  { kind: 'random', seed: 496, name: 'G5: audio on its way when the uplink dies' },
  { kind: 'random', seed: 674, name: 'G5: heard twice, and given up in the end' },
  { kind: 'random', seed: 1076, name: 'G5: an older handle comes after a newer one' },
  { kind: 'random', seed: 2_260_247_627, name: 'G5: heard twice, and never acknowledged' },
  { kind: 'random', seed: 2_359_695_398, name: 'S-CONN-16: a refused handle that the service offers again' },
  { kind: 'random', seed: 4_262_371_369, name: 'G3: resumeSession() while the session closes' },
  { kind: 'random', seed: 47_189_051, name: 'G7: an old handle comes again, with the index of another connection' },
  { kind: 'random', seed: 2_014_760_402, name: 'G7: an older handle with its index comes after a newer one' },
  { kind: 'random', seed: 1_745_484_551, name: 'G5: a slower network, and the end of the session' },
  { kind: 'random', seed: 1_359_104_358, name: 'G5: a laptop that sleeps on a slow network' },
  { kind: 'random', seed: 3_672_925_108, name: 'G11: the network comes back during a wait' },
];
