/** The trace of a whole session, as `connect({ trace })` records it. */
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/index.js';
import type { ConnectionObserver, Transport } from '../../../src/transport/port.js';
import { virtualClock } from '../../support/virtualClock.js';
import { recordsOf } from './support.js';

const secrets = [
  'hush-handle',
  'hush-text',
  'hush-call',
  'hush-argument',
  'hush-reason',
  'hush-instruction',
  'aHVzaC1hdWRpbw',
];

/** Sets each connection up and hands a handle out. */
function scriptedTransport() {
  const observers: ConnectionObserver[] = [];
  const transport: Transport = {
    name: 'scripted',
    provider: 'developer',
    dial(_, observer) {
      observers.push(observer);
      queueMicrotask(() => {
        observer.opened();
        observer.frame({ setupComplete: {} });
        observer.frame({ sessionResumptionUpdate: { newHandle: `hush-handle-${observers.length}`, resumable: true } });
      });
      return {
        send: () => {},
        close: () => observer.ended({ cause: 'close', code: 1005, reason: '' }),
        bufferedAmount: 0,
      };
    },
  };
  return { transport, newest: () => observers.at(-1) as ConnectionObserver };
}

async function tracedLife(sink: (line: string) => void) {
  const clock = virtualClock(5_000);
  const { transport, newest } = scriptedTransport();
  const session = await connect({
    transport,
    model: 'some-live',
    config: { systemInstruction: 'hush-instruction' },
    clock,
    trace: sink,
  });
  session.sendRealtimeInput({ audio: { data: 'aHVzaC1hdWRpbw==', mimeType: 'audio/pcm;rate=16000' } });
  session.sendRealtimeInput({ text: 'hush-text' });
  newest().frame({
    toolCall: { functionCalls: [{ id: 'hush-call', name: 'f', args: { 'hush-argument': 'hush-argument' } }] },
  });
  session.sendToolResponse({ functionResponses: { id: 'hush-call', name: 'f', response: { output: 'hush-text' } } });
  newest().frame({ serverContent: { outputTranscription: { text: 'hush-text' } }, 'hush-argument': 1 });
  newest().frame({ serverContent: { turnComplete: true }, usageMetadata: { promptTokenCount: 40 } });
  newest().ended({ cause: 'close', code: 1011, reason: 'hush-reason' });
  await clock.tick(5_000);
  const stopped = session.close();
  await clock.tick(5_000);
  await stopped;
  return session;
}

describe('connect({ trace })', () => {
  test('TR-80 records frames, events, guards, timers, status, outbox, announcements and the end', async () => {
    const lines: string[] = [];
    const session = await tracedLife((line) => void lines.push(line));
    const records = recordsOf(lines);
    expect(new Set(records.map(({ type }) => type))).toEqual(
      new Set(['header', 'frame', 'event', 'guard', 'transition', 'timer', 'status', 'outbox', 'public', 'end']),
    );
    expect(records[0]).toMatchObject({ sessionId: session.id, startedAt: 5_000, transport: 'scripted' });
    expect(records.at(-1)).toMatchObject({ type: 'end', reason: 'closed' });
    const announced = records.flatMap((record) => (record.type === 'public' ? [record.event['type']] : []));
    expect(announced).toEqual(expect.arrayContaining(['connected', 'resumed', 'closed']));
  });

  test('TR-81 has no handle, text, audio, call, argument, instruction or close reason in it', async () => {
    const lines: string[] = [];
    await tracedLife((line) => void lines.push(line));
    const text = lines.join('\n');
    for (const secret of secrets) expect(text).not.toContain(secret);
    expect(text).toContain('"kind":"audio"');
  });

  test('TR-82 leaves nothing out of what the library itself makes', async () => {
    const lines: string[] = [];
    await tracedLife((line) => void lines.push(line));
    expect(lines.filter((line) => line.includes('omitted'))).toEqual([]);
  });

  test('TR-83 a sink that throws does not hurt it', async () => {
    let calls = 0;
    const session = await tracedLife(() => {
      calls += 1;
      throw new Error('disk full');
    });
    expect(calls).toBe(1);
    expect(session.status.current.lifecycle).toBe('closed');
    expect(session.stats.connections).toBe(2);
  });
});
