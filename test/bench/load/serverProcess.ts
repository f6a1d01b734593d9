/** The emulator's server in a process of its own, so that it has a core to itself and its memory can be told. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { startEmulatorServer, type EmulatorServer } from '../../../dist/src/emulator/server.js';
import type { ServerFigures, ServerOrder, ServerWord } from './protocol.js';

let server: EmulatorServer | null = null;
const loop = monitorEventLoopDelay({ resolution: 1 });
let since = { at: performance.now(), cpu: process.cpuUsage() };

function tell(word: ServerWord): void {
  process.send?.(word);
}

function figures(collect: boolean): ServerFigures {
  const at = performance.now();
  const { user, system } = process.cpuUsage(since.cpu);
  const cpu = (user + system) / 1_000 / (at - since.at);
  const [loopP99Ms, loopMaxMs] = [loop.percentile(99) / 1e6, loop.max / 1e6];
  if (collect) globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const emulator = server?.emulator;
  const heard = emulator?.contexts().reduce((sum, context) => sum + context.heard.length, 0) ?? 0;
  loop.reset();
  since = { at: performance.now(), cpu: process.cpuUsage() };
  return { rssBytes: rss, heapBytes: heapUsed, heard, handles: emulator?.sentHandles ?? 0, cpu, loopP99Ms, loopMaxMs };
}

process.on('message', (order: ServerOrder) => {
  if (order.do === 'measure') return tell({ say: 'figures', figures: figures(order.collect) });
  void startEmulatorServer(order.options).then((started) => {
    server = started;
    loop.enable();
    tell({ say: 'listening', port: started.port });
  });
});
process.on('disconnect', () => process.exit());
