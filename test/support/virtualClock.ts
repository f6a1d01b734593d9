/** The virtual clock of the package, which its users test with, too. */
export { virtualClock, type VirtualClock } from '../../src/testing/virtualClock.js';
