/** The model of the session statechart is part of the package: `gemini-lifeline test` explores with it, too. */
export { alphabet, exploreOptions, scenarios } from '../../src/testing/lifeline/model.js';
