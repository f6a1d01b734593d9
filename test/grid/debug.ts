import { faultClasses } from '../../src/emulator/faults/catalogue.js';
import { gridStates, arena, speak } from './states.js';
const [cls, st] = process.argv.slice(2);
const state = gridStates.find((s) => s.name === st)!;
const fault = faultClasses[cls!]!;
const here = arena(state);
await state.enter(here, () => {
  here.emulator.faults.add(fault.faults);
});
const sim = here.sim() ?? (await here.connected())!;
const talk = async (ms: number) => {
  const until = sim.clock.now() + ms;
  while (sim.clock.now() < until && sim.session.status.current.input !== 'closed') {
    await speak(sim, 1000, true);
    await speak(sim, 5000);
  }
  await sim.run(Math.max(0, until - sim.clock.now()));
};
await talk(60000);
here.emulator.clearFaults();
await talk(40000);
await sim.run(20000);
const acc = sim.account();
console.log(sim.session.status.current);
console.log(
  'lost',
  acc.lost.length,
  acc.lost.slice(0, 5),
  acc.lost.slice(-3),
  'doubled',
  acc.doubled,
  'possibly',
  sim.possiblyDoubled().length,
);
for (const n of [...acc.doubled.slice(0, 3), ...acc.lost.slice(0, 3), ...acc.lost.slice(-2)])
  console.log(n, JSON.stringify(sim.receipts[n]!.outcome));
console.log(
  sim.events
    .filter((e) => !['turnComplete', 'dropped', 'interrupted'].includes(e.type))
    .map((e) => JSON.stringify(e))
    .join('\n'),
);
for (const l of here.emulator.log) if (process.argv[4]) console.log(l.at - 1e6, l.connection, l.what, l.detail);
for (const c of here.emulator.contexts()) {
  const parent = c.parent;
  console.log('ctx', c.id, 'conn', c.connection, 'parent', JSON.stringify(parent), 'heard', c.heard.length);
}
const n = acc.doubled[0];
if (n !== undefined)
  for (const c of here.emulator.contexts())
    for (const m of c.heard.upTo()) {
      const { readStamp } = await import('../../src/emulator/index.js');
      if (m.kind === 'audio' && readStamp(m.head) === n)
        console.log('heard', n, 'ctx', c.id, 'conn', m.connection, 'index', m.index);
    }
