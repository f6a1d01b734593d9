import { test } from 'vitest';
import { sessionMachine, acceptsInput } from '../../machines/index.js';
import { explore } from '../../src/testing/index.js';
import { exploreOptions, scenarios } from './sessionModel.js';
import { checkInvariants } from '../spec/machine/invariants.js';
const obs = (m: any) => ({ value: m.snapshot.value, status: m.snapshot.status, context: m.snapshot.context, open: acceptsInput(m.snapshot) });
test('x', () => {
  const found = new Map<string, string>();
  for (const s of scenarios) {
    const t0 = performance.now();
    const g = explore(sessionMachine, { ...exploreOptions(s, ['none']), patience: 4000 });
    for (const [k, es] of g.edges) for (const e of es) {
      const a = g.moments.get(k)!; const b = g.stepper.step(a, e.event);
      try { checkInvariants(obs(a), e.event as any, obs(b)); } catch (err: any) { const key = s.name + err.message.slice(0, 90); if (!found.has(key)) {
        const path = []; for (let x = g.reachedBy.get(k); x; x = g.reachedBy.get(x.from)) path.unshift(JSON.stringify(x.event));
        found.set(key, [...path, JSON.stringify(e.event)].join('\n   ')); } }
    }
    console.log(s.name, g.moments.size, g.complete, Math.round(performance.now() - t0));
  }
  for (const [k, v] of found) console.log(k, '\n   ' + v);
  const s = scenarios[3]!;
}, 120000);
