/**
 * `npm run -s clients`: unmodified clients of others hold conversations with the emulator server.
 *
 * Owns the order and the report. Each client runs in a process of its own against a server of its own.
 */
import { jsonFlag, UsageError, type Command, type Io } from '../../dist/src/cli/command.js';
import { runAsProgram } from '../bench/support/command.js';
import { installClients } from './install.js';
import { referee, type ClientResult, type Entry } from './referee.js';
import { roster } from './roster.js';

const atOnce = 3;

const command: Command = {
  name: 'clients',
  summary: 'Let unmodified clients of others hold full conversations with the emulator server, rotations included.',
  args: [],
  flags: {
    only: { type: 'string', value: 'TEXT', describe: 'Clients whose name contains it.' },
    json: jsonFlag,
  },
  notes: [
    'Their packages are installed once, into test/clients/node_modules, and never with this one (about 800 MB).',
    'What cannot run is named. With CI=true a client from npm that cannot run is a failure.',
  ].join('\n'),
  async run({ flags, io }) {
    const wanted = typeof flags['only'] === 'string' ? flags['only'] : '';
    const entries = roster.filter(({ name }) => name.includes(wanted));
    if (entries.length === 0) throw new UsageError(`--only ${wanted} names no client. Clients: ${names()}.`);
    const missing = installClients(io);
    const results = await all(entries, missing, io);
    const failed = results.reduce((sum, result) => sum + failures(result), 0);
    const passed = results.reduce(
      (sum, { checks }) => sum + checks.filter(({ failure }) => failure === null).length,
      0,
    );
    if (flags['json'] === true) io.print(JSON.stringify({ passed, failed, results }));
    else for (const line of [...results.flatMap(lines), `${passed} passed, ${failed} failed`]) io.print(line);
    return failed === 0 ? 0 : 1;
  },
};

function names(): string {
  return roster.map(({ name }) => name).join(', ');
}

async function all(entries: readonly Entry[], missing: string | null, io: Io): Promise<readonly ClientResult[]> {
  const results = new Map<string, ClientResult>();
  const waiting = [...entries];
  const worker = async (): Promise<void> => {
    for (let entry = waiting.shift(); entry !== undefined; entry = waiting.shift()) {
      const needsNpm = entry.mayBeMissing !== true;
      const result = missing !== null && needsNpm ? notRun(entry, missing) : await referee(entry);
      results.set(entry.name, result);
      io.note(`${entry.name}: ${(result.wallMs / 1_000).toFixed(1)} s`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return entries.flatMap(({ name }) => results.get(name) ?? []);
}

function notRun({ name, mayBeMissing = false }: Entry, why: string): ClientResult {
  return { name, checks: [], atRotation: null, notRun: why, mayBeMissing, wallMs: 0 };
}

/** What npm can install must run where it counts; what is not from npm may be out of reach. */
function failures({ checks, notRun: why, mayBeMissing }: ClientResult): number {
  const failed = checks.filter(({ failure }) => failure !== null).length;
  return failed + (why !== null && !mayBeMissing && process.env['CI'] === 'true' ? 1 : 0);
}

function lines({ name, checks, atRotation, notRun: why }: ClientResult): string[] {
  if (why !== null) return [`not run: ${name} (${why})`];
  const failed = checks.filter(({ failure }) => failure !== null);
  const count = `${checks.length - failed.length} of ${checks.length} checks`;
  return [
    `${failed.length === 0 ? 'passed' : 'FAILED'}: ${name}: ${count}${atRotation === null ? '' : `; at a rotation: ${atRotation}`}`,
    ...failed.map(({ what, failure }) => `    ${what}: ${failure}`),
  ];
}

await runAsProgram(command, import.meta.url);
