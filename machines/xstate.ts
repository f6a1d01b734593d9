/** The only file that names XState's creator functions: a new major version is a change of this one. */
export { and, assign, createActor, emit, fromCallback, fromPromise, not, raise, setup, stateIn } from 'xstate';
