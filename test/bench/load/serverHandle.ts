/** The other process, from here. Owns its life. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EmulatorServerOptions } from '../../../dist/src/emulator/server.js';
import type { ServerFigures, ServerOrder, ServerWord } from './protocol.js';

const program = fileURLToPath(new URL('serverProcess.ts', import.meta.url));
const resolver = new URL('../typescript.mjs', import.meta.url).href;

export interface ServerHandle {
  readonly port: number;
  measure(collect?: boolean): Promise<ServerFigures>;
  stop(): void;
}

/** `profileTo`: a folder for a CPU profile of the server. */
export async function startServer(options: EmulatorServerOptions, profileTo: string | null): Promise<ServerHandle> {
  const profiling = profileTo === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`];
  const child = fork(program, { execArgv: ['--expose-gc', ...profiling, '--import', resolver] });
  child.send({ do: 'start', options } satisfies ServerOrder);
  const { port } = await next(child, 'listening');
  return {
    port,
    measure: async (collect = false) => {
      const answer = next(child, 'figures');
      child.send({ do: 'measure', collect } satisfies ServerOrder);
      return (await answer).figures;
    },
    stop: () => child.disconnect(),
  };
}

function next<S extends ServerWord['say']>(child: ChildProcess, say: S): Promise<Extract<ServerWord, { say: S }>> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null): void => reject(new Error(`The server's process ended with ${code}.`));
    child.once('exit', died);
    child.on('message', function hear(word: ServerWord): void {
      if (word.say !== say) return;
      child.off('message', hear);
      child.off('exit', died);
      resolve(word as Extract<ServerWord, { say: S }>);
    });
  });
}
