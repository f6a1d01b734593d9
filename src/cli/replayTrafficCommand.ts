/** `gemini-lifeline replay-traffic`: flags and words around replayTraffic.ts. */
import { jsonFlag, numberFlag, type Command } from './command.js';
import { exitCodeOf, replayTraffic } from './replayTraffic.js';

export const replayTrafficCommand: Command = {
  name: 'replay-traffic',
  summary:
    'Serve the received half of recorded sessions to a real client with this library, and check count, order and keys\n' +
    'of what the session delivered.',
  args: ['DIR'],
  flags: {
    'at-once': { type: 'boolean', describe: 'Serve the frames without their recorded pauses.' },
    speed: { type: 'string', value: 'N', describe: 'Play recorded times N times faster.', fallback: '1' },
    json: jsonFlag,
  },
  notes:
    'One file per session, *.jsonl; docs/RECORDINGS.md has the format. Exits 1 on any difference, and when nothing could be compared.',
  async run({ flags, args, io }) {
    const json = flags['json'] === true;
    const report = await replayTraffic({
      dir: args[0] ?? '',
      json,
      atOnce: flags['at-once'] === true,
      speed: numberFlag(flags, 'speed', { least: 0.001 }) ?? 1,
      print: (line) => io.print(line),
    });
    if (json) io.print(JSON.stringify(report));
    return exitCodeOf(report);
  },
};
