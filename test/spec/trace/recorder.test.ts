import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sessionMachine } from '../../../machines/index.js';
import { listTransitions } from '../../../src/testing/transitions.js';
import { parseTrace } from '../../../src/trace/format.js';
import { TraceRecorder } from '../../../src/trace/recorder.js';
import { ends, handle, on } from '../../support/machine.js';
import { virtualClock } from '../../support/virtualClock.js';
import { header, recordedSession, recordsOf } from './support.js';

/** Connects, is cut, waits, resumes and closes. */
async function lifeOf(session: ReturnType<typeof recordedSession>) {
  const { actor, clock, dials } = session;
  actor.start();
  actor.send(on.connect);
  dials[0]?.answer(on.established(1));
  actor.send(on.handleUpdate(handle(1)));
  actor.send(on.ended(ends.waits));
  await clock.tick(500);
  dials[1]?.answer(on.established(2, 500));
  actor.send(on.close);
  await clock.tick(0);
}

describe('a recorded session', () => {
  test('TR-01 is one header, records in order, and an end that counts them', async () => {
    const session = recordedSession();
    await lifeOf(session);
    session.recorder.end('closed');
    const records = session.records();
    expect(records[0]).toMatchObject({
      n: 0,
      at: 1_000,
      type: 'header',
      format: 'gemini-lifeline-trace',
      version: 1,
      sessionId: 'lifeline-1',
      startedAt: 1_000,
      model: 'live-model',
      transport: 'fake',
      chart: { id: 'session', hash: expect.stringMatching(/^[0-9a-f]{8}$/) as string },
      redacted: true,
    });
    expect(records.at(-1)).toMatchObject({ type: 'end', reason: 'closed', records: records.length - 1 });
    expect(records.map(({ at }) => at)).toEqual(records.map(({ at }) => at).sort((a, b) => a - b));
    expect(records.map(({ n }) => n)).toEqual(records.map(({ n }) => n).sort((a, b) => a - b));
  });

  test('TR-02 has each event once, where it came from, and the transitions the chart knows', async () => {
    const session = recordedSession();
    await lifeOf(session);
    const events = session.of('event').map(({ origin, event }) => `${origin} ${event.type as string}`);
    expect(events.filter((event) => !event.startsWith('raised '))).toEqual([
      'start xstate.init',
      'sent connect',
      'actor connection.established',
      'sent server.resumptionUpdate',
      'sent connection.ended',
      expect.stringMatching(/^timer xstate\.after\.backoff\./) as string,
      'actor connection.established',
      'sent close',
      expect.stringMatching(/^actor xstate\.done\.actor\./) as string,
    ]);
    expect(events.indexOf('raised context.renewed')).toBe(events.indexOf('actor connection.established') + 1);
    const known = new Set(listTransitions(sessionMachine).map(({ id }) => id));
    const taken = session.of('transition').flatMap((record) => record.taken);
    expect(taken.length).toBeGreaterThan(6);
    expect(taken.filter((id) => !known.has(id))).toEqual([]);
  });

  test('TR-03 tells the state before and after each transition, without a break in the chain', async () => {
    const session = recordedSession();
    await lifeOf(session);
    const steps = session.of('transition');
    expect(steps[0]).toMatchObject({ taken: [], from: null, to: { connection: 'idle' } });
    for (const [index, step] of steps.slice(1).entries()) expect(step.from).toEqual(steps[index]?.to);
    expect(steps.at(-1)?.to).toMatchObject({ connection: 'closed' });
  });

  test('TR-04 has guards with both answers, between their event and what it led to', async () => {
    const session = recordedSession();
    await lifeOf(session);
    const answers = session.of('guard');
    expect(answers.some(({ name, answer }) => name === 'isFatal' && !answer)).toBe(true);
    expect(answers.some(({ name, answer }) => name === 'mustWaitFirst' && answer)).toBe(true);
    const records = session.records();
    expect(records.slice(1, 5).map(({ type }) => type)).toEqual(['event', 'guard', 'guard', 'transition']);
    const cut = records.findIndex((record) => record.type === 'event' && record.event.type === 'connection.ended');
    const after = records.slice(cut + 1);
    const moved = after.findIndex(({ type }) => type === 'transition');
    expect(new Set(after.slice(0, moved).map(({ type }) => type))).toEqual(new Set(['guard']));
    expect(after.slice(0, moved).every(({ n }) => n === records[cut]?.n)).toBe(true);
  });

  test('TR-05 has the timers of the chart by name: set, cleared, fired', async () => {
    const session = recordedSession();
    await lifeOf(session);
    const timers = session.of('timer');
    const backoff = timers.filter(({ name }) => typeof name === 'string' && name.includes('backoff'));
    expect(backoff.map(({ action, ms }) => [action, ms])).toEqual([
      ['set', 500],
      ['fired', 500],
    ]);
    expect(new Set(backoff.map(({ id }) => id)).size).toBe(1);
    const stable = timers.filter(({ name }) => typeof name === 'string' && name.includes('stable'));
    expect(stable.map(({ action }) => action)).toEqual(['set', 'cleared', 'set', 'cleared']);
  });

  test('TR-06 shows an event that nothing answered, without a transition', () => {
    const session = recordedSession();
    session.actor.start();
    session.actor.send(on.rotate(5));
    const ignored = session.records().filter(({ n }) => n === 1);
    expect(ignored.map(({ type }) => type)).toEqual(['event']);
  });

  test('TR-07 keeps an event that is sent inside a step out of that step', () => {
    const session = recordedSession();
    session.actor.start();
    session.actor.on('*', (emitted) => {
      if (emitted.type === 'connected') session.actor.send(on.turnSent);
    });
    session.actor.send(on.connect);
    session.dials[0]?.answer(on.established(1));
    const records = session.records().filter(({ type }) => type === 'event' || type === 'transition');
    const established = records.findIndex(
      (record) => record.type === 'event' && record.event.type === 'connection.established',
    );
    const inner = records.findIndex((record) => record.type === 'event' && record.event.type === 'client.turnSent');
    const moves = records.slice(established, inner).filter(({ type }) => type === 'transition');
    expect(moves.length).toBeGreaterThan(0);
    expect(records[inner]?.n).toBe((records[established]?.n ?? 0) + 1);
  });

  test('TR-08 one event object sent twice is two events', () => {
    const session = recordedSession();
    session.actor.start();
    const again = on.rotate(5);
    session.actor.send(again);
    session.actor.send(again);
    expect(session.of('event').map(({ n }) => n)).toEqual([0, 1, 2]);
  });

  test('TR-09 takes frames, status, outbox and public events of the session', () => {
    const { recorder, of } = recordedSession();
    recorder.frame('out', 1, 'audio', 3_200);
    recorder.frame('in', 2, 'serverContent,usageMetadata', 90, {
      serverContent: { turnComplete: true },
      usageMetadata: {},
    });
    recorder.frame('in', 2, '{}', 2, {});
    recorder.status({ lifecycle: 'active', socket: 'up', turn: 'quiet', connection: 2, error: null });
    recorder.outbox({ accepted: 3, dropped: { tooOld: 1 }, bytes: 40 });
    recorder.public({ type: 'resumed', outcome: 'restored', gapMs: 12, heldMs: 30, planned: true });
    expect(of('frame').map(({ dir, epoch, kind, bytes }) => [dir, epoch, kind, bytes])).toEqual([
      ['out', 1, 'audio', 3_200],
      ['in', 2, 'serverContent.turnComplete+usageMetadata', 90],
      ['in', 2, 'empty', 2],
    ]);
    expect(of('status')[0]?.status).toEqual({
      lifecycle: 'active',
      socket: 'up',
      turn: 'quiet',
      connection: 2,
      error: null,
    });
    expect(of('outbox')[0]?.counts).toEqual({ accepted: 3, dropped: { tooOld: 1 }, bytes: 40 });
    expect(of('public')[0]?.event).toEqual({
      type: 'resumed',
      outcome: 'restored',
      gapMs: 12,
      heldMs: 30,
      planned: true,
    });
  });

  test('TR-10 writes nothing after its end', async () => {
    const session = recordedSession();
    session.actor.start();
    session.recorder.end('closed');
    const count = session.lines.length;
    await lifeOf(session);
    session.recorder.frame('in', 1, 'goAway', 10);
    session.recorder.end('again');
    expect(session.lines.length).toBe(count);
    expect(session.recorder.state).toBe('ended');
  });

  test('TR-11 names the version of the package', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(recordedSession().of('header')[0]?.library).toBe(version);
  });

  test('TR-12 keeps the last part of a model path alone', () => {
    const path = 'projects/acme-secret/locations/x/publishers/google/models/live-model';
    const { text, of } = recordedSession({ header: { ...header, model: path } });
    expect(of('header')[0]?.model).toBe('live-model');
    expect(text()).not.toContain('acme');
  });
});

