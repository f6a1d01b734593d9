/**
 * `gemini-lifeline demo`: two acts, one account each, and a verdict.
 *
 * Owns the flags and the verdict: exit 1 when something was lost, doubled without being reported, or not shown at all.
 */
import { fileSink } from '../../trace/file.js';
import { jsonFlag, UsageError, type Command, type Io } from '../command.js';
import { playAct, type Account } from './act.js';
import { accountLines, stageOn } from './show.js';
import { ownRecording, readSpeech } from './wav.js';
import { playReal } from './real.js';

const requiredStates = ['connecting', 'active', 'goingAway', 'resuming', 'expired', 'compressed'];
const leastConnections = 4;

async function loadSdk() {
  try {
    return await import('@google/genai');
  } catch {
    throw new Error('The demo drives the official client, which is not installed. Run: npm install @google/genai');
  }
}

/** What is wrong with an account; nothing when it is as it must be. */
function complaints(account: Account, transparent: boolean, isOwnRecording: boolean): string[] {
  const show = isOwnRecording ? notShown(account) : [];
  return [...harm(account, transparent), ...show].map((text) => `${transparent ? 'Act 1' : 'Act 2'}: ${text}`);
}

function harm(account: Account, transparent: boolean): string[] {
  return [
    ...(account.lost > 0 ? [`${account.lost} chunks were lost`] : []),
    ...(transparent && account.doubled > 0 ? [`${account.doubled} chunks were doubled`] : []),
    ...(account.unreported > 0 ? [`${account.unreported} doubles were not reported`] : []),
  ];
}

/** With the recording that was made for it, everything is seen; with another one it depends on its pauses. */
function notShown(account: Account): string[] {
  const missing = requiredStates.filter((state) => !account.states.includes(state));
  return [
    ...(account.connections < leastConnections ? [`only ${account.connections} connections were used`] : []),
    ...(account.reseeds === 0 ? ['no reseed was seen'] : []),
    ...(missing.length > 0 ? [`not visited: ${missing.join(', ')}`] : []),
  ];
}

export const demoCommand: Command = {
  name: 'demo',
  summary:
    'A spoken conversation through the official client to a local Live API, whose connections end three times:\n' +
    'goAway, a cut without notice, a refused handle. The session goes on, and every chunk is accounted for.',
  args: [],
  flags: {
    json: jsonFlag,
    audio: { type: 'string', value: 'FILE', describe: 'A WAV file (16-bit PCM) of your own instead of the recording.' },
    trace: { type: 'string', value: 'FILE', describe: 'Write the trace of the first act to FILE.' },
    real: {
      type: 'boolean',
      describe: 'Run on the live service with GEMINI_API_KEY, with one rotation and no faults.',
    },
  },
  notes: 'Two acts of about half a minute: Vertex AI with transparent resumption, then the Developer API without.',
  async run({ flags, io }) {
    const json = flags['json'] === true;
    const isOwnRecording = typeof flags['audio'] !== 'string';
    const samples = readSpeech(typeof flags['audio'] === 'string' ? flags['audio'] : ownRecording());
    const sdk = await loadSdk();
    if (flags['real'] === true) return runReal(samples, sdk, io, json);
    const trace = typeof flags['trace'] === 'string' ? fileSink(flags['trace']) : undefined;
    const seconds = Math.round(samples.length / 16_000);
    const act = async (title: string, transparent: boolean) => {
      io.note(`\n${title}\n`);
      const stage = stageOn(io);
      const account = await playAct({ transparent, samples, stage, sdk, trace: transparent ? trace : undefined });
      if (!json) {
        io.print(`\n${title}: what became of ${account.sent} chunks of speech\n`);
        for (const line of accountLines(account)) io.print(line);
      }
      return account;
    };
    io.note(`A recording of ${seconds} s is spoken to a local Live API, twice.`);
    const first = await act('Act 1 · Vertex AI path, transparent resumption', true);
    const second = await act('Act 2 · Developer API path, without it', false);
    if (json) io.print(JSON.stringify({ ...first, withoutTransparent: second }));
    const wrong = [...complaints(first, true, isOwnRecording), ...complaints(second, false, isOwnRecording)];
    for (const complaint of wrong) io.note(`✗ ${complaint}`);
    if (wrong.length === 0 && !json) {
      io.print('\n✓ One session each, nothing lost. Try it with your own voice: npm run demo -- --audio file.wav');
    }
    return wrong.length === 0 ? 0 : 1;
  },
};

async function runReal(
  samples: Int16Array,
  sdk: Awaited<ReturnType<typeof loadSdk>>,
  io: Io,
  json: boolean,
): Promise<number> {
  const apiKey = process.env['GEMINI_API_KEY'];
  if (!apiKey) throw new UsageError('--real needs GEMINI_API_KEY in the environment.');
  const account = await playReal(apiKey, samples, sdk, io);
  if (json) io.print(JSON.stringify(account));
  else for (const [name, value] of Object.entries(account)) io.print(`  ${name}: ${String(value)}`);
  return 0;
}
