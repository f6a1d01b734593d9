/** Small machines with everything a chart may have, and known answers. */
import { fromPromise, setup } from 'xstate';

/** Two regions, a history, a wildcard, an actor with both ends, a timer, `always`, guards by name and in place. */
export const kettle = setup({
  types: { context: {} as { level: number }, events: {} as { type: string; level?: number } },
  actors: { boil: fromPromise<boolean>(async () => true) },
  guards: { isFull: ({ event }) => (event as { level?: number }).level === 2 },
  delays: { cooling: 100 },
}).createMachine({
  id: 'kettle',
  type: 'parallel',
  context: { level: 0 },
  states: {
    lid: {
      initial: 'closed',
      states: { closed: { on: { 'lid.*': 'opened' } }, opened: { on: { close: 'closed' } } },
    },
    heat: {
      initial: 'working',
      on: { pause: '.paused' },
      states: {
        working: {
          initial: 'cold',
          states: {
            cold: { on: { heat: [{ target: 'warming', guard: 'isFull' }, { target: 'refused' }] } },
            refused: { always: 'cold' },
            warming: { invoke: { id: 'boiling', src: 'boil', onDone: 'hot', onError: 'cold' } },
            hot: { after: { cooling: 'cold' } },
            last: { type: 'history' },
          },
        },
        paused: { on: { go: { target: 'working.last', guard: ({ event }) => event.type === 'go' } } },
      },
    },
  },
});

export const kettleEvents = [
  { type: 'lid.up' },
  { type: 'close' },
  { type: 'pause' },
  { type: 'go' },
  { type: 'heat' },
  { type: 'heat', level: 2 },
] as const;

/** A state without an arrow to it, and a candidate behind one that always wins. */
export const lost = setup({}).createMachine({
  id: 'lost',
  initial: 'here',
  states: {
    here: { on: { go: [{ target: 'there' }, { target: 'here' }] } },
    there: { type: 'final' },
    nowhere: { on: { back: 'here' } },
  },
});
