/** What a figure was measured on; without it no figure says anything. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Load of the last minute when the run began. */
  readonly load: number;
}

export function machine(): Machine {
  return {
    node: process.version,
    system: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

export function machineLine({ node, system, cpu, cores, memoryGiB, load }: Machine): string {
  return `Node ${node}, ${system}, ${cpu}, ${cores} cores, ${memoryGiB} GiB, load ${load}`;
}
