/** `gemini-lifeline emulator`: the local Live API on a port, until Ctrl-C. */
import { startEmulatorServer } from '../emulator/server.js';
import { jsonFlag, numberFlag, type Command } from './command.js';

const durations = {
  'connection-lifetime': 'connectionLifetimeMs',
  'go-away-before-end': 'goAwayBeforeEndMs',
  setup: 'setupMs',
  'handle-every': 'handleEveryMs',
} as const;

export const emulatorCommand: Command = {
  name: 'emulator',
  summary: 'Serve a local Live API over WebSockets, for any client: Developer API and Vertex AI paths, no key needed.',
  args: [],
  flags: {
    port: { type: 'string', value: 'PORT', describe: 'Port on 127.0.0.1; 0 takes any free one.', fallback: '0' },
    'connection-lifetime': { type: 'string', value: 'MS', describe: 'Life of one connection.', fallback: '600000' },
    'go-away-before-end': {
      type: 'string',
      value: 'MS',
      describe: 'How long before its end the goAway comes.',
      fallback: '60000',
    },
    setup: { type: 'string', value: 'MS', describe: 'From the setup to setupComplete.', fallback: '130' },
    'handle-every': { type: 'string', value: 'MS', describe: 'Between two resumption updates.', fallback: '1500' },
    delay: { type: 'string', value: 'MS', describe: 'Added to every frame, each way.', fallback: '0' },
    json: jsonFlag,
  },
  notes: 'Point a client at it with httpOptions.baseUrl (http, not ws). It listens on loopback only; Ctrl-C ends it.',
  async run({ flags, io }) {
    const settings = Object.fromEntries(
      Object.entries(durations).map(([flag, name]) => [
        name,
        numberFlag(flags, flag, { least: flag === 'connection-lifetime' ? 1 : 0 }),
      ]),
    );
    const server = await startEmulatorServer({
      ...settings,
      port: numberFlag(flags, 'port', { most: 65_535, whole: true }) ?? 0,
      delayMs: numberFlag(flags, 'delay') ?? 0,
    });
    io.print(flags['json'] === true ? JSON.stringify({ baseUrl: server.baseUrl, port: server.port }) : server.baseUrl);
    io.note('A client reaches it with httpOptions.baseUrl set to that address. Ctrl-C ends it.');
    await new Promise<void>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    await server.close();
    return 0;
  },
};