describe('a sink that fails', () => {
  test('TR-20 a throwing sink ends the recording and not the session', async () => {
    let calls = 0;
    const session = recordedSession({
      sink: () => {
        calls += 1;
        if (calls > 4) throw new Error('disk full');
      },
    });
    await lifeOf(session);
    session.recorder.frame('in', 1, 'goAway', 10);
    session.recorder.public({ type: 'closed' });
    session.recorder.end('closed');
    expect(session.actor.getSnapshot().value.connection).toBe('closed');
    expect(calls).toBe(5);
    expect(session.recorder.state).toBe('failed');
    expect(session.recorder.failures).toBe(1);
  });

  test('TR-21 a sink that throws at the header does not throw in the constructor', () => {
    const sink = () => {
      throw new Error('no');
    };
    expect(new TraceRecorder({ sink, clock: virtualClock(), header }).state).toBe('failed');
  });

  test('TR-22 a sink that rejects is no unhandled rejection', async () => {
    const session = recordedSession({
      sink: (async () => Promise.reject(new Error('late'))) as unknown as (line: string) => void,
    });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(session.recorder.state).toBe('failed');
  });

  test('TR-23 a value that cannot be read costs its own record alone', () => {
    const { recorder, of } = recordedSession();
    const broken = Object.defineProperty({ type: 'closed' }, 'kind', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    recorder.public(broken);
    recorder.public({ type: 'closed' });
    expect(of('public').length).toBe(1);
    expect(recorder.failures).toBe(1);
    expect(recorder.state).toBe('recording');
  });
});

describe('the wrapped clock', () => {
  test('TR-30 behaves as the clock inside it', async () => {
    const inner = virtualClock();
    const lines: string[] = [];
    const clock = new TraceRecorder({ sink: (line) => void lines.push(line), clock: inner, header }).wrapClock(inner);
    const fired: string[] = [];
    clock.setTimeout(() => void fired.push('b'), 20);
    const gone = clock.setTimeout(() => void fired.push('gone'), 5);
    clock.setTimeout(() => void fired.push('a'), 10);
    clock.clearTimeout(gone);
    clock.clearTimeout(gone);
    clock.clearTimeout(undefined);
    await inner.tick(30);
    expect(clock.now()).toBe(inner.now());
    expect(fired).toEqual(['a', 'b']);
    expect(inner.countTimers()).toBe(0);
    const timers = recordsOf(lines).flatMap((record) =>
      record.type === 'timer' ? [`${record.action} ${record.id}`] : [],
    );
    expect(timers).toEqual(['set 1', 'set 2', 'set 3', 'cleared 2', 'fired 3', 'fired 1']);
  });

  test('TR-31 goes on after the recording has ended', async () => {
    const { clock, recorder } = recordedSession();
    const wrapped = recorder.wrapClock(clock);
    recorder.end('closed');
    let fired = 0;
    wrapped.setTimeout(() => (fired += 1), 5);
    await clock.tick(5);
    expect(fired).toBe(1);
  });
});

test('TR-40 one chart has one hash, and the trace parses as a whole', async () => {
  const [one, two] = [recordedSession(), recordedSession()];
  await Promise.all([lifeOf(one), lifeOf(two)]);
  expect(one.of('header')[0]?.chart).toEqual(two.of('header')[0]?.chart);
  expect(one.text()).toBe(two.text());
  expect(parseTrace(one.text())).toMatchObject({ ok: true, truncated: false, skipped: 0 });
});
