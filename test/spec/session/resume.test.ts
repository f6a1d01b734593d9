/** The two ways to bring a handle, what a handle shows of itself, and what must never be seen anywhere. */
import { inspect } from 'node:util';
import { Modality } from '@google/genai';
import { describe, expect, test } from 'vitest';
import { connect, explain } from '../../../src/index.js';
import { liveModel, settled, simulate, startMs, watch, world } from '../../support/simulation.js';

const TEXT = { config: { responseModalities: [Modality.TEXT] } };

describe('a handle of an earlier session', () => {
  test('E-19 config.sessionResumption.handle: the first dial resumes, and the model remembers', async () => {
    const { clock, transport, emulator } = world();
    const first = await settled(clock, connect({ transport, model: liveModel, clock, ...TEXT }), 10_000);
    first.sendClientContent({ turns: 'My name is Ada' });
    await clock.tick(6_000);
    const handle = first.handle?.value as string;
    await settled(clock, first.close(), 5_000);
    const second = await settled(
      clock,
      connect({ transport, model: liveModel, clock, config: { ...TEXT.config, sessionResumption: { handle } } }),
      10_000,
    );
    expect(second.status.current).toMatchObject({ lifecycle: 'active', context: 'restored' });
    expect(emulator.connections.map(({ resumedFrom }) => resumedFrom)).toEqual([null, 1]);
    const texts: string[] = [];
    second.messages$.subscribe(({ text }) => void texts.push(text ?? ''));
    second.sendClientContent({ turns: 'What is my name' });
    await clock.tick(6_000);
    expect(texts.join('')).toContain('Your name is Ada.');
    await settled(clock, second.close(), 5_000);
  });

  test('E-54 a dead one: a fresh session, and the app is told that the context is lost', async () => {
    const { clock, transport } = world();
    const session = await settled(
      clock,
      connect({ transport, model: liveModel, clock, config: { sessionResumption: { handle: 'long gone' } } }),
      10_000,
    );
    expect(session.status.current).toMatchObject({ lifecycle: 'active', context: 'lost' });
    await settled(clock, session.close(), 5_000);
  });

  test("E-45 a dead one, by policy 'fail': the error says so", async () => {
    const { clock, transport } = world();
    await expect(
      settled(
        clock,
        connect({
          transport,
          model: liveModel,
          clock,
          afterExpiry: 'fail',
          config: { sessionResumption: { handle: 'long gone' } },
        }),
        10_000,
      ),
    ).rejects.toMatchObject({ code: 'handleRefused', closeCode: 1008, retryable: false });
  });

  test('E-37 resumeSession: the old socket is closed first and once, then one setup with the handle', async () => {
    const sim = await simulate({}, TEXT);
    sim.session.sendClientContent({ turns: 'My name is Ada' });
    await sim.run(6_000);
    const handle = sim.session.handle?.value as string;
    sim.session.sendClientContent({ turns: 'My name is Bob' });
    await sim.run(6_000);
    await settled(sim.clock, sim.session.resumeSession({ handle }), 5_000);
    expect(sim.session.status.current).toMatchObject({ lifecycle: 'active', context: 'restored' });
    const [first, second, ...others] = sim.emulator.connections;
    expect(others).toEqual([]);
    expect(first?.endedBy).toBe('client');
    expect(first?.endedAt).toBeLessThanOrEqual(second?.readyAt as number);
    expect(second?.setup?.['sessionResumption']).toEqual({ handle });
    expect(
      sim.emulator
        .contexts()
        .at(-1)
        ?.turns.map(({ text }) => text),
    ).not.toContain('My name is Bob');
    await sim.close();
  });

  test('resumeSession rejects when the session ends instead', async () => {
    const sim = await simulate({}, { ...TEXT, afterExpiry: 'fail' });
    const failed = sim.session.resumeSession({ handle: 'nobody knows it' });
    failed.catch(() => {});
    await expect(settled(sim.clock, failed, 10_000)).rejects.toMatchObject({ code: 'handleRefused' });
    const other = await simulate({}, TEXT);
    const closed = other.session.resumeSession({ handle: 'x' });
    closed.catch(() => {});
    void other.session.close();
    await expect(settled(other.clock, closed, 10_000)).rejects.toMatchObject({ code: 'sessionClosed' });
  });

  test('resumeSession on a transport that throws rejects, and does not hang', async () => {
    const sim = await simulate({}, TEXT);
    sim.transport.dial = () => {
      throw new Error('broken');
    };
    const pending = sim.session.resumeSession({ handle: 'x' });
    await expect(settled(sim.clock, pending, 1_000)).rejects.toMatchObject({ code: 'internal' });
  });

  test.each([undefined, null, {}, { handle: '' }, { handle: 5 }])('resumeSession(%j) is refused', async (params) => {
    const sim = await simulate({}, TEXT);
    await expect(sim.session.resumeSession(params as never)).rejects.toMatchObject({ code: 'invalidHandle' });
    expect(sim.session.status.current.lifecycle).toBe('active');
    await sim.close();
  });

  test('resumeSession while a fresh session is being dialled does not resolve without having resumed', async () => {
    const { clock, transport } = world();
    const sim = watch(
      await settled(clock, connect({ transport, model: liveModel, clock, ...TEXT }), 10_000),
      clock,
      transport,
    );
    await sim.run(2_000);
    const handle = sim.session.handle?.value as string;
    sim.emulator.refuseHandles({ times: 2 });
    sim.emulator.cut({ how: 'rst' });
    while (sim.session.status.current.lifecycle !== 'connecting') await sim.run(5);
    const outcome = await settled(
      clock,
      sim.session.resumeSession({ handle }).then(
        () => 'resolved',
        () => 'rejected',
      ),
      10_000,
    );
    const asked = sim.emulator.connections.at(-1)?.setup?.['sessionResumption'] as { handle?: string };
    const resumed = asked.handle;
    await sim.close();
    expect(outcome === 'rejected' || resumed === handle).toBe(true);
  });
});

