import { expect, test } from 'vitest';
import { simulate } from '../support/simulation.js';

test('planned', async () => {
  const sim = await simulate({ provider: 'vertex' }, { config: { sessionResumption: { transparent: true } } });
  await sim.speak(200);
  sim.transport.emulator.goAway({ timeLeftMs: 10_000 });
  await sim.speak(200);
  await sim.run(5000);
  console.log(sim.states, JSON.stringify(sim.events), sim.account(), JSON.stringify(sim.session.stats));
  await Promise.all([sim.session.close(), sim.run(10)]);
});
test('planned without', async () => {
  const sim = await simulate({}, {});
  await sim.speak(200);
  sim.transport.emulator.goAway({ timeLeftMs: 10_000 });
  await sim.speak(200);
  sim.transport.emulator.cut({ how: 'rst' });
  await sim.speak(200);
  sim.transport.emulator.refuseHandles({ times: 2, code: 1008, reason: 'BidiGenerateContent session not found', when: 'beforeSetupComplete' });
  sim.transport.emulator.cut({ how: 'rst' });
  await sim.speak(200);
  await sim.run(5000);
  console.log(sim.states, JSON.stringify(sim.events), sim.account(), JSON.stringify(sim.session.stats));
  await Promise.all([sim.session.close(), sim.run(10)]);
});
