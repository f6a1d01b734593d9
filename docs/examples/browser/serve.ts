/**
 * `npm run example:browser`: the emulator's server and Vite's, both on 127.0.0.1, and one URL to open.
 *
 * Owns the two servers and the little endpoint behind the page's fault buttons: GET /emulator says where the emulator
 * is, POST /emulator/goAway and POST /emulator/cut give it an order. PORT names another port than 5173.
 */
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { startEmulatorServer } from 'gemini-lifeline/emulator/server';
import { createServer, type Connect } from 'vite';

const live = await startEmulatorServer();

/** A page of another origin can send a POST, and must not be able to order anything. */
function isOwnPage({ headers }: IncomingMessage): boolean {
  return headers.origin === `http://${headers.host}`;
}

const control: Connect.NextHandleFunction = (request, response, next) => {
  const { emulator, baseUrl } = live;
  switch (`${request.method} ${request.url}`) {
    case 'GET /emulator':
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ baseUrl }));
      return;
    case 'POST /emulator/goAway':
    case 'POST /emulator/cut':
      if (!isOwnPage(request)) break;
      if (request.url === '/emulator/cut') emulator.cut({ how: 'rst' });
      else emulator.goAway({ timeLeftMs: 10_000 });
      response.writeHead(204).end();
      return;
    default:
      next();
      return;
  }
  response.writeHead(403).end();
};

const vite = await createServer({
  root: fileURLToPath(new URL('.', import.meta.url)),
  configFile: false,
  logLevel: 'warn',
  server: {
    host: '127.0.0.1',
    port: Number(process.env['PORT'] ?? 5173),
    // A build of the library must not reload a page that somebody is talking to.
    watch: { ignored: ['**/dist/**'] },
  },
  plugins: [{ name: 'emulator-control', configureServer: ({ middlewares }) => void middlewares.use(control) }],
});
await vite.listen();
console.log(`Open ${vite.resolvedUrls?.local[0]} and press Start. Ctrl-C ends it.`);

async function stop(): Promise<void> {
  await Promise.all([vite.close(), live.close()]);
  process.exit();
}
process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());