describe('session.handle', () => {
  test('its life counts from the end of the connection, and resumable follows the server', async () => {
    const sim = await simulate({}, TEXT);
    await sim.run(3_000);
    const { handle } = sim.session;
    expect(handle?.issuedAt).toBeGreaterThan(startMs);
    expect(handle?.issuedAt).toBeLessThanOrEqual(sim.clock.now());
    expect(handle?.expiresAt).toBe(sim.clock.now() + 2 * 3_600_000);
    expect(handle?.resumable).toBe(true);
    sim.session.sendClientContent({ turns: 'x' });
    await sim.run(100);
    expect(sim.session.handle?.resumable).toBe(false);
    await sim.run(6_000);
    sim.emulator.refuseDials({ times: 100, status: 503 });
    sim.emulator.cut({ how: 'rst' });
    await sim.run(10);
    const cutAt = sim.clock.now();
    await sim.run(60_000);
    expect(Math.abs((sim.session.handle?.expiresAt as number) - cutAt - 2 * 3_600_000)).toBeLessThanOrEqual(10);
    await sim.close();
  });

  test('on Vertex AI it lives 24 hours', async () => {
    const sim = await simulate({ provider: 'vertex' }, TEXT);
    await sim.run(3_000);
    expect(sim.session.handle?.expiresAt).toBe(sim.clock.now() + 24 * 3_600_000);
    await sim.close();
  });

  test('it outlives the session, so that an app can keep it', async () => {
    const sim = await simulate({}, TEXT);
    await sim.run(3_000);
    const before = sim.session.handle?.value;
    await sim.close();
    expect(sim.session.handle?.value).toBe(before);
  });
});

