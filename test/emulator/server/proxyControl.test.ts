/** The control endpoint and page of a fault proxy. Oracle: the tables in server/control/control.ts and server/proxied.ts. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  startEmulatorServer,
  startFaultProxy,
  type EmulatorServer,
  type FaultProxy,
} from '../../../src/emulator/server.js';
import { launchChromium } from '../../browser/chromium.js';
import { ask, connect, type Answer } from './support.js';

let behind: EmulatorServer;
let proxy: FaultProxy;
beforeEach(async () => {
  behind = await startEmulatorServer({ setupMs: 0, handleEveryMs: 100_000 });
  proxy = await startFaultProxy({ target: `${behind.baseUrl}?key=secret-key-2` });
});
afterEach(async () => {
  await proxy.close();
  await behind.close();
});

const get = (path: string): Promise<Answer> => ask(proxy, 'GET', `/emulator/${path}`);
const post = (path: string, body: unknown): Promise<Answer> => ask(proxy, 'POST', `/emulator/${path}`, { body });

describe('the control endpoint', () => {
  test('tells of its connections from the upgrade to the end, and of no secret', async () => {
    const { socket, closed } = await connect(proxy);
    const { body, text } = await get('state');
    expect(body).toMatchObject({
      baseUrl: proxy.baseUrl,
      target: behind.baseUrl,
      connections: [{ id: 1, state: 'active', provider: 'developer', model: 'gemini-live-2.5-flash-preview' }],
    });
    for (const secret of ['secret-key-1', 'secret-key-2']) {
      expect(text + (await get('log')).text).not.toContain(secret);
    }
    socket.close(1000, 'enough');
    await closed;
    await expect
      .poll(async () => (await get('state')).body.connections)
      .toMatchObject([{ id: 1, state: 'ended', endedBy: 'client', closeCode: 1000, reason: 'enough' }]);
    expect((await get('state?ended=0')).body.connections).toEqual([]);
  });

  test('puts faults in force, says what acted, withdraws and resets', async () => {
    const first = await connect(proxy);
    expect((await post('faults', { action: { do: 'halfOpen' } })).body).toMatchObject({ added: [1] });
    expect((await get('state')).body.connections).toMatchObject([{ state: 'halfOpen' }]);
    first.socket.terminate();
    expect((await get('log?what=fault,halfOpen')).body.entries).toMatchObject([
      { what: 'fault', connection: 1, fault: 1 },
      { what: 'halfOpen', connection: 1 },
    ]);
    await post('faults', 'dial/http-429');
    await expect(connect(proxy)).rejects.toThrow('429');
    expect((await get('faults')).body.faults).toMatchObject([{ acted: 1 }, { acted: 1 }]);
    expect((await post('faults', 'compression/never')).body.error).toMatch(/A proxy cannot do neverCompress/);
    await post('reset', {});
    expect((await get('faults')).body.faults).toEqual([]);
    expect((await get('log')).body.entries).toEqual([]);
  });

  test('says where to go with what only the emulator knows', async () => {
    expect(await get('options')).toMatchObject({ status: 404, body: { error: expect.stringContaining('behind') } });
    const order = await post('orders', { order: 'cut' });
    expect(order).toMatchObject({ status: 404, body: { error: expect.stringContaining('/emulator/faults') } });
    expect((await get('nonsense')).body.error).toMatch(/there are state, catalogue, faults, log, events, reset\.$/);
    expect((await get('catalogue')).body).toHaveProperty('faults');
    const elsewhere = { origin: 'https://example.com' };
    expect((await ask(proxy, 'GET', '/emulator/state', { headers: elsewhere })).status).toBe(403);
    expect((await ask(proxy, 'GET', '/emulator/state', { headers: { host: 'example.com' } })).status).toBe(403);
  });

  test('control: false passes even these on', async () => {
    await using open = await startFaultProxy({ target: behind.baseUrl, control: false });
    expect((await ask(open, 'GET', '/emulator/state')).body).toMatchObject({ baseUrl: behind.baseUrl, target: null });
  });
});

test('the page shows the proxy, and cuts through a fault', async () => {
  const browser = await launchChromium({ wav: null, refused: false });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(9_000);
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(proxy.baseUrl);
    await page.getByText(`Faults in front of ${behind.baseUrl}`).waitFor();
    const client = await connect(proxy);
    await page.getByRole('button', { name: 'Cut, connection 1' }).click();
    expect((await client.closed).code).toBe(1006);
    await page.getByText(/ended by server: RST/).waitFor();
    expect(await page.getByText('Options in force').isVisible()).toBe(false);
    expect(await page.getByLabel('The model says').isVisible()).toBe(false);
    expect(problems).toEqual([]);
  } finally {
    await browser.close();
  }
});
