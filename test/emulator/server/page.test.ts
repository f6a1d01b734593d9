/** The emulator's page in a real Chromium (needs a build: its scripts come from dist). */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEmulatorServer, type EmulatorServer } from '../../../src/emulator/server.js';
import { launchChromium } from '../../browser/chromium.js';
import { ask, connect } from './support.js';

let browser: Browser;
let server: EmulatorServer;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  browser = await launchChromium({ wav: null, refused: false });
});
afterAll(() => browser.close());

beforeEach(async () => {
  server = await startEmulatorServer({ setupMs: 0, handleEveryMs: 100_000 });
  page = await browser.newPage();
  page.setDefaultTimeout(9_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(server.baseUrl) && !request.url().startsWith('data:')) complaints.push(request.url());
  });
});
afterEach(async () => {
  await page.close();
  await server.close();
  expect(complaints.splice(0)).toEqual([]);
});

describe('the page', () => {
  test('shows a connection as it comes, gives it orders, and follows it to its end', async () => {
    await page.goto(server.baseUrl);
    await page.getByText('Nobody is connected.').waitFor();
    expect(await page.getByLabel('Base URL for your client').inputValue()).toBe(server.baseUrl);
    const client = await connect(server);
    const row = page.getByRole('row', { name: /gemini-live-2\.5-flash-preview/ });
    await row.getByText('active').waitFor();
    await row.getByText(/^goAway in 9:\d\d|8:\d\d$/).waitFor();

    await page.getByLabel('goAway, seconds left').fill('30');
    await page.getByRole('button', { name: 'Announce' }).click();
    await page.getByRole('list', { name: 'Event log' }).getByText('30s').waitFor();
    await row.getByText(/^end in 0:\d\d$/).waitFor();
    expect(client.frames).toContainEqual({ goAway: { timeLeft: '30s' } });

    await row.getByRole('button', { name: 'Cut, connection 1' }).click();
    await row.getByText(/ended by server/).waitFor();
    expect((await client.closed).code).toBe(1006);
  });

  test('puts a fault of the catalogue in force, counts it, and withdraws it', async () => {
    await page.goto(`${server.baseUrl}/emulator/`);
    await page.getByLabel('Filter the catalogue').fill('http-429');
    await page.getByRole('button', { name: /^dial\/http-429/ }).click();
    await page.getByText('acted 0 of 1').waitFor();
    await expect(connect(server)).rejects.toThrow('429');
    await page.getByText('acted 1 of 1').waitFor();
    await page.getByRole('button', { name: 'Withdraw fault 1, refuse' }).click();
    await page.getByText('None. Choose one below').waitFor();
    expect(server.emulator.faults.list()).toEqual([]);
  });

  test('changes an option; a refusal is told and changes nothing', async () => {
    await page.goto(`${server.baseUrl}/emulator/`);
    await page.getByText('Options in force').click();
    await page.getByLabel('handleEveryMs').fill('700');
    await page.getByLabel('handleEveryMs').press('Tab');
    await expect.poll(() => server.emulator.settings.handleEveryMs).toBe(700);
    await page.getByLabel('handleEveryMs').fill('soon');
    await page.getByLabel('handleEveryMs').press('Tab');
    await page
      .getByRole('alert')
      .getByText(/handleEveryMs takes a number/)
      .waitFor();
    expect(await page.getByLabel('handleEveryMs').inputValue()).toBe('700');
    // The browser says so itself when a request is refused.
    expect(complaints.splice(0)).toEqual([expect.stringContaining('400')]);
  });

  test('an option that takes null shows it once it is set to it', async () => {
    await page.goto(`${server.baseUrl}/emulator/`);
    await page.getByText('Options in force').click();
    const field = page.getByLabel('maxConcurrentSessions');
    for (const value of ['7', 'null']) {
      await field.fill(value);
      await field.press('Tab');
      await expect.poll(() => String(server.emulator.settings.maxConcurrentSessions)).toBe(value);
      expect(await field.inputValue()).toBe(value);
    }
  });

  test('the log can be filtered, and what it shows is never read as HTML', async () => {
    await connect(server);
    server.emulator.note(1, 'fault', '<img src=x onerror=alert(1)>');
    await page.goto(`${server.baseUrl}/emulator/`);
    const log = page.getByRole('list', { name: 'Event log' });
    await log.getByText('<img src=x onerror=alert(1)>').waitFor();
    await page.getByLabel('Kind of event').selectOption('setupComplete');
    expect(await log.getByRole('listitem').count()).toBe(1);
    await page.getByLabel('Filter the log').fill('nothing of that kind');
    expect(await log.getByRole('listitem').count()).toBe(0);
  });

  test('every control can be reached by keyboard and has a name', async () => {
    await connect(server);
    await page.goto(`${server.baseUrl}/emulator/`);
    await page.getByRole('button', { name: 'Cut, connection 1' }).waitFor();
    const nameless = await page.locator('button, input, select').evaluateAll((found) =>
      found
        .filter((one) => !one.closest('details:not([open])'))
        .filter((one) => {
          const { labels, textContent, ariaLabel } = one as HTMLInputElement;
          const isButton = one.tagName === 'BUTTON';
          return !ariaLabel && !(labels?.length ?? 0) && !(isButton && textContent.trim() !== '');
        })
        .map((one) => one.outerHTML),
    );
    expect(nameless).toEqual([]);
    expect(await page.locator('[tabindex]:not([tabindex="0"])').count()).toBe(0);
  });
});

test('nothing but itself may run, load or frame it', async () => {
  const { headers, text } = await ask(server, 'GET', '/emulator/');
  const policy = String(headers['content-security-policy']);
  for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
    expect(policy).toContain(rule);
  expect(policy).not.toContain('unsafe');
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(text).not.toMatch(/ on[a-z]+=|<script(?![^>]* src=)|style="|https?:\/\//);
});