test('no secret is in a log line, an error, an event, a trace, or in what inspection shows', async () => {
  const secrets = {
    key: 'AIza-secret-of-the-key',
    instruction: 'secret-of-the-instruction',
    said: 'secret-of-the-user',
    audio: Buffer.from('secret-of-the-microphone-secret-of-the-microphone').toString('base64'),
    tool: 'secret-of-the-tool',
    reason: 'secret-that-nobody-sent',
  };
  const { clock, transport } = world({ apiKey: secrets.key });
  const seen: string[] = [];
  const session = await settled(
    clock,
    connect({
      transport,
      model: liveModel,
      clock,
      config: { responseModalities: [Modality.TEXT], systemInstruction: secrets.instruction },
      log: (entry) => void seen.push(JSON.stringify(entry), inspect(entry, { depth: 9 })),
      trace: (line) => void seen.push(line),
      callbacks: {
        onmessage: () => {},
        onerror: (event) => void seen.push(inspect(event, { depth: 9 })),
        onclose: (event) => void seen.push(inspect(event)),
      },
    }),
    10_000,
  );
  const sim = watch(session, clock, transport);
  const handles = new Set<string>();
  session.messages$.subscribe(
    ({ sessionResumptionUpdate: update }) => void (update?.newHandle && handles.add(update.newHandle)),
  );
  session.status.subscribe((status) => void seen.push(JSON.stringify(status), inspect(status, { depth: 9 })));
  session.sendClientContent({ turns: secrets.said });
  await sim.run(6_000);
  session.sendRealtimeInput({ audio: { data: secrets.audio, mimeType: 'audio/pcm;rate=16000' } });
  const [id = ''] = sim.emulator.callTool('weather', { place: secrets.tool });
  await sim.run(50);
  session.sendToolResponse({ functionResponses: [{ id, name: 'weather', response: { output: secrets.tool } }] });
  await sim.run(6_000);
  sim.emulator.goAway({ timeLeftMs: 20_000 });
  await sim.run(6_000);
  sim.emulator.sendRaw(`garbage {"newHandle":"${[...handles][0]}", "x`);
  await sim.run(50);
  sim.emulator.refuseHandles({ times: 2 });
  sim.emulator.cut({ how: 'rst' });
  await sim.run(6_000);
  for (const send of [
    () => session.sendRealtimeInput({ audio: { data: secrets.audio, mimeType: 'image/png' } }),
    () => session.sendClientContent({ turns: { [secrets.said]: 1 } as never }),
    () => session.sendToolResponse({ functionResponses: [{ name: 'f', response: { a: secrets.tool } }] }),
  ]) {
    try {
      send();
    } catch (error) {
      seen.push(inspect(error, { depth: 9 }), JSON.stringify(error));
    }
  }
  await expect(session.resumeSession({ handle: '' })).rejects.toThrow('without a handle');
  seen.push(
    inspect(session, { depth: 9, showHidden: true }),
    inspect(session.handle, { showHidden: true }),
    JSON.stringify(session.handle),
    JSON.stringify(session.stats),
    JSON.stringify(session.status.current),
    JSON.stringify(Object.entries(session.handle ?? {})),
    JSON.stringify(
      explain({
        transport,
        model: liveModel,
        config: { sessionResumption: { handle: [...handles][0] as string }, systemInstruction: secrets.instruction },
      }),
    ),
    ...sim.events.map((event) => JSON.stringify(event)),
    ...sim.events.map((event) => inspect(event, { depth: 9 })),
  );
  await sim.close();
  expect(handles.size).toBeGreaterThan(5);
  expect(seen.length).toBeGreaterThan(50);
  const all = seen.join('\n');
  for (const secret of [...Object.values(secrets), ...handles])
    expect([secret, all.includes(secret)]).toEqual([secret, false]);
  // The events about the app's own secrets are there all the same.
  expect(sim.events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['goAway', 'rotated', 'handleDropped', 'expired', 'resumed', 'error', 'closed']),
  );
});
