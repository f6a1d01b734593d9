import { faultClasses } from '../../src/emulator/faults/catalogue.js';
import { gridStates } from './states.js';
import { runCell } from './cell.js';
const only = process.argv[2] ?? '';
const onlyState = process.argv[3] ?? '';
const t0 = performance.now();
let n = 0;
for (const [name, fault] of Object.entries(faultClasses)) {
  if (!name.includes(only)) continue;
  const row: string[] = [];
  for (const state of gridStates) {
    if (!state.name.includes(onlyState)) continue;
    n++;
    try {
      const cell = await runCell(state, fault);
      row.push(
        `${state.name}: ${cell.outcome} ${cell.recoverMs ?? '-'} ${cell.error ?? ''} L${cell.lost} D${cell.doubled} ${cell.problems.join('; ')}`,
      );
    } catch (error) {
      row.push(`${state.name}: THROWS ${String(error)}`);
    }
  }
  console.log(`== ${name}\n   ${row.join('\n   ')}`);
}
console.log(n, Math.round(performance.now() - t0), 'ms');
