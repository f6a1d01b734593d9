/**
 * D-…: `lifeline(ai).live.connect` in place of `ai.live.connect`, with the real SDK over a real socket: an app written
 * for the SDK runs unchanged, and sees one session over all its connections.
 */
import { GoogleGenAI, Modality, Session, type LiveCallbacks, type LiveServerMessage } from '@google/genai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lifeline, type LiveSession } from '../../../src/index.js';
import { startEmulatorServer, type EmulatorServer } from '../../../src/emulator/server.js';

const model = 'gemini-live-2.5-flash-preview';
const config = { responseModalities: [Modality.TEXT] };
let server: EmulatorServer;
let ai: GoogleGenAI;

beforeEach(async () => {
  server = await startEmulatorServer({
    setupMs: 10,
    firstAudioDelayMs: 10,
    textPieceMs: 2,
    handleEveryMs: 60,
    playbackFactor: 0,
  });
  ai = new GoogleGenAI({ apiKey: 'any', httpOptions: { baseUrl: server.baseUrl } });
});

afterEach(async () => {
  await server.close();
});

async function until(isSo: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`Waited for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What an app written for the SDK does: a queue that its callbacks fill, and a reader that waits for the turn's end. */
class Inbox {
  readonly log: string[] = [];
  readonly messages: LiveServerMessage[] = [];
  readonly #queue: LiveServerMessage[] = [];

  readonly callbacks: LiveCallbacks = {
    onopen: () => void this.log.push('open'),
    onmessage: (message) => {
      this.log.push(message.setupComplete ? 'setupComplete' : message.goAway ? 'goAway' : 'message');
      this.messages.push(message);
      this.#queue.push(message);
    },
    onerror: (event) => void this.log.push(`error ${event.message}`),
    onclose: (event) => void this.log.push(`close ${event.code}`),
  };

  async turn(): Promise<LiveServerMessage[]> {
    const turn: LiveServerMessage[] = [];
    for (;;) {
      await until(() => this.#queue.length > 0, 'a message');
      const message = this.#queue.shift() as LiveServerMessage;
      turn.push(message);
      if (message.serverContent?.turnComplete) return turn;
    }
  }
}

/** The SDK's close() returns nothing, and its type wins in `Session & LiveSession`. */
const endOf = (session: LiveSession): Promise<void> => session.close();

const textOf = (messages: readonly LiveServerMessage[]) => messages.map(({ text }) => text ?? '').join('');

function newestHandle(messages: readonly LiveServerMessage[]): string | undefined {
  const updates = messages.map(({ sessionResumptionUpdate }) => sessionResumptionUpdate);
  return updates.findLast((update) => update?.resumable && update.newHandle)?.newHandle;
}

describe.each([
  ['the SDK', (client: GoogleGenAI) => client],
  ['Lifeline', (client: GoogleGenAI) => lifeline(client)],
] as const)('with %s', (_, client) => {
  test('D-01 the guide on resumption: start with handle null, say something, keep the handle, resume with it', async () => {
    // The SDK passes a null handle on, which the service refuses; Lifeline leaves it out (PROTOCOL §2).
    const isLifeline = client(ai) !== (ai as unknown);
    let previousHandle: string | null = null;
    for (const [said, answer] of [
      ['Hello how are you?', 'Turn 1. You said "Hello how are you?".'],
      ['What did I say first?', 'Turn 2. First you said "Hello how are you?".'],
    ] as const) {
      const inbox = new Inbox();
      const sessionResumption = previousHandle === null && !isLifeline ? {} : { handle: previousHandle as string };
      const session = await client(ai).live.connect({
        model,
        callbacks: inbox.callbacks,
        config: { responseModalities: [Modality.TEXT], sessionResumption },
      });
      session.sendClientContent({ turns: said });
      const turn = await inbox.turn();
      expect(textOf(turn)).toBe(answer);
      // An update may come with the turn or right after it.
      await until(() => newestHandle(inbox.messages.slice(-3)) !== undefined, 'a handle');
      previousHandle = newestHandle(inbox.messages) as string;
      session.close();
      await until(() => inbox.log.some((entry) => entry.startsWith('close')), 'the close');
      expect(inbox.log.slice(0, 2)).toEqual(['open', 'setupComplete']);
      expect(inbox.log.filter((entry) => entry !== 'message')).toHaveLength(3);
    }
  });
});

test('D-02 the callbacks see one session over three connections: one open, one setupComplete, no goAway, one close', async () => {
  const inbox = new Inbox();
  const session = await lifeline(ai).live.connect({ model, config, callbacks: inbox.callbacks });
  session.sendClientContent({ turns: 'My name is Ada' });
  await inbox.turn();
  const isCovered = () => session.stats.outbox.unacknowledged === 0 && session.handle?.resumable === true;
  await until(isCovered, 'a handle that includes the turn');
  server.emulator.goAway({ timeLeftMs: 5_000 });
  await until(() => session.stats.connections === 2 && session.status.current.lifecycle === 'active', 'the rotation');
  session.sendClientContent({ turns: 'Hello' });
  await inbox.turn();
  await until(isCovered, 'a handle that includes the turn');
  server.emulator.cut({ how: 'rst' });
  await until(() => session.stats.connections === 3, 'the resume');
  session.sendClientContent({ turns: 'What is my name' });
  expect(textOf(await inbox.turn())).toBe('Turn 3. Your name is Ada.');
  await endOf(session);
  expect(inbox.log.filter((entry) => entry !== 'message')).toEqual(['open', 'setupComplete', 'close 1000']);
  expect(inbox.log[0]).toBe('open');
  expect(inbox.log.at(-1)).toBe('close 1000');
});

test('D-03 with passthrough the app is told of goAway and of every setupComplete', async () => {
  const inbox = new Inbox();
  const session = await lifeline(ai).live.connect({ model, config, callbacks: inbox.callbacks, passthrough: true });
  await until(() => session.handle !== null, 'a handle');
  server.emulator.goAway({ timeLeftMs: 5_000 });
  await until(() => session.stats.connections === 2, 'the rotation');
  await endOf(session);
  expect(inbox.log.filter((entry) => entry !== 'message')).toEqual([
    'open',
    'setupComplete',
    'goAway',
    'setupComplete',
    'close 1000',
  ]);
});

test("D-04 every public member of the SDK's Session is there", async () => {
  const theirs = await ai.live.connect({ model, config, callbacks: new Inbox().callbacks });
  const ours = await lifeline(ai).live.connect({ model, config, callbacks: new Inbox().callbacks });
  const privateNames = new Set(['constructor', 'apiClient', 'tLiveClientContent', 'tLiveClienttToolResponse']);
  const names = [...new Set([...Object.getOwnPropertyNames(Session.prototype), ...Object.keys(theirs)])].filter(
    (name) => !privateNames.has(name),
  );
  expect(names).toEqual(
    expect.arrayContaining([
      'sendClientContent',
      'sendRealtimeInput',
      'sendToolResponse',
      'close',
      'conn',
      'setupComplete',
    ]),
  );
  for (const name of names) {
    const [mine, original] = [ours, theirs].map((session) => session[name as keyof Session]);
    expect([name, mine === undefined]).toEqual([name, false]);
    expect([name, typeof mine]).toEqual([name, typeof original]);
    if (typeof mine === 'function') expect(mine.length).toBeLessThanOrEqual((original as () => void).length);
  }
  const connNames = Object.getOwnPropertyNames(Object.getPrototypeOf(theirs.conn) as object).filter(
    (name) => name !== 'constructor',
  );
  for (const name of connNames)
    expect([name, typeof ours.conn[name as keyof typeof ours.conn]]).toEqual([name, 'function']);
  // E-05
  expect(ours.setupComplete).toBeDefined();
  theirs.close();
  await endOf(ours);
});

test('D-05 conn.send takes wire messages, and they are accounted for like all others', async () => {
  const inbox = new Inbox();
  const session = await lifeline(ai).live.connect({ model, config, callbacks: inbox.callbacks });
  session.conn.send(
    JSON.stringify({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hi' }] }], turnComplete: true } }),
  );
  expect(textOf(await inbox.turn())).toBe('Turn 1. You said "Hi".');
  expect(session.stats.outbox.accepted).toBe(1);
  await endOf(session);
});

test('D-06 E-07 a refusal before setupComplete rejects, with one onerror and one onclose', async () => {
  server.emulator.configure({ validKeys: ['another'] });
  const inbox = new Inbox();
  await expect(lifeline(ai).live.connect({ model, config, callbacks: inbox.callbacks })).rejects.toMatchObject({
    code: 'authentication',
    closeCode: 1007,
    message: expect.stringContaining('API key not valid') as unknown,
  });
  expect(inbox.log.map((entry) => entry.split(' ')[0])).toEqual(['error', 'close']);
});

test('D-07 E-03 E-38 the defaults are added where the app set nothing, said in one line, and can be switched off', async () => {
  const lines: string[] = [];
  const log = ({ level, message }: { level: string; message: string }) =>
    void (level === 'info' && lines.push(message));
  const plain = await lifeline(ai).live.connect({ model, config, callbacks: new Inbox().callbacks, log });
  const off = await lifeline(ai).live.connect({
    model,
    config: { ...config, sessionResumption: false, contextWindowCompression: false },
    callbacks: new Inbox().callbacks,
  });
  const [first, second] = server.emulator.connections.map(({ setup }) => setup as Record<string, unknown>);
  expect(first).toMatchObject({ sessionResumption: {}, contextWindowCompression: { slidingWindow: {} } });
  expect(Object.keys(second ?? {})).not.toContain('sessionResumption');
  expect(Object.keys(second ?? {})).not.toContain('contextWindowCompression');
  expect(lines.filter((line) => /sessionResumption.*contextWindowCompression/.test(line))).toHaveLength(1);
  expect(off.handle).toBeNull();
  await expect(off.resumeSession({ handle: 'x' })).rejects.toMatchObject({
    code: 'resumptionOff',
    message: expect.stringMatching(/^Cannot resume session/) as unknown,
  });
  await Promise.all([endOf(plain), endOf(off)]);
});
