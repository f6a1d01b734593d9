/** The statechart of one session: four regions side by side. */
import { base, initialContext } from './base.js';
import { connection } from './connection.js';
import { contextWindow } from './contextWindow.js';
import { resumability } from './resumability.js';
import { turn } from './turn.js';

export const sessionMachine = base.createMachine({
  id: 'session',
  type: 'parallel',
  context: ({ input }) => initialContext(input),
  states: { connection, context: contextWindow, resumability, turn },
});
