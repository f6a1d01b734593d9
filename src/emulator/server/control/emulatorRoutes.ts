/**
 * What only the emulator itself can be asked.
 *
 *   GET    /emulator/state           connections, sessions, time, speed           ?ended=N of those that are over (50)
 *   GET    /emulator/options         every option: value, default, what it takes
 *   PATCH  /emulator/options         {name: value, …}; all of them or none
 *   POST   /emulator/orders          orders.ts
 *
 * Owns these routes; how they are answered, and the others, are control.ts.
 */
import type { Emulator } from '../../emulator.js';
import { isFields } from '../../protocol/fields.js';
import { HttpProblem, readJson } from '../http.js';
import { endedOf, type Call, type Routes } from './control.js';
import { giveOrder } from './orders.js';
import { optionsOf, stateOf } from './state.js';

export function emulatorRoutes(emulator: Emulator, baseUrl: () => string): Routes {
  const configure = async ({ request }: Call): Promise<object> => {
    const body = await readJson(request);
    if (!isFields(body)) throw new HttpProblem(400, 'Options are an object, {"setupMs": 200}.');
    emulator.configure(body);
    return { options: optionsOf(emulator) };
  };
  return {
    state: { GET: ({ query }) => stateOf(emulator, baseUrl(), endedOf(query)) },
    options: { GET: () => ({ options: optionsOf(emulator) }), PATCH: configure },
    orders: { POST: async ({ request }) => giveOrder(emulator, await readJson(request)) },
  };
}
