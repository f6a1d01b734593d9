/**
 * One client, one run: an emulator server of its own, the client in a process of its own, a bounded time.
 *
 * Owns the server, the process and the list of checks. Never judges: the client's checks do.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Emulator } from '../../dist/src/emulator/index.js';
import { startEmulatorServer } from '../../dist/src/emulator/server.js';
import type { CheckResult, ConnectionSeen, FromClient, Order, ToClient } from './protocol.js';

export interface Entry {
  readonly name: string;
  /** URL of its program. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly limitMs?: number;
  /** The server speaks TLS; Node and Python are told to trust it. */
  readonly tls?: boolean;
  /** It is not from npm: where it cannot run it is named, and nothing has failed. */
  readonly mayBeMissing?: boolean;
}

export interface ClientResult {
  readonly name: string;
  readonly checks: readonly CheckResult[];
  readonly atRotation: string | null;
  readonly notRun: string | null;
  readonly mayBeMissing: boolean;
  readonly wallMs: number;
}

const loader = new URL('../bench/typescript.mjs', import.meta.url).href;
const certFile = fileURLToPath(new URL('../emulator/server/tls/testOnlyCertificate.pem', import.meta.url));
const keyFile = fileURLToPath(new URL('../emulator/server/tls/testOnlyKey.pem', import.meta.url));
const keptErrorLines = 12;

export async function referee({
  name,
  file,
  args = [],
  limitMs = 60_000,
  tls = false,
  mayBeMissing = false,
}: Entry): Promise<ClientResult> {
  const startedAt = performance.now();
  const server = await startEmulatorServer({
    setupMs: 30,
    firstAudioDelayMs: 60,
    replyAudioSeconds: 0.8,
    handleEveryMs: 150,
    speechEndSilenceMs: 400,
    goAwayBeforeEndMs: 0,
    ...(tls && { tls: { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') } }),
  });
  const checks: CheckResult[] = [];
  let atRotation: string | null = null;
  let notRun: string | null = null;
  const child = fork(fileURLToPath(file), [JSON.stringify({ baseUrl: server.baseUrl }), ...args], {
    execArgv: ['--import', loader],
    env: { ...process.env, ...(tls && { NODE_EXTRA_CA_CERTS: certFile, SSL_CERT_FILE: certFile }) },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const errors = lastLines(child);
  const ended = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => resolve(`not finished within ${limitMs / 1_000} s`), limitMs);
    const end = (why: string | null): void => {
      clearTimeout(timer);
      resolve(why);
    };
    child.on('message', (message: FromClient) => {
      switch (message.type) {
        case 'order': {
          const value = obey(server.emulator, message.order) ?? null;
          return void child.send({ type: 'answer', id: message.id, value } satisfies ToClient);
        }
        case 'check':
          return void checks.push({ what: message.what, failure: message.failure });
        case 'atRotation':
          atRotation = message.text;
          return;
        case 'notRun':
          notRun = message.why;
          return;
        case 'done':
          return end(null);
        default:
          return message satisfies never;
      }
    });
    child.once('exit', (code) => end(`its process ended with ${code}: ${errors().join(' | ')}`));
  });
  child.kill('SIGKILL');
  await server.close();
  if (ended !== null && notRun === null) checks.push({ what: 'it runs to its end', failure: ended });
  return { name, checks, atRotation, notRun, mayBeMissing, wallMs: Math.round(performance.now() - startedAt) };
}

function obey(emulator: Emulator, order: Order): unknown {
  switch (order.name) {
    case 'goAway':
      return emulator.goAway(...order.args);
    case 'cut':
      return emulator.cut(...order.args);
    case 'lastAnswer':
      return (
        emulator
          .contexts()
          .at(-1)
          ?.turns.findLast(({ role }) => role === 'model')?.text ?? ''
      );
    case 'refuseWhileOldSocketOpen':
      return emulator.configure({ refuseWhileOldSocketOpen: order.args[0] });
    case 'connections':
      return emulator.connections.map(
        ({
          id,
          provider,
          path,
          model,
          resumedFrom,
          closeCode,
          reason,
          setup,
          readyAt,
          endedAt,
          contextId,
        }): ConnectionSeen => ({
          id,
          provider,
          path,
          model,
          resumedFrom,
          closeCode,
          reason,
          setup,
          isReady: readyAt !== null,
          isOpen: endedAt === null,
          compressions: contextId === null ? 0 : (emulator.contexts()[contextId]?.compressions ?? 0),
        }),
      );
    default:
      return order satisfies never;
  }
}

/** What it wrote on stderr last; only its end is of use when something failed. */
function lastLines(child: ChildProcess): () => readonly string[] {
  let text = '';
  child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
    text = (text + piece).slice(-4_000);
  });
  return () =>
    text
      .trim()
      .split('\n')
      .slice(-keptErrorLines)
      .filter((line) => line !== '');
}
