/** docs/examples/browser in a real Chromium: microphone → emulator → speaker, and the connection taken away. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, speechWav, type Microphone } from './chromium.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

let server: ChildProcess;
let url: string;
let folder: string;
let browser: Browser | null = null;
const complaints: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifeline-browser-'));
  writeFileSync(join(folder, 'speech.wav'), speechWav(1_000, 1_200, 2_000));
  server = spawn(process.execPath, [join(root, 'docs/examples/browser/serve.ts')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  url = await new Promise((resolve, reject) => {
    server.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const found = /http:\S+/.exec(text);
      if (found) resolve(found[0]);
    });
    server.once('exit', (code) => reject(new Error(`serve.ts ended with ${code}. Run "npm run build" first.`)));
  });
});

afterEach(async () => {
  await browser?.close();
  browser = null;
  expect(complaints.splice(0)).toEqual([]);
});

afterAll(() => {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** The page, after its Start button was pressed. */
async function startedPage({ wav, refused }: Microphone): Promise<Page> {
  browser = await launchChromium({ wav: wav && join(folder, wav), refused });
  const page = await browser.newPage();
  page.setDefaultTimeout(9_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  await page.goto(url);
  await page.getByRole('button', { name: 'Start' }).click();
  return page;
}

async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.keyboard.press('Enter');
}

describe('docs/examples/browser', () => {
  test('X-5 speech is heard, answered and played, over a goAway and a cut', async () => {
    const page = await startedPage({ wav: 'speech.wav', refused: false });
    await page.getByText(/Turn 1\. You said speech of \d/).waitFor();
    await say(page, 'My name is Ada.');
    await page.getByText('You said "My name is Ada.".').waitFor();

    await page.getByRole('button', { name: 'goAway' }).click();
    await page.getByText('The server closes connection 1 in 10 s.').waitFor();
    await page.getByText(/^Connection 2 took over after \d+ ms, context restored\.$/).waitFor();

    await page.getByRole('button', { name: 'Cut' }).click();
    await page.getByText(/^Connection 3 took over after \d+ ms, context restored\.$/).waitFor();
    await say(page, 'What is my name?');
    await page.getByText('Your name is Ada.').waitFor();
    await page.getByText('active, input flows').waitFor();
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByText('closed, no input').waitFor();
  });

  test.each([
    { wav: 'speech.wav', refused: true, words: 'The browser was not allowed to use a microphone.' },
    { wav: null, refused: false, words: 'There is no microphone on this machine.' },
  ])('X-6 text is enough: $words', async ({ wav, refused, words }) => {
    const page = await startedPage({ wav, refused });
    await page.getByText(words).waitFor();
    await say(page, 'hello');
    await page.getByText('Turn 1. You said "hello".').waitFor();
  });

  test('X-7 a page of another origin cannot give the emulator orders', async () => {
    const order = (headers: Record<string, string>) => fetch(`${url}emulator/cut`, { method: 'POST', headers });
    expect((await order({ origin: 'https://example.com' })).status).toBe(403);
    expect((await order({})).status).toBe(403);
    expect((await order({ origin: new URL(url).origin })).status).toBe(204);
  });
});
